"""Bounded losses, whose pull rises, falls and vanishes: Geman-McClure, Welsch, Tukey. None of them is convex.

All three are half the squared error near 0 (curvature 1) and level off at a multiple of c^2 far out.
"""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss
from lossbook.losses.regression.squared import RESIDUAL

_BEYOND = 1e18  # beyond it z / (1 + z) is 1 to the last digit, and z = u^2 still fits in float32


def _width(default: float, meaning: str, slider) -> Parameter:
    return Parameter("c", default, meaning, 0.0, math.inf, open_low=True, open_high=True, symbol="c", slider=slider)


def _geman_value(input, target, c):
    u = (input - target).div_(c).clamp(-_BEYOND, _BEYOND)
    z = u.mul_(u)
    return z.div_(z + 1).mul_(0.5 * c * c)


def _geman_slope(input, target, c):
    r = input - target
    u = r / c
    s = u.mul_(u).add_(1).reciprocal_()
    return r.mul_(s).mul_(s)


def _welsch_value(input, target, c):
    u = (input - target).div_(c)
    return u.mul_(u).neg_().expm1_().mul_(-0.5 * c * c)


def _welsch_slope(input, target, c):
    r = input - target
    u = r / c
    return r.mul_(u.mul_(u).neg_().exp_())


def _tukey_value(input, target, c):
    u = (input - target).div_(c)
    z = u.mul_(u).clamp(max=1)
    return (z - 3).mul_(z).add_(3).mul_(z).mul_(c * c / 6)  # 1 - (1 - z)^3, multiplied out


def _tukey_slope(input, target, c):
    r = input - target
    u = r / c
    w = u.mul_(u).neg_().add_(1).relu_()
    return r.mul_(w).mul_(w)


_CENTER = "an M-estimate of location: the center of a symmetric unimodal distribution, near a mode for small c"
_NOT_CONVEX = "Not convex: several minima are possible, and the start decides which one is found."
_STALL = "A point that starts far out has next to no slope: begin from a convex loss, or from a large c."


@loss(
    title="Geman-McClure loss",
    short="Geman-McClure",
    family="regression",
    formula=r"\ell(r) = \tfrac{1}{2} \frac{r^2}{1 + (r / c)^2}",
    symbols=RESIDUAL | {"c": "width"},
    parameters=[
        _width(1.0, "The residual at which half of the largest cost is reached, in units of the target.", (0.1, 5.0))
    ],
    axis="residual",
    elicits=_CENTER,
    convex=False,
    lipschitz="3 * 3 ** 0.5 * c / 16",
    bounded_gradient=True,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "kornia": "kornia.losses.geman_mcclure_loss, which is this with c = 2",
        "robust_loss_pytorch": "general robust loss with alpha = -2",
    },
    traps=[
        _NOT_CONVEX,
        "The pull is greatest at |r| = c / sqrt(3) and falls like 1 / |r|^3; the cost never exceeds c^2 / 2.",
        _STALL,
        "Definitions differ by a factor and in the meaning of c: kornia's and Barron's c is half of this one.",
    ],
    primary="Geman and McClure (1985), Bayesian Image Analysis: An Application to Single Photon Emission Tomography; "
    "Barron (2019), alpha = -2.",
    cite=["geman1985bayesian", "barron2019general"],
    look=Look(3, "dotted"),
    kernel=(_geman_value, _geman_slope),
)
def geman_mcclure(input, target, *, c=1.0):
    """Half the squared error for small residuals, bounded by c^2 / 2 for large ones.

    Equal to c^2 * general_robust(alpha=-2, c=c / 2) / 4.

    >>> import torch
    >>> geman_mcclure(torch.tensor([1.0, 100.0]), torch.zeros(2), reduction="none")
    tensor([0.2500, 0.4999])
    """
    z = ((input - target) / c) ** 2
    near = z.clamp(max=1)
    # z / (1 + z): as it stands up to z = 1, where the bracket is 0; beyond, as 1 - 1 / (1 + z), which cannot overflow
    return 0.5 * c**2 * (near / (1 + near) + (1 / (1 + near) - 1 / (1 + z)))


