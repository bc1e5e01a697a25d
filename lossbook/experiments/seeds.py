"""Seeds and the random numbers that belong to each: the same on every machine and beside any other seeds."""

import operator
from collections.abc import Iterable

import numpy as np

WEIGHTS, BATCHES, SPLITS, DATA = 1, 2, 3, 4  # what a seed draws for; the streams are independent


def seed_list(seeds: int | Iterable[int]) -> tuple[int, ...]:
    """``seeds`` as a tuple: a number S means 0 to S - 1. Raises ValueError unless they are distinct integers >= 0."""
    try:
        chosen = tuple(operator.index(seed) for seed in (range(operator.index(seeds)) if _is_count(seeds) else seeds))
    except TypeError:
        raise ValueError(f"seeds: got {seeds!r}, want a number of seeds or integers") from None
    if not chosen or min(chosen) < 0 or len(set(chosen)) != len(chosen):
        raise ValueError(f"seeds: got {seeds!r}, want one or more distinct integers >= 0")
    return chosen


def stream(seed: int, purpose: int) -> np.random.Generator:
    """The random numbers that ``seed`` uses for one purpose (``WEIGHTS``, ``BATCHES``, ``SPLITS`` or ``DATA``)."""
    return np.random.default_rng([seed, purpose])


def _is_count(seeds) -> bool:
    return hasattr(seeds, "__index__") and np.ndim(seeds) == 0
