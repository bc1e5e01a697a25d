"""MarginLab: two classes of points to drag, the boundary each loss draws between them, and the points that hold it."""

import math

import numpy as np
import traitlets

from lossbook.widgets.base import finite
from lossbook.widgets.chosen import resolve
from lossbook.widgets.loss_widget import LossWidget
from lossbook.widgets.margin_fit import Boundary, boundary, slopes, widest
from lossbook.widgets.robust_fit import as_bounds

# Two clouds with a street between them: eight points of class +1 at the upper right, eight of class -1.
POINTS = (
    *((1.4, 1.5), (2.3, 0.6), (-0.2, 1.3), (2.6, 1.2), (0.5, 0.8), (1.9, 0.0), (2.0, 1.5), (2.7, -0.8)),
    *((-1.9, -1.1), (-2.8, -0.9), (0.1, -1.2), (-1.9, -0.4), (-0.9, -2.0), (-3.4, -0.3), (-2.8, 0.8), (-1.1, -1.1)),
)
BEHIND = 12  # a point that is not in the front row
LABELS = (1,) * 8 + (-1,) * 8
BOUNDS = ((-4.0, 4.0), (-3.0, 3.0))
FARTHEST = 10.0  # beyond it scores would overflow; features are scaled first
MOST = 40  # points


