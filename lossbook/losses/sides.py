"""What a loss is given: its sides, each with a shape, a kind and a range, and the checks that hold a call to them.

A shape is written in letters, one for each axis, "N D": the same letter means the same length on all sides. A number is
that length, "N 4". "..." stands for any further axes, the same ones on all sides. "" is a single number.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from lossbook.losses import density, door

REAL = ("real", "signs", "yes_no")  # kinds that are computed with, and so brought to one dtype
WORDS = {
    "real": "a floating dtype",
    "distribution": "probabilities that add up to 1 along the last axis, a floating dtype",
    "density": "Hermitian, of trace 1, without negative eigenvalues, a floating dtype, complex64 or complex128",
    "labels": "integers",
    "signs": "-1 and +1, any real dtype",
    "yes_no": "0 and 1, or booleans",
    "mask": "booleans",
    "function": "a function",
}
_OFF = 0.01  # how far from 1 a sum of probabilities may be: so far they come when they were rounded to half precision
_INTEGERS = frozenset((torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8))


@dataclass(frozen=True)
class Side:
    """One tensor (or function) that a loss is given.

    name: as it is passed. shape: see above. meaning: one sentence. kind: a key of WORDS. below: for labels, the axis
    whose length they stay below; "" takes any integers. low, high: every value must lie between them, and above low
    if open_low. symbol: how the formula writes it (LaTeX). optional: None is legal, and the default. example: a
    function (generator, shape) -> float64 tensor or, for a function, () -> the function: made from the kind if absent.
    """

    name: str
    shape: str
    meaning: str
    kind: str = "real"
    below: str = ""
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    symbol: str = ""
    optional: bool = False
    example: Callable | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        return tuple(self.shape.split())

    @property
    def floating(self) -> bool:
        """Whether it holds numbers that the loss may be differentiated in."""
        return self.kind in ("real", "distribution", "density")

    @property
    def words(self) -> str:
        """Shape, kind and range in words: ``(N, D), a floating dtype, above 0``."""
        if self.kind == "function":
            return "a function"
        said = f"{told(self.axes)}, {WORDS[self.kind]}"
        if self.below:
            said += f" from 0 to {self.below} - 1"
        if self.low > -math.inf and self.high < math.inf:
            said += f", from {self.low:g} to {self.high:g}"
        elif self.low > -math.inf:
            said += f", {'above' if self.open_low else 'at least'} {self.low:g}"
        return said + (", or None" if self.optional else "")

    def check(self, value: torch.Tensor, dims: dict):
        """Raise TypeError or ValueError, naming the side, unless dtype and values are legal. Shapes: see lengths.

        Values that cannot be looked at (under vmap, while tracing, without data) are not.
        """
        if self.kind == "density":
            density.check_dtype(value, self.name)
        elif self.floating:
            door.check_floating(value, self.name)
        elif self.kind == "labels" and value.dtype not in _INTEGERS:
            raise TypeError(f"{self.name}: got {value.dtype}, want {WORDS['labels']}")
        elif self.kind == "mask" and value.dtype is not torch.bool:
            raise TypeError(f"{self.name}: got {value.dtype}, want booleans; a mask of 0 and 1 becomes mask > 0")
        elif value.is_complex():
            raise TypeError(f"{self.name}: got {value.dtype}, want {WORDS[self.kind]}")
        if value.is_meta or not value.numel():
            return
        try:
            self._check_values(value.detach(), dims)
        except RuntimeError as error:
            if not any(word in str(error) for word in ("vmap", "functorch", "FunctionalTensor", "data-dependent")):
                raise

    def _check_values(self, value, dims):
        if self.kind == "labels" and self.below:
            bad = (value < 0) | (value >= dims[self.below])
            if bool(bad.any()):
                raise ValueError(
                    f"{self.name} holds the label {int(value[bad].flatten()[0])}; {self.below} is {dims[self.below]}, "
                    f"so labels are 0 to {dims[self.below] - 1}"
                )
        if self.kind == "signs" and not bool((value.abs() == 1).all()):
            bad = value[value.abs() != 1].flatten()[0].item()
            raise ValueError(f"{self.name} holds {bad:g}, want -1 or +1 only; labels y of 0 and 1 become 2 * y - 1")
        if self.kind == "yes_no" and value.dtype is not torch.bool:
            bad = (value != 0) & (value != 1)
            if bool(bad.any()):
                raise ValueError(f"{self.name} holds {value[bad].flatten()[0].item():g}, want 0 or 1 only")
        if self.floating and (self.low > -math.inf or self.high < math.inf):
            self._check_range(value)
        if self.kind == "density":
            density.check_states(value, self.name)
        if self.kind == "distribution":
            self._check_range(value, 0.0, 1.0)
            off = (value.sum(-1) - 1).abs().max().item()
            if off > _OFF:
                raise ValueError(
                    f"{self.name}: sums along the last axis are off 1 by up to {off:.3g}; want probabilities "
                    "that add up to 1, such as the softmax of logits"
                )

    def _check_range(self, value, low=None, high=None):
        low, high = self.low if low is None else low, self.high if high is None else high
        # NaN passes, and comes out as NaN; amin and amax run in vectors, min, max and aminmax do not
        least = value.amin().item() if low > -math.inf else math.inf
        most = value.amax().item() if high < math.inf else -math.inf
        if least < low or (self.open_low and least == low):
            raise ValueError(f"{self.name}: got {least:g}, want values {'above' if self.open_low else 'from'} {low:g}")
        if most > high:
            raise ValueError(f"{self.name}: got {most:g}, want values up to {high:g}")


def told(axes) -> str:
    """A shape as Python writes it."""
    return f"({', '.join(axes)}{',' if len(axes) == 1 and axes[0] != '...' else ''})"


def lengths(sides, tensors: dict) -> dict:
    """The length of each axis letter, and the tuple behind "...". Raises ValueError, naming the side, if two differ."""
    dims, said = {}, {}
    for side in sides:
        value = tensors.get(side.name)
        if value is None or side.kind == "function":
            continue
        shape, axes = tuple(value.shape), side.axes
        free = axes.index("...") if "..." in axes else None
        count = len(axes) - (free is not None)
        if len(shape) < count or (free is None and len(shape) != count):
            raise ValueError(f"{side.name} has shape {shape}, want {told(axes)}")
        found = list(zip(axes, shape, strict=True)) if free is None else _around(axes, shape, free)
        for axis, length in found:
            if axis.isdigit() and int(axis) != length:
                raise ValueError(f"{side.name} has shape {shape}, want {told(axes)}")
            if dims.setdefault(axis, length) != length:
                raise ValueError(
                    f"{side.name} has shape {shape} and {said[axis][0]} {said[axis][1]}; want {told(axes)} with the "
                    f"same {axis}, nothing is broadcast"
                )
            said.setdefault(axis, (side.name, shape))
    return dims


def _around(axes, shape, free):
    """Pairs of letter and length; the middle of the shape belongs to "..."."""
    behind = len(axes) - free - 1
    end = len(shape) - behind
    pairs = [*zip(axes[:free], shape[:free], strict=True), ("...", shape[free:end])]
    return [*pairs, *zip(axes[free + 1 :], shape[end:], strict=True)]
