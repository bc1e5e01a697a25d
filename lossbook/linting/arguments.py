"""From what ``check_loss`` is given to a batch: which tensors there are, their names, and which hold samples."""

import inspect
import itertools

import numpy as np
import torch

from lossbook.linting.samples import (
    KINDS,
    Examples,
    kind_of_record,
    kind_of_tensors,
    made,
    made_where_legal,
    of_pair,
    of_record,
    of_values,
)
from lossbook.linting.subject import signature

LEAST = 4  # samples
MADE = 6  # samples in a batch made for a loss with sides


def examples_for(fn, args: tuple, tensors: dict, kind: str | None, hyper: dict) -> Examples:
    """The batch that a loss is tried on.

    Raises TypeError for what is no tensor, for a first tensor that is not floating, and for tensors that ``fn`` does
    not take; ValueError for an unknown kind, for one that cannot be told, and for fewer than 4 samples.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind: got {kind!r}, want {_kinds()}")
    record = getattr(fn, "record", None)
    if not args and set(tensors) == {"input", "target"} and not _named(fn, tensors):
        args, tensors = (tensors["input"], tensors["target"]), {}
    if not (args or tensors):
        return _made(fn, record, kind, hyper)
    names = _names(fn, len(args))
    sides = {name: _side(value, name) for name, value in zip(names, args, strict=True)}
    for name, value in tensors.items():
        if name in sides:
            raise TypeError(f"{name}: got twice, once by position and once by name")
        sides[name] = _side(value, name)
    found = [name for name, value in sides.items() if isinstance(value, torch.Tensor)]
    if not found:
        raise TypeError(f"{', '.join(sides)}: got no tensor, want at least one")
    first = sides[found[0]]
    if not first.is_floating_point():
        raise TypeError(f"{found[0]}: got {first.dtype}, want a floating dtype: it is differentiated")
    _bind(fn, args, tensors, hyper)
    pair = len(found) == 2 and len(sides) == 2
    if kind is None:
        kind = _told(record, [sides[name] for name in found] if pair else [])
    count = first.shape[0] if first.ndim else 0
    second = sides[found[1]] if len(found) > 1 else None
    if kind != "any" and second is None:
        raise ValueError(f"kind: got {kind!r} with one tensor, want an input and a target, or kind='any'")
    if count < LEAST or (kind != "any" and second.shape[:1] != (count,)):
        shapes = " and ".join(str(tuple(sides[name].shape)) for name in found[: 1 if second is None else 2])
        both = " of both" if kind != "any" else ""
        listed = " and ".join(found[: 1 if second is None else 2])
        raise ValueError(f"{listed}: got shapes {shapes}, want at least {LEAST} samples along the first axis{both}")
    if kind == "any" and record is not None and record.sides:
        sides = {side.name: sides.get(side.name) for side in record.sides}
        return of_record(record, sides, given=True)
    return of_values(kind, sides, len(args), count)


def _made(fn, record, kind, hyper) -> Examples:
    if record is not None and record.sides:
        if kind not in (None, "any"):
            raise ValueError(f"kind: got {kind!r} for {record.name}, which says what it is given; leave it out")
        from lossbook.losses import examples

        axes = next(side.axes for side in record.sides if side.floating)
        beyond = (record.sizes.get("...", MADE),) if axes[:1] == ("...",) else None
        few = {"N": LEAST} if record.sizes.get("N", MADE) < LEAST else {}
        return of_record(record, examples(record, beyond=beyond, **few), given=False)
    kind = kind or (kind_of_record(record) if record is not None else None)
    if kind in (None, "any"):
        raise ValueError(f"kind: cannot be told from the function; pass example tensors, or {_kinds(without='any')}")
    if kind == "regression" and record is not None and record.axis is None:
        return of_pair(kind, *made_where_legal(lambda *pair: fn(*pair, **hyper)), _names(fn, 2))
    return of_pair(kind, *made(kind), _names(fn, 2))


def _told(record, pair: list) -> str:
    """The kind of two example tensors; of any other number nothing is assumed."""
    if (record is not None and record.sides) or len(pair) != 2 or not pair[0].ndim or not pair[1].ndim:
        return "any"
    return kind_of_tensors(*pair) if len(pair[0]) == len(pair[1]) else "any"


def _names(fn, count: int) -> list[str]:
    """What the loss calls its first arguments; input, target and numbers where it does not say."""
    found = signature(fn)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own = [p.name for p in found.parameters.values() if p.kind in kinds] if found else []
    further = (f"argument {i}" for i in itertools.count(3))
    names = own if len(own) >= min(count, 2) else ["input", "target"]
    return [*names, *itertools.islice(further, max(count - len(names), 0))][:count]


def _named(fn, names) -> bool:
    """Whether the loss itself knows its arguments by these names."""
    known = signature(fn).parameters if signature(fn) else {}
    return set(names) <= set(known) or any(p.kind is p.VAR_KEYWORD for p in known.values())


def _side(value, name: str):
    if value is None or isinstance(value, torch.Tensor):
        return value
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    if callable(value):
        return value
    hint = "; numbers and words go into hyper={...}" if isinstance(value, (bool, int, float, str)) else ""
    raise TypeError(f"{name}: got {type(value).__name__}, want a torch tensor, a numpy array or a function{hint}")


def _bind(fn, args, tensors, hyper):
    """Raise TypeError unless ``fn`` can be called like this."""
    found = signature(fn)
    try:
        if found:
            found.bind(*args, **tensors, **hyper)
    except TypeError as error:
        name = getattr(fn, "__name__", type(fn).__name__)
        listed = ", ".join([str(len(args)), *tensors])
        raise TypeError(f"fn: {name}{found} cannot be called with the tensors given ({listed}): {error}") from error


def _kinds(without: str = "") -> str:
    return "one of " + "; ".join(f'kind="{name}" ({words})' for name, words in KINDS.items() if name != without)
