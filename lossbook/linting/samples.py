"""Example batches for each kind of loss, the points at its extremes, and how a kind is found out."""

import math
from dataclasses import dataclass

import torch

KINDS = {
    "regression": "input and target are real numbers of one shape",
    "binary": "input is a logit, target 0 or 1",
    "signs": "input is a score, target -1 or +1",
    "classes": "input holds logits (N, C), target class indices (N,)",
}
COUNT, CLASSES = 24, 5
SIZES = (0.0, 1e-30, 1e-12, 1e-6, 1e-3, 1.0, 20.0, 50.0, 100.0, 1e3, 1e4)
INSIDE = (1e-30, 1e-12, 1e-6, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-6)
LABELS = {"regression": (0.0,), "binary": (0.0, 1.0), "signs": (-1.0, 1.0)}


def generator(seed: int = 0) -> torch.Generator:
    """A source of randomness of our own: the reader's is left alone, and every report can be repeated."""
    return torch.Generator().manual_seed(seed)


def kind_of_record(record) -> str | None:
    """The kind that a record of the registry tells, or None."""
    if record.axis == "residual":
        return "regression"
    if record.axis == "margin":
        return "signs" if record.family == "margin" else "binary"
    return "classes" if record.family == "classification" else None


def kind_of_tensors(input: torch.Tensor, target: torch.Tensor) -> str:
    """The kind that a pair of example tensors looks like."""
    if not target.is_floating_point() and input.ndim == target.ndim + 1:
        return "classes"
    values = set(target.unique().tolist())
    return "binary" if values == {0.0, 1.0} else "signs" if values == {-1.0, 1.0} else "regression"


@dataclass(frozen=True)
class Point:
    """One sample at an extreme: ``words`` describes it, ``size`` is the size of its largest number."""

    words: str
    size: float
    input: torch.Tensor
    target: torch.Tensor


class Examples:
    """A batch of ordinary samples in float64, and what can be made from it.

    domain: "real", or for inputs given by the reader that never leave them, "positive" or "unit" (between 0 and 1).
    """

    def __init__(self, kind: str, input: torch.Tensor | None = None, target: torch.Tensor | None = None):
        self.kind, self.given = kind, input is not None
        if input is None:
            input, target = _made(kind)
        self.input = input.detach().cpu().double()
        self.target = target.detach().cpu()
        if self.target.is_floating_point() or kind != "classes":
            self.target = self.target.double()
        low, high = float(self.input.min()), float(self.input.max())
        inside = self.given and kind != "classes" and low > 0
        self.domain = "unit" if inside and high < 1 else "positive" if inside else "real"

    @property
    def count(self) -> int:
        return self.input.shape[0]

    def typed(self, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
        """The batch with its floating sides in ``dtype``."""
        return self.input.to(dtype), cast(self.target, dtype)

    def row(self, value: float) -> torch.Tensor:
        """A batch of one whose input is ``value`` throughout."""
        return torch.full((1, *self.input.shape[1:]), value, dtype=torch.float64)

    def label(self, value: float) -> torch.Tensor:
        """A batch of one whose target is ``value`` throughout."""
        return torch.full((1, *self.target.shape[1:]), value, dtype=torch.float64)

    def extremes(self) -> list[Point]:
        """Samples from tiny to huge, of both signs where the domain has them, each in a batch of its own."""
        if self.kind == "classes":
            return self._class_extremes()
        if self.domain == "unit":
            values = INSIDE
        else:
            values = [s * v for v in SIZES for s in ((1,) if v == 0 or self.domain == "positive" else (1, -1))]
            values = [v for v in values if v > 0] if self.domain == "positive" else values
        labels = LABELS[self.kind] if self.domain == "real" else self.target.flatten().unique()[:3].tolist()
        return [
            Point(f"input {v:g}, target {t:.4g}", max(abs(v), abs(t)), self.row(v), self.label(t))
            for v in values
            for t in labels
        ]

    def _class_extremes(self) -> list[Point]:
        points, target = [], self.target[:1]
        values = [s * v for v in SIZES for s in ((1, -1) if v else (1,))]
        if target.is_floating_point() or self.input.ndim != 2:
            for v in values:
                points.append(Point(f"all logits times {v:g}", abs(v), self.input[:1] * v, target))
            return points
        label, classes = int(target[0]), self.input.shape[1]
        for v in values:
            for k, words in ((label, "the label's"), ((label + 1) % classes, "another class's")):
                x = torch.zeros(1, classes, dtype=torch.float64)
                x[0, k] = v
                points.append(Point(f"{words} logit {v:g}, the rest 0", abs(v), x, target))
            points.append(Point(f"every logit {v:g}", abs(v), self.row(v), target))
        return points

    def describe(self) -> str:
        shapes = f"input {tuple(self.input.shape)}, target {tuple(self.target.shape)}"
        limits = {"real": "", "positive": ", inputs kept positive", "unit": ", inputs kept between 0 and 1"}
        return f"{self.kind}, {'your tensors' if self.given else 'made tensors'}: {shapes}{limits[self.domain]}"


def cast(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """``tensor`` in ``dtype`` where it holds floating numbers, else itself (class indices)."""
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def _made(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    gen = generator()
    if kind == "classes":
        input = 2 * torch.randn(COUNT, CLASSES, generator=gen, dtype=torch.float64)
        return input, torch.randint(0, CLASSES, (COUNT,), generator=gen)
    input = 2 * torch.randn(COUNT, generator=gen, dtype=torch.float64)
    other = torch.rand(COUNT, generator=gen, dtype=torch.float64)
    if kind == "regression":
        return input, input - 3 * math.sqrt(2) * torch.erfinv(2 * other - 1)  # residuals are normal, of spread 3
    yes = (other < 0.5).double()
    return input, yes if kind == "binary" else 2 * yes - 1
