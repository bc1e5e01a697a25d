"""Cox's partial likelihood: who fails first, among those who still could."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.chunks import wrapped
from lossbook.losses.parameters import Choice
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _five(s):
    """Five subjects; the one whose risk moves fails second, after one that is censored."""
    zero = torch.zeros_like(s)
    times = torch.stack([zero + t for t in (2.0, 1.0, 3.0, 4.0, 4.0)])
    return torch.stack([s, zero, zero, zero, zero]), times, torch.stack([zero + e for e in (1.0, 0.0, 1.0, 1.0, 0.0)])


def _log_sums(eta):
    """log(exp(eta_1) + ... + exp(eta_k)) for each k, where the largest eta is 0: as the logarithm of sums while none of
    the exponentials vanishes, which is faster, and where slopes of 0 stay differentiable"""
    if len(eta) and not _near(eta.detach()):
        return torch.logcumsumexp(eta, 0)
    return torch.log(torch.cumsum(torch.exp(eta), 0))


def _near(eta):
    """Whether there are numbers, and no exponential of them vanishes beside that of the largest."""
    return len(eta) > 0 and bool(eta.max() - eta.min() <= (40 if eta.dtype == torch.float32 else 300))


def _gone(eta, happened, total, group, last, groups):
    """Efron's correction: the mean over the failures of a group of log(1 - k / d * their share of the risk)."""

    def added(values):
        """One number a subject: the sum over its group."""
        return torch.zeros(groups, dtype=eta.dtype, device=eta.device).index_add(0, group, values)[group]

    failing = added(happened)
    share = added(torch.exp(eta - total) * happened)
    so_far = happened.cumsum(0)
    rank = so_far - 1 - (so_far[last] - failing)  # 0, 1, ... among the failures of the group
    failing = failing.clamp(min=1)
    return added(torch.log1p(-share * (rank / failing) * happened)) / failing


class _Breslow(torch.autograd.Function):
    """The same for a given order, with Breslow's ties: with S the sum of the risks r = e^x up to the last of the group
    of equal times, the slope in x is r (the sum of event / S over all groups from there on) - event."""

    @staticmethod
    def forward(ctx, log_risk, order, event, times):
        last = _last(times) if _tied(times) else None
        eta = log_risk[order].sub_(log_risk.max())  # changes nothing but the rounding
        risk = torch.exp(eta)
        sums = torch.cumsum(risk, 0)
        sums = sums if last is None else sums.index_select(0, last)
        ctx.save_for_backward(log_risk, order, event, times, last, risk, sums)
        values = torch.log(sums).sub_(eta).mul_(event[order])
        return eta.index_copy_(0, order, values)

    @staticmethod
    def backward(ctx, grad):
        log_risk, order, event, times, last, risk, sums = ctx.saved_tensors
        if torch.is_grad_enabled():
            return *torch.func.vjp(lambda x: _ordered(x, order, event, times), log_risk)[1](grad), None, None, None
        own = grad[order] * event[order]
        share = own / sums
        share = share if last is None else torch.zeros_like(share).index_add(0, last, share)
        slope = share.flip(0).cumsum(0).flip(0).mul(risk).sub(own)
        return own.index_copy(0, order, slope), None, None, None


def _tied(times):
    return bool((times[1:] == times[:-1]).any())


def _last(times):
    """For each place in a sorted list that of the last of its group of equal times; in 32 bits, where they suffice."""
    kind = torch.int32 if len(times) < 2**31 else torch.int64
    ends = torch.ones_like(times, dtype=torch.bool)
    ends[:-1] = times[1:] != times[:-1]
    group = torch.cumsum(ends, 0, dtype=kind).sub_(ends.to(kind))
    return ends.nonzero()[:, 0].to(kind).index_select(0, group)


def _ordered(log_risk, order, event, times, ties="breslow"):
    """The values, given the order by falling time, and the times in that order."""
    eta, happened = log_risk[order], event[order]
    eta = eta - eta.detach().max() if len(eta) else eta
    total = _log_sums(eta)
    if _tied(times):
        _, group, counts = torch.unique_consecutive(times, return_inverse=True, return_counts=True)
        last = counts.cumsum(0)[group] - 1
        total = total[last]
        if ties == "efron":
            total = total + _gone(eta, happened, total, group, last, len(counts))
    return torch.zeros_like(eta).index_copy(0, order, (total - eta) * happened)


