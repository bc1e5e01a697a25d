"""StepThrough: a small network learns, one step of the loop at a time, with the numbers on its edges."""

import math

import numpy as np
import traitlets

from lossbook.widgets.base import finite
from lossbook.widgets.chosen import resolve
from lossbook.widgets.loss_widget import LossWidget
from lossbook.widgets.robust_lines import check_residual_loss
from lossbook.widgets.step_network import FAR, NAMES, SIZE, Round, go_round, mean_loss, remembered
from lossbook.widgets.step_picture import draw

X_ENDS, Y_ENDS = (-2.0, 2.0), (-3.0, 3.0)
# A wave with noise, and weights drawn at random: the validation loss turns up while the training loss still falls.
POINTS = (
    *((-1.8, -0.2), (-1.4, -0.9), (-1.1, -1.6), (-0.7, -1.6), (-0.2, 0.6)),
    *((0.3, 0.2), (0.5, 1.6), (0.9, 1.3), (1.5, 0.4), (1.8, 0.5)),
)
VALIDATION = (
    *((-1.5, -0.2), (-1.3, -0.3), (-0.9, -0.4), (-0.5, -1.0), (0.0, -0.1)),
    *((0.4, 0.9), (0.8, 1.2), (1.1, 1.7), (1.4, 0.8), (1.9, 0.6)),
)
FARTHEST = 6  # the point that the untrained network misses most
START = (-0.4, -0.6, -0.3, 0.6, -0.9, -0.3, -0.8, -0.1, 0.6, 0.0)
STAGES = ("forward", "compare", "error", "gradient", "update", "repeat", "converge", "validate")
LEARN = ("all", "one")
RATES = (0.01, 1.0)
MOST_POINTS, MOST_ROUNDS = 20, 100_000


