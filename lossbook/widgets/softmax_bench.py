"""SoftmaxBench: logits to drag, the probabilities that a softmax makes of them, and how hard each loss pulls back."""

import math

import numpy as np
import torch
import traitlets

from lossbook.widgets.base import finite
from lossbook.widgets.loss_widget import LossWidget
from lossbook.widgets.over_classes import helpers, lowest, naive, over_classes, probabilities
from lossbook.widgets.softmax_picture import draw

REACH = 10.0  # logits run from -REACH to REACH
COLDEST, HOTTEST = 0.01, 20.0
NAMES = ("cat", "dog", "fox", "owl", "bat", "elk")
LOGITS = (-4.0, 2.5, 0.5, -1.0)  # sure, and wrong


class SoftmaxBench(LossWidget):
    """One logit a class to drag, the probabilities, and under each chosen loss the pull on every logit.

    >>> import lossbook as lb
    >>> w = lb.widgets.SoftmaxBench(["cross_entropy", "brier"], logits=[2, 0, 0], label=0)
    >>> n = w.numbers()
    >>> round(n["p.0"], 4), round(n["cross_entropy.value"], 4), round(n["cross_entropy.gradient"], 4)
    (0.787, 0.2395, -0.213)

    losses: up to four names of the registry or public losses over classes: cross_entropy, brier, softmax_focal, poly1,
    generalized_cross_entropy and others of logits or probabilities against one label. logits: one for each of 2 to 6
    classes, from -10 to 10; their number is fixed once the widget exists. label: index of the true class. temperature:
    what the logits are divided by, 0.01 to 20. names: of the classes. hyper, sliders, off: as in LossExplorer. hide:
    controls left out: "label", "numbers", "sentence", "sliders", "hint", "data", "reset", "link".

    Steps are gradient steps of length 1 on the logits, until the label has more than half of the probability.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "softmax-bench.js"
    controls = ("label", "numbers", "sentence", "sliders", "hint", "data", "reset", "link")

    logits = traitlets.List(help="One logit for each class.").tag(sync=True)
    label = traitlets.Int(0, help="Index of the true class.").tag(sync=True)
    temperature = traitlets.Float(1.0, help="What the logits are divided by.").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="Names of the classes.").tag(sync=True)
    helpers = traitlets.Dict(help="Compiled functions beside the losses, for the front end.").tag(sync=True)

    def __init__(self, losses=("cross_entropy", "brier", "softmax_focal"), *, logits=LOGITS, names=None, **traits):
        logits = as_logits(logits)
        self._classes = len(logits)
        names = list(NAMES[: self._classes]) if names is None else names
        if not isinstance(names, (list, tuple)):
            raise TypeError(f"names: got {type(names).__name__}, want a list of {self._classes} names")
        drawn = over_classes(losses, self._classes)
        super().__init__(drawn, logits=logits, names=list(names), helpers=helpers(self._classes), **traits)

    @traitlets.validate("logits")
    def _check_logits(self, proposal):
        logits = as_logits(proposal["value"])
        if len(logits) != self._classes:
            raise ValueError(
                f"logits: got {len(logits)} of them, want {self._classes} as at first; make a new bench for others"
            )
        return logits

    @traitlets.validate("label")
    def _check_label(self, proposal):
        value = proposal["value"]
        if not 0 <= value < self._classes:
            raise ValueError(f"label: got {value}, want the index of a class, 0 to {self._classes - 1}")
        return value

    @traitlets.validate("temperature")
    def _check_temperature(self, proposal):
        return finite("temperature", proposal["value"], COLDEST, HOTTEST)

    @traitlets.validate("names")
    def _check_names(self, proposal):
        names = proposal["value"]
        sound = len(names) == self._classes == len(set(names)) and all(1 <= len(name.strip()) <= 12 for name in names)
        if not sound:
            raise ValueError(f"names: got {names!r}, want {self._classes} different ones of 1 to 12 letters")
        return names

    def pulls(self) -> dict[str, tuple[float, np.ndarray]]:
        """By the name of each shown loss: its value and its gradient by the logits."""
        return {d.name: d.pull(self.logits, self.label, self.temperature, self.hyper) for d in self.shown}

    def numbers(self) -> dict[str, float | None]:
        """Logits and probabilities; for each shown loss its value, its gradients and the steps that it needs.

        ``<loss>.gradient`` is that of the label's logit, ``<loss>.gradient.<k>`` that of the logit of class k; None
        where it is not finite. ``naive`` is cross-entropy as its formula is written, None where that overflows;
        ``floor`` the least cross-entropy that label smoothing leaves possible.
        """
        shown: dict[str, float | None] = {}
        p = probabilities(self.logits, self.temperature)
        for k, z in enumerate(self.logits):
            shown |= {f"logit.{k}": z, f"p.{k}": float(p[k])}
        for loss in self.shown:
            value, gradient = loss.pull(self.logits, self.label, self.temperature, self.hyper)
            steps = loss.steps(self.logits, self.label, self.temperature, self.hyper)
            shown |= {f"{loss.name}.value": value, f"{loss.name}.gradient": float(gradient[self.label])}
            shown[f"{loss.name}.steps"] = math.inf if steps is None else float(steps)
            shown |= {f"{loss.name}.gradient.{k}": float(g) for k, g in enumerate(gradient)}
        z = torch.tensor(self.logits, dtype=torch.float64)
        shown["naive"] = float(naive(z / self.temperature, torch.tensor(self.label)))
        smoothing = torch.tensor(self.hyper.get("cross_entropy.label_smoothing", 0.0), dtype=torch.float64)
        shown["floor"] = abs(float(lowest(self._classes)(smoothing)))
        return {key: value if math.isfinite(value) else None for key, value in shown.items()}

    def caption(self) -> str:
        p = probabilities(self.logits, self.temperature)
        parts = [f"{name} {z:g}, {100 * q:.3g}%" for name, z, q in zip(self.names, self.logits, p, strict=True)]
        pulls = self.pulls()
        told = [
            f"{d.short} {_told(pulls[d.name][0])}, slope {_told(pulls[d.name][1][self.label], '+')}" for d in self.shown
        ]
        return (
            f"Logits and probabilities of {len(p)} classes: {'; '.join(parts)}. The label is {self.names[self.label]}"
            + (f"; loss and slope by its logit: {'; '.join(told)}." if told else ".")
        )

    def picture(self, width: float = 5.2, height: float = 4.6) -> str:
        """The state as SVG text with a ``<title>``: logits and pulls above, probabilities below. Sizes in inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """Logits with an arrow for each pull above, probabilities below."""
        p = probabilities(self.logits, self.temperature)
        pulls = self.pulls()
        looks = [(d.short, d.look, np.nan_to_num(pulls[d.name][1])) for d in self.shown]
        draw(figure, self.names, self.logits, p, self.label, looks, REACH)


def _told(x: float, sign: str = "") -> str:
    return f"{x:{sign}.3g}" if math.isfinite(x) else "not finite"


def as_logits(given) -> list[float]:
    """The logits as floats. Raises ValueError for another number of them or a value off the axis."""
    try:
        logits = [float(z) for z in given]
    except (TypeError, ValueError):
        raise ValueError(f"logits: got {given!r}, want 2 to {len(NAMES)} numbers") from None
    if not 2 <= len(logits) <= len(NAMES):
        raise ValueError(f"logits: got {len(logits)} of them, want 2 to {len(NAMES)}")
    return [finite(f"logits[{k}]", z, -REACH, REACH) for k, z in enumerate(logits)]
