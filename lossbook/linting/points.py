"""Points at the extremes: for an input and a target one sample at a time, for several tensors one of them at a time."""

import itertools
from dataclasses import dataclass

import torch

from lossbook.linting.samples import Examples

SIZES = (0.0, 1e-30, 1e-12, 1e-6, 1e-3, 1.0, 20.0, 50.0, 100.0, 1e3, 1e4)
FEW = (0.0, 1e-12, 1e-3, 1.0, 100.0, 1e4)
INSIDE = (1e-30, 1e-12, 1e-6, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-6)
LABELS = {"regression": (0.0,), "binary": (0.0, 1.0), "signs": (-1.0, 1.0)}


@dataclass(frozen=True)
class Point:
    """A batch at an extreme: ``words`` describes it, ``size`` is that of its largest number, or a factor."""

    words: str
    size: float
    batch: dict


def extremes(e: Examples) -> list[Point]:
    """Batches from tiny to huge, of both signs where the domain has them."""
    if e.kind == "any":
        return _of_any(e)
    if e.kind == "classes":
        return _of_classes(e)
    if e.domain == "unit":
        values = INSIDE
    else:
        values = [s * v for v in SIZES for s in ((1,) if v == 0 or e.domain == "positive" else (1, -1))]
        values = [v for v in values if v > 0] if e.domain == "positive" else values
    return [
        Point(f"{e.first} {v:g}, {e.second} {t:.4g}", max(abs(v), abs(t)), e.pair(e.row(v), e.label(t)))
        for v in values
        for t in labels(e, 3)
    ]


def labels(e: Examples, most: int) -> list[float]:
    """Targets that stand for all: those of the kind, or a few of the reader's where few are legal."""
    return list(LABELS[e.kind]) if e.domain == "real" else e.target.flatten().unique()[:most].tolist()


def _of_classes(e: Examples) -> list[Point]:
    points, target = [], e.target[:1]
    values = [s * v for v in SIZES for s in ((1, -1) if v else (1,))]
    if target.is_floating_point() or e.input.ndim != 2:
        return [Point(f"all logits times {v:g}", abs(v), e.pair(e.input[:1] * v, target)) for v in values]
    label, classes = int(target[0]), e.input.shape[1]
    for v in values:
        for k, words in ((label, "the label's"), ((label + 1) % classes, "another class's")):
            x = torch.zeros(1, classes, dtype=torch.float64)
            x[0, k] = v
            points.append(Point(f"{words} logit {v:g}, the rest 0", abs(v), e.pair(x, target)))
        points.append(Point(f"every logit {v:g}", abs(v), e.pair(e.row(v), target)))
    return points


def _of_any(e: Examples) -> list[Point]:
    """Two sides equal, samples alike, a side equal everywhere; then each side stretched by itself, and all together."""
    few, points, sizes = e.few(6), [], SIZES if not e.large else FEW
    stretched = [name for name in e.moved if few[name].ndim]  # a single number is a setting, such as a temperature
    for one, other in itertools.combinations(stretched, 2):
        if few[one].shape == few[other].shape:
            points.append(Point(f"{other} equal to {one}", 1.0, few | {other: few[one]}))
            points.append(Point(f"one sample of {other} equal to {one}", 1.0, few | {other: _mixed(few, one, other)}))
    if e.count:
        alike = {name: x[:1].expand_as(x).clone() for name, x in few.items() if name in e.rows}
        points.append(Point("all samples alike", 1.0, few | alike))
    for name in stretched:
        role, x = e.roles[name], few[name]
        if role.kind != "distribution" and not role.own and x.numel():
            points.append(Point(f"all of {name} equal", 1.0, few | {name: torch.full_like(x, float(x.mean()))}))
        for factor in (*sizes, -1e4) if role.unbounded else sizes:
            y = role.scaled(x, factor)
            if y is not None:
                points.append(Point(f"{name} times {factor:g}", abs(factor), few | {name: y}))
    if len(stretched) > 1:
        for factor in sizes:
            scaled = {name: e.roles[name].scaled(few[name], factor) for name in stretched}
            if all(y is not None for y in scaled.values()):
                points.append(Point(f"all sides times {factor:g}", factor, few | scaled))
    return points


def _mixed(few: dict, one: str, other: str) -> torch.Tensor:
    mixed = few[other].clone()
    mixed[:1] = few[one][:1]
    return mixed
