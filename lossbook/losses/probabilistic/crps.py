"""The continuous ranked probability score: an absolute error for predicted distributions, in units of the target."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.chunks import wrapped
from lossbook.losses.parameters import Choice
from lossbook.losses.paths import Path
from lossbook.losses.probabilistic import kernels
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
    kernel=(kernels.crps, kernels.crps_both),
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


def _pairs(count, fair):
    return count * max(count - 1, 1) if fair else count**2


def _ranked(ensemble):
    """The members, what each counts below, and their order: sorted, or None if some are equal and they stay in place.

    The sum of |x_i - x_j| over all pairs is twice that over the members of (members below it - members above it) x_i.
    """
    members, order = torch.sort(ensemble, -1)
    count, ordered = members.shape[-1], members.detach()
    gaps = ordered[..., 1:] - ordered[..., :-1]
    if gaps.numel() and not gaps.amin() > 0:  # equal members have no order, but one slope
        held = ensemble.detach().contiguous()
        lead = torch.searchsorted(ordered, held) - (count - torch.searchsorted(ordered, held, right=True))
        return ensemble, lead.to(ordered.dtype), None
    return members, 2 * torch.arange(count, dtype=members.dtype, device=members.device) - (count - 1), order


def _spread(apart, lead, fair):
    return apart.abs().mean(-1) - (apart * lead).sum(-1) / _pairs(apart.shape[-1], fair)


def _sorted(ensemble, target, fair):
    members, lead, _ = _ranked(ensemble)
    return _spread(members - target.unsqueeze(-1), lead, fair)


class _ByRank(torch.autograd.Function):
    """The same in O(M log M). Signs and ranks are all that the slopes are made of: one array is kept."""

    @staticmethod
    def forward(ctx, ensemble, target, fair):
        members, lead, order = _ranked(ensemble)
        apart = members - target.unsqueeze(-1)
        del members
        values = _spread(apart, lead, fair)
        side, slope = apart.sign_().div_(apart.shape[-1]), None
        toward = -side.sum(-1) if ctx.needs_input_grad[1] else None
        if ctx.needs_input_grad[0]:
            slope = side.sub_(lead / _pairs(side.shape[-1], fair))
            slope = slope if order is None else torch.empty_like(slope).scatter_(-1, order, slope)
        ctx.fair = fair
        ctx.save_for_backward(ensemble, target, slope, toward)
        return values

    @staticmethod
    def backward(ctx, grad):
        ensemble, target, slope, toward = ctx.saved_tensors
        if torch.is_grad_enabled():
            pull = torch.func.vjp(lambda x, t: _sorted(x, t, ctx.fair), ensemble, target)[1]
            return *pull(grad), None
        return (
            None if slope is None else grad.unsqueeze(-1) * slope,
            None if toward is None else grad * toward,
            None,
        )


def _fast(ensemble, target, *, fair=False):
    if wrapped(ensemble, target):
        return crps_ensemble.definition(ensemble, target, fair=fair)
    return _ByRank.apply(ensemble, target, fair)


def _four(s):
    return torch.stack([s - 1.5, s - 0.5, s + 0.5, s + 1.5]), torch.zeros_like(s)


@loss(
    title="Continuous ranked probability score of an ensemble",
    short="Ensemble CRPS",
    family="probabilistic",
    formula=r"\ell(x, t) = \frac{1}{M} \sum_{i=1}^{M} |x_i - t| "
    r"- \frac{1}{2 M^2} \sum_{i=1}^{M} \sum_{j=1}^{M} |x_i - x_j|",
    symbols={"M": "the number of members; M (M - 1) in place of M^2 if fair", "i, j": "members"},
    sides=[
        Side("ensemble", "... M", "The members: as many values that could come out.", symbol="x"),
        Side("target", "...", "What came out.", symbol="t"),
    ],
    gives="...",
    sizes={"...": 5},
    parameters=[
        Choice(
            "fair",
            False,
            "Score the ensemble as the sample of a distribution, and not as the distribution itself.",
            (False, True),
        )
    ],
    path=Path(
        "center of the ensemble (target 0)",
        -5.0,
        5.0,
        _four,
        "Four members, 1 apart, move together past a target at 0.",
        2.0,
    ),
    elicits="the distribution, if there are many members; of a few, evenly spaced quantiles",
    convex=False,
    lipschitz="1",
    bounded_gradient=True,
    proper=True,
    smoothness="C0",
    elsewhere={
        "properscoring": "properscoring.crps_ensemble(target, ensemble)",
        "scoringRules (R)": "crps_sample(target, ensemble)",
    },
    traps=[
        "Plain, the default, scores the M members as if they were all that can come out: an ensemble drawn from the "
        "true distribution is then beaten by a narrower one. fair=True has the expected score of the distribution that "
        "the members are drawn from, for every M: use it to train a sampler.",
        "fair=True may be negative, and is mae for a single member.",
        "Members that are equal have the same slope: the loss alone does not part them.",
        "Members in the last axis, where some libraries want them first.",
    ],
    primary="Gneiting and Raftery (2007), Strictly Proper Scoring Rules, Prediction, and Estimation, Journal of the "
    "American Statistical Association 102(477), equation 21; fair: Ferro (2014).",
    cite=["gneiting2007strictly", "ferro2014fair"],
    look=Look(3, "dotted"),
    fused=_fast,
)
def crps_ensemble(ensemble, target, *, fair=False):
    """How far the members are from the target, less half of how far they are from each other, on average.

    With one member it is mae. With many drawn from a normal distribution it becomes crps_gaussian.

    >>> import torch
    >>> crps_ensemble(torch.tensor([[-1.0, 1.0], [3.0, 3.0]]), torch.tensor([0.0, 0.0]), reduction="none")
    tensor([0.5000, 3.0000])
    """
    pairs = (ensemble.unsqueeze(-1) - ensemble.unsqueeze(-2)).abs().sum((-1, -2))
    return (ensemble - target.unsqueeze(-1)).abs().mean(-1) - pairs / (2 * _pairs(ensemble.shape[-1], fair))
