"""RobustFit: an outlier in a tug-of-war with the other points, refereed by one loss after another."""

import math

import numpy as np
import traitlets

from lossbook.widgets.chosen import resolve
from lossbook.widgets.loss_widget import LossWidget
from lossbook.widgets.robust_lines import Pulled, check_residual_loss, line, pulled, stacked

# Ten points on y = 2 x + 1 with noise, and one that went astray. The line has room to the right, so that the eleventh
# point can also be dragged sideways to where its lever turns the line of the absolute error too.
NOISE = (0.7, -0.6, 0.4, -0.9, 0.8, 0.3, -1.1, 0.6, -0.3, 0.5)
POINTS = (*((x / 2, round(x + 1 + e, 1)) for x, e in enumerate(NOISE, 1)), (6.5, 1.5))
BOUNDS = ((0.0, 14.0), (-5.0, 30.0))
MOST = 60  # points; more cannot be told apart or grasped


class RobustFit(LossWidget):
    """Points to drag, a line under each chosen loss that refits at once, and each point's share of the gradient.

    >>> import lossbook as lb
    >>> w = lb.widgets.RobustFit(["mse", "mae"], points=[(0, 0), (1, 1), (2, 2), (3, 9)])
    >>> n = w.numbers()
    >>> round(n["mse.slope"], 3), round(n["mse.slope_without"], 3)
    (2.8, 1.0)

    losses: names of the registry, public losses, or your own torch functions ``f(input, target, *, hyper=default)`` of
    the residual. points: (n, 2), 3 to 60 of them; their number is fixed once the widget exists. active: the ringed
    point whose shares are told; None: the one farthest from the least-squares line. bounds: ((x low, x high), (y low,
    y high)) of the axes, within which points can be moved; None: room on all sides. residuals: the loss to whose line
    the residuals are drawn, or "". hyper, sliders, off: as in LossExplorer. hide: controls left out: "labels", "bars",
    "legend", "sentence", "sliders", "residuals", "hint", "data", "reset", "link".

    Lines are found by iteratively reweighted least squares from the least-squares line: under a loss with several
    minima (Cauchy) it is the minimum that this start leads to.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "robust-fit.js"
    controls = ("labels", "bars", "legend", "sentence", "sliders", "residuals", "hint", "data", "reset", "link")

    points = traitlets.List(help="The points: [[x, y], ...].").tag(sync=True)
    active = traitlets.Int(0, help="Index of the ringed point.").tag(sync=True)
    residuals = traitlets.Unicode("", help='Name of the loss to whose line residuals are drawn, or "".').tag(sync=True)
    bounds = traitlets.List(help="Limits of the axes: [[x low, x high], [y low, y high]].").tag(sync=True)
    x_label = traitlets.Unicode("x", help="Name of the horizontal axis, with its unit.").tag(sync=True)
    y_label = traitlets.Unicode("y", help="Name of the vertical axis, with its unit.").tag(sync=True)

    def __init__(self, losses=("mse", "mae", "huber", "cauchy"), *, points=None, active=None, bounds=None, **traits):
        chosen = resolve(losses)
        for loss in chosen:
            if loss.axis != "residual":
                raise ValueError(
                    f"losses: {loss.name} is not a loss of the residual, so no line can be fitted under it"
                )
        if points is None:
            points, bounds, active = POINTS, bounds or BOUNDS, len(POINTS) - 1 if active is None else active
        points = as_points(points)
        self._count = len(points)
        self._bounds = room(points) if bounds is None else as_bounds(bounds)
        size = self._bounds[1][1] - self._bounds[1][0]
        for loss in chosen:
            check_residual_loss(loss.name, loss.definition, {p.name: float(p.default) for p in loss.parameters}, size)
        active = farthest(points) if active is None else active
        super().__init__(losses, points=points, active=active, bounds=self._bounds, **traits)

    @traitlets.validate("points")
    def _check_points(self, proposal):
        points = as_points(proposal["value"])
        if len(points) != self._count:
            raise ValueError(
                f"points: got {len(points)} of them, want {self._count} as at first; make a new RobustFit for others"
            )
        for i, point in enumerate(points):
            for name, value, (low, high) in zip("xy", point, self._bounds, strict=True):
                if not low <= value <= high:
                    raise ValueError(f"points[{i}]: got {name} = {value:g}, want it on the axis, {low:g} to {high:g}")
        return points

    @traitlets.validate("active")
    def _check_active(self, proposal):
        value = proposal["value"]
        if not 0 <= value < self._count:
            raise ValueError(f"active: got {value}, want the index of a point, 0 to {self._count - 1}")
        return value

    @traitlets.validate("residuals")
    def _check_residuals(self, proposal):
        names = [loss.name for loss in self.drawn]
        if proposal["value"] and proposal["value"] not in names:
            raise ValueError(f'residuals: got {proposal["value"]!r}, want "" or one of {", ".join(names)}')
        return proposal["value"]

    @traitlets.validate("bounds")
    def _check_bounds(self, proposal):
        if as_bounds(proposal["value"]) != self._bounds:
            raise ValueError("bounds: fixed once the widget exists; make a new RobustFit with other bounds")
        return self._bounds

    def fits(self) -> dict[str, Pulled | None]:
        """By the name of each shown loss: its line, pulls and shares; None where no line is defined."""
        return {loss.name: pulled(self.points, loss.definition, self._hyper_of(loss)) for loss in self.shown}

    def numbers(self) -> dict[str, float | None]:
        """Coordinates of the points; for each shown loss slope, intercept, shares, and slope without the ringed one.

        Shares run from 0 to 0.5. None where no line is defined. Computed by IRLS on torch's gradient of the definition.
        """
        shown: dict[str, float | None] = {}
        for i, (x, y) in enumerate(self.points):
            shown |= {f"point.{i}.x": x, f"point.{i}.y": y}
        others = [p for i, p in enumerate(self.points) if i != self.active]
        fits = self.fits()
        for loss in self.shown:
            fit, name = fits[loss.name], loss.name
            shown[f"{name}.slope"] = fit.slope if fit else None
            shown[f"{name}.intercept"] = fit.intercept if fit else None
            shown[f"{name}.share"] = float(fit.share[self.active]) if fit else None
            for i in range(self._count):
                shown[f"{name}.share.{i}"] = float(fit.share[i]) if fit else None
            rest = line(others, loss.definition, self._hyper_of(loss))
            shown[f"{name}.slope_without"] = rest[1] if rest else None
        return shown

    def _hyper_of(self, loss) -> dict[str, float]:
        return {p.name: self.hyper[f"{loss.name}.{p.name}"] for p in loss.parameters}

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        if stacked([x for x, _ in self.points]):
            return f"{self._count} points at one x: no slope is defined."
        x, y = self.points[self.active]
        told = [
            f"{loss.short} slope {fit.slope:.2f}, share of that point {100 * fit.share[self.active]:.0f}%"
            for loss, fit in zip(self.shown, self.fits().values(), strict=True)
            if fit
        ]
        return (
            f"Lines fitted to {self._count} points, one of them ringed at ({x:g}, {y:g}): {'; '.join(told) or 'none'}."
        )

    def picture(self, width: float = 5.2, height: float = 5.6) -> str:
        """The state as SVG text with a ``<title>``: the fit above, the shares below. Sizes in inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """Points and lines above; below, one bar a loss: pulls down left of the middle, pulls up right of it."""
        top, bottom = figure.subplots(2, 1, height_ratios=[3.2, 0.35 + 0.42 * max(1, len(self.shown))])
        (low, high), ys = self.bounds
        fits = self.fits()
        for loss in self.shown:
            if fit := fits[loss.name]:
                dash = [float(d) / 2 for d in loss.look.dasharray.split()]
                style = (0, tuple(dash)) if dash else "-"
                ends = [fit.intercept + fit.slope * x for x in (low, high)]
                top.plot((low, high), ends, color=loss.look.hex, linestyle=style, label=loss.short)
        x, y = np.array(self.points).T
        ink = top.xaxis.label.get_color()
        top.plot(x, y, "o", color=ink, zorder=3)
        top.plot(x[self.active], y[self.active], "o", markersize=14, markerfacecolor="none", color=ink, zorder=3)
        top.set(xlim=(low, high), ylim=tuple(ys), xlabel=self.x_label, ylabel=self.y_label)
        if any(fits.values()):
            top.legend(loc="best")
        for row, loss in enumerate(self.shown):
            if fit := fits[loss.name]:
                _rope(bottom, row, fit, self.active, loss.look.hex)
        bottom.axvline(0, color=ink, linewidth=1)
        bottom.set(xlim=(-50, 50), ylim=(max(1, len(self.shown)) - 0.5, -0.5), xticks=[-50, 0, 50])
        bottom.set_xticklabels(["50% down", "share of the gradient", "50% up"])
        for label, side in zip(bottom.get_xticklabels(), ("left", "center", "right"), strict=True):
            label.set_horizontalalignment(side)
        bottom.set_yticks(range(len(self.shown)), [loss.short for loss in self.shown])
        bottom.spines[["left", "bottom"]].set_visible(False)
        bottom.tick_params(length=0)


