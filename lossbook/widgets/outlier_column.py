"""What six losses lose to bad points: the numbers behind MeasuredTable, in numpy and torch.

Two tasks with one input x and a known truth. A line: y = 1 + 2 x + noise, x and noise standard normal. A classifier: a
point of the class +1 or -1 stands at 1.5 times its class plus a standard normal; its score is intercept + slope x. So
distances count in standard deviations in both. A fit is judged where no point is bad, by its skill: the share of the
variance that the line explains, or what the classifier gets right beyond tossing a coin. ``lost`` is the share of the
best possible skill that is gone: 0 nothing, 1 all of it. Both are known exactly from intercept and slope.

The front end computes the same from the compiled losses and the compiled ``line_lost`` and ``threshold_lost``.
"""

import functools
import math

import numpy as np
import torch

from lossbook.experiments import irls
from lossbook.experiments.seeds import DATA, stream

POINTS = 100
SAMPLES = 5
GAP = 1.5  # from the border between the classes to the middle of each
STEPS, RATE, PENALTY = 150, 0.2, 0.01
BETA1, BETA2, TINY = 0.9, 0.999, 1e-8
NOISES = ("one way", "both ways", "places")
BANDS = (("Low", 0.05), ("Medium", 0.25), ("High", math.inf))


@functools.cache
def draws() -> list[dict[str, list[float]]]:
    """The random part of each sample, with three decimals: the same numbers here and in the browser."""
    out = []
    for seed in range(SAMPLES):
        rng = stream(seed, DATA)
        out.append({name: np.round(rng.normal(size=POINTS), 3).tolist() for name in ("x", "noise", "place")})
    return out


def line_points(sample: dict, share: float, distance: float, noise: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of the line, the first ``share`` of them spoiled."""
    x, y = np.array(sample["x"]), 1 + 2 * np.array(sample["x"]) + np.array(sample["noise"])
    bad = np.arange(POINTS) < spoiled(share)
    if noise == "places":
        return x + distance * bad, y
    sign = np.where(np.arange(POINTS) % 2, -1.0, 1.0) if noise == "both ways" else 1.0
    return x, y + distance * bad * sign


def class_points(sample: dict, share: float, distance: float, noise: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels of the classifier; a label can only be wrong, a place can be far."""
    i = np.arange(POINTS)
    label = np.where(i % 2, -1.0, 1.0)
    x = GAP * label + np.array(sample["place"])
    bad = i < spoiled(share) if noise == "both ways" else (i % 2 == 0) & (i < 2 * spoiled(share))
    if noise == "places":
        return x - distance * bad, label
    return x, np.where(bad, -label, label)


def spoiled(share: float) -> int:
    """How many of the points are bad."""
    return math.floor(POINTS * share + 0.5)


def fit_line(points, definition, hyper: dict) -> tuple[float, float]:
    """Intercept and slope with the smallest summed loss."""
    return tuple(irls(*points, definition, **hyper).coefficients.tolist())


def fit_threshold(points, definition, hyper: dict) -> tuple[float, float]:
    """Intercept and slope of the score: Adam, full batches, with a rate that falls to zero.

    Minimized is the mean loss of the margin, label times score, plus half the penalty times the squared slope.
    """
    x, label = points
    rise = np.stack([label, label * x])  # of the margin, by intercept and slope
    b, mean, square = np.zeros((3, 2))
    for t in range(1, STEPS + 1):
        g = rise @ _slopes(definition, b @ rise, hyper) / POINTS + PENALTY * b * (0.0, 1.0)
        mean = BETA1 * mean + (1 - BETA1) * g
        square = BETA2 * square + (1 - BETA2) * g * g
        length = RATE * (1 - (t - 1) / STEPS) / (1 - BETA1**t)
        b = b - length * mean / (np.sqrt(square / (1 - BETA2**t)) + TINY)
    return tuple(b.tolist())


def _slopes(definition, margins: np.ndarray, hyper: dict) -> np.ndarray:
    m = torch.as_tensor(margins).requires_grad_()
    with torch.enable_grad():
        (slopes,) = torch.autograd.grad(definition(m, torch.ones_like(m), **hyper).sum(), m, materialize_grads=True)
    return slopes.numpy()


def line_lost(intercept, slope):
    """The share of the skill that a line has lost: x is standard normal, the best line explains a variance of 4."""
    return ((intercept - 1) ** 2 + (slope - 2) ** 2) / 4


def threshold_lost(intercept, slope):
    """The share of the skill that a classifier has lost, from its error on both classes."""
    size = math.sqrt(2) * slope.abs().clamp(min=1e-12)
    wrong = torch.erfc((GAP * slope + intercept) / size) + torch.erfc((GAP * slope - intercept) / size)
    best = 2 * math.erfc(GAP / math.sqrt(2))
    return (wrong - best) / (2 - best)


LOST = {"residual": line_lost, "margin": threshold_lost}


def judged(axis: str, fit: tuple[float, float]) -> float:
    """``lost`` for a fit of the task that the axis belongs to."""
    return float(LOST[axis](*(torch.tensor(value, dtype=torch.float64) for value in fit)))


def word(lost: float) -> str:
    """Low below 0.05, Medium below 0.25, else High."""
    return next(name for name, end in BANDS if lost < end)
