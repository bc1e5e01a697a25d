"""Landscape's still picture: level lines of the loss, the start, the lowest place, and a path for each rule."""

import numpy as np

from lossbook import look
from lossbook.widgets.landscape_paths import REACH, RULES, Ground

STYLES = {"gd": (1, "-", "o"), "momentum": (2, "--", "s"), "adam": (3, ":", "^")}  # color, line, mark
LEVELS = 12


def levels(least: float, most: float) -> np.ndarray:
    """Heights of the level lines, ever farther apart: the cube roots of what lies above the least are even."""
    return least + (most - least) * (np.arange(1, LEVELS + 1) / (LEVELS + 1)) ** 3


def draw(figure, heights, ground: Ground, paths: dict, start) -> None:
    """Everything on a matplotlib figure; ``heights`` gives the loss of lines (k, 2)."""
    axes = figure.subplots()
    grid = np.linspace(*REACH, 71)
    a, b = np.meshgrid(grid, grid)
    z = heights(np.column_stack([a.ravel(), b.ravel()])).reshape(a.shape)
    ink = axes.xaxis.label.get_color()
    axes.contour(a, b, z, levels=levels(ground.least, z.max()), colors=ink, alpha=0.3, linewidths=0.8)
    for rule, path in paths.items():
        color, style, mark = STYLES[rule]
        hue = look.PALETTE[color - 1][1]
        near = np.clip(path, -30, 30)
        axes.plot(*near.T, style, color=hue, linewidth=1.8, label=RULES[rule])
        axes.plot(*near[-1], mark, color=hue)
    axes.plot(*ground.lowest, "+", color=ink, markersize=10, markeredgewidth=2)
    axes.plot(*start, "o", color=ink, markerfacecolor="none", markersize=10)
    axes.set(xlim=REACH, ylim=REACH, xlabel="intercept", ylabel="slope", aspect="equal")
    if paths:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
