"""EmbeddingLab's still picture: points by class, and the force on each as an arrow."""

import numpy as np

from lossbook import look

COLORS = (1, 2, 3, 5)  # of the palette, one for each class
MARKERS = "osD^"
LONGEST = 0.7  # an arrow in the picture, in units of the axes


def shorten(force, longest: float = LONGEST) -> np.ndarray:
    """Forces (n, 2) as arrows: as long as the force, but never longer than ``longest``."""
    force = np.asarray(force, dtype=float)
    size = np.hypot(force[:, 0], force[:, 1])[:, None]
    return force * np.minimum(1.0, longest / np.maximum(size, longest))


def draw(figure, points, classes, force, active: int, reach: float) -> None:
    """Points, arrows and the ring on a matplotlib figure."""
    axes = figure.subplots()
    points = np.asarray(points)
    ink = axes.xaxis.label.get_color()
    for c in sorted(set(classes)):
        x, y = points[np.array(classes) == c].T
        axes.plot(x, y, MARKERS[c], color=look.PALETTE[COLORS[c] - 1][1], label=f"class {'ABCD'[c]}", zorder=3)
    for (x, y), (dx, dy) in zip(points, shorten(force), strict=True):
        if np.hypot(dx, dy) > 0.01:
            axes.annotate("", (x + dx, y + dy), (x, y), arrowprops={"arrowstyle": "->", "color": ink, "linewidth": 1.2})
    axes.plot(*points[active], "o", markersize=14, markerfacecolor="none", color=ink)
    edge = reach + 0.1
    axes.set(
        xlim=(-edge, edge), ylim=(-edge, edge), xlabel="embedding, axis 1", ylabel="embedding, axis 2", aspect="equal"
    )
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
