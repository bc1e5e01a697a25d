"""BoundaryTug: one stray point pulls on the boundary between two classes, under one loss after another."""

import numpy as np
import traitlets

from lossbook.widgets.boundary_lines import Boundary, as_points, boundary, of_margin, piece, turned
from lossbook.widgets.loss_widget import LossWidget
from lossbook.widgets.robust_fit import as_bounds

TABLE = ("mse", "mae", "huber", "binary_cross_entropy_with_logits", "hinge", "focal")
CIRCLES = (
    *((1.7, -0.2), (2.2, 0.2), (1.1, 0.6), (2.8, 1.5), (1.0, -2.0), (1.0, 0.1)),
    *((-0.5, -0.4), (0.5, -1.2), (1.1, -0.5), (2.0, 1.7), (1.5, 2.2), (1.2, 0.9)),
)
SQUARES = (
    *((-0.8, 0.2), (-2.3, -1.5), (-2.0, 0.4), (-2.5, -0.3), (-1.7, 0.9), (-1.4, 0.6)),
    *((-2.2, -0.2), (-0.9, 2.4), (-2.7, 2.4), (-0.4, 1.3), (-1.4, -0.5), (-0.3, 3.1)),
)
POINTS = (*((x, y, 1) for x, y in CIRCLES), *((x, y, -1) for x, y in SQUARES))
BOUNDS = ((-9.0, 9.0), (-6.0, 6.0))
LABELS = {"circle": 1.0, "square": -1.0, "out": None}  # what the stray point is said to be


