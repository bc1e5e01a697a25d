"""``{loss-shapes}``: losses over one axis in one picture, the value on the left and the slope on the right.

Each line of the content names a loss of the registry, with a label after a colon if its short name will not do. A loss
whose path holds several examples, such as a pair that is alike and one that is not, has a curve for each, with their
labels parted by "|".
"""

import html
from dataclasses import dataclass, replace

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import loss_plot
from lossbook.look import DASHES, Look

WIDTH, TALL, TOP = 340, 128, 26  # units are px at full size
ENDS = {"value": (30, 154), "slope": (208, 332)}
REACH, POINTS = 3.0, 241
STATIONS = {"residual": (-3, -1, 0, 1, 3), "margin": (-3, -1, 0, 1, 3)}
SWATCH = 34


@dataclass(frozen=True)
class Shape:
    """One curve: its name in words, its look, and value and slope over x."""

    label: str
    look: Look
    value: np.ndarray
    slope: np.ndarray


class LossShapes(SphinxDirective):
    """The content has one loss in each line."""

    has_content = True

    def run(self):
        from lossbook.widgets.chosen import resolve

        chosen = [[part.strip() for part in line.partition(":")[::2]] for line in self.content if line.strip()]
        try:
            drawn = resolve([name for name, _ in chosen])
            x = places(drawn[0])
            found = [shape for one, (_, label) in zip(drawn, chosen, strict=True) for shape in shapes(one, label, x)]
        except (LookupError, ValueError) as error:
            raise self.error(f"loss-shapes: {error}") from None
        return [nodes.raw("", figure(drawn[0], x, found), format="html")]


def places(drawn) -> np.ndarray:
    low, high = (drawn.path.low, drawn.path.high) if drawn.path else (-REACH, REACH)
    return np.linspace(low, high, POINTS)


def shapes(drawn, label: str, x: np.ndarray) -> list[Shape]:
    """The curves of a loss at its default hyper-parameters, from its definition.

    Raises ValueError where there are not as many labels as curves.
    """
    value, slope = _examples(drawn.name, x) if drawn.path else _alone(drawn, x)
    labels = [part.strip() for part in label.split("|")] if label else [drawn.short] * len(value)
    if len(labels) != len(value):
        raise ValueError(f"{drawn.name}: got {len(labels)} labels, want {len(value)}, parted by |")
    dashes = [name for name in DASHES if name != drawn.look.dash]
    looks = [drawn.look, *(replace(drawn.look, dash=dash) for dash in dashes)]
    return [Shape(*row) for row in zip(labels, looks, value, slope, strict=False)]


def _alone(drawn, x):
    value, slope, _ = drawn.at(x, loss_plot.defaults(drawn))
    return value[None], slope[None]


def _examples(name: str, x):
    """Value and slope of each example that the path of a loss holds."""
    import torch

    from lossbook import losses

    loss = losses.get(name)
    given = {p.name: p.default for p in loss.record.parameters}
    further = [side.name for side in loss.record.sides[2:]]

    def each(s):
        sides = loss.record.path.at(s)
        return loss.definition(*sides[:2], **dict(zip(further, sides[2:], strict=True)), **given)

    at = torch.as_tensor(x).clone()
    at[0] += 1e-9  # a path begins where its slope may be one of convention, as for two points in one place
    value, slope = torch.func.vmap(each)(at), torch.func.vmap(torch.func.jacrev(each))(at)
    return value.reshape(len(x), -1).T.numpy(), slope.reshape(len(x), -1).T.numpy()


def figure(drawn, x: np.ndarray, found: list[Shape]) -> str:
    """Both panels, told in words and digits, and below them which line is which."""
    panels = "".join(_panel(kind, x, found) for kind in ENDS)
    bottom = TOP + TALL
    name = f'<text class="lb-loss__axis-name" x="{ENDS["slope"][1]}" y="{bottom + 36}" text-anchor="end">'
    return (
        f'<figure class="lb-shapes"><svg class="lb-loss__plot" role="img" '
        f'aria-label="{html.escape(alt(drawn, x, found))}" viewBox="0 0 {WIDTH} {bottom + 42}">'
        f"{panels}{name}{html.escape(drawn.label)}</text></svg>"
        f"<figcaption><ul>{''.join(_key(shape) for shape in found)}</ul></figcaption></figure>"
    )


def _panel(kind: str, x, found) -> str:
    from lossbook.widgets.loss_picture import limits

    left, right = ENDS[kind]
    ys = [getattr(shape, kind) for shape in found]
    bottom, ceiling = limits(ys)
    seen = np.concatenate([y[np.isfinite(y) & (y >= bottom) & (y <= ceiling)] for y in ys])

    def up(value):
        return TOP + TALL - (value - bottom) / (ceiling - bottom) * TALL

    zero = f"M{left} {up(0):.1f}H{right}"
    if x[0] < 0 < x[-1]:
        zero += f"M{loss_plot.across(x, 0, ENDS[kind]):.1f} {TOP}V{TOP + TALL}"
    marks = "".join(
        f'<text x="{left - 5}" y="{up(at) + 4:.1f}" text-anchor="end">{loss_plot.number(at)}</text>'
        for at in loss_plot.apart([0.0, float(seen.max()), float(seen.min())], up)
    )
    marks += "".join(
        f'<text x="{loss_plot.across(x, at, ENDS[kind]):.1f}" y="{TOP + TALL + 16}" text-anchor="middle">'
        f"{loss_plot.number(at)}</text>"
        for at in _few(x)
    )
    drawn = "".join(
        f'<path class="lb-loss__curve" {_stroke(shape.look)} '
        f'd="{loss_plot.line(x, y, bottom, ceiling, up, ENDS[kind])}"/>'
        for shape, y in zip(found, ys, strict=True)
    )
    name = f'<text class="lb-loss__name" x="{left}" y="{TOP - 10}">{kind.capitalize()}</text>'
    return f'{name}<path class="lb-loss__axis" d="{zero}"/>{marks}{drawn}'


def _few(x) -> list[float]:
    """Three ticks or so, every other one where there are more: half the width has no room for their numbers."""
    every = loss_plot.ticks(x[0], x[-1])
    return every if len(every) <= 3 else [at for at in every if round(at / (every[1] - every[0])) % 2 == 0]


def _stroke(look: Look) -> str:
    dash = f' stroke-dasharray="{look.dasharray}"' if look.dasharray else ""
    return f'style="stroke:var(--lb-{look.color})"{dash}'


def _key(shape: Shape) -> str:
    line = f'<path class="lb-loss__curve" {_stroke(shape.look)} d="M1 4H{SWATCH - 1}"/>'
    size = f'viewBox="0 0 {SWATCH} 8" width="{SWATCH}" height="8"'
    return f'<li><svg aria-hidden="true" {size}>{line}</svg> {html.escape(shape.label)}</li>'


def alt(drawn, x, found) -> str:
    """What the picture shows, in numbers: value and slope of each curve at five places."""
    stations = STATIONS.get(drawn.axis) or np.linspace(x[0], x[-1], 5)
    said = [f"Value and slope over the {drawn.place}."]
    for shape in found:
        for kind in ENDS:
            curve = getattr(shape, kind)
            y = np.interp(stations, x, np.where(np.abs(curve) < loss_plot.DUST * np.abs(curve).max(), 0.0, curve))
            told = "; ".join(
                f"{loss_plot.number(value)} at {loss_plot.number(at)}" for at, value in zip(stations, y, strict=True)
            )
            said.append(f"{shape.label}, {kind}: {told}.")
    return " ".join(said)
