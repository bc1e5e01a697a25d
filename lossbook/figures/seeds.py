"""One mark per seed, so that the reader sees the spread and not only its summary."""

import numpy as np

from lossbook import look as looks
from lossbook.figures.curves import half_width
from lossbook.figures.strokes import MARKERS, resolve

MUTED = looks.TOKENS["muted"][0]


def strip(ax, groups: dict, *, paired: bool = True, level: float = 0.95) -> None:
    """Dots for the seeds of each group, side by side, with the mean and its interval beside them.

    Args:
        ax: matplotlib axes; the groups stand along x, the values along y.
        groups: name -> one value per seed, shape (S,). A name that is a loss of the registry is drawn in its look and
            under its short name; other names get the palette's colors in order.
        paired: join the dots of a seed from group to group (all groups then need the same seeds in the same order).
        level: of the intervals.
    """
    values = [_seeds(name, v) for name, v in groups.items()]
    styles = [_style(name, k) for k, name in enumerate(groups)]
    if paired and len({len(v) for v in values}) > 1:
        raise ValueError("groups: got different numbers of seeds, want the same for all, or paired=False")
    if paired and len(values) > 1:
        ax.plot(range(len(values)), values, color=MUTED, alpha=0.35, linewidth=0.7, zorder=1)
    for k, (v, (look, _)) in enumerate(zip(values, styles, strict=True)):
        marker = MARKERS[look.dash]
        ax.plot(np.full(len(v), k), v, marker, color=look.hex, alpha=0.45, markersize=5, markeredgewidth=0, zorder=2)
        half = half_width(v, level)
        ax.errorbar(k + 0.17, v.mean(), half, fmt=marker, color=look.hex, markersize=7, linewidth=2, zorder=3)
    ax.set_xticks(range(len(values)), [name for _, name in styles])
    ax.set_xlim(-0.4, len(values) - 0.5)
    ax.tick_params(axis="x", length=0)


def compare(ax, rows: list[str], groups: dict, *, level: float = 0.95) -> None:
    """Means and intervals of several groups in several situations: one row for each situation, a mark for each group.

    Args:
        ax: matplotlib axes; the rows stand along y from top to bottom, the values along x.
        rows: names of the R situations.
        groups: name -> values, shape (S, R), one row for each of S >= 2 seeds; names as in :func:`strip`.
        level: of the intervals.

    The groups are told apart by color and marker; a line above the axes names them.
    """
    values = {name: np.asarray(v, dtype=float) for name, v in groups.items()}
    for name, v in values.items():
        if v.ndim != 2 or v.shape[1] != len(rows) or len(v) < 2:
            raise ValueError(f"groups[{name!r}]: got shape {v.shape}, want (seeds, {len(rows)}) with 2 seeds or more")
    places = np.arange(len(rows), dtype=float)
    step = 0.5 / max(1, len(values))
    for k, (name, v) in enumerate(values.items()):
        look, short = _style(name, k)
        at = places + step * (k - (len(values) - 1) / 2)
        ax.errorbar(
            v.mean(axis=0),
            at,
            xerr=half_width(v, level),
            fmt=MARKERS[look.dash],
            color=look.hex,
            markersize=6.5,
            linewidth=1.6,
            label=short,
        )
    for place in places[:-1]:
        ax.axhline(place + 0.5, color=MUTED, alpha=0.25, linewidth=0.8)
    ax.set_yticks(places, rows)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    handles, names = ax.get_legend_handles_labels()
    ax.legend(
        [handle[0] for handle in handles],
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(values),
        handletextpad=0.1,
        columnspacing=1.2,
        borderpad=0.2,
        labelcolor="linecolor",
    )


def _style(name: str, k: int):
    from lossbook import losses

    if name in losses.names():
        return resolve(name)
    color = k % len(looks.PALETTE) + 1
    return resolve(color=color, dash=list(looks.DASHES)[k % len(looks.DASHES)], label=name)


def _seeds(name: str, values) -> np.ndarray:
    v = np.asarray(values, dtype=float)
    if v.ndim != 1 or len(v) < 2:
        raise ValueError(f"groups[{name!r}]: got shape {v.shape}, want one value for each of 2 seeds or more")
    return v