def _fast(log_risk, time, *, event, ties="breslow"):
    """The same in O(n log n): the risk sets are the beginnings of a list that starts with who was watched longest."""
    if wrapped(log_risk, time, event):
        return cox_partial_likelihood.definition(log_risk, time, event=event, ties=ties)
    times, order = torch.sort(time, descending=True)
    if ties == "breslow" and not event.requires_grad and _near(log_risk.detach()):
        return _Breslow.apply(log_risk, order, event, times), event
    return _ordered(log_risk, order, event, times, ties), event


@loss(
    title="Cox partial likelihood",
    short="Cox",
    family="probabilistic",
    formula=r"\ell_i = \log \sum_{j: t_j \ge t_i} \exp x_j - x_i",
    symbols={"i": "a subject whose event was seen", "j": "those still watched at its time"},
    sides=[
        Side("log_risk", "N", "The predicted logarithm of the hazard, up to a constant.", symbol="x"),
        Side("time", "N", "When each subject's event, or the end of watching it, came.", symbol="t", low=0.0),
        Side("event", "N", "1 where the event was seen, 0 where watching ended before it.", kind="yes_no"),
    ],
    gives="N",
    parameters=[
        Choice(
            "ties",
            "breslow",
            "How events at the same time are counted: all against the whole risk set, or one after the other.",
            ("breslow", "efron"),
        )
    ],
    path=Path(
        "logarithm of the risk of one subject",
        -5.0,
        5.0,
        _five,
        "One of five subjects moves; it has the first of three events. The others' logarithms stay at 0.",
        0.0,
    ),
    elicits="the logarithm of the relative hazard, up to a constant",
    convex=True,
    lipschitz=None,
    bounded_gradient=True,
    proper=None,
    smoothness="Cinf",
    invariant=("permutation", "shift"),
    bounds=(0.0, math.inf),
    elsewhere={
        "pycox": "pycox.models.loss.cox_ph_loss(log_risk, time, event), which ignores ties",
        "lifelines": "lifelines.CoxPHFitter, Efron's ties",
        "scikit-survival": "sksurv.linear_model.CoxPHSurvivalAnalysis(ties='breslow' or 'efron')",
        "R": "survival::coxph, Efron's ties unless told otherwise",
    },
    traps=[
        "The samples of a batch depend on each other: the risk set of a small batch is a small sample of the true one, "
        "and losses of parts do not add up to the loss of the whole.",
        "The mean is over the events, not over all subjects. A batch without an event costs 0 and teaches nothing.",
        "A censored subject is in the risk sets up to its time; who leaves it out biases the hazards.",
        "A number added to all log_risk changes nothing: the baseline hazard has to be estimated afterwards.",
        "Only the order of the times counts. Times that were rounded are tied, where Breslow's form pulls the risks "
        "towards each other; Efron's does so less. Without ties they are the same.",
    ],
    primary="Cox (1972), Regression Models and Life-Tables, Journal of the Royal Statistical Society B 34(2); ties: "
    "Breslow (1974), Efron (1977).",
    cite=["cox1972regression", "efron1977efficiency", "breslow1974covariance"],
    look=Look(7),
    fused=_fast,
)
def cox_partial_likelihood(log_risk, time, *, event, ties="breslow"):
    """For each event, cross-entropy of whom it hit among all who were still at risk; subjects without one cost 0.

    Efron's form takes the share of the risk of those who failed before out of the sum, averaged over their orders. The
    subjects of a tie share its cost evenly.

    >>> import torch
    >>> log_risk, time = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([1.0, 2.0, 3.0])
    >>> cox_partial_likelihood(log_risk, time, event=torch.tensor([1, 0, 1]), reduction="none")
    tensor([0.5514, 0.0000, 0.0000])
    """
    at_risk = time[None, :] >= time[:, None]
    everyone = log_risk.expand(len(time), -1)
    total = torch.logsumexp(everyone.masked_fill(~at_risk, -math.inf), 1)
    if ties == "efron":
        # of d failures at one time the k-th (k = 0, ...) meets the risk set less k / d of the risk of all d
        tied = (time[None, :] == time[:, None]) & (event[None, :] > 0)
        d = tied.to(log_risk.dtype).sum(1, keepdim=True).clamp(min=1)
        share = (torch.exp(everyone - total[:, None]).masked_fill(~tied, 0.0)).sum(1, keepdim=True)
        k = torch.arange(len(time), device=time.device)
        total = total + (torch.log1p(-share * (k / d).masked_fill(k >= d, 0.0))).sum(1) / d[:, 0]
    return (total - log_risk) * event, event
