"""Margin losses of two straight lines: hinge and perceptron."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.margin.signs import MARGIN, signs
from lossbook.losses.registry import loss


def _hinge_value(input, target):
    return torch.addcmul(input.new_ones(()), input, target, value=-1).relu_()


def _hinge_slope(input, target):
    return torch.addcmul(-input.new_ones(()), input, target).clamp(max=0).sign_().mul_(target)


def _perceptron_value(input, target):
    return torch.mul(input, target).clamp(max=0).abs_()


def _perceptron_slope(input, target):
    return torch.mul(input, target).sign_().relu_().sub_(1).mul_(target)  # -target up to a margin of 0, else 0


@loss(
    title="Hinge loss",
    short="Hinge",
    family="margin",
    formula=r"\ell(m) = \max(0, 1 - m)",
    symbols=MARGIN,
    axis="margin",
    elicits="the label of the more likely class, -1 or +1",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=False,
    smoothness="C0",
    elsewhere={
        "torch": "none; torch.nn.functional.hinge_embedding_loss is another loss, on distances",
        "keras": "keras.losses.Hinge",
        "scikit-learn": "sklearn.metrics.hinge_loss; SGDClassifier(loss='hinge'), SVC and LinearSVC(loss='hinge') "
        "minimize it",
        "optax": "optax.losses.hinge_loss",
    },
    traps=[
        "Labels are -1 and +1: anything else raises. Keras turns a batch of nothing but 0 and 1 into -1 and +1 "
        "and leaves any other batch as it is.",
        "Scores past the margin cost nothing and teach nothing: the score is no probability, and no sigmoid makes it "
        "one.",
        "The slope at the corner m = 1 is reported as 0, one of the values between -1 and 0 that are right there.",
        "Without a penalty on the weights the margin of 1 means nothing: doubling the weights halves it.",
    ],
    primary="Cortes and Vapnik (1995), Support-Vector Networks, Machine Learning 20.",
    cite=["cortes1995support"],
    look=Look(3),
    kernel=(_hinge_value, _hinge_slope),
    call=signs,
)
def hinge(input, target):
    """The shortfall of the margin below 1: the loss of the support vector machine.

    Equal to perceptron of a margin that is smaller by 1.

    Also raises ValueError for a target other than -1 and +1; the message names it.

    >>> import torch
    >>> hinge(torch.tensor([2.0, 0.5, -3.0]), torch.tensor([1.0, 1.0, 1.0]), reduction="none")
    tensor([0.0000, 0.5000, 4.0000])
    """
    return F.relu(1 - target * input)


@loss(
    title="Perceptron loss",
    short="Perceptron",
    family="margin",
    formula=r"\ell(m) = \max(0, -m)",
    symbols=MARGIN,
    axis="margin",
    elicits="0, whatever the probabilities: a score of 0 costs nothing",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=False,
    smoothness="C0",
    elsewhere={
        "scikit-learn": "sklearn.linear_model.Perceptron; SGDClassifier(loss='perceptron')",
        "optax": "optax.losses.perceptron_loss",
    },
    traps=[
        "Labels are -1 and +1: anything else raises.",
        "All scores 0 is a perfect answer to it. It works in Rosenblatt's rule, which starts there and leaves by the "
        "slope at 0; a minimizer that lands there has learnt nothing.",
        "The slope at the corner m = 0 is reported as -1 and not 0, so that gradient descent from zero weights is "
        "Rosenblatt's rule, which also corrects what is exactly undecided. relu(-m) in plain torch never starts.",
    ],
    primary="Rosenblatt (1958), The Perceptron, Psychological Review 65(6); as a loss in Bishop (2006), Pattern "
    "Recognition and Machine Learning, section 4.1.7.",
    cite=["rosenblatt1958perceptron", "bishop2006pattern"],
    look=Look(1, "dotted"),
    kernel=(_perceptron_value, _perceptron_slope),
    call=signs,
)
def perceptron(input, target):
    """How far the score is on the wrong side of 0.

    Equal to hinge of a margin that is greater by 1.

    Also raises ValueError for a target other than -1 and +1; the message names it.

    >>> import torch
    >>> perceptron(torch.tensor([2.0, -3.0]), torch.tensor([1.0, 1.0]), reduction="none")
    tensor([0., 3.])
    """
    m = target * input
    return torch.where(m <= 0, 0 - m, 0.0)
