"""Data we make ourselves, where the truth is known. Each function returns a stack: one data set for each seed.

The same seed gives the same draws whatever the other arguments, so that a data set and its spoiled twin are a pair.
"""

from collections.abc import Iterable

import numpy as np

from lossbook.experiments.seeds import DATA, seed_list, stream

SLOPE, INTERCEPT = 2.0, 1.0  # of every simulated line

# name -> n draws; each law has standard deviation 1 or, where that is infinite or inflated, a core of that size
NOISE_LAWS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "Laplace": lambda rng, n: rng.laplace(size=n) / np.sqrt(2),
    "Student t, 2 df": lambda rng, n: rng.standard_t(2, size=n),
    "10 % contaminated": lambda rng, n: rng.normal(size=n) * np.where(rng.random(n) < 0.1, 10.0, 1.0),
    "skewed (gamma)": lambda rng, n: rng.gamma(1.0, 1.0, size=n) - 1.0,
    "uniform": lambda rng, n: rng.uniform(-np.sqrt(3), np.sqrt(3), size=n),
}


def line_with_outlier(
    seeds: int | Iterable[int], *, up: float = 0.0, sideways: float = 0.0, n: int = 50, noise: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """Points about the line y = 1 + 2 x, the rightmost of them moved.

    x is uniform on [-2, 2] and sorted, the noise is normal with standard deviation ``noise``; then the last point is
    moved by ``up`` in y (an outlier in y) and by ``sideways`` in x (a leverage point). No units.

    Returns:
        x and y, both of shape (S, n).
    """
    if n < 2:
        raise ValueError(f"n: got {n}, want at least 2 points")
    x, y = np.empty((2, len(chosen := seed_list(seeds)), n))
    for k, seed in enumerate(chosen):
        rng = stream(seed, DATA)
        x[k] = np.sort(rng.uniform(-2, 2, size=n))
        y[k] = INTERCEPT + SLOPE * x[k] + noise * rng.normal(size=n)
    y[:, -1] += up
    x[:, -1] += sideways
    return x, y


def contaminated_location(
    seeds: int | Iterable[int], *, share: float = 0.1, at: float = 10.0, n: int = 200
) -> np.ndarray:
    """Standard normal values, the first ``round(share * n)`` of them raised by ``at``; the true location is 0.

    Returns:
        y of shape (S, n), in standard deviations of the clean values.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share: got {share}, want 0 to 1")
    y = np.stack([stream(seed, DATA).normal(size=n) for seed in seed_list(seeds)])
    y[:, : round(share * n)] += at
    return y


def noisy_line(law: str, seeds: int | Iterable[int], *, n: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Points about the line y = 1 + 2 x, x standard normal, with noise of one of the laws of ``NOISE_LAWS``.

    "skewed (gamma)" has mean 0 and median -0.31; "10 % contaminated" draws one value in ten with ten times the
    standard deviation. No units.

    Returns:
        x and y, both of shape (S, n).

    Raises:
        ValueError: an unknown law.
    """
    if law not in NOISE_LAWS:
        raise ValueError(f"law: got {law!r}, want one of {', '.join(NOISE_LAWS)}")
    x, y = np.empty((2, len(chosen := seed_list(seeds)), n))
    for k, seed in enumerate(chosen):
        rng = stream(seed, DATA)
        x[k] = rng.normal(size=n)
        y[k] = INTERCEPT + SLOPE * x[k] + NOISE_LAWS[law](rng, n)
    return x, y


def rare_class(
    seeds: int | Iterable[int], *, share: float = 0.01, flipped: float = 0.0, n: int = 10_000, d: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A rare class that no straight line finds: two clusters on either side of the common one.

    The common class is standard normal in d dimensions. A rare point is moved by +1.6 or -1.6 along the first axis and
    by 0.7 times that along the third, and by 1.6 along the second. Each point is rare with probability ``share``;
    then each label is turned around with probability ``flipped``. No units.

    Returns:
        X (S, n, d); the labels to train on (S, n), 0.0 or 1.0; and the true labels, the same where nothing is flipped.

    Raises:
        ValueError: share or flipped outside 0 to 1, or d below 3.
    """
    for name, value in (("share", share), ("flipped", flipped)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name}: got {value}, want 0 to 1")
    if d < 3:
        raise ValueError(f"d: got {d}, want at least 3 inputs")
    rows = [_rare_class(stream(seed, DATA), share, flipped, n, d) for seed in seed_list(seeds)]
    X, y, truth = (np.stack(column) for column in zip(*rows, strict=True))
    return X, y, truth


def _rare_class(rng, share: float, flipped: float, n: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, rare, side = rng.normal(size=(n, d)), rng.random(n) < share, rng.choice([-1.0, 1.0], n)
    turned = rng.random(n) < flipped
    X[:, :3] += 1.6 * rare[:, None] * np.stack([side, np.ones(n), 0.7 * side], axis=1)
    return X, (rare != turned).astype(float), rare.astype(float)
