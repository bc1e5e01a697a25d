"""The still picture of MarginLab: the points, each loss's boundary, the street of the focused one."""

import numpy as np


def draw(figure, widget) -> None:
    """Draw a MarginLab on a matplotlib figure."""
    axes = figure.subplots()
    (low, high), (bottom, top) = widget.bounds
    fits, ink = widget.fits(), axes.xaxis.label.get_color()
    grid = np.array([low, high])
    for loss in widget.shown:
        fit = fits[loss.name]
        if fit.margin is None:
            continue
        style = _style(loss)
        focused = loss.name == widget.focus
        _line(axes, fit, 0.0, grid, (bottom, top), color=loss.look.hex, linestyle=style, label=loss.short)
        if focused:
            for side in (-1.0, 1.0):
                _line(axes, fit, side, grid, (bottom, top), color=loss.look.hex, linewidth=0.8, linestyle=style)
    points, labels = np.array(widget.points), np.array(widget.labels)
    for label, marker, fill in ((1, "o", ink), (-1, "s", "none")):
        x, y = points[labels == label].T
        axes.plot(x, y, marker, color=ink, markerfacecolor=fill, markersize=5, linestyle="none", zorder=3)
    if widget.focus in fits:
        held = points[fits[widget.focus].pulls]
        axes.plot(*held.T, "o", color=ink, markerfacecolor="none", markersize=12, linestyle="none", zorder=3)
    axes.set(xlim=(low, high), ylim=(bottom, top), xlabel="first feature", ylabel="second feature")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


def _style(loss):
    dash = [float(d) / 2 for d in loss.look.dasharray.split()]
    return (0, tuple(dash)) if dash else "-"


def _line(axes, fit, level: float, grid, span, **look) -> None:
    """Where the score is ``level``: drawn along the axis to which the line is more nearly parallel."""
    (a, b), c = fit.w, fit.b - level
    if abs(b) >= abs(a):
        axes.plot(grid, -(a * grid + c) / b, **look)
    else:
        other = np.array(span)
        axes.plot(-(b * other + c) / a, other, **look)
