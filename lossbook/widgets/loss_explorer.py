"""LossExplorer: several losses over the residual, what each charges there, and how hard each pulls."""

import math

import traitlets

from lossbook.widgets.base import finite
from lossbook.widgets.compiled import AXES, resolve
from lossbook.widgets.loss_picture import VIEWS, draw
from lossbook.widgets.loss_widget import LossWidget

REACH = {"residual": 3.0, "margin": 5.0}


class LossExplorer(LossWidget):
    """Curves of losses over the residual (or over the logit of a positive example), with a residual to drag.

    >>> import lossbook as lb
    >>> w = lb.widgets.LossExplorer(["mse", "huber"], residual=3.0)
    >>> w.numbers()["huber.gradient"]
    1.0

    losses: names of the registry, public losses, or your own torch functions ``f(input, target, *, hyper=default)``.
    view: "value", "gradient" or "curvature". residual: where the handle stands, within [-reach, reach].
    hyper: {"huber.delta": 1.0}. sliders: {"huber.delta": (0.1, 5.0)}. off: losses switched off at the start.
    hide: controls left out: "view", "legend", "sliders", "numbers", "sentence", "data", "reset", "link".
    Each trait may be set later, and follows what the reader does in the front end.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "loss-explorer.js"
    controls = ("view", "legend", "sliders", "numbers", "sentence", "data", "reset", "link")

    view = traitlets.Unicode("value", help='"value", "gradient" or "curvature".').tag(sync=True)
    residual = traitlets.Float(1.5, help="Where the handle stands (for margin losses: the logit).").tag(sync=True)
    reach = traitlets.Float(3.0, help="The curves run from -reach to reach.").tag(sync=True)

    def __init__(self, losses=("mse", "mae", "huber"), *, view="value", residual=1.5, reach=None, **traits):
        drawn = resolve(losses)
        self._bound = finite("reach", REACH[drawn[0].axis] if reach is None else reach, 1e-3, 1e6)
        super().__init__(
            drawn,
            view=view,
            reach=self._bound,
            residual=finite("residual", residual, -self._bound, self._bound),
            **traits,
        )

    @traitlets.validate("view")
    def _check_view(self, proposal):
        if proposal["value"] not in VIEWS:
            raise ValueError(f"view: got {proposal['value']!r}, want one of {', '.join(VIEWS)}")
        return proposal["value"]

    @traitlets.validate("residual")
    def _check_residual(self, proposal):
        return finite("residual", proposal["value"], -self._bound, self._bound)

    @traitlets.validate("reach")
    def _check_reach(self, proposal):
        reach = finite("reach", proposal["value"], 1e-3, 1e6)
        if abs(self.residual) > reach:
            raise ValueError(f"reach: got {reach:g}, want at least the residual, {abs(self.residual):g}")
        self._bound = reach
        return reach

    def numbers(self) -> dict[str, float | None]:
        """The residual, and value, gradient and curvature of each shown loss there, by torch in float64."""
        shown = {"residual": self.residual}
        for loss in self.shown:
            for view, column in zip(VIEWS, loss.at(self.residual, self.hyper), strict=True):
                number = float(column[0])
                shown[f"{loss.name}.{view}"] = number if math.isfinite(number) else None
        return shown

    def caption(self) -> str:
        axis = AXES[self.drawn[0].axis]
        names = ", ".join(loss.short for loss in self.shown) or "no loss"
        parts = [f"{self.view.capitalize()} of {names} over the {axis} from {-self.reach:g} to {self.reach:g}"]
        numbers = self.numbers()
        at = [
            f"{loss.short} {numbers[f'{loss.name}.{self.view}']:.3g}"
            for loss in self.shown
            if numbers[f"{loss.name}.{self.view}"] is not None
        ]
        if at:
            parts.append(f"at {axis} {self.residual:g}: " + ", ".join(at))
        return "; ".join(parts) + "."

    def draw(self, figure) -> None:
        draw(figure, self.shown, self.hyper, self.view, self.residual, self.reach)
