"""Names beside the lines instead of a legend."""

import textwrap

import numpy as np
from matplotlib.lines import Line2D

LINE = 1.3  # height of a line of text, in font sizes
WRAP = 14  # characters; a longer name would squeeze the axes on a phone
EDGE = 0.9  # a line that ends beyond this share of the width counts as ending at the right edge


def label(ax, *lines: Line2D, names: list[str] | None = None) -> list:
    """Write each line's name where the line ends, in its color, without overlap.

    A line that reaches the right edge is named in the margin; one that leaves through the top is named above that
    place; one that ends inside is named beside its end. Call it last, when the limits of the axes are final.

    Args:
        ax: matplotlib axes.
        *lines: the lines; none: all lines of the axes that have a label.
        names: instead of the lines' labels.

    Returns:
        the annotations, in the order of the lines.
    """
    lines = lines or tuple(line for line in ax.get_lines() if not str(line.get_label()).startswith("_"))
    names = [str(line.get_label()) for line in lines] if names is None else list(names)
    if len(names) != len(lines):
        raise ValueError(f"names: got {len(names)}, want one for each of the {len(lines)} lines")
    ax.figure.draw_without_rendering()  # settles the size of the axes
    box = ax.get_window_extent()
    point = ax.figure.dpi / 72 * _font_size(ax)
    ends = [_end(ax, line) for line in lines]
    names = [textwrap.fill(name, WRAP) for name in names]
    made = dict.fromkeys(range(len(lines)))

    right = [k for k, (x, _, _) in enumerate(ends) if x >= EDGE]
    heights = [LINE * point * (names[k].count("\n") + 1) / box.height for k in right]
    for k, y in zip(right, apart([ends[k][1] for k in right], heights, 0.0, 1.0), strict=True):
        made[k] = _right(ax, ends[k], y, names[k], lines[k].get_color(), point / box.height)

    top = [k for k, (x, _, out) in enumerate(ends) if x < EDGE and out]
    widths = [0.62 * point * (2 + max(map(len, names[k].split("\n")))) / box.width for k in top]
    for k, x in zip(top, apart([ends[k][0] for k in top], widths, 0.0, 1.0), strict=True):
        made[k] = ax.annotate(
            names[k], (x, 1), (0, 4), "axes fraction", "offset points", color=lines[k].get_color(), ha="center"
        )

    for k in set(made) - set(right) - set(top):
        made[k] = ax.annotate(
            names[k], ends[k][:2], (7, 0), "axes fraction", "offset points", color=lines[k].get_color(), va="center"
        )
    return [made[k] for k in range(len(lines))]


def apart(centers: list[float], sizes: list[float], low: float, high: float) -> list[float]:
    """The centers nearest to ``centers`` (least squares) at which blocks of these sizes do not overlap.

    Blocks that would overlap are pooled and set side by side about their mean. They stay between ``low`` and ``high``
    where there is room.
    """

    def pool(members: list[int]) -> tuple[list[int], float, float]:
        """Members, their middle and their total size: the mean of the middles that each member wishes for."""
        size = sum(sizes[k] for k in members)
        offset, wishes = 0.0, []
        for k in members:
            wishes.append(centers[k] - offset - sizes[k] / 2 + size / 2)
            offset += sizes[k]
        middle = max(min(float(np.mean(wishes)), high - size / 2), low + size / 2)
        return members, middle, size

    pools: list[tuple[list[int], float, float]] = []
    for k in np.argsort(np.asarray(centers), kind="stable"):
        pools.append(pool([int(k)]))
        while len(pools) > 1 and pools[-2][1] + pools[-2][2] / 2 > pools[-1][1] - pools[-1][2] / 2:
            pools[-2:] = [pool(pools[-2][0] + pools[-1][0])]
    placed = [0.0] * len(centers)
    for members, middle, size in pools:
        at = middle - size / 2
        for k in members:
            placed[k] = at + sizes[k] / 2
            at += sizes[k]
    return placed


def _end(ax, line) -> tuple[float, float, bool]:
    """Last visible point of a line in axes fractions, and whether the line goes on beyond the top from there."""
    data = np.column_stack([np.asarray(v, dtype=float) for v in line.get_data()])
    seen = ax.transAxes.inverted().transform(line.get_transform().transform(data))
    inside = np.isfinite(seen).all(axis=1) & (seen >= -1e-9).all(axis=1) & (seen <= 1 + 1e-9).all(axis=1)
    if not inside.any():
        raise ValueError(f"lines: {line.get_label()!r} has no point inside the axes, so it cannot be named there")
    k = int(np.flatnonzero(inside)[-1])
    out = k + 1 < len(seen) and seen[k + 1, 1] > 1
    return float(seen[k, 0]), float(seen[k, 1]), bool(out)


def _right(ax, end, y: float, name: str, color, em: float):
    moved = abs(y - end[1]) > 1.6 * em  # nearer, the color alone says whose name it is
    thread = {"arrowstyle": "-", "color": color, "linewidth": 0.8, "shrinkA": 2, "shrinkB": 0} if moved else None
    return ax.annotate(
        name,
        (1, end[1]),
        (1, y),
        "axes fraction",
        _shifted(ax, 16 if moved else 6),
        color=color,
        va="center",
        ha="left",
        arrowprops=thread,
        annotation_clip=False,
    )


def _shifted(ax, points: float):
    from matplotlib.transforms import ScaledTranslation

    return ax.transAxes + ScaledTranslation(points / 72, 0, ax.figure.dpi_scale_trans)


def _font_size(ax) -> float:
    from matplotlib import rcParams

    return float(rcParams["font.size"])
