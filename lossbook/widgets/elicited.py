"""The best single answer under a loss: the numbers behind Elicitation, in numpy and torch.

The front end computes the same from the compiled losses, step for step; a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

STEPS = 400  # of the grid on which the lowest place is looked for
HALVINGS = 60
LEVEL = 1e-12  # places whose average loss differs by less, relatively, are equally good
FLAT = 1e-10  # a slope below this share of the mean pull is none


@dataclass(frozen=True)
class Best:
    """The answers from ``low`` to ``high``, all of which have the average loss ``least``; as a rule a single one."""

    low: float
    high: float
    least: float

    @property
    def middle(self) -> float:
        """The answer, or the middle of the equally good ones."""
        return (self.low + self.high) / 2


def average(points, definition: Callable, hyper: dict) -> Callable[[np.ndarray], tuple[np.ndarray, ...]]:
    """``f(c)``: average loss of answering ``c`` (k,) to every point, its slope in c, and the mean size of the pulls."""
    y = torch.as_tensor(np.asarray(points, dtype=float))

    def at(c) -> tuple[np.ndarray, ...]:
        c = torch.as_tensor(np.atleast_1d(np.asarray(c, dtype=float)))
        input = c[:, None].expand(len(c), len(y)).clone().requires_grad_()
        values = definition(input, y.expand(len(c), len(y)), **hyper)
        if not isinstance(values, torch.Tensor) or values.shape != input.shape:
            got = tuple(values.shape) if isinstance(values, torch.Tensor) else type(values).__name__
            raise ValueError(f"losses: {got} for inputs of shape {tuple(input.shape)}, want one loss for each")
        if values.requires_grad:
            (pulls,) = torch.autograd.grad(values.sum(), input, materialize_grads=True)
        else:  # a constant
            pulls = torch.zeros_like(input)
        return tuple(t.detach().numpy() for t in (values.mean(dim=1), pulls.mean(dim=1), pulls.abs().mean(dim=1)))

    return at


def best(points, definition: Callable, hyper: dict, bounds) -> Best:
    """The single answers on the axis ``bounds`` that have the smallest average loss over the points.

    The average is looked at on 400 steps of the axis and at each point; from the lowest of these places (the leftmost,
    where several are equally low) the two ends of the valley's floor are found by halving, from the sign of the slope.
    """
    low, high = bounds
    grid = low + (high - low) * np.arange(STEPS + 1) / STEPS
    places = np.unique(np.concatenate([grid, [p for p in points if low < p < high]]))
    at = average(points, definition, hyper)
    values = at(places)[0]
    floor = values.min() + LEVEL * (1 + abs(values.min()))
    first = int(np.argmax(values <= floor))
    last = first
    while last + 1 < len(places) and values[last + 1] <= floor:
        last += 1

    def falls(c: float) -> bool:
        _, slope, pull = (float(v[0]) for v in at(c))
        return slope < -FLAT * pull

    def rises(c: float) -> bool:
        _, slope, pull = (float(v[0]) for v in at(c))
        return slope > FLAT * pull

    left = _turn(falls, places[max(first - 1, 0)], places[min(first + 1, len(places) - 1)])
    right = _turn(lambda c: not rises(c), max(left, places[max(last - 1, 0)]), places[min(last + 1, len(places) - 1)])
    return Best(left, right, float(at((left + right) / 2)[0][0]))


def _turn(before: Callable[[float], bool], low: float, high: float) -> float:
    """Where ``before`` turns from true to false between two places; an end, where it does not turn."""
    low, high = float(low), float(high)
    if not before(low):
        return low
    if before(high):
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if before(middle):
            low = middle
        else:
            high = middle
    return high


def check_answer_loss(name: str, definition: Callable, hyper: dict, size: float) -> None:
    """Raise ValueError where a loss, or its slope, is not finite for residuals up to ``size``."""
    half = np.geomspace(1e-3, 1.0, 25) * size
    r = np.concatenate([-half[::-1], [0.0], half])
    value, slope, _ = average([0.0], definition, hyper)(r)
    for what, numbers in (("value", value), ("slope", slope)):
        if not np.isfinite(numbers).all():
            raise ValueError(f"losses: {name} has no finite {what} at the residual {r[~np.isfinite(numbers)][0]:g}")