class BoundaryTug(LossWidget):
    """Two classes of points, a stray one to drag, and a straight boundary under each loss that refits at once.

    >>> import lossbook as lb
    >>> w = lb.widgets.BoundaryTug(["hinge", "focal"], stray=(-8, 5))
    >>> n = w.numbers()
    >>> n["focal.turn"] > 2 * n["hinge.turn"] > 10
    True

    losses: names of the registry, public losses, or your own torch functions ``f(input, target, *, hyper=default)``. A
    loss of the margin is used as it is. A loss of the residual gets the residual margin - 1: regression on the labels.
    points: rows of x, y, label, 4 to 80 of them, labels -1 (drawn as squares) and +1 (circles). stray: where the point
    to drag is. label: what it is said to be: "circle", "square" or "out", which leaves it out. bounds: ((x low, x
    high), (y low, y high)) of the axes. hyper, sliders, off: as in LossExplorer. hide: controls left out: "legend",
    "label", "sentence", "sliders", "hint", "data", "reset", "link".

    Every boundary minimizes the mean loss plus 0.005 times the summed squares of its three coefficients. Under a loss
    that is not convex (focal) it is the minimum that a start from zero leads to.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "boundary-tug.js"
    controls = ("legend", "label", "sentence", "sliders", "hint", "data", "reset", "link")

    points = traitlets.List(help="The points: [[x, y, label], ...], labels -1 and +1.").tag(sync=True)
    stray = traitlets.List(help="Where the stray point is: [x, y].").tag(sync=True)
    label = traitlets.Unicode("circle", help='What the stray point is said to be: "circle", "square", "out".').tag(
        sync=True
    )
    bounds = traitlets.List(help="Limits of the axes: [[x low, x high], [y low, y high]].").tag(sync=True)

    def __init__(self, losses=TABLE, *, points=POINTS, stray=(-5.0, 4.0), label="circle", bounds=BOUNDS, **traits):
        self._points, self._bounds = as_points(points), as_bounds(bounds)
        self._known: tuple | None = None
        super().__init__(
            of_margin(losses), points=self._points, stray=stray, label=label, bounds=self._bounds, **traits
        )

    @traitlets.validate("points")
    def _check_points(self, proposal):
        if as_points(proposal["value"]) != self._points:
            raise ValueError("points: fixed once the widget exists; make a new BoundaryTug with other points")
        return self._points

    @traitlets.validate("bounds")
    def _check_bounds(self, proposal):
        if as_bounds(proposal["value"]) != self._bounds:
            raise ValueError("bounds: fixed once the widget exists; make a new BoundaryTug with other bounds")
        return self._bounds

    @traitlets.validate("stray")
    def _check_stray(self, proposal):
        try:
            place = [float(v) for v in proposal["value"]]
        except (TypeError, ValueError):
            place = []
        if len(place) != 2:
            raise ValueError(f"stray: got {proposal['value']!r}, want two numbers, x and y")
        for name, value, (low, high) in zip("xy", place, self._bounds, strict=True):
            if not low <= value <= high:
                raise ValueError(f"stray: got {name} = {value:g}, want it on the axis, {low:g} to {high:g}")
        return place

    @traitlets.validate("label")
    def _check_label(self, proposal):
        if proposal["value"] not in LABELS:
            raise ValueError(f"label: got {proposal['value']!r}, want one of {', '.join(LABELS)}")
        return proposal["value"]

    def fits(self) -> dict[str, tuple[Boundary, Boundary]]:
        """By the name of each shown loss: its boundary, and the one that it has without the stray point."""
        state = (tuple(self.stray), self.label, tuple(sorted(self.hyper.items())), tuple(self.off))
        if self._known is None or self._known[0] != state:
            rows = np.array(self.points)
            places, signs = rows[:, :2], rows[:, 2]
            found = {}
            for loss in self.shown:
                hyper = {p.name: self.hyper[f"{loss.name}.{p.name}"] for p in loss.parameters}
                without = now = boundary(places, signs, loss.definition, hyper)
                if (sign := LABELS[self.label]) is not None:
                    all_signs = np.append(signs, sign)
                    now = boundary(np.vstack([places, self.stray]), all_signs, loss.definition, hyper)
                found[loss.name] = now, without
            self._known = state, found
        return self._known[1]

    def numbers(self) -> dict[str, float | None]:
        """Place of the stray point; for each shown loss what it did.

        ``turn``: degrees by which the boundary turned, 0 to 180 (None where a fit has no boundary); ``wrong``: how many
        of the other points are on the wrong side, and ``wrong_without`` the same without the stray point; ``share`` of
        the gradient that the stray point holds; ``intercept``, ``x`` and ``y``: the coefficients.
        """
        shown: dict[str, float | None] = {"stray.x": self.stray[0], "stray.y": self.stray[1]}
        rows = np.array(self.points)
        for name, (now, without) in self.fits().items():
            shown[f"{name}.turn"] = turned(without.angle, now.angle)
            for key, fit in (("wrong", now), ("wrong_without", without)):
                shown[f"{name}.{key}"] = float(np.sum(rows[:, 2] * fit.score(rows[:, :2]) <= 0))
            shown[f"{name}.share"] = 0.0 if self.label == "out" else float(now.share[-1])
            shown |= {f"{name}.{k}": v for k, v in zip(("intercept", "x", "y"), now.coefficients, strict=True)}
        return shown

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        count, numbers = len(self.points), self.numbers()
        if self.label == "out":
            told = [f"{d.short} {numbers[f'{d.name}.wrong']:.0f}" for d in self.shown]
            return f"Boundaries between two classes of {count} points; points on the wrong side: {', '.join(told)}."
        told = [
            f"{d.short} {'none' if (turn := numbers[f'{d.name}.turn']) is None else f'{turn:.0f}°'}" for d in self.shown
        ]
        x, y = self.stray
        return (
            f"Boundaries between two classes of {count} points and a stray {self.label} at ({x:g}, {y:g}); "
            f"it turns them by: {', '.join(told) or 'none shown'}."
        )

    def picture(self, width: float = 5.2, height: float = 4.0) -> str:
        """The state as SVG text with a ``<title>``. Sizes in inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """The points by class, the stray one ringed, and a line for each loss."""
        axes = figure.subplots()
        ink, rows = axes.xaxis.label.get_color(), np.array(self.points)
        for loss in self.shown:
            if ends := piece(self.fits()[loss.name][0].coefficients, self.bounds):
                dash = [float(d) / 2 for d in loss.look.dasharray.split()]
                style = (0, tuple(dash)) if dash else "-"
                axes.plot(*zip(*ends, strict=True), color=loss.look.hex, linestyle=style, label=loss.short)
        for sign, marker, face in ((1, "o", ink), (-1, "s", "none")):
            own = rows[rows[:, 2] == sign]
            axes.plot(own[:, 0], own[:, 1], marker, color=ink, markerfacecolor=face, markersize=5)
        if self.label != "out":
            marker, face = ("o", ink) if self.label == "circle" else ("s", "none")
            axes.plot(*self.stray, marker, color=ink, markerfacecolor=face, markersize=6)
            axes.plot(*self.stray, "o", color=ink, markerfacecolor="none", markersize=15)
        axes.set(xlim=self.bounds[0], ylim=self.bounds[1], xlabel="first feature", ylabel="second feature")
        axes.set_aspect("equal")
        if self.shown:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
