"""Elicitation: one answer for many targets, and which summary of the targets each loss asks for."""

import math

import numpy as np
import traitlets

from lossbook.widgets.base import finite
from lossbook.widgets.chosen import resolve
from lossbook.widgets.elicited import Best, average, best, check_answer_loss
from lossbook.widgets.loss_widget import LossWidget

# eleven targets each, on one axis
SHAPES = {
    "skewed": (1, 1.4, 1.7, 2, 2.2, 2.6, 3.2, 4, 5.4, 8, 13),
    "symmetric": (2, 4, 5, 5.6, 6.5, 7, 7.5, 8.4, 9, 10, 12),
    "two peaks": (2, 2.4, 2.6, 2.8, 3, 3.4, 10.6, 11, 11.2, 11.5, 12),
    "one far out": (2.2, 2.5, 2.7, 2.9, 3, 3.2, 3.3, 3.5, 3.8, 4.2, 14.6),
}
BOUNDS = (0.0, 15.0)
FIRST = {"quantile.q": 0.8, "expectile.q": 0.8}  # at their default these would ask for the median and the mean
MOST = 40  # points; more cannot be told apart or grasped


class Elicitation(LossWidget):
    """Targets to drag, one answer to drag, and the average loss of that answer under each chosen loss.

    >>> import lossbook as lb
    >>> w = lb.widgets.Elicitation(["mse", "mae"], points=[1, 2, 2, 3, 100])
    >>> n = w.numbers()
    >>> round(n["mse.best"], 6), round(n["mae.best"], 6)
    (21.6, 2.0)

    losses: names of the registry, public losses, or your own torch functions ``f(input, target, *, hyper=default)`` of
    the residual. points: 2 to 40 targets; their number is fixed once the widget exists. estimate: the one answer.
    bounds: (low, high) of the axis, on which points and answers lie; None: room on both sides. reveal: whether curves
    and best answers are shown; the reader can look for them by hand first. shapes: {"name": points}, as many targets
    each, to choose from; None: four of them if points is None. hyper: quantile.q and expectile.q are 0.8 unless given.
    sliders, off: as in LossExplorer. hide: controls left out: "shapes", "reveal", "labels", "rows", "sentence",
    "sliders", "hint", "data", "reset", "link".

    Best answers are looked for on the whole axis; of several valleys that are equally deep the leftmost counts.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "elicitation.js"
    controls = ("shapes", "reveal", "labels", "rows", "sentence", "sliders", "hint", "data", "reset", "link")

    points = traitlets.List(help="The targets.").tag(sync=True)
    estimate = traitlets.Float(0.0, help="The one answer to all of them.").tag(sync=True)
    reveal = traitlets.Bool(True, help="Whether curves and best answers are shown.").tag(sync=True)
    bounds = traitlets.List(help="Limits of the axis: [low, high].").tag(sync=True)
    shapes = traitlets.Dict(help="Named sets of targets to choose from.").tag(sync=True)
    asks = traitlets.Dict(help="By the name of a loss: the summary of the targets that it asks for.").tag(sync=True)
    x_label = traitlets.Unicode("target, answer", help="Name of the axis, with its unit.").tag(sync=True)

    def __init__(
        self,
        losses=("mse", "mae", "quantile", "welsch"),
        *,
        points=None,
        estimate=None,
        bounds=None,
        shapes=None,
        hyper=None,
        **traits,
    ):
        chosen = resolve(losses)
        for loss in chosen:
            if loss.axis != "residual":
                raise ValueError(f"losses: {loss.name} is not a loss of the residual, so one number cannot answer it")
        if points is None and shapes is None:
            shapes, bounds = SHAPES, bounds or BOUNDS
        shapes = {str(name): as_targets(values, f"shapes[{name!r}]") for name, values in (shapes or {}).items()}
        points = as_targets(next(iter(shapes.values())) if points is None else points, "points")
        self._count = len(points)
        self._bounds = room([points, *shapes.values()]) if bounds is None else as_bounds(bounds)
        self._shapes = {name: self._on_axis(values, f"shapes[{name!r}]") for name, values in shapes.items()}
        names = [f"{loss.name}.{p.name}" for loss in chosen for p in loss.parameters]
        hyper = {key: value for key, value in FIRST.items() if key in names} | dict(hyper or {})
        size = self._bounds[1] - self._bounds[0]
        for loss in chosen:
            known = {p.name: float(p.default) for p in loss.parameters}
            check_answer_loss(loss.name, loss.definition, known, size)
        self._asks = {loss.name: summary(loss.name) for loss in chosen}
        if estimate is None:
            estimate = round(self._bounds[0] + 0.6 * size, 2 - math.ceil(math.log10(size)))
        super().__init__(
            chosen,
            points=points,
            estimate=finite("estimate", estimate, *self._bounds),
            bounds=self._bounds,
            shapes=self._shapes,
            asks=self._asks,
            hyper=hyper,
            **traits,
        )

    def _on_axis(self, values: list[float], name: str) -> list[float]:
        if len(values) != self._count:
            raise ValueError(f"{name}: got {len(values)} targets, want {self._count} as in points")
        low, high = self._bounds
        for i, y in enumerate(values):
            if not low <= y <= high:
                raise ValueError(f"{name}[{i}]: got {y:g}, want it on the axis, {low:g} to {high:g}")
        return values

    @traitlets.validate("points")
    def _check_points(self, proposal):
        return self._on_axis(as_targets(proposal["value"], "points"), "points")

    @traitlets.validate("estimate")
    def _check_estimate(self, proposal):
        return finite("estimate", proposal["value"], *self._bounds)

    @traitlets.validate("bounds", "shapes", "asks")
    def _check_fixed(self, proposal):
        name = proposal["trait"].name
        if proposal["value"] != getattr(self, f"_{name}"):
            raise ValueError(f"{name}: fixed once the widget exists; make a new Elicitation with other {name}")
        return proposal["value"]

    def best(self) -> dict[str, Best]:
        """By the name of each shown loss: its best answer to the targets."""
        return {s.name: best(self.points, s.definition, self._hyper_of(s), self._bounds) for s in self.shown}

    def numbers(self) -> dict[str, float | None]:
        """The targets and the answer; for each shown loss the average loss there, its slope, and the best answer.

        Where a range of answers is equally good, ``low`` and ``high`` are its ends and ``best`` its middle.
        """
        shown: dict[str, float | None] = {"estimate": self.estimate}
        shown |= {f"point.{i}": y for i, y in enumerate(self.points)}
        found = self.best()
        for loss in self.shown:
            value, slope, _ = average(self.points, loss.definition, self._hyper_of(loss))(self.estimate)
            top = found[loss.name]
            named = {"at": value[0], "slope": slope[0], "best": top.middle}
            named |= {"low": top.low, "high": top.high, "least": top.least}
            shown |= {f"{loss.name}.{key}": float(v) if np.isfinite(v) else None for key, v in named.items()}
        return shown

    def _hyper_of(self, loss) -> dict[str, float]:
        return {p.name: self.hyper[f"{loss.name}.{p.name}"] for p in loss.parameters}

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        start = (
            f"{self._count} targets from {min(self.points):g} to {max(self.points):g}, answered by {self.estimate:g}"
        )
        if not self.reveal:
            return f"{start}; the best answer of each loss is not yet shown."
        told = [f"{s.short} asks for {top.middle:.2f}" for s, top in zip(self.shown, self.best().values(), strict=True)]
        return f"{start}; {', '.join(told) or 'no loss is shown'}."

    def picture(self, width: float = 5.2, height: float = 4.2) -> str:
        """The state as SVG text with a ``<title>``: curves above, targets below. Sizes in inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """Average loss of every answer above, each on its own scale; the targets below."""
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        low, high = self._bounds
        ink = top.xaxis.label.get_color()
        grid = np.unique(np.concatenate([np.linspace(low, high, 301), self.points]))
        for loss, least in zip(self.shown, self.best().values(), strict=True) if self.reveal else ():
            values = average(self.points, loss.definition, self._hyper_of(loss))(grid)[0]
            above = 100 * (values - least.least) / (float(values.max() - least.least) or 1.0)
            dash = [float(d) / 2 for d in loss.look.dasharray.split()]
            style = (0, tuple(dash)) if dash else "-"
            top.plot(grid, above, color=loss.look.hex, linestyle=style, label=f"{loss.short}: {least.middle:.2f}")
            bottom.axvline(least.middle, color=loss.look.hex, linestyle=style)
        for ax in (top, bottom):
            ax.axvline(self.estimate, color=ink, linewidth=1)
        bottom.plot(self.points, np.zeros(self._count), "o", color=ink, zorder=3)
        top.set(xlim=(low, high), ylim=(-4, 104), yticks=[0, 50, 100], ylabel="average loss\n(% of its range)")
        if self.reveal and self.shown:
            top.legend(loc="best")
        bottom.set(ylim=(-1, 1), yticks=[], xlabel=self.x_label)
        bottom.spines["left"].set_visible(False)


