"""A loss as the front end wants it: its looks, its sliders, and its compiled value, gradient and curvature."""

import contextlib
import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from lossbook.javascript import CannotCompile, compile_js
from lossbook.look import Look
from lossbook.losses import Choice, Parameter, Path

# what stands on the fixed side of the curve: residuals are input - 0, margins are logits of a positive example
TARGETS = {"residual": 0.0, "margin": 1.0}
AXES = {"residual": "residual", "margin": "logit"}
LABELS = {"residual": "residual, prediction \u2212 target", "margin": "logit of a positive example"}
GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "lambda": "λ", "sigma": "σ", "tau": "τ"}
BESIDE = 1e-9
LARGE = 4000  # numbers in the sides of a path


@dataclass(frozen=True)
class Drawn:
    """A loss over one number: ``definition(input, target, **hyper)`` on tensors, its parameters, its looks.

    With a ``path`` (``axis`` is then "path") the number runs along it, and ``definition`` takes what ``path.at`` makes.
    A ``choice`` is one more hyper-parameter, a word or a truth value, and compiled once for each option.
    """

    name: str
    title: str
    short: str
    look: Look
    axis: str
    parameters: tuple[Parameter, ...]
    definition: Callable
    path: Path | None = None
    choice: Choice | None = None

    @property
    def target(self) -> float | None:
        return TARGETS.get(self.axis)

    @property
    def label(self) -> str:
        """The axis, with its unit."""
        return self.path.label if self.path else LABELS[self.axis]

    @property
    def place(self) -> str:
        """The axis in as few words as a sentence wants: "residual", "logit", or the path's label without its unit."""
        if self.path is None:
            return AXES[self.axis]
        words = self.path.label.partition(",")[0].partition(" (")[0]
        return words if words[1:2].isupper() else words[:1].lower() + words[1:]

    def at(self, x, hyper: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Value, gradient and curvature over the number of the axis, in float64, by torch's own differentiation.

        The curvature at residual 0 is the one just beside it: a definition through abs(r) has none at 0 itself, where
        torch says 0.
        """
        x = np.atleast_1d(np.asarray(x, dtype=np.float64))
        if self.path:
            return self._along(x, hyper)
        value, slope, _ = self._derivatives(x, hyper)
        return value, slope, self._derivatives(np.where(x == self.target, x + BESIDE, x), hyper)[2]

    def _tensors(self, hyper: dict) -> dict:
        own = {p.name: torch.tensor(hyper[f"{self.name}.{p.name}"], dtype=torch.float64) for p in self.parameters}
        if self.choice:
            own[self.choice.name] = hyper.get(f"{self.name}.{self.choice.name}", self.choice.default)
        return own

    def _derivatives(self, x: np.ndarray, hyper: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x = torch.as_tensor(x).requires_grad_()
        value = self.definition(x, torch.full_like(x, self.target), **self._tensors(hyper))
        if not isinstance(value, torch.Tensor) or value.shape != x.shape:
            got = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
            raise ValueError(f"losses: {self.name} makes {got} of inputs of shape {tuple(x.shape)}, want one loss each")
        slope = _derivative(value, x)
        bend = _derivative(slope, x)
        return tuple(t.numpy(force=True) for t in (value, slope, bend))

    @property
    def heavy(self) -> bool:
        """Whether one place on the path is work enough for itself: curves are then drawn from few places."""
        if self.path is None:
            return False
        middle = torch.tensor((self.path.low + self.path.high) / 2, dtype=torch.float64)
        return sum(side.numel() for side in self.path.at(middle) if isinstance(side, torch.Tensor)) > LARGE

    def _along(self, x: np.ndarray, hyper: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        walk, own = along(self.definition, self.path.at), self._tensors(hyper)
        if len(x) > 1 and not self.heavy:
            with contextlib.suppress(RuntimeError, NotImplementedError):  # what cannot be done for all places at once
                found = torch.func.vmap(_with_derivatives(lambda s: walk(s, **own)))(torch.as_tensor(x))
                return tuple(t.numpy(force=True) for t in found)
        rows = []
        for place in x.tolist():
            s = torch.tensor(place, dtype=torch.float64, requires_grad=True)
            value = walk(s, **own)
            slope = _derivative(value, s)
            rows.append([t.item() for t in (value, slope, _derivative(slope, s))])
        return tuple(np.array(rows).reshape(-1, 3).T)

    def spec(self, sliders: dict[str, tuple[float, float]]) -> dict:
        """What the front end is sent; ``sliders`` overrides the range of a slider by "loss.parameter".

        Raises CannotCompile where the loss, or its slope, has no JavaScript.
        """
        value, slope = self._compiled(self.definition)
        return {
            "name": self.name,
            "id": value.name,
            "title": self.title,
            "short": self.short,
            "color": self.look.color,
            "dash": self.look.dasharray,
            "axis": self.axis,
            "target": self.target,
            "ends": [self.path.low, self.path.high] if self.path else None,
            "label": self.label,
            "place": self.place,
            "says": self.path.says if self.path else "",
            "parameters": [_parameter(p, sliders.get(f"{self.name}.{p.name}")) for p in self.parameters],
            "value": value.esm(),
            "slope": slope.esm(),
            "choice": self._choice(),
        }

    def _choice(self) -> dict | None:
        """The options, and the compiled text of each; that of the default is the loss's own. None if one has none."""
        if self.choice is None:
            return None
        texts = {}
        for option in self.choice.options:
            if option != self.choice.default:
                chosen = functools.partial(self.definition, **{self.choice.name: option})
                try:
                    texts[str(option)] = [compiled.esm() for compiled in self._compiled(chosen)]
                except CannotCompile:
                    return None
        options = [{"value": option, "text": _said(option)} for option in self.choice.options]
        told = {"label": self.choice.name.replace("_", " "), "meaning": self.choice.meaning, "texts": texts}
        return {"name": self.choice.name, "default": self.choice.default, "options": options} | told

    def _compiled(self, definition):
        if self.path:
            walk, shapes = along(definition, self.path.at), {"s": ()} | self._shapes()
            value = compile_js(walk, wrt="s", name=self.name, **shapes)
            return value, compile_js(_slope(walk), wrt="s", name=f"{value.name}_slope", **shapes)
        first = next(iter(inspect.signature(self.definition).parameters))  # input, logits, ...
        value = compile_js(self.definition, wrt=first, name=self.name, **{first: (), "target": ()}, **self._shapes())
        sides, bend = {"input": (), "target": ()}, _slope_of_two(self.definition)
        return value, compile_js(bend, wrt="input", name=f"{value.name}_slope", **sides, **self._shapes())

    def _shapes(self) -> dict:
        return {p.name: () for p in self.parameters}


def along(definition: Callable, at: Callable) -> Callable:
    """The mean of a definition as a function (s, **hyper) of one number along a path; see ``lossbook.losses.along``.

    It closes over plain functions and names alone, so that the compiler can keep what it makes of it.
    """
    further = list(inspect.signature(definition).parameters)[2:]  # sides that the definition takes by name

    def walk(s, **hyper):
        sides = at(s)
        out = definition(*sides[:2], **dict(zip(further, sides[2:], strict=False)), **hyper)
        if not isinstance(out, tuple):
            return out.mean()
        values, counted = out  # the mean is over those that count; of none it is 0
        return values.sum() / counted.to(values.dtype).sum().clamp(min=1)

    return walk


def _slope(walk: Callable) -> Callable:
    def slope(s, **hyper):
        return torch.func.grad(lambda place: walk(place, **hyper))(s)

    return slope


def _slope_of_two(definition: Callable) -> Callable:
    def slope(input, target, **hyper):
        return torch.func.grad(lambda x: definition(x, target, **hyper))(input)

    return slope


def _with_derivatives(f: Callable) -> Callable:
    """(value, slope, curvature) of a function of one number."""

    def slope(s):
        slope, value = torch.func.grad_and_value(f)(s)
        return slope, (slope, value)

    def all_three(s):
        bend, (slope_here, value) = torch.func.grad(slope, has_aux=True)(s)
        return value, slope_here, bend

    return all_three


def _derivative(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """dy_i/dx_i; zero where y does not depend on x."""
    if not y.requires_grad:
        return torch.zeros_like(x)
    (out,) = torch.autograd.grad(y.sum(), x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if out is None else out


def _said(option) -> str:
    if isinstance(option, bool):
        return "yes" if option else "no"
    return str(option).replace("_", " ")


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
