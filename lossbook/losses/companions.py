"""Companions: tensors that a loss needs beside input and target, such as a predicted spread, and the door for them.

A companion is a required keyword argument of exactly the shape of the two sides. Like them it is an array or a tensor,
of a floating dtype, on their device, and it may be learned.
"""

import math
from dataclasses import dataclass

from lossbook.losses import door


@dataclass(frozen=True)
class Companion:
    """One tensor beside input and target.

    name: as it is passed. meaning: one sentence. symbol: how the formula writes it (LaTeX). above: every value must
    be above this bound; values that cannot be looked at (under vmap, while tracing) are not.
    """

    name: str
    meaning: str
    symbol: str = ""
    above: float = -math.inf

    @property
    def range(self) -> str:
        """The legal values in words."""
        return "any real numbers" if self.above == -math.inf else f"above {self.above:g}"


def beside(entry, input, target, reduction: str, given: dict):
    """Call an element-wise loss whose record names companions; each has the shape of input, nothing is broadcast.

    Beyond what door.elementwise refuses, raises TypeError for a companion that is missing or of another kind than
    input, ValueError for another shape or device or a value out of range.
    """
    own = entry.record.companions
    names = {c.name for c in own}
    hyper = dict(entry.fill({k: v for k, v in given.items() if k not in names}))
    input, target, numpy_in = door.both(input, target)
    door.check_reduction(reduction)
    door.check_shapes(input, target)
    door.check_floating(input, "input")
    door.check_floating(target, "target")
    door.check_device(input, target)
    tensors = {c.name: _tensor(c, given, entry, input, numpy_in) for c in own}
    door.settle(hyper, input, numpy_in)
    dtype, work = door.dtypes(input, target)
    for value in tensors.values():
        dtype, work = door.dtypes(input.new_empty((), dtype=dtype), value)
    moved = {k: v.to(work) for k, v in tensors.items()}
    out = door.reduce(entry.definition(input.to(work), target.to(work), **moved, **hyper), reduction)
    return door.leave(out, dtype, numpy_in)


def _tensor(companion, given, entry, input, numpy_in):
    """The companion of a call as a tensor, once it is seen to fit."""
    name = companion.name
    if name not in given:
        raise TypeError(f"{entry.record.name}() needs {name}, of the shape of {entry.first}, {tuple(input.shape)}")
    value = door.to_torch(given[name], name)
    if (value is given[name]) == numpy_in:
        sides = "numpy arrays" if numpy_in else "torch tensors"
        raise TypeError(f"{name}: got {type(given[name]).__name__} while input and target are {sides}")
    if value.shape != input.shape:
        raise ValueError(
            f"{name} has shape {tuple(value.shape)} and input {tuple(input.shape)}; they must be equal, "
            "nothing is broadcast"
        )
    door.check_floating(value, name)
    if value.device != input.device:
        raise ValueError(f"{name} is on {value.device} and input on {input.device}; move one of them")
    if companion.above > -math.inf:
        low = door.least(value)
        if low is not None and low <= companion.above:
            raise ValueError(f"{name}: got {low:g}, want values above {companion.above:g}")
    return value
