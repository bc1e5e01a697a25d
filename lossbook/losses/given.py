"""The door of losses that are given more than an input and a target: see sides.py for what each side must be.

A definition returns the unreduced values, or a pair (values, counted): counted, of the same shape, is 1 (or True) for
those that count and 0 for the rest, whose values are 0. The mean is then over those that count; if none counts it is 0,
and so is its gradient: such a batch teaches nothing.
"""

import torch

from lossbook.losses import door
from lossbook.losses.sides import REAL, lengths


def reduced(out, reduction: str):
    """Mean, sum or none of what a definition returns."""
    if not isinstance(out, tuple):
        if out.ndim and reduction == "mean":  # on the way back, what mean() divides entry by entry is one number here
            return out.sum() / out.numel()
        return door.reduce(out, reduction) if out.ndim else out
    values, counted = out
    if reduction == "none":
        return values
    total = values.sum()
    return total if reduction == "sum" else total / counted.to(total.dtype).sum().clamp(min=1)


def averaged(definition):
    """``definition`` as one number: the mean, traceable and differentiable, without the checks of the door."""

    def core(*sides, **others):
        return reduced(definition(*sides, **others), "mean")

    return core


def given(entry, arguments: dict):
    """Call a loss with all of its arguments by name.

    Raises TypeError for a side that is missing, is no array or tensor, has another dtype, or is of another kind than
    the first; ValueError for shapes that do not fit, values out of range, another device.
    """
    record = entry.record
    reduction = arguments.pop("reduction", "mean")
    door.check_reduction(reduction)
    names = {side.name for side in record.sides}
    hyper = dict(entry.fill({k: v for k, v in arguments.items() if k not in names}))
    tensors, numpy_in = _tensors(record, arguments)
    dims = lengths(record.sides, tensors)
    first = next(side.name for side in record.sides if tensors.get(side.name) is not None and side.kind != "function")
    dtype = None
    for side in record.sides:
        value = tensors.get(side.name)
        if value is None or side.kind == "function":
            continue
        side.check(value, dims)
        if value.device != tensors[first].device:
            raise ValueError(
                f"{side.name} is on {value.device} and {first} on {tensors[first].device}; move one of them"
            )
        if side.floating:
            own = value.dtype.to_real()  # losses are real, also those of complex matrices
            dtype = own if dtype is None else torch.promote_types(dtype, own)
    door.settle(hyper, tensors[first], numpy_in)
    work = door.working(dtype)
    for side in record.sides:
        value = tensors.get(side.name)
        if value is None:
            continue
        if side.floating or side.kind in REAL:
            tensors[side.name] = value.to(work.to_complex() if value.is_complex() else work)
        elif side.kind == "labels":
            tensors[side.name] = value.to(torch.int64)
    if entry.check:
        entry.check(**tensors, **hyper)
    run = entry.fused or entry.definition
    if getattr(run, "reduces", False):
        out = run(**tensors, **hyper, reduction=reduction)
    else:
        out = reduced(run(**tensors, **hyper), reduction)
    return door.leave(out, dtype, numpy_in)


def _tensors(record, arguments) -> tuple[dict, bool]:
    """The sides of a call as tensors, and whether they came as numpy."""
    tensors, kinds = {}, {}
    for side in record.sides:
        value = arguments.get(side.name)
        if value is None and side.optional:
            tensors[side.name] = None
        elif side.name not in arguments:
            raise TypeError(f"{record.name}() needs {side.name}: {side.words}")
        elif side.kind == "function":
            if not callable(value):
                raise TypeError(f"{side.name}: got {type(value).__name__}, want a function")
            tensors[side.name] = value
        else:
            tensors[side.name] = door.to_torch(value, side.name)
            kinds[side.name] = isinstance(value, torch.Tensor)
    if len(set(kinds.values())) > 1:
        first = next(iter(kinds))
        other = next(name for name, kind in kinds.items() if kind != kinds[first])
        said = ["a torch tensor" if kinds[name] else "a numpy array" for name in (first, other)]
        raise TypeError(f"{first} is {said[0]} and {other} {said[1]}; pass all of a kind")
    return tensors, not next(iter(kinds.values()))


def bound(record, signature, args: tuple, named: dict) -> dict:
    """All arguments of a call by name. Raises TypeError for too many, for one given twice, or for an unknown one."""
    positional = [p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(args) > len(positional):
        raise TypeError(
            f"{record.name}() takes {len(positional)} arguments by position ({', '.join(positional)}), got "
            f"{len(args)}; pass the others by name"
        )
    arguments = dict(zip(positional, args, strict=False))
    for name, value in named.items():
        if name in arguments:
            raise TypeError(f"{record.name}() got {name} twice")
        if name not in signature.parameters:
            raise TypeError(f"{record.name}() has no argument {name!r}; it takes {', '.join(signature.parameters)}")
        arguments[name] = value
    return arguments
