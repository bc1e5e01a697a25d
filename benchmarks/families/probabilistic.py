"""Losses of predicted distributions: torch's kernels, optax, and the usual formulas."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import having
from lossbook import losses

SIZE, COUNT = 1_000_000, 10


def rows():
    yield from _spreads()
    yield from _classes()
    yield from _samples()


def _spreads():
    draw = Draw()
    x, s, t = draw.normal(SIZE, leaf=True), draw.normal(SIZE, leaf=True), draw.normal(SIZE)
    std = (draw.uniform(SIZE) + 0.2).requires_grad_()

    def row(loss, ours, leaves=(x, s), **peers):
        return Row(loss, "1e6", list(leaves), ours, having(**peers))

    yield row(
        "gaussian_nll",
        lambda: losses.gaussian_nll(x, t, log_var=s),
        formula=lambda: (0.5 * (s + (x - t) ** 2 * torch.exp(-s) + math.log(2 * math.pi))).mean(),
        torch=lambda: F.gaussian_nll_loss(x, t, s.exp(), full=True),
    )
    yield row(
        "laplace_nll",
        lambda: losses.laplace_nll(x, t, log_scale=s),
        formula=lambda: (s + (x - t).abs() * torch.exp(-s) + math.log(2)).mean(),
    )
    yield row(
        "student_t_nll",
        lambda: losses.student_t_nll(x, t, log_scale=s, df=4.0),
        formula=lambda: (s + 2.5 * torch.log1p(((x - t) * torch.exp(-s)) ** 2 / 4)).mean(),
    )
    yield row(
        "beta_nll",
        lambda: losses.beta_nll(x, t, log_var=s),
        formula=lambda: (0.5 * (s + (x - t) ** 2 * torch.exp(-s)) * torch.exp(0.5 * s.detach())).mean(),
    )
    yield row(
        "crps_gaussian",
        lambda: losses.crps_gaussian(x, t, std=std),
        (x, std),
        formula=lambda: _crps((t - x) / std, std).mean(),
    )
    nu, alpha, beta = ((draw.uniform(SIZE) + 0.5 + more).requires_grad_() for more in (0, 1, 0))

    def evidence():
        omega = 2 * beta * (1 + nu)
        likelihood = 0.5 * torch.log(math.pi / nu) - alpha * torch.log(omega)
        likelihood = likelihood + (alpha + 0.5) * torch.log(nu * (t - x) ** 2 + omega)
        likelihood = likelihood + torch.lgamma(alpha) - torch.lgamma(alpha + 0.5)
        return (likelihood + 0.01 * (t - x).abs() * (2 * nu + alpha)).mean()

    yield row(
        "evidential_nig",
        lambda: losses.evidential_nig(x, t, nu=nu, alpha=alpha, beta=beta),
        (x, nu, alpha, beta),
        formula=evidence,
    )


def _crps(z, std):
    density = torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return std * (z * torch.erf(z / math.sqrt(2)) + 2 * density - 1 / math.sqrt(math.pi))


def _classes():
    draw = Draw(1)
    rows_of = SIZE // COUNT
    z, p = draw.normal(rows_of, COUNT, leaf=True), torch.softmax(draw.normal(rows_of, COUNT), 1)
    q, y = torch.softmax(draw.normal(rows_of, COUNT), 1).requires_grad_(), draw.labels(COUNT, rows_of)

    def row(loss, leaf, ours, **peers):
        return Row(loss, "1e5 x 10", [leaf], ours, having(**peers))

    yield row(
        "kl_divergence",
        z,
        lambda: losses.kl_divergence(z, p),
        torch=lambda: F.kl_div(F.log_softmax(z, 1), p, reduction="batchmean"),
    )
    yield row("js_divergence", z, lambda: losses.js_divergence(z, p), formula=lambda: _js(z, p))
    yield row("brier", q, lambda: losses.brier(q, y), formula=lambda: ((q - F.one_hot(y, COUNT)) ** 2).sum(1).mean())
    yield row("log_score", q, lambda: losses.log_score(q, y), torch=lambda: F.nll_loss(q.log(), y))
    yield row(
        "spherical_score",
        q,
        lambda: losses.spherical_score(q, y),
        formula=lambda: -(q.gather(1, y[:, None])[:, 0] / q.norm(dim=1)).mean(),
    )


def _js(z, p):
    log_q = F.log_softmax(z, 1)
    log_m = ((log_q.exp() + p) / 2).log()
    both = F.kl_div(log_m, p, reduction="batchmean") + F.kl_div(log_m, log_q, reduction="batchmean", log_target=True)
    return both / 2


def _samples():
    draw = Draw(2)
    n = 100_000
    risk, time = draw.normal(n, leaf=True), draw.uniform(n)
    event = draw.yes(n, share=0.7)

    def breslow():
        order = torch.argsort(time, descending=True)
        own = risk[order]
        return -((own - torch.logcumsumexp(own, 0)) * event[order]).sum() / event.sum()

    yield Row(
        "cox_partial_likelihood",
        "1e5 times",
        [risk],
        lambda: losses.cox_partial_likelihood(risk, time, event=event),
        {"formula without ties": breslow},
    )
    for size, members in ((10_000, 20), (1000, 200)):
        forecasts, seen = draw.normal(size, members, leaf=True), draw.normal(size)
        yield Row(
            f"crps_ensemble, {members} members",
            f"{size} x {members}",
            [forecasts],
            lambda x=forecasts, t=seen: losses.crps_ensemble(x, t),
            {
                "pairs": lambda x=forecasts, t=seen: _crps_of_pairs(x, t),
                "sorted": lambda x=forecasts, t=seen: _crps_of_sorted(x, t),
            },
        )


def _crps_of_pairs(x, t):
    apart = (x[:, :, None] - x[:, None, :]).abs().mean((1, 2))
    return ((x - t[:, None]).abs().mean(1) - 0.5 * apart).mean()


def _crps_of_sorted(x, t):
    members = x.shape[1]
    ranks = torch.arange(1, members + 1) * 2 - members - 1
    return ((x - t[:, None]).abs().mean(1) - (ranks * x.sort(1).values).sum(1) / members**2).mean()
