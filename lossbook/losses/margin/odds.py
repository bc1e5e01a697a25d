"""Margin losses whose best score is a logarithm of the odds: logistic and exponential."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.margin.signs import MARGIN, signs
from lossbook.losses.registry import loss


def _opposite(input, target):
    """-m, in one pass"""
    return torch.addcmul(input.new_zeros(()), input, target, value=-1)


def _logistic_value(input, target):
    return F.logsigmoid(target * input).neg_()


def _logistic_slope(input, target):
    zero = input.new_zeros(())
    return torch.addcmul(zero, _opposite(input, target).sigmoid_(), target, value=-1)


def _exponential_value(input, target):
    return _opposite(input, target).exp_()


def _exponential_both(input, target):
    value = _exponential_value(input, target)
    return value, torch.addcmul(input.new_zeros(()), value, target, value=-1)


@loss(
    title="Logistic loss",
    short="Logistic",
    family="margin",
    formula=r"\ell(m) = \log \left( 1 + e^{-m} \right)",
    symbols=MARGIN,
    axis="margin",
    elicits="probability, as the sigmoid of the score",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=True,
    smoothness="Cinf",
    elsewhere={
        "torch": "torch.nn.functional.soft_margin_loss, torch.nn.SoftMarginLoss",
        "scikit-learn": "LogisticRegression and SGDClassifier(loss='log_loss') minimize it",
        "optax": "optax.losses.sigmoid_binary_cross_entropy(logits, (target + 1) / 2)",
    },
    traps=[
        "Labels are -1 and +1: anything else raises. For labels of 0 and 1, or probabilities, use "
        "binary_cross_entropy_with_logits.",
        "torch's soft_margin_loss computes log(1 + exp(-m)) as written: inf in float32 from m = -89 on, where the loss "
        "is 89. Here it is 89.",
        "Some texts take the logarithm to base 2, so that the loss at 0 is 1; here it is log 2.",
    ],
    primary="Cox (1958), The Regression Analysis of Binary Sequences, JRSS B 20(2); in labels of -1 and +1 as in "
    "Friedman, Hastie and Tibshirani (2000).",
    cite=["cox1958regression", "friedman2000additive"],
    look=Look(6),
    kernel=(_logistic_value, _logistic_slope),
    call=signs,
)
def logistic(input, target):
    """The negative logarithm of the probability that the sigmoid of the score gives to the label.

    Equal to binary_cross_entropy_with_logits with the target (1 + y) / 2 for a label y.

    Also raises ValueError for a target other than -1 and +1; the message names it.

    >>> import torch
    >>> logistic(torch.tensor([0.0, -3.0]), torch.tensor([1.0, 1.0]), reduction="none")
    tensor([0.6931, 3.0486])
    """
    return -F.logsigmoid(target * input)


@loss(
    title="Exponential loss",
    short="Exponential",
    family="margin",
    formula=r"\ell(m) = e^{-m}",
    symbols=MARGIN,
    axis="margin",
    elicits="probability, as the sigmoid of twice the score",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=True,
    smoothness="Cinf",
    elsewhere={
        "scikit-learn": "GradientBoostingClassifier(loss='exponential'); AdaBoostClassifier fits by it step by step",
        "XGBoost and LightGBM": "none: a custom objective",
    },
    traps=[
        "Labels are -1 and +1: anything else raises.",
        "A wrong label with a margin of -10 weighs as much as 22,000 at 0: mislabelled points take over the fit.",
        "It overflows, and says so: inf, in value and slope, from m = -89 on in float32 and -710 in float64.",
        "Its best score is half the logarithm of the odds: the sigmoid of the score itself is too timid.",
    ],
    primary="Freund and Schapire (1997), Journal of Computer and System Sciences 55(1); as a loss in Friedman, Hastie "
    "and Tibshirani (2000), Annals of Statistics 28(2).",
    cite=["freund1997decision", "friedman2000additive"],
    look=Look(5, "dashed"),
    once=(_exponential_value, _exponential_both),
    call=signs,
)
def exponential(input, target):
    """The exponential of the negative margin: the loss behind AdaBoost.

    Its slope is minus itself; near 0 it is 1 - m + m^2 / 2, and far on the right side it tends to logistic.

    Also raises ValueError for a target other than -1 and +1; the message names it.

    >>> import torch
    >>> exponential(torch.tensor([0.0, -3.0]), torch.tensor([1.0, 1.0]), reduction="none")
    tensor([ 1.0000, 20.0855])
    """
    return torch.exp(-target * input)
