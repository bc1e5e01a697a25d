"""The continuous ranked probability score: an absolute error for predicted distributions, in units of the target."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.probabilistic.drawn import beside
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

_FAR = 40.0  # standard deviations, from where the normal density is 0 in float64


@loss(
    title="Continuous ranked probability score of a normal distribution",
    short="CRPS",
    family="probabilistic",
    formula=r"\ell(x, t, s) = (x - t) \left( 2 \Phi \left( \frac{x - t}{s} \right) - 1 \right) "
    r"+ s \left( 2 \varphi \left( \frac{x - t}{s} \right) - \frac{1}{\sqrt{\pi}} \right)",
    symbols={
        r"\Phi": "distribution function of the standard normal distribution",
        r"\varphi": "its density",
    },
    sides=[
        Side("mean", "...", "The predicted mean.", symbol="x"),
        Side("target", "...", "What came out.", symbol="t"),
        Side("std", "...", "The predicted standard deviation.", low=0.0, open_low=True, symbol="s"),
    ],
    gives="...",
    path=beside(1.0, held="standard deviation 1"),
    elicits="mean and standard deviation, of a normal distribution",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=True,
    smoothness="Cinf",
    elsewhere={
        "properscoring": "properscoring.crps_gaussian(target, mean, std)",
        "scoringRules (R)": "crps_norm(target, mean, std)",
    },
    traps=[
        "It takes the standard deviation, above 0; gaussian_nll takes the logarithm of the variance.",
        "In units of the target, as mae is: far from it the loss is the absolute error minus std / sqrt(pi).",
        "A perfect mean costs 0.2337 std, not 0.",
    ],
    primary="Gneiting, Raftery, Westveld and Goldman (2005), Calibrated Probabilistic Forecasting Using Ensemble Model "
    "Output Statistics and Minimum CRPS Estimation, Monthly Weather Review 133(5), equation 5.",
    cite=["gneiting2005calibrated", "gneiting2007strictly"],
    look=Look(3),
)
def crps_gaussian(mean, target, *, std):
    """The squared gap between the predicted normal distribution function and the step at the target, integrated.

    As std goes to 0 it becomes mae.

    >>> import torch
    >>> mean, target = torch.tensor([0.0, 0.0]), torch.tensor([0.0, 5.0])
    >>> crps_gaussian(mean, target, std=torch.tensor([1.0, 1.0]), reduction="none")
    tensor([0.2337, 4.4358])
    """
    r = mean - target
    near = r.abs() < _FAR * std  # beyond, the density is 0, and its slope would be 0 times infinity
    z = torch.where(near, r, 0.0) / std
    density = torch.exp(-0.5 * z * z) * math.sqrt(2 / math.pi)
    size = torch.where(near, r * torch.erf(z / math.sqrt(2)), r.abs())
    return size + std * (torch.where(near, density, 0.0) - 1 / math.sqrt(math.pi))
