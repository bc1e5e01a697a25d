"""The still picture of a loss: value, gradient and curvature over one axis, as inline SVG in the colors of the page.

The three stand one below the other, so that a corner of the value, the jump of its gradient and what that does to the
curvature are on one line.
"""

import functools
import html
import textwrap

import numpy as np

WIDTH, LEFT, RIGHT = 340, 46, 10  # units are px at full size
SPARK = (64, 36)
HEIGHTS = {"value": 132, "gradient": 84, "curvature": 84}
NAMES = {"value": "Value", "gradient": "Gradient", "curvature": "Curvature"}
HEAD = 25  # above each panel, for its name
REACH = {"residual": 4.0, "margin": 4.0}
POINTS = 401  # over numbers, so that 0 and the corners are met exactly
STEPS, FEW = 240, 25  # along a path, an even number, which passes by the corners; and along one of large tensors
LINE = 15  # px, of the axis's name
LETTERS = 46  # in one line of it
NEAR = 0.12  # px; a point that is closer to the line between its neighbors is left out
DUST = 1e-9  # of the largest number of a panel: what is smaller is told as 0


class NoCurve(ValueError):
    """The loss has neither an axis nor a path."""


@functools.cache
def curves(loss) -> tuple:
    """(the loss as a widget draws it, x, {"value": y, "gradient": y, "curvature": y}) at the default hyper-parameters.

    Raises NoCurve for a loss that cannot be drawn.
    """
    from lossbook.widgets.chosen import resolve
    from lossbook.widgets.loss_picture import dust

    if not loss.record.axis and loss.record.path is None:
        raise NoCurve(f"{loss.record.name} has neither an axis nor a path")
    (drawn,) = resolve([loss])
    reach = REACH.get(drawn.axis)
    if reach:
        low, high, count = -reach, reach, POINTS
    else:
        low, high, count = drawn.path.low, drawn.path.high, FEW if drawn.heavy else STEPS
    x = np.linspace(low, high, count)
    value, slope, bend = drawn.at(x, defaults(drawn))
    bend = np.where(np.abs(bend) < dust([drawn], defaults(drawn), (low, high)), 0.0, bend)
    return drawn, x, {"value": value, "gradient": slope, "curvature": bend}


def figure(loss) -> str:
    """All three panels in one picture, with its name in words and digits."""
    drawn, x, ys = curves(loss)
    lines = textwrap.wrap(drawn.label, LETTERS)
    parts, top = [], 0
    for kind, y in ys.items():
        parts.append(_panel(x, y, kind, top + HEAD, drawn.look))
        top += HEAD + HEIGHTS[kind]
    for at in ticks(x[0], x[-1]):
        parts.append(f'<text x="{across(x, at):.1f}" y="{top + 16}" text-anchor="middle">{number(at)}</text>')
    bottom = top + 18 + LINE * len(lines)
    for i, line in enumerate(lines):
        place = f'x="{WIDTH - RIGHT}" y="{top + 32 + LINE * i}" text-anchor="end"'
        parts.append(f'<text class="lb-loss__axis-name" {place}>{html.escape(line)}</text>')
    return (
        f'<svg class="lb-loss__plot" role="img" aria-label="{html.escape(alt(loss, drawn, x, ys))}" '
        f'viewBox="0 0 {WIDTH} {bottom + 4}">{"".join(parts)}</svg>'
    )


def defaults(drawn) -> dict[str, float]:
    return {f"{drawn.name}.{p.name}": float(p.default) for p in drawn.parameters}


def spark(loss) -> str:
    """The value alone, as small as an icon; it says nothing that the name beside it does not."""
    from lossbook.widgets.loss_picture import limits

    try:
        drawn, x, ys = curves(loss)
    except NoCurve:
        return ""
    y = ys["value"]
    bottom, ceiling = limits([y])
    points = line(
        x, y, bottom, ceiling, lambda v: 3 + (SPARK[1] - 6) * (ceiling - v) / (ceiling - bottom), (3, SPARK[0] - 3)
    )
    return (
        f'<svg class="lb-loss__spark" aria-hidden="true" viewBox="0 0 {SPARK[0]} {SPARK[1]}" width="{SPARK[0]}" '
        f'height="{SPARK[1]}"><path class="lb-loss__curve" style="stroke:var(--lb-{drawn.look.color})" '
        f'd="{points}"/></svg>'
    )


