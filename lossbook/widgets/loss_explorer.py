"""LossExplorer: several losses over the residual, what each charges there, and how hard each pulls."""

import math

import traitlets

from lossbook.widgets.base import finite
from lossbook.widgets.chosen import resolve
from lossbook.widgets.loss_picture import VIEWS, draw
from lossbook.widgets.loss_widget import LossWidget

REACH = {"residual": 3.0, "margin": 5.0}
FIRST = 1.5  # where the handle stands unless told otherwise, on an axis that is no path


class LossExplorer(LossWidget):
    """Curves of losses over the residual, the logit of a positive example, or a path; with a handle to drag.

    >>> import lossbook as lb
    >>> w = lb.widgets.LossExplorer(["mse", "huber"], residual=3.0)
    >>> w.numbers()["huber.gradient"]
    1.0

    losses: names of the registry, public losses, or your own torch functions ``f(input, target, *, hyper=default)``.
    A loss of whole tensors is drawn over the number that moves along its record's ``path``; several together must have
    the same one. view: "value", "gradient" or "curvature". residual: where the handle stands, within [-reach, reach]
    or between the ends of the path. reach: not for paths. hyper: {"huber.delta": 1.0, "gan_generator.kind": "hinge"}.
    sliders: {"huber.delta": (0.1, 5.0)}. off: losses switched off at the start.
    hide: controls left out: "view", "legend", "sliders", "numbers", "sentence", "data", "reset", "link".
    Each trait may be set later, and follows what the reader does in the front end.

    Raises LookupError for an unknown loss, CannotCompile for one that has no JavaScript, ValueError or TypeError for
    any other wrong argument.
    """

    bundle = "loss-explorer.js"
    controls = ("view", "legend", "sliders", "numbers", "sentence", "data", "reset", "link")

    view = traitlets.Unicode("value", help='"value", "gradient" or "curvature".').tag(sync=True)
    residual = traitlets.Float(1.5, help="Where the handle stands: residual, logit, place on a path.").tag(sync=True)
    reach = traitlets.Float(3.0, help="The curves run from -reach to reach; 0 for a path.").tag(sync=True)

    def __init__(self, losses=("mse", "mae", "huber"), *, view="value", residual=None, reach=None, **traits):
        drawn = resolve(losses)
        self._path = drawn[0].path
        if self._path and reach:
            raise ValueError(f"reach: got {reach!r}, but {drawn[0].name} has a path, which has ends of its own")
        bound = 0.0 if self._path else finite("reach", REACH[drawn[0].axis] if reach is None else reach, 1e-3, 1e6)
        self._bound = bound
        first = self._first() if residual is None else finite("residual", residual, *self.ends)
        super().__init__(drawn, view=view, reach=bound, residual=first, **traits)

    @property
    def ends(self) -> tuple[float, float]:
        """From where to where the curves run."""
        return (self._path.low, self._path.high) if self._path else (-self._bound, self._bound)

    def _first(self) -> float:
        low, high = self.ends
        if self._path is None:
            return min(FIRST, high / 2)
        return (low + high) / 2 if self._path.start is None else self._path.start

    @traitlets.validate("view")
    def _check_view(self, proposal):
        if proposal["value"] not in VIEWS:
            raise ValueError(f"view: got {proposal['value']!r}, want one of {', '.join(VIEWS)}")
        return proposal["value"]

    @traitlets.validate("residual")
    def _check_residual(self, proposal):
        return finite("residual", proposal["value"], *self.ends)

    @traitlets.validate("reach")
    def _check_reach(self, proposal):
        if self._path:
            if proposal["value"]:
                raise ValueError(f"reach: got {proposal['value']!r}, but a path has ends of its own")
            return 0.0
        reach = finite("reach", proposal["value"], 1e-3, 1e6)
        if abs(self.residual) > reach:
            raise ValueError(f"reach: got {reach:g}, want at least the residual, {abs(self.residual):g}")
        self._bound = reach
        return reach

    def numbers(self) -> dict[str, float | None]:
        """The place of the handle, and value, gradient and curvature of each shown loss there, by torch in float64."""
        shown = {"residual": self.residual}
        for loss in self.shown:
            for view, column in zip(VIEWS, loss.at(self.residual, self.hyper), strict=True):
                number = float(column[0])
                shown[f"{loss.name}.{view}"] = number if math.isfinite(number) else None
        return shown

    def caption(self) -> str:
        place, (low, high) = self.drawn[0].place, self.ends
        names = ", ".join(loss.short for loss in self.shown) or "no loss"
        parts = [f"{self.view.capitalize()} of {names} over the {place} from {low:g} to {high:g}"]
        numbers = self.numbers()
        at = [
            f"{loss.short} {numbers[f'{loss.name}.{self.view}']:.3g}"
            for loss in self.shown
            if numbers[f"{loss.name}.{self.view}"] is not None
        ]
        if at:
            parts.append(f"at {place} {self.residual:g}: " + ", ".join(at))
        return "; ".join(parts) + "."

    def draw(self, figure) -> None:
        draw(figure, self.shown, self.hyper, self.view, self.residual, self.ends, self.drawn[0].label)
