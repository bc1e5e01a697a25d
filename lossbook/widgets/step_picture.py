"""StepThrough's still picture: the network with the numbers of its stage on the edges, and the fit beside it."""

import numpy as np
import torch

from lossbook import look
from lossbook.widgets.step_network import HIDDEN, NAMES, forward

WORDS = {"gradient": "slopes of the mean loss", "update": "weights after the update"}


def on_edges(stage: str, weights, now) -> list[float]:
    """What stands on the edges at a stage: slopes, updated weights, or the weights as they are."""
    return {"gradient": now.slopes, "update": now.next}.get(stage, weights)


def said(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212")


def draw(figure, widget, now) -> None:
    """The network and the fit of a widget on a matplotlib figure; ``now`` is its round."""
    left, right = figure.subplots(1, 2)
    _network(left, widget, now)
    _fit(right, widget)


def _network(axes, widget, now) -> None:
    ink = axes.xaxis.label.get_color()
    numbers = dict(zip(NAMES, on_edges(widget.stage, widget.weights, now), strict=True))
    word = "slope" if widget.stage == "gradient" else "bias"
    heights = np.linspace(1, -1, HIDDEN)
    box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": ink, "linewidth": 0.8}
    text = {"ha": "center", "va": "center", "fontsize": 8, "color": ink}
    bare = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    for j, y in enumerate(heights):
        for key, (x0, y0), (x1, y1) in (("w1", (0, 0), (1, y)), ("w2", (1, y), (2, 0))):
            axes.plot([x0, x1], [y0, y1], color=ink, linewidth=0.8, alpha=0.5, zorder=1)
            at = 0.55 if key == "w1" else 0.45
            axes.text(x0 + at * (x1 - x0), y0 + at * (y1 - y0), said(numbers[f"{key}.{j}"]), bbox=bare, **text)
        axes.text(1, y, said(now.hidden[j]), bbox=box, zorder=3, **text)
        axes.text(1, y - 0.33, f"{word} {said(numbers[f'b1.{j}'])}", **text)
    axes.text(0, 0, said(widget.points[widget.active][0]), bbox=box, **text)
    axes.text(2, 0, said(now.prediction), bbox=box, **text)
    axes.text(2, -0.33, f"{word} {said(numbers['b2'])}", **text)
    axes.text(0, 0.33, "x", **text)
    axes.text(2, 0.33, "prediction", **text)
    axes.set(xlim=(-0.3, 2.4), ylim=(-1.5, 1.3))
    axes.set_title(WORDS.get(widget.stage, "weights"), fontsize=9)
    axes.axis("off")


def _fit(axes, widget) -> None:
    style = widget.chosen.look
    x = torch.linspace(-2, 2, 161, dtype=torch.float64)
    _, y = forward(torch.tensor(widget.weights, dtype=torch.float64), x)
    ink = axes.xaxis.label.get_color()
    line = look.PALETTE[style.color - 1][1]
    axes.plot(x, y, color=line)
    axes.plot(*np.array(widget.points).T, "o", color=ink, label="training")
    axes.plot(*np.array(widget.validation).T, "s", color=ink, markerfacecolor="none", label="validation")
    axes.plot(*widget.points[widget.active], "o", markersize=13, markerfacecolor="none", color=line)
    axes.set(xlabel="x", ylabel="y", ylim=(-3.2, 3.2))
    axes.legend(loc="upper left", fontsize=7, ncols=2)
