"""What a set of runs says: intervals over seeds and a test that assumes no distribution.

One number per seed goes in. Two methods that ran on the same seeds are compared seed by seed (paired), because the
difference within a seed does not carry the luck of the seed.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

EXACT_UP_TO = 20  # 2**20 sign patterns take a few milliseconds
FLIPS = 100_000  # Monte Carlo patterns beyond that
FLIP_SEED = 20250101


@dataclass(frozen=True)
class Interval:
    """A mean over ``n`` seeds, its confidence interval ``low`` to ``high`` and the seeds' standard deviation ``sd``."""

    mean: float
    low: float
    high: float
    n: int
    sd: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        """The mean and the bounds, rounded to two digits of the half-width: more would be noise."""
        half = (self.high - self.low) / 2
        digits = 3 if half == 0 else max(0, 1 - math.floor(math.log10(half)))
        return f"{self.mean:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


def interval(values, level: float = 0.95) -> Interval:
    """Student's t interval for the mean of ``values``, one value per seed.

    The t quantile, not 1.96: with 8 seeds the right factor is 2.36. A percentile bootstrap is too narrow for so few.

    Args:
        values: array-like of shape (n,), n >= 2, finite. For a comparison pass the differences seed by seed.
        level: share of such intervals that cover the true mean, between 0 and 1.

    Returns:
        ``Interval(mean, low, high, n, sd)``; ``sd`` has n - 1 in the denominator.

    Raises:
        ValueError: fewer than two values, a value that is not finite, or a level outside (0, 1).

    Source: Student, "The probable error of a mean", Biometrika 6 (1908).
    """
    x = _values(values, "values", at_least=2)
    if not 0 < level < 1:
        raise ValueError(f"level: got {level!r}, want a number between 0 and 1")
    mean, sd = float(x.mean()), float(x.std(ddof=1))
    half = float(stdtrit(x.size - 1, (1 + level) / 2)) * sd / math.sqrt(x.size)
    return Interval(mean, mean - half, mean + half, x.size, sd)


def paired_interval(first, second, level: float = 0.95) -> Interval:
    """Student's t interval for the mean of ``first - second``, paired by seed (same order in both, shape (n,))."""
    return interval(differences(first, second), level)


def differences(first, second) -> np.ndarray:
    """``first - second`` seed by seed, shape (n,); raises ValueError when they do not pair up."""
    a, b = _values(first, "first"), _values(second, "second")
    if a.size != b.size:
        raise ValueError(f"second: got {b.size} values, want one for each of the {a.size} values of first")
    return a - b


class SignFlip(float):
    """A p value that says how it was computed: ``.exact``, and ``.patterns``, how many sign patterns were tried."""

    exact: bool
    patterns: int

    def __new__(cls, p: float, *, exact: bool, patterns: int):
        self = super().__new__(cls, p)
        self.exact, self.patterns = exact, patterns
        return self

    def __getnewargs_ex__(self):
        return (float(self),), {"exact": self.exact, "patterns": self.patterns}

    def __repr__(self) -> str:
        how = "all" if self.exact else "Monte Carlo,"
        return f"p = {float(self):.2g} ({how} {self.patterns:,} sign patterns)"

    __str__ = __repr__


def sign_flip_test(differences) -> SignFlip:
    """Two-sided p value for "the mean difference is zero", by flipping the signs of the differences.

    If two methods are alike, each paired difference could as well have had the other sign. p is the share of all 2**n
    sign patterns whose mean is at least as far from zero as the one observed. All patterns are counted for n <= 20;
    beyond that 100,000 random ones from a fixed seed (the result says so), with (1 + hits) / (1 + tried), so that p
    is never zero.

    Args:
        differences: array-like of shape (n,), one paired difference per seed, finite.

    Returns:
        a float between 0 and 1 with ``.exact`` and ``.patterns``.

    Raises:
        ValueError: no difference at all, or one that is not finite.

    Source: Fisher, The Design of Experiments (1935), section 21.
    """
    d = _values(differences, "differences", at_least=1)
    # a pattern and its mirror image have the same |sum|: fix the sign of the first difference
    observed = abs(d.sum()) - 1e-12 * np.abs(d).sum()  # rounding must not turn a tie into a loss
    if d.size <= EXACT_UP_TO:
        sums = d[:1]
        for value in d[1:]:
            sums = np.concatenate([sums + value, sums - value])
        return SignFlip(float(np.mean(np.abs(sums) >= observed)), exact=True, patterns=2**d.size)
    rng = np.random.default_rng(FLIP_SEED)
    hits, block = 0, 10_000
    for _ in range(FLIPS // block):
        signs = 2.0 * rng.integers(0, 2, (block, d.size)) - 1.0
        hits += int(np.sum(np.abs(signs @ d) >= observed))
    return SignFlip((1 + hits) / (1 + FLIPS), exact=False, patterns=FLIPS)


def _values(values, name: str, at_least: int = 0) -> np.ndarray:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"{name}: got shape {x.shape}, want one number per seed, shape (n,)")
    if x.size < at_least:
        raise ValueError(f"{name}: got {x.size} of them, want at least {at_least}")
    if not np.isfinite(x).all():
        where = int(np.flatnonzero(~np.isfinite(x))[0])
        raise ValueError(f"{name}: got {x[where]} at position {where}, want finite numbers")
    return x
