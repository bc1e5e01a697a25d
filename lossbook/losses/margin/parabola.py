"""Margin losses with a piece of a parabola instead of the hinge's corner: squared, smooth, and modified Huber."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.margin.signs import MARGIN, signs
from lossbook.losses.registry import loss

# With the shortfall u = max(0, 1 - m) and v = min(u, k), a parabola up to u = k that goes on as its tangent is
#     v (2u - v) = u^2 for u <= k, else k (2u - k),   of slope 2v in u.
# k = 1, halved, is smooth hinge; k = 2 is modified Huber. u is never below v, so 2u - v loses no digit. Slopes start
# from m - 1, which is -u where there is a shortfall.


def _shortfall(input, target):
    return torch.addcmul(input.new_ones(()), input, target, value=-1).relu_()


def _beyond(input, target):
    return torch.addcmul(-input.new_ones(()), input, target)


def _squared_value(input, target):
    u = _shortfall(input, target)
    return u.mul_(u)


def _squared_slope(input, target):
    return _beyond(input, target).clamp(max=0).mul_(target).mul_(2)


def _smooth_value(input, target):
    u = _shortfall(input, target)
    v = u.clamp(max=1)
    return u.sub_(v, alpha=0.5).mul_(v)


def _smooth_slope(input, target):
    return _beyond(input, target).clamp(-1, 0).mul_(target)


def _modified_value(input, target):
    u = _shortfall(input, target)
    v = u.clamp(max=2)
    return u.mul_(2).sub_(v).mul_(v)


def _modified_slope(input, target):
    return _beyond(input, target).clamp(-2, 0).mul_(target).mul_(2)


@loss(
    title="Squared hinge loss",
    short="Squared hinge",
    family="margin",
    formula=r"\ell(m) = \max(0, 1 - m)^2",
    symbols=MARGIN,
    axis="margin",
    elicits="probability, as (1 + x) / 2 for scores x from -1 to 1",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=True,
    smoothness="C1",
    elsewhere={
        "keras": "keras.losses.SquaredHinge",
        "scikit-learn": "LinearSVC(loss='squared_hinge'), its default; SGDClassifier(loss='squared_hinge')",
    },
    traps=[
        "Labels are -1 and +1: anything else raises.",
        "A wrong label k past the margin costs k squared: one of them can outweigh all the rest.",
        "Scores above 1 cost nothing, so large scores are not what keeps it low; mse against the labels charges them.",
        "Some libraries put a half in front.",
    ],
    primary="Cortes and Vapnik (1995), Support-Vector Networks, Machine Learning 20; Chang, Hsieh and Lin (2008).",
    cite=["cortes1995support", "chang2008coordinate"],
    look=Look(4, "dashed"),
    kernel=(_squared_value, _squared_slope),
    call=signs,
)
def squared_hinge(input, target):
    """The square of the hinge loss: it has a slope everywhere.

    Equal to modified_huber for margins from -1 up.

    Also raises ValueError for a target other than -1 and +1; the message names it.

    >>> import torch
    >>> squared_hinge(torch.tensor([2.0, 0.5, -3.0]), torch.tensor([1.0, 1.0, 1.0]), reduction="none")
    tensor([ 0.0000,  0.2500, 16.0000])
    """
    return F.relu(1 - target * input) ** 2


@loss(
    title="Smooth hinge loss",
    short="Smooth hinge",
    family="margin",
    formula=r"\ell(m) = \begin{cases} \tfrac{1}{2} - m & m \le 0 \\ \tfrac{1}{2} (1 - m)^2 & m < 1 \\ "
    r"0 & m \ge 1 \end{cases}",
    symbols=MARGIN,
    axis="margin",
    elicits="probability, as 1 / (2 - x) for scores x from 0 to 1, and the same with the classes exchanged below 0",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=True,
    smoothness="C1",
    elsewhere={
        "TensorFlow": "tf.raw_ops.SdcaOptimizer(loss_type='smooth_hinge_loss')",
    },
    traps=[
        "Labels are -1 and +1: anything else raises.",
        "It is the hinge rounded off between 0 and 1, not around 1: far out it is lower by a half.",
        "The name also stands for other roundings of the corner, some with a width.",
    ],
    primary="Rennie and Srebro (2005), Loss Functions for Preference Levels, IJCAI workshop on preference handling.",
    cite=["rennie2005loss"],
    look=Look(7, "long"),
    kernel=(_smooth_value, _smooth_slope),
    call=signs,
)
def smooth_hinge(input, target):
    """The hinge loss with a parabola between margins of 0 and 1.

    Equal to modified_huber / 8 at the margin 2 m - 1.

    Also raises ValueError for a target other than -1 and +1; the message names it.

    >>> import torch
    >>> smooth_hinge(torch.tensor([2.0, 0.5, -3.0]), torch.tensor([1.0, 1.0, 1.0]), reduction="none")
    tensor([0.0000, 0.1250, 3.5000])
    """
    m = target * input
    return torch.where(m <= 0, 0.5 - m, 0.5 * F.relu(1 - m) ** 2)


@loss(
    title="Modified Huber loss",
    short="Modified Huber",
    family="margin",
    formula=r"\ell(m) = \begin{cases} -4 m & m < -1 \\ (1 - m)^2 & m < 1 \\ 0 & m \ge 1 \end{cases}",
    symbols=MARGIN,
    axis="margin",
    elicits="probability, as (1 + x) / 2 for scores x from -1 to 1",
    convex=True,
    lipschitz="4",
    bounded_gradient=True,
    proper=True,
    smoothness="C1",
    elsewhere={"scikit-learn": "SGDClassifier(loss='modified_huber')"},
    traps=[
        "Labels are -1 and +1: anything else raises.",
        "It is a classification loss: huber is the one for residuals.",
        "Its slope is up to 4, four times that of hinge or logistic: a learning rate does not carry over.",
    ],
    primary="Zhang (2004), Solving Large Scale Linear Prediction Problems Using Stochastic Gradient Descent "
    "Algorithms, ICML.",
    cite=["zhang2004solving"],
    look=Look(8, "dashed"),
    kernel=(_modified_value, _modified_slope),
    call=signs,
)
def modified_huber(input, target):
    """The squared hinge loss, continued as a straight line below a margin of -1: wrong labels pull with bounded force.

    Equal to squared_hinge for margins from -1 up.

    Also raises ValueError for a target other than -1 and +1; the message names it.

    >>> import torch
    >>> modified_huber(torch.tensor([2.0, 0.5, -3.0]), torch.tensor([1.0, 1.0, 1.0]), reduction="none")
    tensor([ 0.0000,  0.2500, 12.0000])
    """
    m = target * input
    return torch.where(m < -1, -4 * m, F.relu(1 - m) ** 2)
