"""A loss's hyper-parameter: its range, its meaning, and the check that runs when somebody passes a value."""

import math
import numbers
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Parameter:
    r"""One hyper-parameter of a loss.

    name: as it is passed. default: its value when it is not passed. low, high: the range; an open end excludes the
    bound itself. meaning: one sentence. symbol: how the formula writes it (LaTeX). slider: the range a widget offers,
    inside (low, high). log: whether the slider is logarithmic. integer: whole numbers only. array: may also be an
    array or tensor (a weight for each class); its values must lie in the range too.
    """

    name: str
    default: object
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    symbol: str = ""
    slider: tuple[float, float] | None = None
    log: bool = False
    integer: bool = False
    array: bool = False

    @property
    def range(self) -> str:
        """The legal values in words: ``(0, inf)``, ``[0, 1]``, ``any integer``, ``an integer from 1 on``."""
        if self.integer:
            return "any integer" if self.low == -math.inf else f"an integer from {self.low:g} on"
        span = f"{'(' if self.open_low else '['}{self.low:g}, {self.high:g}{')' if self.open_high else ']'}"
        return f"None, or {span}" if self.default is None else span

    def check(self, value):
        """``value`` as a plain number, or the 0-d tensor itself (learnable or traced: its value is not looked at).

        Raises TypeError for what is not a number, and ValueError for a number out of range or NaN.
        """
        if type(value) is float and self.low < value < self.high and not self.integer:
            return value
        if value is None and self.default is None:
            return None
        if isinstance(value, torch.Tensor):
            return self._check_tensor(value)
        if isinstance(value, np.ndarray) and (value.ndim == 0 or not self.array):
            value = value[()] if value.ndim == 0 else value
        if self.array and isinstance(value, np.ndarray):
            self._require(bool(self._inside(value).all()), value)
            return value
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
            kind = (
                "a number or an array" if self.array else "an integer" if self.integer else "a number or a 0-d tensor"
            )
            raise TypeError(f"{self.name}: got {type(value).__name__}, want {kind}")
        if self.integer and not isinstance(value, numbers.Integral):
            raise TypeError(f"{self.name}: got {value!r}, want an integer")
        value = int(value) if self.integer else float(value)
        self._require(bool(self._inside(value)), value)
        return value

    def _check_tensor(self, value):
        if value.ndim and not self.array:
            raise ValueError(f"{self.name}: got a tensor of shape {tuple(value.shape)}, want a number or a 0-d tensor")
        if self.integer or not value.is_floating_point():
            raise TypeError(f"{self.name}: got a tensor of {value.dtype}, want {self.range} as a floating number")
        return value

    def _inside(self, value):
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return above & below  # NaN is on neither side

    def _require(self, inside, value):
        if not inside:
            wanted = self.range if self.integer else f"a value in {self.range}"
            raise ValueError(f"{self.name}: got {value!r}, want {wanted}")


@dataclass(frozen=True)
class Choice:
    """A hyper-parameter that is one of a few words, numbers or truth values, and no number on a scale.

    name, meaning, symbol: as in Parameter. default: one of the options. options: the legal values.
    """

    name: str
    default: object
    meaning: str
    options: tuple
    symbol: str = ""
    slider: None = None
    integer: bool = False
    array: bool = False

    @property
    def range(self) -> str:
        """The legal values in words: ``'sigmoid', 'softmax' or None``."""
        said = [repr(option) for option in self.options]
        return f"{', '.join(said[:-1])} or {said[-1]}"

    def check(self, value):
        """``value``, if it is one of the options. Raises ValueError for anything else."""
        for option in self.options:
            if type(value) is type(option) and value == option:
                return value
        raise ValueError(f"{self.name}: got {value!r}, want {self.range}")


def fill(parameters: dict[str, Parameter], given: dict, loss: str, first: str = "input") -> dict:
    """All hyper-parameters of a call: those given, checked, and the defaults for the rest."""
    values = {name: p.default for name, p in parameters.items()}
    for name, value in given.items():
        p = parameters.get(name)
        if p is None:
            known = ", ".join([*parameters, "reduction"])
            raise TypeError(f"{loss}() has no argument {name!r}; it takes {first}, target, {known}")
        values[name] = p.check(value)
    return values
