"""Margin losses of 1,000,000 scores, and of class scores: torch's kernels, optax, pytorch-metric-learning, formulas."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import beside, having, optax
from lossbook import losses

SIZE, COUNT, WIDTH = 1_000_000, 10, 128


def rows():
    draw = Draw()
    x, t = draw.normal(SIZE, leaf=True), 2 * draw.yes(SIZE) - 1

    def row(loss, ours, **peers):
        return Row(loss, "1e6", [x], ours, having(**peers))

    yield row(
        "hinge",
        lambda: losses.hinge(x, t),
        formula=lambda: F.relu(1 - t * x).mean(),
        optax=optax(lambda o, np: o.losses.hinge_loss, x, t),
    )
    yield row("perceptron", lambda: losses.perceptron(x, t), formula=lambda: F.relu(-t * x).mean())
    yield row("squared_hinge", lambda: losses.squared_hinge(x, t), formula=lambda: (F.relu(1 - t * x) ** 2).mean())
    yield row(
        "smooth_hinge",
        lambda: losses.smooth_hinge(x, t),
        formula=lambda: F.huber_loss(F.relu(1 - t * x), torch.zeros_like(x)),
    )
    yield row(
        "modified_huber",
        lambda: losses.modified_huber(x, t),
        formula=lambda: 2 * F.huber_loss(F.relu(1 - t * x), torch.zeros_like(x), delta=2.0),
    )
    yield row("logistic", lambda: losses.logistic(x, t), torch=lambda: F.soft_margin_loss(x, t))
    yield row("exponential", lambda: losses.exponential(x, t), formula=lambda: torch.exp(-t * x).mean())
    yield from _classes()


def _classes():
    draw = Draw(1)
    z, y = draw.normal(SIZE // COUNT, COUNT, leaf=True), draw.labels(COUNT, SIZE // COUNT)

    def crammer_singer():
        own = z.gather(1, y[:, None])
        rival = z.scatter(1, y[:, None], -torch.inf).amax(1, keepdim=True)
        return F.relu(1 + rival - own).mean()

    yield Row("multiclass_hinge", "1e5 x 10", [z], lambda: losses.multiclass_hinge(z, y), {"formula": crammer_singer})
    yield Row(
        "multi_margin",
        "1e5 x 10",
        [z],
        lambda: losses.multi_margin(z, y),
        {"torch": lambda: F.multi_margin_loss(z, y)},
    )
    e, w = draw.normal(1024, WIDTH, leaf=True), draw.normal(1000, WIDTH, leaf=True)
    labels = draw.labels(1000, 1024)
    for name, cls in (("arcface", "ArcFaceLoss"), ("cosface", "CosFaceLoss")):
        yield Row(
            name,
            "1024 x 128, 1000 classes",
            [e, w],
            lambda name=name: losses.get(name)(e, labels, weight=w),
            having(
                formula=lambda name=name: _angular(name, e, labels, w),
                pytorch_metric_learning=beside(
                    "pytorch_metric_learning.losses",
                    lambda library, cls=cls: _by_library(getattr(library, cls)(1000, WIDTH), e, labels, w),
                ),
            ),
        )


def _angular(name, e, labels, w):
    cosine = F.normalize(e) @ F.normalize(w).T
    at = labels[:, None]
    own = cosine.gather(1, at)
    moved = torch.cos(torch.acos(own.clamp(-1 + 1e-7, 1 - 1e-7)) + 0.5) if name == "arcface" else own - 0.35
    return F.cross_entropy(64.0 * cosine.scatter(1, at, moved), labels)


def _by_library(loss, e, labels, w):
    loss.W = torch.nn.Parameter(w.detach().T.clone())
    return lambda: loss(e, labels)
