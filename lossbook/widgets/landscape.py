"""Landscape: the loss of a line over its two weights, and the paths that three rules of updating take on it."""

import numpy as np
import traitlets

from lossbook.widgets.base import Widget, finite
from lossbook.widgets.chosen import resolve
from lossbook.widgets.landscape_paths import REACH, RULES, STEPS, WORLD, Ground, X, ground, heights, rises, walk
from lossbook.widgets.landscape_picture import draw
from lossbook.widgets.robust_lines import check_residual_loss

RATES, MOMENTA = (0.003, 3.0), (0.0, 0.98)


class Landscape(Widget):
    """Level lines of a loss over intercept and slope, with paths of gradient descent, momentum and Adam.

    >>> import lossbook as lb
    >>> w = lb.widgets.Landscape(["mse", "mae"], rate=0.3)
    >>> n = w.numbers()
    >>> round(n["gd.edge"], 3), n["gd.rises"]
    (0.365, 0.0)

    losses: names of the registry, public losses, or your own torch functions ``f(input, target)`` of the residual,
    with their default hyper-parameters. loss: the one chosen; None: the first. start: (intercept, slope) where all
    paths begin, each from -3 to 4. rate: learning rate of all three rules, 0.003 to 3. momentum: of the rule
    "momentum", 0 to 0.98. batch: how many of the 12 points each step sees, drawn anew each time; 12 is no noise.
    steps: how much of the paths is shown, 1 to 60. off: rules left out, of "gd", "momentum" and "adam". hide: controls
    left out: "loss", "legend", "numbers", "trace", "rates", "sliders", "sentence", "hint", "data", "reset", "link".

    The rules are those of torch: ``v = momentum v + g; w -= rate v``, and Adam with betas 0.9 and 0.999. A path that
    goes beyond a million ends there.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "landscape.js"
    controls = (
        "loss", "legend", "numbers", "trace", "rates", "sliders",
        "sentence", "hint", "data", "reset", "link",
    )  # fmt: skip

    specs = traitlets.List(traitlets.Dict(), help="The compiled losses, for the front end.").tag(sync=True)
    world = traitlets.Dict(help="The points, and in what order steps see them.").tag(sync=True)
    loss = traitlets.Unicode(help="Name of the chosen loss.").tag(sync=True)
    start = traitlets.List(traitlets.Float(), help="Intercept and slope where paths begin.").tag(sync=True)
    rate = traitlets.Float(0.1, help="Learning rate, 0.003 to 3.").tag(sync=True)
    momentum = traitlets.Float(0.9, help="Momentum, 0 to 0.98.").tag(sync=True)
    batch = traitlets.Int(len(X), help="Number of points that a step sees, 1 to 12.").tag(sync=True)
    steps = traitlets.Int(STEPS, help="Number of steps shown, 1 to 60.").tag(sync=True)
    off = traitlets.List(traitlets.Unicode(), help="Rules that are switched off.").tag(sync=True)

    def __init__(self, losses=("mse", "huber", "mae"), *, loss=None, start=(-2.4, 1.0), off=(), **traits):
        drawn = resolve(losses)
        for d in drawn:
            if d.axis != "residual":
                raise ValueError(f"losses: {d.name} is not a loss of the residual, so no line has it")
            check_residual_loss(d.name, d.definition, {}, 20.0)
        self._drawn = {d.name: d for d in drawn}
        self._ground: dict[str, Ground] = {d.name: ground(d) for d in drawn}
        loss = drawn[0].name if loss is None else loss
        super().__init__(
            specs=[d.spec({}) for d in drawn], world=WORLD, loss=loss, start=list(start), off=list(off), **traits
        )

    @traitlets.validate("world")
    def _check_world(self, proposal):
        if proposal["value"] != WORLD:
            raise ValueError("world: fixed; it holds the points of every Landscape")
        return proposal["value"]

    @traitlets.validate("loss")
    def _check_loss(self, proposal):
        if proposal["value"] not in self._drawn:
            raise ValueError(f"loss: got {proposal['value']!r}, want one of {', '.join(self._drawn)}")
        return proposal["value"]

    @traitlets.validate("start")
    def _check_start(self, proposal):
        if len(proposal["value"]) != 2:
            raise ValueError(f"start: got {len(proposal['value'])} numbers, want two, intercept and slope")
        return [finite("start", value, *REACH) for value in proposal["value"]]

    @traitlets.validate("rate", "momentum")
    def _check_number(self, proposal):
        name = proposal["trait"].name
        return finite(name, proposal["value"], *{"rate": RATES, "momentum": MOMENTA}[name])

    @traitlets.validate("batch", "steps")
    def _check_count(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        most = {"batch": len(X), "steps": STEPS}[name]
        if not 1 <= value <= most:
            raise ValueError(f"{name}: got {value}, want 1 to {most}")
        return value

    @traitlets.validate("off")
    def _check_off(self, proposal):
        for name in proposal["value"]:
            if name not in RULES:
                raise ValueError(f"off: got {name!r}, want names out of {', '.join(RULES)}")
        return [name for name in RULES if name in proposal["value"]]

    @property
    def ground(self) -> Ground:
        """The lowest place of the chosen loss, the loss there and its largest curvature."""
        return self._ground[self.loss]

    def paths(self) -> dict[str, np.ndarray]:
        """By rule that is not off: intercept and slope before each shown step and after the last, (steps + 1, 2)."""
        definition = self._drawn[self.loss].definition
        settings = (self.start, self.rate, self.momentum, self.batch)
        return {rule: walk(rule, definition, *settings)[: self.steps + 1] for rule in RULES if rule not in self.off}

    def heights(self, places) -> np.ndarray:
        """The chosen loss, mean over all points, for lines (k, 2) of intercept and slope."""
        return heights(self._drawn[self.loss].definition, places)

    def numbers(self) -> dict[str, float | None]:
        """The least loss, the sharpness there, the edges; for each rule where it ends, its loss, how often it rose.

        ``rises`` counts the steps after which the loss of all points was larger. An edge is None without curvature.
        """
        here = self.ground
        shown: dict[str, float | None] = {"least": here.least, "sharpness": here.sharpness}
        shown |= {"gd.edge": here.edge(), "momentum.edge": here.edge(self.momentum)}
        shown["start.loss"] = float(self.heights([self.start])[0])
        for rule, path in self.paths().items():
            losses = self.heights(path)
            shown |= {f"{rule}.intercept": float(path[-1, 0]), f"{rule}.slope": float(path[-1, 1])}
            shown |= {f"{rule}.loss": float(losses[-1]), f"{rule}.rises": float(rises(losses))}
        return shown

    def caption(self) -> str:
        edge = self.ground.edge()
        told = [f"{RULES[rule]} {self.heights(path)[-1]:.3g}" for rule, path in self.paths().items()]
        seen = "" if self.batch == len(X) else f", each seeing {self.batch} of {len(X)} points"
        stable = "no curvature, so no edge" if edge is None else f"edge of gradient descent {edge:.3g}"
        return (
            f"Level lines of {self._drawn[self.loss].short} over the intercept and slope of a line, learning rate "
            f"{self.rate:.3g} ({stable}). Loss after {self.steps} steps{seen}: {', '.join(told) or 'no rule shown'}; "
            f"least possible {self.ground.least:.3g}."
        )

    def picture(self, width: float = 5.2, height: float = 5.2) -> str:
        """The state as SVG text with a ``<title>``. Sizes in inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """Level lines, the lowest place, the start, and the paths."""
        draw(figure, self.heights, self.ground, self.paths(), self.start)
