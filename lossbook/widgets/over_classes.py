"""A loss over classes as SoftmaxBench wants it: of logits against one label.

What is compiled takes logits that are already divided by the temperature; the front end divides them, and the slopes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from lossbook import losses
from lossbook.javascript import compile_js
from lossbook.losses.classification.labels import LABEL
from lossbook.widgets.chosen import look_order
from lossbook.widgets.compiled import Drawn, _parameter

ENOUGH = 0.5  # a label with more than this share of the probability has been learned
MOST = 1000  # gradient steps that are counted


@dataclass(frozen=True)
class OverClasses(Drawn):
    """A loss of ``classes`` logits; ``simplex``: its definition takes probabilities, the softmax of the logits."""

    classes: int = 0
    simplex: bool = False

    def pull(self, logits, label: int, temperature: float, hyper: dict) -> tuple[float, np.ndarray]:
        """The loss at these logits, and its gradient by the logits (classes,), by torch in float64.

        Where one slope is not finite, none is told: a loss of a probability that has become 0 has nowhere to go.
        """
        z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        own = {p.name: torch.tensor(hyper[f"{self.name}.{p.name}"], dtype=torch.float64) for p in self.parameters}
        value = of_logits(self.definition, self.simplex)(z / temperature, torch.tensor(label), **own)
        (gradient,) = torch.autograd.grad(value, z)
        known = gradient if gradient.isfinite().all() else torch.full_like(gradient, math.nan)
        return float(value.detach()), known.numpy()

    def steps(self, logits, label: int, temperature: float, hyper: dict) -> int | None:
        """Gradient steps of length 1 until the label has more than half of the probability; None beyond ``MOST``."""
        z = np.array(logits, dtype=float)
        for taken in range(MOST + 1):
            if probabilities(z, temperature)[label] > ENOUGH:
                return taken
            z = z - self.pull(z, label, temperature, hyper)[1]
        return None

    def spec(self, sliders: dict[str, tuple[float, float]]) -> dict:
        """What the front end is sent; ``sliders`` overrides the range of a slider by "loss.parameter".

        Raises CannotCompile where the loss has no JavaScript.
        """
        made = compile_js(
            of_logits(self.definition, self.simplex),
            wrt="logits",
            name=self.name,
            logits=(self.classes,),
            target="index",
            **{p.name: () for p in self.parameters},
        )
        return {
            "name": self.name,
            "id": made.name,
            "title": self.title,
            "short": self.short,
            "color": self.look.color,
            "dash": self.look.dasharray,
            "parameters": [_parameter(p, sliders.get(f"{self.name}.{p.name}")) for p in self.parameters],
            "choice": None,
            "value": made.esm(),
        }


def of_logits(definition, simplex: bool):
    """A definition as a function (logits, target, **hyper)."""

    def at(logits, target, **hyper):
        return definition(F.softmax(logits, -1) if simplex else logits, target, **hyper)

    return at


def probability(logits, target):
    """What the softmax gives to one class."""
    return F.softmax(logits, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)


def naive(logits, target):
    """Cross-entropy as the formula is written: exponentials of the logits themselves, which overflow."""
    e = torch.exp(logits)
    return -torch.log(e.gather(-1, target.unsqueeze(-1)).squeeze(-1) / e.sum())


def lowest(classes: int):
    """The function of ``label_smoothing`` that gives the least cross-entropy that any prediction has."""
    definition = losses.cross_entropy.definition

    def floor(label_smoothing):
        label = torch.zeros(classes, dtype=torch.float64)
        label = torch.cat([label[1:], label[:1] + 1])
        smoothed = (1 - label_smoothing) * label + label_smoothing / classes
        return definition(torch.log(smoothed), smoothed)

    return floor


def helpers(classes: int) -> dict[str, str]:
    """The text of the modules beside the losses: ``probability``, ``naive`` and ``floor``."""
    sides = {"logits": (classes,), "target": "index"}
    return {
        "probability": compile_js(probability, wrt="logits", name="probability", **sides).esm(),
        "naive": compile_js(naive, wrt="logits", name="naive", **sides).esm(),
        "floor": compile_js(lowest(classes), wrt="label_smoothing", name="floor", label_smoothing=()).esm(),
    }


def probabilities(logits, temperature: float) -> np.ndarray:
    """The softmax of the logits divided by the temperature, (classes,)."""
    return F.softmax(torch.as_tensor(np.asarray(logits, dtype=float)) / temperature, -1).numpy()


def over_classes(chosen, classes: int) -> list[OverClasses]:
    """The losses of a bench, by their names or as public losses.

    Raises LookupError for an unknown name, TypeError for what is no public loss, ValueError for an empty list and for
    a loss that does not hold logits or probabilities of classes against a label.
    """
    chosen = list(chosen) if isinstance(chosen, (list, tuple)) else [chosen]
    if not 1 <= len(chosen) <= len(look_order()) // 2:
        raise ValueError(f"losses: got {len(chosen)} of them, want 1 to {len(look_order()) // 2}")
    made = []
    for item in chosen:
        record = losses.get(item).record if isinstance(item, str) else getattr(item, "record", None)
        if record is None:
            raise TypeError(f"losses: got {item!r}, want a name out of the registry or a public loss")
        simplex = bool(record.sides) and record.sides[0].kind == "distribution" and record.sides[1].kind == "labels"
        if record.path is not LABEL and not simplex:
            raise ValueError(
                f"losses: {record.name} does not hold the logits or probabilities of classes against a label"
            )
        shown = tuple(p for p in record.parameters if p.slider and isinstance(p.default, (int, float)))
        definition = losses.get(record.name).definition
        made.append(
            OverClasses(
                name=record.name,
                title=record.title,
                short=record.short,
                look=record.look,
                axis="label",
                parameters=shown,
                definition=definition,
                classes=classes,
                simplex=simplex,
            )
        )
    return made
