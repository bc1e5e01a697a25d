"""SoftmaxBench's still picture: logits with the pulls on them, and the probabilities below."""

import numpy as np

from lossbook import look

LONGEST = 0.34  # of the height: the longest arrow


def draw(figure, names, logits, p, label: int, looks, reach: float) -> None:
    """looks: for each shown loss its short name, its look and its gradient by the logits (classes,)."""
    muted, ink, line = (look.TOKENS[name][0] for name in ("muted", "ink", "line"))
    top, bottom = figure.subplots(2, 1, height_ratios=[1.25, 1])
    places = np.arange(len(names))
    largest = max([1.0, *(float(np.abs(g).max()) for _, _, g in looks)])
    height = 2.4 * reach
    top.set(xlim=(-0.5, len(names) - 0.5), ylim=(-height / 2, height / 2), ylabel="logit")
    top.axhline(0, color=line, linewidth=0.8, zorder=0)
    top.vlines(places, 0, logits, color=muted, linewidth=1.2)
    top.plot(places, logits, "o", color=ink, markersize=5)
    for j, (short, style, gradient) in enumerate(looks):
        for k in places:
            at = (k + 0.14 + 0.11 * j, logits[k])
            reach_of = -LONGEST * height * float(gradient[k]) / largest
            top.plot(*at, ".", color=style.hex, markersize=3)
            if abs(reach_of) > 0.01 * height:
                arrow = {"arrowstyle": "->", "color": style.hex, "linewidth": 1.6}
                top.annotate("", (at[0], at[1] + reach_of), at, arrowprops=arrow, annotation_clip=False)
        top.plot([], [], color=style.hex, linewidth=1.6, label=short)
    if looks:
        top.legend(loc="upper right", ncols=len(looks), frameon=False, title="pull of", alignment="right")
    bottom.bar(places, p, 0.5, color=[muted if k != label else look.PALETTE[0][1] for k in places])
    for k in places:
        bottom.annotate(f"{100 * p[k]:.3g}%", (k, p[k]), (0, 3), textcoords="offset points", ha="center")
    bottom.set(xlim=(-0.5, len(names) - 0.5), ylim=(0, 1.18), ylabel="probability")
    for axes in (top, bottom):
        axes.set_xticks(places, [f"{name} (label)" if k == label else name for k, name in enumerate(names)])
        axes.tick_params(axis="x", length=0)
