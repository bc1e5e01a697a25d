"""Losses whose pull fades or levels off for large errors: Charbonnier, Cauchy, and Barron's family of both."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss
from lossbook.losses.regression import barron
from lossbook.losses.regression.squared import RESIDUAL


def _width(default: float, meaning: str, name: str = "c", **more) -> Parameter:
    more = {"symbol": name, "slider": (0.1, 5.0)} | more
    return Parameter(name, default, meaning, low=0.0, high=math.inf, open_low=True, open_high=True, **more)


def _cauchy_value(input, target, c):
    u = (input - target).div_(c)
    return u.mul_(u).log1p_().mul_(0.5 * c * c)


def _cauchy_slope(input, target, c):
    r = input - target
    u = r / c
    return r.div_(u.mul_(u).add_(1))


def _charbonnier_value(input, target, epsilon):
    r = input - target
    return r.mul_(r).add_(epsilon * epsilon).sqrt_()


def _charbonnier_slope(input, target, epsilon):
    r = input - target
    return r.div_((r * r).add_(epsilon * epsilon).sqrt_())


@loss(
    title="Cauchy (Lorentzian) loss",
    short="Cauchy",
    family="regression",
    formula=r"\ell(r) = \tfrac{c^2}{2} \log \left( 1 + (r / c)^2 \right)",
    symbols=RESIDUAL | {"c": "width"},
    parameters=[_width(1.0, "The residual at which the pull is greatest, in units of the target.")],
    axis="residual",
    elicits="an M-estimate of location: the center of a symmetric unimodal distribution",
    convex=False,
    lipschitz="c / 2",
    bounded_gradient=True,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "SciPy": "scipy.optimize.least_squares(loss='cauchy', f_scale=c), whose cost is the same",
        "Ceres": "ceres::CauchyLoss(c)",
        "kornia": "kornia.losses.cauchy_loss, with width sqrt(2)",
    },
    traps=[
        "Not convex: several minima are possible, and the start decides which one is found.",
        "Past |r| = c a larger error pulls less; a point far enough away is all but ignored, right or wrong.",
        "The factor c^2 / 2 keeps the curvature at 0 equal to 1; libraries differ in it.",
    ],
    primary="Hampel, Ronchetti, Rousseeuw and Stahel (1986), Robust Statistics; Barron (2019), alpha = 0.",
    cite=["hampel1986robust", "barron2019general"],
    look=Look(4, "dotted"),
    kernel=(_cauchy_value, _cauchy_slope),
)
def cauchy(input, target, *, c=1.0):
    """The negative log-likelihood of a Cauchy distribution: it grows like a logarithm, and its pull fades.

    Equal to c^2 * general_robust(alpha=0, c=c / sqrt(2)) / 2.

    >>> import torch
    >>> cauchy(torch.tensor([1.0, 100.0]), torch.zeros(2), reduction="none")
    tensor([0.3466, 4.6052])
    """
    return 0.5 * c**2 * torch.log1p(((input - target) / c) ** 2)


@loss(
    title="Charbonnier loss",
    short="Charbonnier",
    family="regression",
    formula=r"\ell(r) = \sqrt{r^2 + \epsilon^2}",
    symbols=RESIDUAL | {r"\epsilon": "half-width of the rounded corner"},
    parameters=[
        _width(
            1.0,
            "How wide the corner of the absolute error is rounded off, in units of the target.",
            name="epsilon",
            symbol=r"\epsilon",
            slider=(0.001, 2.0),
            log=True,
        )
    ],
    axis="residual",
    elicits="an M-estimate of location: near the median for small epsilon, the mean for large epsilon",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "BasicSR": "CharbonnierLoss(eps), which adds eps and not eps^2 under the root",
        "kornia": "kornia.losses.charbonnier_loss, epsilon = 1 with 1 subtracted",
        "TensorFlow Graphics and robust_loss": "general robust loss with alpha = 1",
    },
    traps=[
        "Its minimum is epsilon, not 0. The pseudo-Huber loss subtracts epsilon (and multiplies by it).",
        "The curvature at 0 is 1 / epsilon: with 0.001, usual for images, descent needs steps of about 0.001.",
    ],
    primary="Charbonnier, Blanc-Feraud, Aubert and Barlaud (1994), Two Deterministic Half-Quadratic Regularization "
    "Algorithms for Computed Imaging; here as alpha = 1 of Barron (2019).",
    cite=["barron2019general"],
    look=Look(8, "dotted"),
    kernel=(_charbonnier_value, _charbonnier_slope),
)
def charbonnier(input, target, *, epsilon=1.0):
    """The absolute error with its corner rounded off by a hyperbola: differentiable everywhere.

    Equal to epsilon * general_robust(alpha=1, c=epsilon) + epsilon; tends to mae as epsilon goes to 0.

    >>> import torch
    >>> charbonnier(torch.tensor([0.0, 4.0]), torch.zeros(2), epsilon=3.0, reduction="none")
    tensor([3., 5.])
    """
    return torch.sqrt((input - target) ** 2 + epsilon**2)


@loss(
    title="General robust loss (Barron)",
    short="General",
    family="regression",
    formula=r"\ell(r) = \tfrac{|\alpha - 2|}{\alpha} \left( \left( \tfrac{(r / c)^2}{|\alpha - 2|} + 1 "
    r"\right)^{\alpha / 2} - 1 \right)",
    symbols=RESIDUAL
    | {
        r"\alpha": "shape; the formula's limits are taken at 2, 0 and plus or minus infinity",
        "c": "width",
    },
    parameters=[
        Parameter(
            "alpha",
            1.0,
            "The shape: 2 is squared error, 1 Charbonnier, 0 Cauchy, -2 Geman-McClure, -inf Welsch.",
            symbol=r"\alpha",
            slider=(-8.0, 2.0),
        ),
        _width(1.0, "The size of residual below which every member is a parabola, in units of the target."),
    ],
    axis="residual",
    elicits="an M-estimate of location: the mean at alpha = 2, the center of a symmetric unimodal distribution below",
    convex="alpha >= 1",
    lipschitz="1 / c if alpha <= 1 else inf",
    bounded_gradient="alpha <= 1",
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "robust_loss_pytorch": "robust_loss_pytorch.general.lossfun(x, alpha, scale)",
        "kornia": "charbonnier_loss, cauchy_loss, geman_mcclure_loss and welsch_loss are members",
    },
    traps=[
        "Below alpha = 1 it is not convex; below alpha = 0 it is bounded, and far points have no pull at all.",
        "Making alpha smaller makes every loss value smaller: alpha cannot be learnt from this loss alone, only from "
        "the likelihood with its normalizing constant.",
        "The slope with respect to a tensor alpha is reported as 0 at exactly 0, 2 and infinity.",
        "For alpha above 2 the loss grows faster than the square and overflows early.",
    ],
    primary="Barron (2019), A General and Adaptive Robust Loss Function, CVPR, equations 8 and 13.",
    cite=["barron2019general"],
    look=Look(5),
    kernel=(barron.value, barron.slope),
)
def general_robust(input, target, *, alpha=1.0, c=1.0):
    """One family with a shape parameter that runs from squared error to losses that ignore outliers.

    alpha=2 is mse / (2 c^2); alpha=1 is charbonnier / c - 1 with epsilon=c; alpha=0 is 2 cauchy / w^2 with width
    w = sqrt(2) c.

    >>> import torch
    >>> general_robust(torch.tensor([0.5, 10.0]), torch.zeros(2), alpha=-2.0, reduction="none")
    tensor([0.1176, 1.9231])
    """
    z = ((input - target) / c) ** 2
    alpha = torch.as_tensor(alpha, dtype=z.dtype, device=z.device)
    square, log, infinite = alpha == 2, alpha.abs() < 1e-20, alpha.abs() > 1e20
    a = torch.where(square | log | infinite, 1.0, alpha)  # a harmless stand-in where the formula has no value
    b = (a - 2).abs()
    power = torch.where(infinite, alpha.sign() * z / 2, a / 2 * torch.log1p(z / b))
    scale = torch.where(infinite, alpha.sign(), b / a)
    # scale (s - 1) for s = exp(power), keeping every digit of value and slope: near 1 by expm1, far above by a power
    near, high = power.abs() < 1, (power > 1) & (z > b) & ~infinite
    s = torch.where(high, torch.where(high, 1 + z / b, 1.0) ** (a / 2), torch.exp(torch.where(high, 0.0, power)))
    general = scale * torch.where(near, torch.expm1(torch.where(near, power, 0.0)), s - 1)
    return torch.where(square, z / 2, torch.where(log, torch.log1p(z / 2), general))
