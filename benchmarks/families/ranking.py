"""Losses of 1024 lists of 64 documents: the usual formulas, and optax."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import having, optax
from lossbook import losses

LISTS, LENGTH = 1024, 64


def rows():
    draw = Draw()
    s, r = draw.normal(LISTS, LENGTH, leaf=True), draw.labels(5, LISTS, LENGTH).float()
    up, down = draw.normal(1_000_000, leaf=True), draw.normal(1_000_000, leaf=True)

    def row(loss, ours, **peers):
        return Row(loss, f"{LISTS} x {LENGTH}", [s], ours, having(**peers))

    def pairs(fn):
        """A formula of the differences of scores, over the pairs whose first is more relevant."""

        def value():
            above = r[:, :, None] > r[:, None, :]
            return (fn(s[:, :, None] - s[:, None, :]) * above).sum((1, 2)).div(above.sum((1, 2))).mean()

        return value

    def list_mle():
        order = r.argsort(dim=1, descending=True, stable=True)
        own = s.gather(1, order)
        return (own.flip(1).logcumsumexp(1).flip(1) - own).sum(1).mean()

    yield Row(
        "bpr", "1e6", [up, down], lambda: losses.bpr(up, down), {"torch": lambda: -F.logsigmoid(up - down).mean()}
    )
    yield row("pairwise_logistic", lambda: losses.pairwise_logistic(s, r), formula=pairs(lambda d: -F.logsigmoid(d)))
    yield row("pairwise_hinge", lambda: losses.pairwise_hinge(s, r), formula=pairs(lambda d: F.relu(1 - d)))
    yield row(
        "listnet",
        lambda: losses.listnet(s, r),
        torch=lambda: F.cross_entropy(s, F.softmax(r, 1)),
        optax=optax(lambda o, np: o.losses.ranking_softmax_loss, s, r),
    )
    yield row("list_mle", lambda: losses.list_mle(s, r), formula=list_mle)
    yield row("approx_ndcg", lambda: losses.approx_ndcg(s, r), formula=lambda: _approx_ndcg(s, r))
    yield row("lambda_rank", lambda: losses.lambda_rank(s, r), formula=lambda: _lambda(s, r))


def _gains(r):
    return 2**r - 1


def _ideal(r):
    ranks = torch.arange(1, LENGTH + 1)
    return (_gains(r.sort(1, descending=True).values) / torch.log2(1 + ranks)).sum(1)


def _approx_ndcg(s, r):
    ahead = torch.sigmoid(s[:, None, :] - s[:, :, None])
    ranks = ahead.sum(2) + 0.5
    return (1 - (_gains(r) / torch.log2(1 + ranks)).sum(1) / _ideal(r)).mean()


def _lambda(s, r):
    ranks = s.detach().argsort(1, descending=True).argsort(1) + 1.0
    discount = 1 / torch.log2(1 + ranks)
    swap = ((_gains(r)[:, :, None] - _gains(r)[:, None, :]) * (discount[:, :, None] - discount[:, None, :])).abs()
    above = r[:, :, None] > r[:, None, :]
    weight = swap * above / _ideal(r)[:, None, None]
    return (-F.logsigmoid(s[:, :, None] - s[:, None, :]) * weight).sum((1, 2)).mean()