class MarginLab(LossWidget):
    """Points of two classes to drag, and the straight boundary that each chosen loss draws between them.

    >>> import lossbook as lb
    >>> w = lb.widgets.MarginLab(["hinge"], points=[(1, 0), (3, 1), (-1, 0), (-2, 1)], labels=[1, 1, -1, -1])
    >>> n = w.numbers()
    >>> round(n["widest"], 3), round(n["hinge.percent"], 1), n["hinge.support"]
    (1.0, 100.0, 2.0)

    losses: names of the registry or public losses, each a convex function of the margin, label times score (those on
    0 and 1 count too, as losses of the logit). points: (n, 2), 2 to 40 of them, no coordinate beyond 10. labels: (n,),
    each -1 or +1, both present, fixed once the widget exists. penalty: the weight of |w|^2 / 2 beside the mean loss,
    0.0001 to 100. focus: the loss whose street is shaded and whose pulling points are ringed, "" for none; None: the
    first. active: the point whose margins are told; None: the first of yours. bounds: limits of the axes; None: -4 to
    4 and -3 to 3, widened until every point is inside. hyper, sliders, off: as in LossExplorer. hide: controls left
    out: "panel", "legend", "sentence", "sliders", "penalty", "focus", "hint", "data", "reset", "link".

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "margin-lab.js"
    controls = ("panel", "legend", "sentence", "sliders", "penalty", "focus", "hint", "data", "reset", "link")

    points = traitlets.List(help="The points: [[x, y], ...].").tag(sync=True)
    labels = traitlets.List(help="Their classes, each -1 or +1.").tag(sync=True)
    active = traitlets.Int(0, help="Index of the point whose margins are told.").tag(sync=True)
    penalty = traitlets.Float(0.1, help="Weight of |w|^2 / 2 beside the mean loss.").tag(sync=True)
    focus = traitlets.Unicode("", help='Name of the loss whose street is shaded, or "".').tag(sync=True)
    bounds = traitlets.List(help="Limits of the axes: [[x low, x high], [y low, y high]].").tag(sync=True)

    def __init__(
        self,
        losses=("hinge", "logistic", "exponential", "squared_hinge"),
        *,
        points=None,
        labels=None,
        focus=None,
        bounds=None,
        active=None,
        **traits,
    ):
        drawn = resolve(losses)
        for loss in drawn:
            check_margin_loss(loss)
        if (points is None) != (labels is None) and points is not None:
            raise ValueError(f"labels: got none, want -1 or +1 for each of the {len(points)} points")
        if active is None:
            active = BEHIND if points is None else 0
        points = as_plane(POINTS if points is None else points)
        self._labels = as_labels(LABELS if labels is None else labels, len(points))
        self._bounds = roomy(points) if bounds is None else as_bounds(bounds)
        if max(abs(end) for pair in self._bounds for end in pair) > FARTHEST:
            raise ValueError(f"bounds: got {self._bounds}, want no coordinate beyond {FARTHEST:g}; scale the features")
        super().__init__(
            losses,
            points=points,
            labels=self._labels,
            active=active,
            bounds=self._bounds,
            focus=drawn[0].name if focus is None else focus,
            **traits,
        )

    @traitlets.validate("points")
    def _check_points(self, proposal):
        points = as_plane(proposal["value"])
        if len(points) != len(self._labels):
            raise ValueError(f"points: got {len(points)} of them, want {len(self._labels)}, one for each label")
        for i, point in enumerate(points):
            for name, value, (low, high) in zip("xy", point, self._bounds, strict=True):
                if not low <= value <= high:
                    raise ValueError(f"points[{i}]: got {name} = {value:g}, want it on the axis, {low:g} to {high:g}")
        return points

    @traitlets.validate("labels", "bounds")
    def _check_fixed(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        fixed = {"labels": self._labels, "bounds": self._bounds}[name]
        if value != fixed:
            raise ValueError(f"{name}: got {value!r}, but it is fixed once the widget exists; make a new MarginLab")
        return value

    @traitlets.validate("active")
    def _check_active(self, proposal):
        if not 0 <= proposal["value"] < len(self._labels):
            raise ValueError(
                f"active: got {proposal['value']}, want the index of a point, 0 to {len(self._labels) - 1}"
            )
        return proposal["value"]

    @traitlets.validate("penalty")
    def _check_penalty(self, proposal):
        return finite("penalty", proposal["value"], 1e-4, 100.0)

    @traitlets.validate("focus")
    def _check_focus(self, proposal):
        names = [loss.name for loss in self.drawn]
        if proposal["value"] and proposal["value"] not in names:
            raise ValueError(f'focus: got {proposal["value"]!r}, want "" or one of {", ".join(names)}')
        return proposal["value"]

    def fits(self) -> dict[str, Boundary]:
        """By the name of each shown loss: its boundary, the margins, and which points pull on it."""
        found = {}
        for loss in self.shown:
            slope = slopes(loss.definition, {p.name: self.hyper[f"{loss.name}.{p.name}"] for p in loss.parameters})
            at_zero = float(loss.at(0.0, self.hyper)[0][0])
            found[loss.name] = boundary(self.points, self.labels, slope, at_zero, self.penalty)
        return found

    def numbers(self) -> dict[str, float | None]:
        """The widest margin (None: no line separates the classes); coordinates of the points; for each shown loss its
        margin, the same in percent of the widest, the length of w, how many points pull, and the margins label times
        score: of each point and of the active one."""
        best = widest(self.points, self.labels)
        shown: dict[str, float | None] = {"widest": best}
        for i, (x, y) in enumerate(self.points):
            shown |= {f"point.{i}.x": x, f"point.{i}.y": y}
        for name, fit in self.fits().items():
            shown[f"{name}.margin"] = fit.margin
            shown[f"{name}.percent"] = None if best is None or fit.margin is None else 100 * fit.margin / best
            shown[f"{name}.norm"] = fit.norm
            shown[f"{name}.support"] = float(fit.pulls.sum())
            shown[f"{name}.m"] = float(fit.m[self.active])
            shown |= {f"{name}.m.{i}": float(m) for i, m in enumerate(fit.m)}
        return shown

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        best, told = widest(self.points, self.labels), []
        for loss, fit in zip(self.shown, self.fits().values(), strict=True):
            if fit.margin is not None:
                size = f"margin {fit.margin:.2f}" + ("" if best is None else f" ({100 * fit.margin / best:.0f}%)")
                told.append(f"{loss.short} {size}, {fit.pulls.sum()} points pull")
        most = "no straight line separates them" if best is None else f"the widest margin is {best:.2f}"
        return f"{len(self.points)} points of two classes, {most}. {'; '.join(told) or 'No boundary'}."

    def draw(self, figure) -> None:
        """Points, boundaries, and the street of the focused loss."""
        from lossbook.widgets.margin_picture import draw

        draw(figure, self)


def check_margin_loss(loss) -> None:
    """Raise ValueError where a loss is not a convex function of the margin, so that it has no one best boundary."""
    if loss.axis != "margin":
        raise ValueError(
            f"losses: {loss.name} is a loss of the {loss.place}, want one of the margin, label times score"
        )
    m = np.linspace(-20, 20, 401)
    slope = slopes(loss.definition, {p.name: float(p.default) for p in loss.parameters})(m)
    if not np.isfinite(slope).all():
        raise ValueError(f"losses: {loss.name} has no finite slope at the margin {m[~np.isfinite(slope)][0]:g}")
    falls = np.diff(slope) < -1e-9 * (1 + np.abs(slope[1:]))
    if falls.any():
        raise ValueError(
            f"losses: {loss.name} is not convex near the margin {m[1:][falls][0]:g}, so several boundaries may be best"
        )


def as_plane(given) -> list[list[float]]:
    """[[x, y], ...] out of any (n, 2) array-like. Raises ValueError for another shape, number or size."""
    try:
        points = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"points: got {given!r}, want numbers of shape (n, 2)") from None
    if points.ndim != 2 or points.shape[1] != 2 or not 2 <= len(points) <= MOST:
        raise ValueError(f"points: got shape {points.shape}, want (n, 2) with n from 2 to {MOST}")
    if not (np.abs(points) <= FARTHEST).all():
        raise ValueError(f"points: got a coordinate that is not finite or beyond {FARTHEST:g}; scale the features")
    return points.tolist()


def as_labels(given, count: int) -> list[int]:
    """[-1 or +1, ...], both present. Raises ValueError that names what is wrong."""
    labels = np.asarray(given).tolist()
    if not isinstance(labels, list) or len(labels) != count or any(y not in (-1, 1) for y in labels):
        raise ValueError(f"labels: got {given!r}, want -1 or +1 for each of the {count} points")
    if len(set(labels)) < 2:
        raise ValueError(f"labels: got {labels[0]:+g} for every point, want both classes")
    return [int(y) for y in labels]


def roomy(points) -> list[list[float]]:
    """The default axes, widened to whole numbers where a point lies outside."""
    spans = zip(np.array(points).T, BOUNDS, strict=True)
    return [[min(low, math.floor(v.min())), max(high, math.ceil(v.max()))] for v, (low, high) in spans]