def summary(name: str) -> str:
    """In one or two words, what a loss of the registry elicits; "" for a reader's own."""
    from lossbook import losses

    text = losses.get(name).record.elicits if name in losses.names() else ""
    if "M-estimate" in text:
        return "near a mode" if "mode" in text.partition(":")[2] and "near a mode" in text else "center"
    return text.partition(":")[0].partition(",")[0].removeprefix("q-").removeprefix("the ")


def as_targets(given, name: str) -> list[float]:
    """A list of 2 to 40 floats out of any array-like. Raises ValueError for another shape, number or size."""
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: got something that is no list of numbers, want shape (n,)") from None
    if values.ndim != 1 or not 2 <= len(values) <= MOST:
        raise ValueError(f"{name}: got shape {values.shape}, want (n,) with n from 2 to {MOST}")
    if not (np.abs(values) <= 1e9).all():
        raise ValueError(f"{name}: got a value that is not finite or beyond 1e9 in size")
    return values.tolist()


def as_bounds(given) -> list[float]:
    """[low, high]. Raises ValueError that names what is wrong."""
    try:
        low, high = (float(end) for end in given)
    except (TypeError, ValueError):
        raise ValueError(f"bounds: got {given!r}, want (low, high)") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"bounds: got {given!r}, want (low, high), finite, the lower first")
    return [low, high]


def room(lists) -> list[float]:
    """An axis with a quarter of the span of all values free on each side, ending on round numbers."""
    values = np.concatenate(lists)
    low, high = float(values.min()), float(values.max())
    span = high - low or max(1.0, 0.2 * abs(low))
    step = 10.0 ** math.floor(math.log10(span / 2))
    return [math.floor((low - span / 4) / step) * step, math.ceil((high + span / 4) / step) * step]