def _rope(axes, row: int, fit: Pulled, active: int, color: str) -> None:
    """One bar of shares in percent, from the middle outwards: the ringed point first, solid, then the others."""
    ends = {-1: 0.0, 1: 0.0}
    for i in sorted(range(len(fit.share)), key=lambda i: i != active):
        side, width = (-1 if fit.pull[i] > 0 else 1), 100 * float(fit.share[i])
        left = ends[side] - width if side < 0 else ends[side]
        axes.barh(
            row, max(0.0, width - 0.5), left=left + 0.25, height=0.55, color=color, alpha=1 if i == active else 0.28
        )
        ends[side] += side * width


def as_points(given) -> list[list[float]]:
    """[[x, y], ...] out of any (n, 2) array-like. Raises ValueError for another shape, number or size."""
    try:
        points = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("points: got something that is no table of numbers, want shape (n, 2)") from None
    if points.ndim != 2 or points.shape[1] != 2 or not 3 <= len(points) <= MOST:
        raise ValueError(f"points: got shape {points.shape}, want (n, 2) with n from 3 to {MOST}")
    if not (np.abs(points) <= 1e9).all():
        raise ValueError("points: got a value that is not finite or beyond 1e9 in size")
    return points.tolist()


def as_bounds(given) -> list[list[float]]:
    """[[x low, x high], [y low, y high]]. Raises ValueError that names what is wrong."""
    try:
        pairs = [[float(end) for end in pair] for pair in given]
    except (TypeError, ValueError):
        raise ValueError(f"bounds: got {given!r}, want ((x low, x high), (y low, y high))") from None
    sound = len(pairs) == 2 and all(len(p) == 2 and all(map(math.isfinite, p)) and p[0] < p[1] for p in pairs)
    if not sound:
        raise ValueError(f"bounds: got {given!r}, want ((x low, x high), (y low, y high)), finite, each low first")
    return pairs


def room(points) -> list[list[float]]:
    """Axes with a quarter of the span free on each side in x and a half in y, ending on round numbers."""
    out = []
    for values, share in zip(np.array(points).T, (0.25, 0.5), strict=True):
        span = float(np.ptp(values)) or max(1.0, 0.2 * abs(float(values[0])))
        step = 10.0 ** math.floor(math.log10(span / 2))
        low, high = values.min() - share * span, values.max() + share * span
        out.append([math.floor(low / step) * step, math.ceil(high / step) * step])
    return out


def farthest(points) -> int:
    """Index of the point farthest (in y) from the least-squares line; of a vertical stack, from the mean."""
    x, y = np.array(points).T
    fit = np.zeros(2) if stacked(x) else np.polyfit(x - x.mean(), y - y.mean(), 1)
    return int(np.abs(y - y.mean() - fit[0] * (x - x.mean())).argmax())
