"""A loss as the front end wants it: its looks, its sliders, and its compiled value, gradient and curvature."""

import inspect
import keyword
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from lossbook import losses
from lossbook.javascript import compile_js
from lossbook.look import Look
from lossbook.losses import Parameter

# what stands on the fixed side of the curve: residuals are input - 0, margins are logits of a positive example
TARGETS = {"residual": 0.0, "margin": 1.0}
AXES = {"residual": "residual", "margin": "logit"}
GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "lambda": "λ", "sigma": "σ", "tau": "τ"}
BESIDE = 1e-9
_LIMIT = 1e12  # a hyper-parameter beyond it draws nothing worth seeing


@dataclass(frozen=True)
class Drawn:
    """A loss over one number: ``definition(input, target, **hyper)`` on tensors, its parameters, its looks."""

    name: str
    title: str
    short: str
    look: Look
    axis: str
    parameters: tuple[Parameter, ...]
    definition: Callable

    @property
    def target(self) -> float:
        return TARGETS[self.axis]

    def at(self, x, hyper: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Value, gradient and curvature with respect to the input, in float64, by torch's own differentiation.

        The curvature at residual 0 is the one just beside it: a definition through abs(r) has none at 0 itself, where
        torch says 0.
        """
        x = np.atleast_1d(np.asarray(x, dtype=np.float64))
        value, slope, _ = self._derivatives(x, hyper)
        return value, slope, self._derivatives(np.where(x == self.target, x + BESIDE, x), hyper)[2]

    def _derivatives(self, x: np.ndarray, hyper: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x = torch.as_tensor(x).requires_grad_()
        own = {p.name: torch.tensor(hyper[f"{self.name}.{p.name}"], dtype=torch.float64) for p in self.parameters}
        value = self.definition(x, torch.full_like(x, self.target), **own)
        if not isinstance(value, torch.Tensor) or value.shape != x.shape:
            got = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
            raise ValueError(f"losses: {self.name} makes {got} of inputs of shape {tuple(x.shape)}, want one loss each")
        slope = _derivative(value, x)
        bend = _derivative(slope, x)
        return tuple(t.numpy(force=True) for t in (value, slope, bend))

    def spec(self, sliders: dict[str, tuple[float, float]]) -> dict:
        """What the front end is sent; ``sliders`` overrides the range of a slider by "loss.parameter"."""
        first = next(iter(inspect.signature(self.definition).parameters))  # input, logits, ...
        sides = {first: (), "target": ()}
        value = compile_js(self.definition, wrt=first, name=self.name, **sides, **self._shapes())
        slope = compile_js(
            self._slope(), wrt="input", name=f"{value.name}_slope", input=(), target=(), **self._shapes()
        )
        return {
            "name": self.name,
            "id": value.name,
            "title": self.title,
            "short": self.short,
            "color": self.look.color,
            "dash": self.look.dasharray,
            "axis": self.axis,
            "target": self.target,
            "parameters": [_parameter(p, sliders.get(f"{self.name}.{p.name}")) for p in self.parameters],
            "value": value.esm(),
            "slope": slope.esm(),
        }

    def _shapes(self) -> dict:
        return {p.name: () for p in self.parameters}

    def _slope(self) -> Callable:
        def slope(input, target, **hyper):
            return torch.func.grad(lambda x: self.definition(x, target, **hyper))(input)

        sides = list(inspect.signature(slope).parameters.values())[:2]
        own = [inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY) for p in self.parameters]
        slope.__signature__ = inspect.Signature([*sides, *own])
        return slope


def _derivative(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """dy_i/dx_i; zero where y does not depend on x."""
    if not y.requires_grad:
        return torch.zeros_like(x)
    (out,) = torch.autograd.grad(y.sum(), x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if out is None else out


def resolve(chosen) -> list[Drawn]:
    """The losses of a widget: names out of the registry, public losses, or a reader's own torch functions.

    Raises LookupError for an unknown name, TypeError for what is no loss, ValueError for an empty list, for a name
    that comes twice, for a loss that is not a function of one number, and for a mix of residuals and logits.
    """
    if isinstance(chosen, str) or callable(chosen):
        chosen = [chosen]
    drawn: list[Drawn] = []
    # a loss of the registry keeps its look wherever it stands in the list; a reader's own takes one that is left
    taken = [known.look for item in chosen if (known := _record(item))]
    for item in chosen:
        if isinstance(item, Drawn):
            drawn.append(item)
            continue
        record = _record(item)
        drawn.append(_registered(record, item) if record else own(item, [*taken, *(d.look for d in drawn)]))
    names = [d.name for d in drawn]
    if not 1 <= len(drawn) <= len(look_order()):
        raise ValueError(f"losses: got {len(drawn)} of them, want 1 to {len(look_order())}")
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise ValueError(f"losses: {', '.join(twice)} comes more than once")
    if len({d.axis for d in drawn}) > 1:
        kinds = "; ".join(f"{d.name} over the {AXES[d.axis]}" for d in drawn)
        raise ValueError(f"losses: want all over the same axis, got {kinds}")
    return drawn


def _record(item):
    """What is known of a loss (a record, or what was drawn before), None for a reader's own function."""
    if isinstance(item, Drawn):
        return item
    if isinstance(item, str):
        return losses.get(item).record
    if not callable(item):
        raise TypeError(
            f"losses: got {type(item).__name__}, want a name or a function f(input, target, *, hyper=default)"
        )
    return getattr(item, "record", None)


def _registered(record, item) -> Drawn:
    if record.axis not in TARGETS:
        raise ValueError(f"losses: {record.name} is not a function of one residual or logit, so it has no curve")
    definition = losses.get(record.name).definition if isinstance(item, str) else item.definition
    shown = tuple(p for p in record.parameters if p.slider and isinstance(p.default, (int, float)))
    return Drawn(record.name, record.title, record.short, record.look, record.axis, shown, definition)


def look_order() -> list[Look]:
    """Looks for functions without their own: late colors first, since the book's first losses have the early ones."""
    return [
        Look(color, dash) for color, dash in zip((5, 6, 8, 7, 4, 2, 3, 1), ("solid", "long", "solid") * 3, strict=False)
    ]


def own(function: Callable, taken: list[Look]) -> Drawn:
    """A reader's own ``f(input, target, *, hyper=default)``; each default is the start of a slider.

    Raises TypeError where the signature is another, or a default is not a number.
    """
    name = re.sub(r"\W", "_", getattr(function, "__name__", "loss"))
    name = "my_loss" if name.startswith("_lambda") or not name.isidentifier() or keyword.iskeyword(name) else name
    arguments = list(inspect.signature(function).parameters.values())
    if len([a for a in arguments if a.default is a.empty]) != 2 or len(arguments) < 2:
        raise TypeError(f"losses: {name}{inspect.signature(function)}, want {name}(input, target, *, hyper=default)")
    parameters = tuple(_from_default(name, a) for a in arguments[2:])
    colors = {look.color for look in taken}
    free = [look for look in look_order() if look.color not in colors]
    spoken = name.replace("_", " ")

    def definition(input, target, **hyper):
        return function(input, target, **hyper)

    sides = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in ("input", "target")]
    hyper = [inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY, default=p.default) for p in parameters]
    definition.__signature__ = inspect.Signature([*sides, *hyper])
    definition.__name__ = name
    made = Drawn(name, spoken, spoken, (free or look_order())[0], "residual", parameters, definition)
    made.at([0.5, 1.0], {f"{name}.{p.name}": p.default for p in parameters})
    return made


