"""Errors that cost by side or by band: the tilted square of expectiles, and a dead band with linear cost outside."""

import math

import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss
from lossbook.losses.regression.squared import RESIDUAL


def _expectile_value(input, target, q):
    e = target - input
    return F.leaky_relu(e, (1 - q) / q).mul_(e).mul_(q)  # q r^2 where input is too low, (1 - q) r^2 where too high


def _expectile_slope(input, target, q):
    return F.leaky_relu_(target - input, (1 - q) / q).mul_(-2 * q)


def _insensitive_value(input, target, epsilon):
    return (input - target).abs_().sub_(epsilon).relu_()


def _insensitive_slope(input, target, epsilon):
    return F.hardshrink(input - target, epsilon).sign_()


@loss(
    title="Expectile loss",
    short="Expectile",
    family="regression",
    formula=r"\ell(r) = q \max(-r, 0)^2 + (1 - q) \max(r, 0)^2",
    symbols=RESIDUAL | {r"q": "level of the expectile"},
    parameters=[
        Parameter(
            "q",
            0.5,
            "The level: the share of the squared cost that falls on predictions that are too low.",
            low=0.0,
            high=1.0,
            open_low=True,
            open_high=True,
            symbol=r"q",
            slider=(0.05, 0.95),
        )
    ],
    axis="residual",
    elicits="q-expectile: the mean at q = 0.5",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=None,
    smoothness="C1",
    elsewhere={
        "R": "package expectreg",
        "reinforcement learning": "the value loss of implicit Q-learning, with q called tau",
    },
    traps=[
        "At q = 0.5 it is half the squared error, not the squared error; there the curvature has no jump either.",
        "An expectile is not a quantile: q = 0.9 does not leave a tenth of the targets above it.",
        "The sign of the residual (input minus target here) decides which way it tilts: large q charges predictions "
        "that are too low.",
        "As sensitive to outliers as squared error: the pull of a point grows without bound.",
    ],
    primary="Newey and Powell (1987), Asymmetric Least Squares Estimation and Testing, Econometrica 55(4).",
    cite=["newey1987asymmetric"],
    look=Look(1, "dashed"),
    kernel=(_expectile_value, _expectile_slope),
)
def expectile(input, target, *, q=0.5):
    """A squared error that charges q times the square for too low and 1 - q times for too high.

    expectile(q=0.5) is half of mse. It is to the mean what quantile is to the median.

    >>> import torch
    >>> expectile(torch.tensor([0.0, 3.0]), torch.tensor([1.0, 1.0]), q=0.9, reduction="none")
    tensor([0.9000, 0.4000])
    """
    return q * F.relu(target - input) ** 2 + (1 - q) * F.relu(input - target) ** 2


@loss(
    title="Epsilon-insensitive loss",
    short="eps-insensitive",
    family="regression",
    formula=r"\ell(r) = \max(|r| - \epsilon, 0)",
    symbols=RESIDUAL | {r"\epsilon": "half-width of the band that costs nothing"},
    parameters=[
        Parameter(
            "epsilon",
            0.1,
            "The size of residual up to which an error is free, in units of the target.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\epsilon",
            slider=(0.0, 2.0),
        )
    ],
    axis="residual",
    elicits="an M-estimate of location: the center of a band, epsilon to each side, with as many targets above it as "
    "below; the median at epsilon = 0",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=None,
    smoothness="C0",
    elsewhere={
        "scikit-learn": "sklearn.svm.SVR(epsilon), LinearSVR(loss='epsilon_insensitive'); "
        "SGDRegressor(loss='epsilon_insensitive')",
        "LIBSVM": "epsilon-SVR, option -p",
    },
    traps=[
        "epsilon is in units of the target: larger than its spread, every prediction inside the band is free and "
        "nothing is learnt.",
        "The slope is exactly 0 inside the band and, by convention, at its ends; the best constant need not be unique.",
        "epsilon = 0 is the absolute error. The squared form, also used for support vector regression, is another "
        "loss.",
    ],
    primary="Vapnik (1995), The Nature of Statistical Learning Theory, chapter 6; Drucker et al. (1996), Support "
    "Vector Regression Machines.",
    cite=["vapnik1995nature", "drucker1996support"],
    look=Look(2, "dotted"),
    kernel=(_insensitive_value, _insensitive_slope),
)
def epsilon_insensitive(input, target, *, epsilon=0.1):
    """The absolute error beyond a band around the target: inside it, an error costs nothing.

    epsilon_insensitive(epsilon=0) is mae; it is the hinge loss of both ends of the band.

    >>> import torch
    >>> epsilon_insensitive(torch.tensor([0.25, -2.0]), torch.zeros(2), epsilon=0.5, reduction="none")
    tensor([0.0000, 1.5000])
    """
    return F.relu((input - target).abs() - epsilon)
