"""Rules that end a training run: where they stop, and which checkpoint they keep."""

import math
import operator
from collections.abc import Sequence
from typing import NamedTuple


class Stop(NamedTuple):
    """Indices into what was recorded: the check at which training ``stop``\\ s, and the checkpoint that is ``kept``."""

    stop: int
    kept: int


def stop_by_patience(values: Sequence[float], patience: int, *, larger: bool = False) -> Stop:
    """Stop after so many checks in a row without a new best value; keep the best checkpoint seen until then.

    Args:
        values: what was recorded, check by check, such as the validation loss.
        patience: checks without a new best that are put up with, 1 or more. A tie is no new best.
        larger: True where more is better, as for accuracy.

    Returns:
        the Stop; a run that ends first stops at its last check.

    Raises:
        ValueError: nothing was recorded, a value is not finite, or the patience is below 1.
    """
    values, patience = _checked(values), _patience(patience)
    best = 0
    for i, value in enumerate(values):
        if (value > values[best]) if larger else (value < values[best]):
            best = i
        if i - best >= patience:
            return Stop(i, best)
    return Stop(len(values) - 1, best)


def stop_at_plateau(values: Sequence[float], patience: int, *, least: float = 1e-3) -> Stop:
    """Stop when the last ``patience`` checks together have lowered the loss by less than ``least``; keep the last one.

    Returns:
        the Stop; a run that ends first stops at its last check.

    Raises:
        ValueError: nothing was recorded, a value is not finite, or the patience is below 1.
    """
    values, patience = _checked(values), _patience(patience)
    for i in range(patience, len(values)):
        if values[i - patience] - values[i] < least:
            return Stop(i, i)
    return Stop(len(values) - 1, len(values) - 1)


def stop_below(values: Sequence[float], level: float) -> Stop:
    """Stop at the first loss below ``level``, and keep that checkpoint; a run that ends first keeps its last one.

    Raises:
        ValueError: nothing was recorded, or a value is not finite.
    """
    values = _checked(values)
    found = next((i for i, value in enumerate(values) if value < level), len(values) - 1)
    return Stop(found, found)


def _checked(values: Sequence[float]) -> list[float]:
    values = [float(value) for value in values]
    if not values or not all(map(math.isfinite, values)):
        raise ValueError(f"values: got {len(values)} of them, want at least one, all finite")
    return values


def _patience(patience: int) -> int:
    if operator.index(patience) < 1:
        raise ValueError(f"patience: got {patience}, want 1 check or more")
    return operator.index(patience)