def alt(loss, drawn, x, ys) -> str:
    """What the picture shows: all three at five places."""
    record = loss.record
    held = {p.name: p.default for p in record.parameters if type(p.default) in (int, float) and p.slider}
    given = ", ".join(f"{name} = {value:g}" for name, value in held.items())
    stations = (-3, -1, 0, 1, 3) if drawn.axis in REACH else np.linspace(x[0], x[-1], 5)
    said = [f"{record.title}{f' at {given}' if given else ''} over the {drawn.place}."]
    for kind, y in zip(NAMES, drawn.at(stations, defaults(drawn)), strict=True):
        y = np.where(np.abs(y) < DUST * np.nanmax(np.abs(ys[kind])), 0.0, y)
        told = "; ".join(f"{number(value)} at {number(at)}" for at, value in zip(stations, y, strict=True))
        said.append(f"{NAMES[kind]}: {told}.")
    return " ".join(said)


def _panel(x, y, kind: str, top: float, look) -> str:
    from lossbook.widgets.loss_picture import limits

    height = HEIGHTS[kind]
    bottom, ceiling = limits([y])
    shown = y[np.isfinite(y) & (y >= bottom) & (y <= ceiling)]
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 1.0)

    def up(value):
        return top + height - (value - bottom) / (ceiling - bottom) * height

    zero = f"M{LEFT} {up(0):.1f}H{WIDTH - RIGHT}"
    if x[0] < 0 < x[-1]:
        zero += f"M{across(x, 0):.1f} {top}V{top + height}"
    stroke = f'style="stroke:var(--lb-{look.color})"'
    stroke += f' stroke-dasharray="{look.dasharray}"' if look.dasharray else ""
    heights = apart([0.0, high, low], up)
    marks = "".join(
        f'<text x="{LEFT - 6}" y="{up(at) + 4:.1f}" text-anchor="end">{number(at)}</text>' for at in heights
    )
    return (
        f'<text class="lb-loss__name" x="{LEFT}" y="{top - 8}">{NAMES[kind]}</text>'
        f'<path class="lb-loss__axis" d="{zero}"/>{marks}'
        f'<path class="lb-loss__curve" {stroke} d="{line(x, y, bottom, ceiling, up)}"/>'
    )


def line(x, y, bottom: float, ceiling: float, up, ends=(LEFT, WIDTH - RIGHT)) -> str:
    """The part of the curve between bottom and ceiling; it ends where it leaves the panel."""
    runs: list[list[tuple[float, float]]] = [[]]
    for i in range(len(x)):
        inside = bool(np.isfinite(y[i]) and bottom <= y[i] <= ceiling)
        if i and inside != bool(runs[-1]) and np.isfinite(y[i - 1]) and np.isfinite(y[i]):
            edge = ceiling if max(y[i], y[i - 1]) > ceiling else bottom
            share = (edge - y[i - 1]) / (y[i] - y[i - 1])
            runs[-1].append((across(x, x[i - 1] + share * (x[i] - x[i - 1]), ends), up(edge)))
        if inside:
            runs[-1].append((across(x, x[i], ends), up(y[i])))
        elif runs[-1]:
            runs.append([])
    return "".join("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in _simpler(run)) for run in runs if run)


def _simpler(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ends, and of what is between them the points that are needed to stay within NEAR of all of it."""
    if len(run) < 3:
        return run
    points = np.array(run)
    chord = points[-1] - points[0]
    off = np.abs((points - points[0]) @ np.array([-chord[1], chord[0]])) / max(float(np.hypot(*chord)), 1e-9)
    far = int(off.argmax())
    return [run[0], run[-1]] if off[far] <= NEAR else _simpler(run[: far + 1])[:-1] + _simpler(run[far:])


def across(x, value: float, ends=(LEFT, WIDTH - RIGHT)) -> float:
    return ends[0] + (value - x[0]) / (x[-1] - x[0]) * (ends[1] - ends[0])


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between the ends."""
    step = 10.0 ** np.floor(np.log10((high - low) / 4))
    step *= min((1, 2, 2.5, 5, 10), key=lambda m: abs((high - low) / (m * step) - 4))
    return [float(round(k * step, 10)) for k in range(int(np.ceil(low / step - 1e-9)), int(high / step + 1e-9) + 1)]


def apart(heights: list[float], up) -> list[float]:
    """Those heights whose numbers do not touch; the earlier ones win."""
    kept: list[float] = []
    for at in heights:
        if all(abs(up(at) - up(other)) >= 13 for other in kept):
            kept.append(at)
    return kept


def number(value: float) -> str:
    if not np.isfinite(value):
        return "not finite"
    text = f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    return "0" if float(text) == 0 else text.replace("-", "−")