def _from_default(name: str, argument: inspect.Parameter) -> Parameter:
    value = argument.default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"losses: {name}'s {argument.name} has the default {value!r}, want a finite number")
    span = (value / 10, value * 5) if value > 0 else (-1.0, 1.0) if value == 0 else (2 * value, 0.0)
    return Parameter(argument.name, float(value), f"{argument.name} of {name}", slider=span, log=value > 0)


def _parameter(p: Parameter, span: tuple[float, float] | None) -> dict:
    low, high = span or p.slider
    log = p.log and low > 0 if span is None else low > 0 and high / low >= 20
    return {
        "name": p.name,
        "label": GREEK.get(p.name, p.name.replace("_", " ")),
        "default": float(p.default),
        "low": p.low if math.isfinite(p.low) else None,
        "high": p.high if math.isfinite(p.high) else None,
        "open_low": p.open_low,
        "open_high": p.open_high,
        "slider": [float(low), float(high)],
        "log": bool(log),
        "meaning": p.meaning,
    }


def check_hyper(drawn: list[Drawn], given: dict) -> dict[str, float]:
    """All hyper-parameters as {"loss.parameter": value}: those given, checked, and defaults for the rest.

    Raises ValueError for an unknown key and for a value outside the parameter's range, TypeError for no number.
    """
    known = {f"{d.name}.{p.name}": p for d in drawn for p in d.parameters}
    values = {key: float(p.default) for key, p in known.items()}
    for key, value in dict(given).items():
        if key not in known:
            raise ValueError(
                f"hyper: got {key!r}, want {', '.join(known) or 'nothing: these losses have no hyper-parameter'}"
            )
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            raise TypeError(f"hyper[{key!r}]: got {type(value).__name__}, want a number")
        if not abs(value) <= _LIMIT:
            raise ValueError(f"hyper[{key!r}]: got {value!r}, want a finite number of at most {_LIMIT:g}")
        try:
            values[key] = float(known[key].check(float(value)))
        except ValueError as error:
            raise ValueError(f"hyper[{key!r}]: {error}") from None
    return values


def check_sliders(drawn: list[Drawn], given: dict) -> dict[str, tuple[float, float]]:
    """Ranges for sliders by "loss.parameter". Raises ValueError that names the wrong one."""
    known = {f"{d.name}.{p.name}": p for d in drawn for p in d.parameters}
    for key, span in dict(given).items():
        if key not in known:
            raise ValueError(
                f"sliders: got {key!r}, want {', '.join(known) or 'nothing: these losses have no hyper-parameter'}"
            )
        low, high = map(float, span)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"sliders[{key!r}]: got {tuple(span)!r}, want two finite numbers, the lower first")
        for end in (low, high):
            known[key].check(end)
    return {key: (float(low), float(high)) for key, (low, high) in dict(given).items()}
