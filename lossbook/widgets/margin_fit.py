"""Straight boundaries between two classes under chosen losses of the margin, and the widest margin there is.

The front end computes the same from the compiled losses; a test holds the two together.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

STEPS = 1000
SMALL = 1e-10  # the last ellipsoid has no half-axis above it,
LEVEL = 1e-24  # or no place in it costs less by more than this
ON_OFFSET = 1e-3  # share of the penalty that is laid on the offset, so that there is one best offset
HUGE = 1e100  # no slope counts for more
NUDGE = 1e-6  # a point this little past the corner of a loss counts as on it
FLAT = 1e-7  # weights shorter than this have no direction
_SHRINK, _GROW, _SQUEEZE = 1 / 4, 3 / math.sqrt(8), 1 - math.sqrt(1 / 2)


@dataclass(frozen=True)
class Boundary:
    """One loss's boundary w . x + b = 0: ``w`` (2,), ``b``, and by point the functional margins ``m`` (n,) and whether
    it ``pulls`` (n,): whether the loss has a slope there."""

    w: np.ndarray
    b: float
    m: np.ndarray
    pulls: np.ndarray

    @property
    def norm(self) -> float:
        return math.hypot(*self.w)

    @property
    def margin(self) -> float | None:
        """Distance from the boundary to the nearest point, negative if that one is on the wrong side; None where the
        weights are zero, so that there is no boundary."""
        return float(self.m.min()) / self.norm if self.norm > FLAT else None


def slopes(definition: Callable, hyper: dict) -> Callable[[np.ndarray], np.ndarray]:
    """The slope of a loss by its margin m, as a function of an array: d loss / d score at the label +1."""
    own = {name: torch.tensor(value, dtype=torch.float64) for name, value in hyper.items()}

    def slope(m):
        at = torch.tensor(np.asarray(m), dtype=torch.float64, requires_grad=True)
        value = definition(at, torch.ones_like(at), **own).sum()
        if not value.requires_grad:
            return np.zeros(at.shape)
        return torch.autograd.grad(value, at)[0].numpy()

    return slope


def boundary(points, labels, slope: Callable, at_zero: float, penalty: float) -> Boundary:
    """The boundary with the smallest mean loss plus penalty / 2 times |w|^2 (and a thousandth of it on b^2).

    Args:
        points: shape (n, 2). labels: shape (n,), each -1 or +1.
        slope: of a convex loss, by the margin; see :func:`slopes`.
        at_zero: the loss at a margin of 0, which bounds how long the best weights can be.
        penalty: above 0.

    Found by the ellipsoid method: it holds an ellipsoid that contains the best (w, b), cuts it in half through its
    middle along the gradient, and goes on with the smallest ellipsoid around the better half. That takes no more than
    a gradient, so that a loss with a corner is as good as a smooth one.
    """
    points, y = np.asarray(points, dtype=float), np.asarray(labels, dtype=float)
    rows = np.column_stack([points, np.ones(len(y))]) * y[:, None]  # margins are rows @ (w, b)
    weight = penalty * np.array([1.0, 1.0, ON_OFFSET])
    longest = math.sqrt(2 * max(at_zero, 0.01) / penalty)
    reach = float(np.hypot(*points.T).max())
    center, half = np.zeros(3), np.diag([longest, longest, longest * reach + 10.0])
    for _ in range(STEPS):
        pull = np.clip(slope(rows @ center), -HUGE, HUGE) @ rows / len(y) + weight * center
        along = half.T @ pull
        length = math.sqrt(float(along @ along))
        if length <= LEVEL:
            break
        along /= length
        step = half @ along
        center = center - _SHRINK * step
        half = _GROW * (half - _SQUEEZE * np.outer(step, along))
        if np.abs(half).max() < SMALL:
            break
    m = rows @ center
    return Boundary(center[:2], float(center[2]), m, np.abs(slope(m - NUDGE)) > 0)


def widest(points, labels) -> float | None:
    """The margin of the widest street between the classes: half the distance of their convex hulls.

    None where no straight line separates them.
    """
    points, labels = np.asarray(points, dtype=float), np.asarray(labels)
    sides = {y: points[labels == y] for y in (-1, 1)}
    best, across = math.inf, None
    for y in (1, -1):
        for p in sides[y]:
            for a, b in itertools.combinations_with_replacement(sides[-y], 2):
                edge = b - a
                size = float(edge @ edge)
                t = min(1.0, max(0.0, float((p - a) @ edge) / size)) if size > 0 else 0.0
                gap = y * (p - a - t * edge)
                if float(gap @ gap) < best:
                    best, across = float(gap @ gap), gap
    if best <= FLAT**2:
        return None
    ahead, behind = (sides[1] @ across).min(), (sides[-1] @ across).max()
    far = math.sqrt(best)
    return far / 2 if ahead - behind > (1 - 1e-9) * best else None