class StepThrough(LossWidget):
    """A network of one input, three hidden units (tanh) and one output, trained under a loss, step by step.

    >>> import lossbook as lb
    >>> w = lb.widgets.StepThrough(loss="mse", active=6)
    >>> before = w.numbers()
    >>> w.step()
    >>> abs(w.numbers()["mean"] - before["after"]) < 1e-12
    True

    losses: names of the registry, public losses, or your own torch functions ``f(input, target, *, hyper=default)`` of
    the residual. loss: the one in use. points: (n, 2), 2 to 20 points to learn from, x from -2 to 2 and y from -3 to 3;
    their number is fixed once the widget exists. validation: points that are only judged, fixed. weights: 10 numbers,
    three from the input to the hidden units, three biases, three to the output, its bias; the run starts there. rate:
    the learning rate, 0.01 to 1. learn: from "all" points, or from the ringed "one". active: index of the ringed point.
    stage: "forward", "compare", "error", "gradient", "update", "repeat", "converge" or "validate". hyper, sliders: as
    in LossExplorer. hide: controls left out: "stages", "steps", "loss", "learn", "sliders", "sentence", "numbers",
    "fit", "history", "hint", "data", "reset", "link".

    Slopes are those of the mean loss over the points that are learned from. No weight leaves [-1000, 1000], so that a
    run at too large a rate stays finite.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "step-through.js"
    controls = (
        *("stages", "steps", "loss", "learn", "sliders", "sentence", "numbers", "fit", "history", "hint"),
        *("data", "reset", "link"),
    )

    loss = traitlets.Unicode(help="Name of the loss in use.").tag(sync=True)
    points = traitlets.List(help="The points to learn from: [[x, y], ...].").tag(sync=True)
    validation = traitlets.List(help="The points that are only judged: [[x, y], ...].").tag(sync=True)
    weights = traitlets.List(help="The ten weights of the network now.").tag(sync=True)
    start = traitlets.List(help="The ten weights with which the run began.").tag(sync=True)
    rounds = traitlets.Int(0, help="How often the weights have been updated.").tag(sync=True)
    history = traitlets.List(help="[[round, training loss, validation loss], ...] before now.").tag(sync=True)
    rate = traitlets.Float(0.1, help="Learning rate.").tag(sync=True)
    learn = traitlets.Unicode("all", help='"all" points, or the ringed "one".').tag(sync=True)
    active = traitlets.Int(0, help="Index of the ringed point.").tag(sync=True)
    stage = traitlets.Unicode("forward", help="The step of the loop that is shown.").tag(sync=True)

    def __init__(
        self, losses=("mse", "mae", "huber"), *, loss=None, points=None, validation=VALIDATION, weights=START, **traits
    ):
        chosen = resolve(losses)
        for one in chosen:
            if one.axis != "residual":
                raise ValueError(f"losses: {one.name} is not a loss of the residual, which this network needs")
            given = {p.name: float(p.default) for p in one.parameters}
            check_residual_loss(one.name, one.definition, given, Y_ENDS[1] - Y_ENDS[0])
        if points is None:
            points, traits = POINTS, {"active": FARTHEST} | traits
        points = as_points("points", points)
        self._count = len(points)
        self._validation = as_points("validation", validation)
        self._start = as_weights("start", traits.pop("start", weights))
        loss = chosen[0].name if loss is None else loss
        fixed = {"validation": self._validation, "start": self._start}
        self._made = False
        super().__init__(losses, loss=loss, points=points, weights=weights, **fixed, **traits)
        self._made = True

    @traitlets.validate("loss")
    def _check_loss(self, proposal):
        names = [d.name for d in self.drawn]
        return one_of("loss", proposal["value"], names)

    @traitlets.validate("stage", "learn")
    def _check_word(self, proposal):
        name = proposal["trait"].name
        return one_of(name, proposal["value"], {"stage": STAGES, "learn": LEARN}[name])

    @traitlets.validate("points")
    def _check_points(self, proposal):
        points = as_points("points", proposal["value"])
        if len(points) != self._count:
            raise ValueError(f"points: got {len(points)} of them, want {self._count} as at first")
        return points

    @traitlets.validate("validation", "start")
    def _check_fixed(self, proposal):
        name, fixed = proposal["trait"].name, {"validation": self._validation, "start": self._start}
        if [list(v) if name == "validation" else v for v in proposal["value"]] != fixed[name]:
            raise ValueError(f"{name}: fixed once the widget exists; make a new StepThrough with another")
        return fixed[name]

    @traitlets.validate("weights")
    def _check_weights(self, proposal):
        return as_weights("weights", proposal["value"])

    @traitlets.validate("rate")
    def _check_rate(self, proposal):
        return finite("rate", proposal["value"], *RATES)

    @traitlets.validate("rounds")
    def _check_rounds(self, proposal):
        return int(finite("rounds", proposal["value"], 0, MOST_ROUNDS))

    @traitlets.validate("active")
    def _check_active(self, proposal):
        value = proposal["value"]
        if not 0 <= value < self._count:
            raise ValueError(f"active: got {value}, want the index of a point, 0 to {self._count - 1}")
        return value

    @traitlets.validate("history")
    def _check_history(self, proposal):
        rows = proposal["value"]
        for row in rows:
            if len(row) != 3 or not np.isfinite(row).all():
                raise ValueError(f"history: got {row!r}, want [round, training loss, validation loss]")
        return [list(row) for row in rows]

    @traitlets.observe("loss", "hyper")
    def _forget(self, change):
        if self._made:  # another loss has another unit: the curves begin anew
            self.history = []

    @property
    def chosen(self):
        """The loss in use."""
        return next(d for d in self.drawn if d.name == self.loss)

    @property
    def _hyper(self) -> dict[str, float]:
        return {p.name: self.hyper[f"{self.loss}.{p.name}"] for p in self.chosen.parameters}

    def round(self) -> Round:
        """What one round does to the weights as they are."""
        learned = [self.active] if self.learn == "one" else list(range(self._count))
        given = (self.weights, self.points, self.active, learned)
        return go_round(*given, self.chosen.definition, self._hyper, self.rate)

    def judged(self, weights=None) -> tuple[float, float]:
        """Training and validation loss; weights: those to judge, None: those of now."""
        weights = self.weights if weights is None else weights
        given = (self.chosen.definition, self._hyper)
        return mean_loss(weights, self.points, *given), mean_loss(weights, self.validation, *given)

    def step(self, times: int = 1) -> None:
        """Update the weights so many times; the page follows."""
        for _ in range(times):
            self.history = remembered(self.history, self.rounds, self.judged())
            self.weights, self.rounds = self.round().next, self.rounds + 1

    def start_over(self) -> None:
        """Back to the weights of the start, with an empty history."""
        self.weights, self.rounds, self.history = self._start, 0, []

    def numbers(self) -> dict[str, float | None]:
        """The ringed point's way through the network, all weights, slopes and updated weights, and the mean losses.

        ``mean`` and ``validation`` are the losses now, ``after`` is the training loss after the update; ``loss`` and
        ``pull`` are the ringed point's loss and its slope in the prediction.
        """
        now = self.round()
        (x, y), (mean, validation) = self.points[self.active], self.judged()
        shown = {f"h.{j}": h for j, h in enumerate(now.hidden)}
        shown |= {"x": x, "target": y, "prediction": now.prediction, "residual": now.residual}
        shown |= {"loss": now.loss, "pull": now.pull, "mean": mean, "validation": validation}
        shown |= {"after": self.judged(now.next)[0], "rounds": float(self.rounds)}
        for i, name in enumerate(NAMES):
            shown |= {name: self.weights[i], f"slope.{name}": now.slopes[i], f"next.{name}": now.next[i]}
        return {key: value if math.isfinite(value) else None for key, value in shown.items()}

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        mean, validation = self.judged()
        now = self.round()
        return (
            f"A network with three hidden units after {self.rounds} rounds under {self.chosen.short}: training loss "
            f"{mean:.3g}, validation loss {validation:.3g}. At x = {self.points[self.active][0]:g} it predicts "
            f"{now.prediction:.2f}; the target is {self.points[self.active][1]:g}."
        )

    def picture(self, width: float = 6.2, height: float = 3.0) -> str:
        """The state as SVG text with a ``<title>``. Sizes in inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """The network with the numbers on its edges, and the fit beside it."""
        draw(figure, self, self.round())


