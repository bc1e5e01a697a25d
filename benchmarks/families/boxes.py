"""Losses of 100,000 pairs of boxes: torchvision's formulas."""

from __future__ import annotations

import torch

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import beside, having
from lossbook import losses

SIZE = 100_000
THEIRS = {
    "giou_loss": "generalized_box_iou_loss",
    "diou_loss": "distance_box_iou_loss",
    "ciou_loss": "complete_box_iou_loss",
}


def rows():
    draw = Draw()

    def boxes():
        corner = draw.normal(SIZE, 2)
        return torch.cat([corner, corner + 0.2 + draw.uniform(SIZE, 2) * 2], 1)

    a, b = boxes().requires_grad_(), boxes()

    def formula():
        shared = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
        areas = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1)
        return (1 - shared / (areas - shared)).mean()

    yield Row("iou_loss", "1e5", [a], lambda: losses.iou_loss(a, b), {"formula": formula})
    for name, theirs in THEIRS.items():
        peer = beside("torchvision.ops", lambda v, theirs=theirs: lambda: getattr(v, theirs)(a, b, reduction="mean"))
        yield Row(name, "1e5", [a], lambda name=name: losses.get(name)(a, b), having(torchvision=peer))