@loss(
    title="Welsch (Leclerc) loss",
    short="Welsch",
    family="regression",
    formula=r"\ell(r) = \tfrac{c^2}{2} \left( 1 - \exp \left( -(r / c)^2 \right) \right)",
    symbols=RESIDUAL | {"c": "width"},
    parameters=[_width(1.0, "The residual whose cost is 1 - 1/e of the largest, in units of the target.", (0.1, 5.0))],
    axis="residual",
    elicits=_CENTER,
    convex=False,
    lipschitz="c / (2 * 2.718281828459045) ** 0.5",
    bounded_gradient=True,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "kornia": "kornia.losses.welsch_loss, which is this with c = sqrt(2)",
        "robust_loss_pytorch": "general robust loss with alpha = -inf",
        "signal processing": "correntropy loss with a Gaussian kernel of width c / sqrt(2)",
    },
    traps=[
        _NOT_CONVEX,
        "The pull is greatest at |r| = c / sqrt(2) and then dies off like a Gaussian: from |r| = 11 c it is 0 in "
        "float32.",
        _STALL,
        "Definitions differ by a factor and in the meaning of c: Barron's c is this one divided by sqrt(2).",
    ],
    primary="Holland and Welsch (1977), Robust Regression Using Iteratively Reweighted Least-Squares, whose weight is "
    "exp(-(r / c)^2); Barron (2019), alpha = -inf.",
    cite=["holland1977robust", "barron2019general"],
    look=Look(4, "long"),
    kernel=(_welsch_value, _welsch_slope),
)
def welsch(input, target, *, c=1.0):
    """A Gaussian bell turned upside down: half the squared error at its bottom, c^2 / 2 far out.

    Equal to c^2 * general_robust(alpha=-inf, c=c / sqrt(2)) / 2.

    >>> import torch
    >>> welsch(torch.tensor([1.0, 100.0]), torch.zeros(2), reduction="none")
    tensor([0.3161, 0.5000])
    """
    z = ((input - target) / c) ** 2
    near = z.clamp(max=1)
    # 1 - exp(-z): by expm1 up to z = 1, where the bracket is 0; beyond, the slope of expm1 would lose its digits
    return 0.5 * c**2 * ((torch.exp(-near) - torch.exp(-z)) - torch.expm1(-near))


@loss(
    title="Tukey's biweight loss",
    short="Tukey",
    family="regression",
    formula=r"\ell(r) = \begin{cases} \tfrac{c^2}{6} \left( 1 - \left( 1 - (r / c)^2 \right)^3 \right) & |r| \le c \\ "
    r"\tfrac{c^2}{6} & |r| > c \end{cases}",
    symbols=RESIDUAL | {"c": "where the pull ends"},
    parameters=[
        _width(
            4.685, "The size of residual from which a point has no pull at all, in units of the target.", (0.5, 10.0)
        )
    ],
    axis="residual",
    elicits=_CENTER,
    convex=False,
    lipschitz="16 * c / (25 * 5 ** 0.5)",
    bounded_gradient=True,
    proper=None,
    smoothness="C2",
    elsewhere={
        "statsmodels": "statsmodels.robust.norms.TukeyBiweight(c=4.685)",
        "R": "MASS::rlm(psi = psi.bisquare); robustbase::lmrob",
        "MATLAB": "robustfit(..., 'bisquare')",
    },
    traps=[
        _NOT_CONVEX,
        "Slope and curvature are exactly 0 from |r| = c on: if every point starts there, nothing moves.",
        "c = 4.685 keeps 95% of the efficiency of least squares on normal errors of standard deviation 1: divide the "
        "residuals by a robust estimate of scale first, or multiply c by it.",
    ],
    primary="Beaton and Tukey (1974), The Fitting of Power Series, Meaning Polynomials, Illustrated on "
    "Band-Spectroscopic Data, Technometrics 16(2).",
    cite=["beaton1974fitting"],
    look=Look(6, "long"),
    kernel=(_tukey_value, _tukey_slope),
)
def tukey(input, target, *, c=4.685):
    """Half the squared error near 0, bent over to be flat from c on: an error beyond c is ignored altogether.

    >>> import torch
    >>> tukey(torch.tensor([1.0, 2.0, 100.0]), torch.zeros(3), c=2.0, reduction="none")
    tensor([0.3854, 0.6667, 0.6667])
    """
    z = ((input - target) / c) ** 2
    near = z.clamp(max=0.5)
    # 1 - (1 - z)^3, cut off at z = 1: multiplied out up to z = 1/2, where the difference would lose a small z
    beyond = (1 - near) ** 3 - F.relu(1 - z) ** 3
    return c**2 / 6 * (near * (3 - 3 * near + near**2) + beyond)