def one_of(name: str, value: str, known) -> str:
    """``value`` where it is known. Raises ValueError that lists what is."""
    if value not in known:
        raise ValueError(f"{name}: got {value!r}, want one of {', '.join(known)}")
    return value


def as_weights(name: str, given) -> list[float]:
    """Ten numbers within reach. Raises ValueError for another count or a number out of reach."""
    given = list(given)
    if len(given) != SIZE:
        raise ValueError(f"{name}: got {len(given)} numbers, want {SIZE}: {', '.join(NAMES)}")
    return [finite(f"{name}[{i}]", w, -FAR, FAR) for i, w in enumerate(given)]


def as_points(name: str, given) -> list[list[float]]:
    """[[x, y], ...]. Raises ValueError for another shape, too few or too many, or a point beyond the axes."""
    try:
        points = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: got something that is no table of numbers, want shape (n, 2)") from None
    if points.ndim != 2 or points.shape[1] != 2 or not 2 <= len(points) <= MOST_POINTS:
        raise ValueError(f"{name}: got shape {points.shape}, want (n, 2) with 2 to {MOST_POINTS} points")
    for axis, values, (low, high) in zip("xy", points.T, (X_ENDS, Y_ENDS), strict=True):
        if not ((values >= low) & (values <= high)).all():
            raise ValueError(f"{name}: got a point with {axis} not from {low:g} to {high:g}")
    return points.tolist()
