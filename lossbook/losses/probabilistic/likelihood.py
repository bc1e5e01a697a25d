"""Negative log-likelihoods of a predicted center and spread."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.probabilistic import kernels
from lossbook.losses.probabilistic.drawn import beside
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

_FLOOR = {torch.float32: -85.0}  # exp(-floor) fits in the dtype


def over(r, log_scale):
    """r / exp(log_scale): 0 for r = 0, however small the scale is, where the reciprocal overflows."""
    floor = _FLOOR.get(r.dtype, -700.0)
    return r * torch.exp(-torch.where((r == 0) & (log_scale < floor), floor, log_scale))


@loss(
    title="Gaussian negative log-likelihood",
    short="Gaussian NLL",
    family="probabilistic",
    formula=r"\ell(x, t, s) = \tfrac{1}{2} \left( s + (x - t)^2 e^{-s} + \log (2 \pi) \right)",
    symbols={},
    sides=[
        Side("mean", "...", "The predicted mean.", symbol="x"),
        Side("target", "...", "What came out.", symbol="t"),
        Side("log_var", "...", "The logarithm of the predicted variance.", symbol="s"),
    ],
    gives="...",
    path=beside(0.0, held="variance 1"),
    elicits="mean and variance, the latter as the exponential of log_var",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=True,
    smoothness="Cinf",
    elsewhere={
        "torch": "torch.nn.functional.gaussian_nll_loss(full=True), from the variance, which it clamps at 1e-6",
    },
    traps=[
        "It takes the logarithm of the variance, not of the standard deviation, and not the variance.",
        "The constant log(2 pi) / 2 = 0.92 is in it, so that it compares with laplace_nll; torch drops it unless "
        "full=True.",
        "Convex in the mean, and in log_var, but not in both together.",
        "The slope in the mean is divided by the variance: examples with a large predicted variance are hardly fitted.",
        "Values may be negative: a density can be above 1. Repeated targets let the loss fall without bound.",
    ],
    primary="Nix and Weigend (1994), Estimating the Mean and Variance of the Target Probability Distribution, ICNN.",
    cite=["nix1994estimating"],
    look=Look(1),
    kernel=(kernels.gaussian, kernels.gaussian_both),
)
def gaussian_nll(mean, target, *, log_var):
    """The negative logarithm of the normal density that a predicted mean and variance give to the target.

    With log_var = 0 it is half of mse, plus log(2 pi) / 2.

    >>> import torch
    >>> mean, target = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0])
    >>> gaussian_nll(mean, target, log_var=torch.tensor([0.0, 1.0]), reduction="none")
    tensor([1.4189, 2.1547])
    """
    # the residual is divided before it is squared: the square alone may overflow
    return 0.5 * (log_var + over(mean - target, 0.5 * log_var) ** 2 + math.log(2 * math.pi))


@loss(
    title="Laplace negative log-likelihood",
    short="Laplace NLL",
    family="probabilistic",
    formula=r"\ell(x, t, s) = s + |x - t| e^{-s} + \log 2",
    symbols={},
    sides=[
        Side("loc", "...", "The predicted median.", symbol="x"),
        Side("target", "...", "What came out.", symbol="t"),
        Side("log_scale", "...", "The logarithm of the predicted scale, the mean absolute error.", symbol="s"),
    ],
    gives="...",
    path=beside(0.0, center="median", held="scale 1"),
    elicits="median and mean absolute deviation from it, the latter as the exponential of log_scale",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=True,
    smoothness="C0",
    elsewhere={"torch": "-torch.distributions.Laplace(loc, scale).log_prob(target)"},
    traps=[
        "The scale is the mean absolute error, not the standard deviation, which is sqrt(2) times it.",
        "The constant log 2 is in it, so that it compares with gaussian_nll.",
        "Convex in loc, and in log_scale, but not in both together. At loc = target the slope in loc is taken as 0.",
        "For a given log_scale the slope in loc is bounded by exp(-log_scale), which has no bound of its own.",
    ],
    primary="Kotz, Kozubowski and Podgorski (2001), The Laplace Distribution and Generalizations, chapter 2.",
    cite=["kotz2001laplace"],
    look=Look(2),
    kernel=(kernels.laplace, kernels.laplace_both),
)
def laplace_nll(loc, target, *, log_scale):
    """The negative logarithm of the Laplace density that a predicted median and scale give to the target.

    With log_scale = 0 it is mae, plus log 2.

    >>> import torch
    >>> loc, target = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0])
    >>> laplace_nll(loc, target, log_scale=torch.tensor([0.0, 1.0]), reduction="none")
    tensor([1.6931, 2.4289])
    """
    return log_scale + over((loc - target).abs(), log_scale) + math.log(2)


@loss(
    title="Beta negative log-likelihood",
    short="Beta NLL",
    family="probabilistic",
    formula=r"\ell(x, t, s) = \tfrac{1}{2} \lfloor e^{\beta s} \rfloor "
    r"\left( s + (x - t)^2 e^{-s} + \log (2 \pi) \right)",
    symbols={r"\lfloor \cdot \rfloor": "taken as a constant by the gradient"},
    sides=[
        Side("mean", "...", "The predicted mean.", symbol="x"),
        Side("target", "...", "What came out.", symbol="t"),
        Side("log_var", "...", "The logarithm of the predicted variance.", symbol="s"),
    ],
    gives="...",
    parameters=[
        Parameter(
            "beta",
            0.5,
            "The power of the predicted variance that examples count by: 0 is the likelihood, 1 fits the mean as mse.",
            low=0.0,
            high=1.0,
            symbol=r"\beta",
            slider=(0.0, 1.0),
        )
    ],
    path=beside(math.log(4.0), held="variance 4"),
    elicits="mean and variance, the latter as the exponential of log_var",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=None,
    smoothness="Cinf",
    held="the factor exp(beta log_var)",
    elsewhere={"torch": "variance.detach() ** beta * torch.nn.functional.gaussian_nll_loss(reduction='none')"},
    traps=[
        "Its gradient is not the derivative of its value: the factor is held. Finite differences in log_var disagree "
        "(in the mean they agree), and a line search on the value goes astray.",
        "The value is no score to compare models by, since each weighs the examples by its own variances: report "
        "gaussian_nll.",
        "Best mean and variance are those of gaussian_nll as long as they fit every input; where they cannot, beta "
        "says which inputs are fitted.",
        "The slope in log_var is multiplied by the variance to the power beta as well: in units of the target it "
        "grows, so standardize targets.",
    ],
    primary="Seitzer, Tavakoli, Antic and Martius (2022), On the Pitfalls of Heteroscedastic Uncertainty Estimation "
    "with Probabilistic Neural Networks, ICLR.",
    cite=["seitzer2022pitfalls"],
    look=Look(6),
    kernel=(kernels.gaussian, kernels.gaussian_both),
)
def beta_nll(mean, target, *, log_var, beta=0.5):
    """Gaussian negative log-likelihood, each example counted by a power of its predicted variance that is held fixed.

    With beta=0 it is gaussian_nll; with beta=1 its slope in the mean is half that of mse.

    >>> import torch
    >>> mean, target = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 2.0])
    >>> beta_nll(mean, target, log_var=torch.tensor([0.0, 1.0]), reduction="none")
    tensor([1.4189, 3.5525])
    """
    power = beta * log_var.detach()
    # the factor goes into the exponent of the residual's term: alone it may be 0 where that is infinite
    square = over(mean - target, 0.5 * (log_var - power)) ** 2
    return 0.5 * (torch.exp(power) * (log_var + math.log(2 * math.pi)) + square)
