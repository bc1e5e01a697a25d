"""Straight boundaries between two classes under chosen losses: the numbers behind BoundaryTug, in numpy and torch.

The front end computes the same from the compiled losses; a test holds the two together.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from lossbook.experiments.boundary import STAGES, derivatives, linear_classifier, rounded
from lossbook.widgets.chosen import own, resolve
from lossbook.widgets.compiled import Drawn

PENALTY = 0.01
SHORT = 1e-9  # weights shorter than this have no direction


@dataclass(frozen=True)
class Boundary:
    """One loss's fit: ``coefficients`` (intercept, weight of x, weight of y) and each point's ``share`` (n,)."""

    coefficients: tuple[float, float, float]
    share: np.ndarray

    @property
    def angle(self) -> float | None:
        """The direction of the weights in degrees; None where they are zero, so that there is no boundary."""
        _, a, b = self.coefficients
        return None if math.hypot(a, b) < SHORT else math.degrees(math.atan2(b, a))

    def score(self, places: np.ndarray) -> np.ndarray:
        """Above 0 on the side of the circles; places (n, 2) gives (n,)."""
        return self.coefficients[0] + places @ np.array(self.coefficients[1:])


def of_margin(chosen) -> list[Drawn]:
    """Losses as functions of the margin: a loss of the residual r takes r = margin - 1.

    Raises LookupError, TypeError or ValueError as :func:`lossbook.widgets.chosen.resolve`, and ValueError for a loss
    of another kind or one that no boundary can be fitted under.
    """
    drawn: list[Drawn] = []
    for item in [chosen] if isinstance(chosen, str) or callable(chosen) else chosen:
        mine = callable(item) and not isinstance(item, Drawn) and getattr(item, "record", None) is None
        loss = own(item, [d.look for d in drawn]) if mine else resolve([item])[0]
        if loss.axis == "path":
            raise ValueError(f"losses: {loss.name} is not a loss of one margin or residual, so it draws no boundary")
        loss = replace(loss, axis="margin")
        check_margin_loss(loss)
        drawn.append(loss)
    return resolve(drawn)


def check_margin_loss(loss: Drawn) -> None:
    """Raise ValueError where value or slope is not finite, or where the loss rises at the margin 0."""
    at = derivatives(loss.definition, **{p.name: float(p.default) for p in loss.parameters})
    margins = np.linspace(-60, 60, 481)
    value, slope = at(margins)
    bad = margins[~(np.isfinite(value) & np.isfinite(slope))]
    if bad.size:
        raise ValueError(f"losses: {loss.name} has no finite value or slope at the margin {bad[0]:g}")
    if slope[240] > 0:
        raise ValueError(f"losses: {loss.name} rises with the margin at 0, so it rewards mistakes")


def boundary(places: np.ndarray, signs: np.ndarray, definition, hyper: dict) -> Boundary:
    """The boundary with the smallest mean loss on places (n, 2) and labels (n,), and who pulls on it.

    A point's pull is the slope of the loss at its margin, averaged over margins within 0.001 (which gives a point that
    sits on a corner the part of the slope that balances the others); its share is |pull| over the sum of all.
    """
    b = linear_classifier(places, signs, definition, penalty=PENALTY, **hyper)
    margins = signs * (b[0] + places @ b[1:])
    pull = np.abs(rounded(derivatives(definition, **hyper), margins, STAGES[-1])[0])
    total = pull.sum()
    return Boundary(tuple(b.tolist()), pull / total if total > 0 else np.zeros_like(pull))


def turned(before: float | None, after: float | None) -> float | None:
    """The angle between two directions in degrees, 0 to 180; None where one of them has none."""
    if before is None or after is None:
        return None
    return abs((after - before + 180.0) % 360.0 - 180.0)


def as_points(given) -> list[list[float]]:
    """[[x, y, label], ...] with labels -1 and +1, both present. Raises ValueError that says what is wrong."""
    try:
        rows = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("points: got something that is no table of numbers, want rows of x, y, label") from None
    if rows.ndim != 2 or rows.shape[1] != 3 or not 4 <= len(rows) <= 80:
        raise ValueError(f"points: got shape {rows.shape}, want (n, 3) with n from 4 to 80: x, y, label")
    if not (np.abs(rows[:, :2]) <= 1e3).all():
        raise ValueError("points: got a place that is not finite or beyond 1000")
    if set(rows[:, 2]) != {-1.0, 1.0}:
        raise ValueError(f"points: got labels {sorted(set(rows[:, 2]))}, want -1 and +1, both of them")
    return rows.tolist()


def piece(coefficients, bounds) -> list[tuple[float, float]] | None:
    """The part of the boundary in the picture, as two ends (x, y); None where it lies outside or there is none."""
    c, a, b = coefficients
    if math.hypot(a, b) < SHORT:
        return None
    (x0, x1), (y0, y1) = bounds
    foot = np.array([-c * a, -c * b]) / (a * a + b * b)
    along = np.array([-b, a]) / math.hypot(a, b)
    low, high = -math.inf, math.inf
    for start, step, (near, far) in zip(foot, along, ((x0, x1), (y0, y1)), strict=True):
        if abs(step) < 1e-12:
            if not near <= start <= far:
                return None
            continue
        ends = sorted(((near - start) / step, (far - start) / step))
        low, high = max(low, ends[0]), min(high, ends[1])
    if not low < high:
        return None
    return [tuple((foot + t * along).tolist()) for t in (low, high)]
