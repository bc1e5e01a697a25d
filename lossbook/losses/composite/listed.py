"""Penalties of whole models: the door takes a list of tensors, such as model.parameters(), and adds up over it."""

from collections.abc import Iterable

import numpy as np
import torch

from lossbook.losses.given import given


def summed(entry, arguments: dict):
    """Call a penalty on one tensor, or on each of several ones, and return the sum.

    All sides of a call are single tensors, or all are iterables of equally many. Raises TypeError if they are mixed,
    ValueError if their lengths differ or nothing is in them.
    """
    sides = [side.name for side in entry.record.sides if side.name in arguments]
    single = {name: not _several(arguments[name]) for name in sides}
    if all(single.values()):
        return given(entry, arguments)
    if any(single.values()):
        alone = next(name for name in sides if single[name])
        other = next(name for name in sides if not single[name])
        raise TypeError(
            f"{other}: got {type(arguments[other]).__name__} while {alone} is a {type(arguments[alone]).__name__}; "
            "pass tensors, or iterables of tensors, for all sides"
        )
    lists = {name: list(arguments.pop(name)) for name in sides}
    counts = {name: len(values) for name, values in lists.items()}
    if len(set(counts.values())) > 1:
        raise ValueError(f"{', '.join(f'{name} holds {n} tensors' for name, n in counts.items())}; want equally many")
    if not counts[sides[0]]:
        raise ValueError(f"{sides[0]}: got no tensors; a generator such as model.parameters() can be used only once")
    rows = (dict(zip(sides, row, strict=True)) for row in zip(*lists.values(), strict=True))
    values = [given(entry, {**arguments, **row}) for row in rows]
    return sum(values[1:], values[0])


def _several(value) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (torch.Tensor, np.ndarray, np.generic, str, bytes))
