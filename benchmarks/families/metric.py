"""Losses of 1024 embeddings of 128 numbers: torch's kernels, pytorch-metric-learning, and the usual formulas."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import beside, having
from lossbook import losses

COUNT, WIDTH = 1024, 128
LIBRARY = "pytorch_metric_learning.losses"


def rows():
    draw = Draw()
    a, b, c = (draw.normal(COUNT, WIDTH, leaf=True) for _ in range(3))
    same, labels = draw.yes(COUNT), draw.labels(64, COUNT)
    sign = 2 * same - 1

    def row(loss, ours, leaves=(a, b), **peers):
        return Row(loss, f"{COUNT} x {WIDTH}", list(leaves), ours, having(**peers))

    def library(name, call, **options):
        return beside(LIBRARY, lambda m: call(getattr(m, name)(**options)))

    def distance_formula():
        d = F.pairwise_distance(a, b)
        return (same * d**2 / 2 + (1 - same) * F.relu(1 - d) ** 2 / 2).mean()

    yield row("contrastive", lambda: losses.contrastive(a, b, similar=same), formula=distance_formula)
    yield row(
        "triplet",
        lambda: losses.triplet(a, b, negative=c),
        (a, b, c),
        torch=lambda: F.triplet_margin_loss(a, b, c),
    )
    yield row(
        "cosine_embedding",
        lambda: losses.cosine_embedding(a, b, target=sign),
        torch=lambda: F.cosine_embedding_loss(a, b, sign),
    )
    yield row(
        "batch_hard_triplet",
        lambda: losses.batch_hard_triplet(a, labels=labels, margin=0.3),
        (a,),
        formula=lambda: _batch_hard(a, labels),
    )
    targets = torch.arange(COUNT)
    yield row(
        "info_nce",
        lambda: losses.info_nce(a, b),
        formula=lambda: F.cross_entropy(F.normalize(a) @ F.normalize(b).T / 0.1, targets),
    )
    yield row("nt_xent", lambda: losses.nt_xent(a, b), formula=lambda: _nt_xent(a, b))
    few, pairs = COUNT // 8, torch.arange(COUNT // 8).repeat(2)  # the library asks for 34 GB for all of them
    yield Row(
        "nt_xent, few",
        f"{few} x {WIDTH}",
        [a, b],
        lambda: losses.nt_xent(a[:few], b[:few]),
        having(
            pytorch_metric_learning=library(
                "NTXentLoss", lambda fn: lambda: fn(torch.cat([a[:few], b[:few]]), pairs), temperature=0.5
            )
        ),
    )
    yield row(
        "sup_con",
        lambda: losses.sup_con(a, labels=labels),
        (a,),
        pytorch_metric_learning=library("SupConLoss", lambda fn: lambda: fn(a, labels), temperature=0.1),
    )
    signs = 2 * torch.eye(COUNT) - 1
    yield row(
        "siglip",
        lambda: losses.siglip(a, b, temperature=10.0, bias=-10.0),
        formula=lambda: -F.logsigmoid(signs * (10.0 * F.normalize(a) @ F.normalize(b).T - 10.0)).sum() / COUNT,
    )


def _batch_hard(x, labels):
    d, same = torch.cdist(x, x), labels[:, None] == labels
    far = d.masked_fill(~same, -torch.inf).amax(1)
    near = d.masked_fill(same, torch.inf).amin(1)
    return F.relu(far - near + 0.3).mean()


def _nt_xent(a, b):
    z = F.normalize(torch.cat([a, b]))
    scores = (z @ z.T / 0.5).masked_fill(torch.eye(2 * COUNT, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(scores, torch.arange(2 * COUNT).roll(COUNT))
