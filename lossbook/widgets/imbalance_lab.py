"""ImbalanceLab: who owns the gradient while a rare class is learned, under cross-entropy, class weights and focal."""

import numpy as np
import traitlets

from lossbook.widgets import imbalance_model as model
from lossbook.widgets.loss_widget import LossWidget

VIEWS = ("share", "precision")
LABELS = {"share": "gradient of the rare class (%)", "precision": "average precision"}


class ImbalanceLab(LossWidget):
    """A rare class in the plane, three losses that learn it, and a training budget to drag.

    >>> import lossbook as lb
    >>> w = lb.widgets.ImbalanceLab(step=0)
    >>> round(w.numbers()["focal.rare"], 4)
    0.0698

    losses: names out of "binary_cross_entropy_with_logits", "weighted_bce" and "focal". rare: how many of the points
    are rare, 4 to 40, beside 200 common ones. flipped: how many common points carry the label of the rare ones: 0, 4
    or 12. step: the training budget, 0 to 150 steps. view: what the curves show over the budget: "share", the part of
    the gradient that the rare class owns, or "precision", average precision on new points. seen: the loss under which
    the points are drawn by their pull. hyper: {"focal.gamma": 2.0, "focal.alpha": 0.5, "weighted_bce.pos_weight": 10}.
    sliders, off: as in LossExplorer. hide: controls left out: "plane", "view", "seen", "flipped", "shares", "legend",
    "labels", "sliders", "sentence", "data", "reset", "link".

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "imbalance-lab.js"
    controls = (
        "plane", "view", "seen", "flipped", "shares", "legend", "labels",
        "sliders", "sentence", "data", "reset", "link",
    )  # fmt: skip

    world = traitlets.Dict(help="The points and how they are learned.").tag(sync=True)
    rare = traitlets.Int(14, help="Number of rare points, 4 to 40.").tag(sync=True)
    flipped = traitlets.Int(0, help="Number of common points labeled rare: 0, 4 or 12.").tag(sync=True)
    step = traitlets.Int(20, help="Training budget in steps, 0 to 150.").tag(sync=True)
    view = traitlets.Unicode("share", help='"share" or "precision".').tag(sync=True)
    seen = traitlets.Unicode("", help="The loss under which points are drawn by their pull.").tag(sync=True)

    def __init__(self, losses=("binary_cross_entropy_with_logits", "weighted_bce", "focal"), *, seen=None, **traits):
        known = model.choices()
        chosen = [losses] if isinstance(losses, str) else list(losses)
        if not chosen:
            raise ValueError("losses: got none of them, want 1 to 3")
        for name in chosen:
            if name not in known:
                raise LookupError(f"losses: got {name!r}, want names out of {', '.join(known)}")
        self._runs: dict = {}
        super().__init__([known[name] for name in chosen], world=model.WORLD, seen=seen or chosen[0], **traits)

    @traitlets.validate("world")
    def _check_world(self, proposal):
        if proposal["value"] != model.WORLD:
            raise ValueError("world: fixed; it holds the points of every ImbalanceLab")
        return proposal["value"]

    @traitlets.validate("rare")
    def _check_rare(self, proposal):
        return _between("rare", proposal["value"], 4, model.MOST_RARE)

    @traitlets.validate("step")
    def _check_step(self, proposal):
        return _between("step", proposal["value"], 0, model.STEPS)

    @traitlets.validate("flipped")
    def _check_flipped(self, proposal):
        return _one_of("flipped", proposal["value"], model.FLIPPED)

    @traitlets.validate("view")
    def _check_view(self, proposal):
        return _one_of("view", proposal["value"], VIEWS)

    @traitlets.validate("seen")
    def _check_seen(self, proposal):
        return _one_of("seen", proposal["value"], tuple(loss.name for loss in self.drawn))

    def _run(self, loss) -> model.Run:
        own = tuple(self.hyper[f"{loss.name}.{p.name}"] for p in loss.parameters)
        key = (loss.name, own, self.rare, self.flipped, self.step)
        if key not in self._runs:
            if len(self._runs) > 30:
                self._runs.clear()
            self._runs[key] = model.run(loss, self.hyper, self.rare, self.flipped, self.step)
        return self._runs[key]

    def numbers(self) -> dict[str, float | None]:
        """The budget and the rate of the rare class; for each shown loss the shares of its gradient, its average
        precision and its mean probability on new points. Shares are None where nobody pulls."""
        shown: dict[str, float | None] = {"step": float(self.step), "rate": self.rare / (model.COMMON + self.rare)}
        for loss in self.shown:
            run = self._run(loss)
            parts = dict.fromkeys(model.GROUPS)
            if run.share is not None:
                parts = model.by_group(run.share, run.weights, self.rare, self.flipped)
            shown |= {f"{loss.name}.{name}": value for name, value in parts.items()}
            shown |= {f"{loss.name}.precision": run.precision, f"{loss.name}.mean": run.mean}
        return shown

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        numbers = self.numbers()
        told = [
            f"{loss.short} {100 * numbers[f'{loss.name}.rare']:.0f}%"
            for loss in self.shown
            if numbers[f"{loss.name}.rare"] is not None
        ]
        wrong = f", {self.flipped} common ones wrongly labeled" if self.flipped else ""
        return (
            f"{self.rare} rare points among {model.COMMON} common ones{wrong}; after {self.step} steps the rare class "
            f"owns this part of the gradient: {', '.join(told) or 'no loss shown'}."
        )

    def draw(self, figure) -> None:
        """The curves over the training budget, with the budget chosen as an upright line."""
        from lossbook import figures

        axes = figure.subplots()
        steps = np.arange(0, model.STEPS + 1, model.EVERY)
        for loss in self.shown:
            path = model.weights_after(loss, self.hyper, self.rare, self.flipped, model.STEPS)[steps]
            heights = [self._height(loss, theta) for theta in path]
            if np.isfinite(heights).any():
                axes.plot(steps, heights, label=loss.short, **figures.stroke(loss.look))
        axes.axvline(self.step, color=axes.xaxis.label.get_color(), linewidth=1)
        axes.set(xlim=(0, model.STEPS), ylim=(0, 100 if self.view == "share" else 1))
        axes.set(xlabel="training budget (steps)", ylabel=LABELS[self.view])
        if axes.get_legend_handles_labels()[1]:
            figures.label(axes)

    def _height(self, loss, theta) -> float:
        if self.view == "precision":
            X, labels = model.held_set(self.rare)
            return float(model.average_precision(X @ theta, labels))
        share = model.shares(loss, self.hyper, self.rare, self.flipped, theta)
        if share is None:
            return float("nan")
        return 100 * model.by_group(share, theta, self.rare, self.flipped)["rare"]


def _between(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(f"{name}: got {value}, want a whole number from {low} to {high}")
    return value


def _one_of(name: str, value, allowed: tuple):
    if value not in allowed:
        raise ValueError(f"{name}: got {value!r}, want one of {', '.join(map(repr, allowed))}")
    return value
