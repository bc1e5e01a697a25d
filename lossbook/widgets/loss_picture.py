"""LossExplorer's still picture: curves, the dot on each, and the pull as an arrow."""

import math

import numpy as np

from lossbook import look
from lossbook.widgets.compiled import Drawn

VIEWS = ("value", "gradient", "curvature")
MOST = 4.0  # a curve is shown up to this many times its ninth decile ...
RATIO = 8.0  # ... and up to this many times as far as the next one reaches
POINTS, STEPS = 1202, 301  # samples of a curve over numbers, which torch takes at once, and over a path, one by one
STATIONS = 9  # where the steepest slope is looked for on a path, which may be flat at both ends


def draw(figure, losses: list[Drawn], hyper: dict, view: str, residual: float, ends: tuple, label: str) -> None:
    """The shown losses between the ends of their axis on a matplotlib figure, marked where the handle stands."""
    from lossbook import figures

    muted, line = look.TOKENS["muted"][0], look.TOKENS["line"][0]
    axes = figure.subplots()
    column = VIEWS.index(view)
    grid = np.linspace(*ends, STEPS if losses and losses[0].path else POINTS)
    ys = [np.where(np.isfinite(y := loss.at(grid, hyper)[column]), y, np.nan) for loss in losses]
    low, high = limits(ys, dust(losses, hyper, ends) if view == "curvature" else 0.0)
    axes.set(xlim=ends, ylim=(low, high))
    axes.axhline(0, linewidth=0.8, color=line, zorder=0)
    axes.axvline(residual, linewidth=0.8, linestyle=(0, (2, 3)), color=muted, zorder=0)
    drawn = [
        axes.plot(grid, y, label=loss.short, **figures.stroke(loss.look))[0]
        for loss, y in zip(losses, ys, strict=True)
        if ((y >= low) & (y <= high)).any()
    ]
    for loss, pull in zip(losses, arrows(losses, hyper, residual, ends), strict=True):
        here = [float(values[0]) for values in loss.at(residual, hyper)]
        if not math.isfinite(here[column]) or not low <= here[column] <= high:
            continue
        axes.plot([residual], [here[column]], "o", color=loss.look.hex, clip_on=False)
        tip = {"value": (residual + pull, here[0]), "gradient": (residual, 0.0), "curvature": None}[view]
        if tip and math.isfinite(pull) and pull:
            start, end = ((residual, here[0]), tip) if view == "value" else (tip, (residual, here[1]))
            axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": loss.look.hex, "linewidth": 1.6})
    axes.set_xlabel(label)
    axes.set_ylabel("loss" if view == "value" else view)
    if drawn:
        figures.label(axes, *drawn)


def arrows(losses: list[Drawn], hyper: dict, residual: float, ends: tuple[float, float]) -> list[float]:
    """How far each loss pulls the handle, as a length on the axis; the steepest pulls 0.28 of its width."""
    low, high = ends
    most = steepest(losses, hyper, ends)
    if not most:
        return [0.0] * len(losses)
    pulls = [-0.28 * (high - low) * float(loss.at(residual, hyper)[1][0]) / most for loss in losses]
    return [float(np.clip(p, -0.45 * (high - low), 0.45 * (high - low))) for p in pulls]


def steepest(losses: list[Drawn], hyper: dict, ends: tuple[float, float]) -> float:
    """The steepest slope at the ends of the axis, or at stations along a path."""
    stations = np.linspace(*ends, STATIONS if losses and losses[0].path else 2)
    slopes = np.abs([loss.at(stations, hyper)[1] for loss in losses]).ravel()
    return float(max(slopes[np.isfinite(slopes)], default=0.0))


def dust(losses: list[Drawn], hyper: dict, ends: tuple[float, float]) -> float:
    """Curvature that would change the gradient by less than a billionth of itself: what rounding left of 0."""
    return 1e-9 * steepest(losses, hyper, ends) / (ends[1] - ends[0])


def limits(ys: list[np.ndarray], dust: float = 0.0) -> tuple[float, float]:
    """A range of y that holds 0 and what is worth showing: a pole or one steep loss does not press the rest flat."""
    spans = [y[np.isfinite(y)] for y in ys if np.isfinite(y).any()]
    high = _held([_end(y) for y in spans])
    low = -_held([_end(-y) for y in spans])
    if high - low < max(dust, 1e-300):
        return 0.0, 1.0
    pad = 0.04 * (high - low)
    return low - pad, high + pad


def _end(y: np.ndarray) -> tuple[float, float]:
    nine = float(np.quantile(y, 0.9))
    return (min(float(y.max()), MOST * nine) if nine > 0 else float(y.max())), float(y.max())


def _held(ends: list[tuple[float, float]]) -> float:
    first, *rest = sorted((e for e in ends if e[0] > 0), reverse=True) or [(0.0, 0.0)]
    others = max((reach for _, reach in rest), default=0.0)
    return min(first[0], RATIO * others) if others > 0 else first[0]
