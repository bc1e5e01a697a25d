"""Paths downhill over the loss of a line: gradient descent, momentum and Adam, in numpy on the loss's own slope.

The front end computes the same from the compiled losses; a test holds the two together, and both to torch's optimizers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from lossbook.experiments.robust import slope_of
from lossbook.widgets.robust_lines import line

# Twelve points near y = 1 + 0.6 x, the last but one far below. No x is centered, so the valley of the loss is long and
# lies askew; the odd fourth digits keep residuals off zero wherever a path starts on the grain of the handle.
X = tuple(round(0.1 + 0.2 * i, 1) for i in range(12))
Y = (0.8137, 1.4163, 0.9871, 1.6229, 1.2517, 1.9133, 1.4679, 2.1341, 1.7583, 1.8427, 0.5719, 2.6253)
STEPS = 60  # of a path
REACH = (-3.0, 4.0)  # of both axes
FAR = 1e6  # a path that leaves these bounds has diverged and ends
RISE = 1e-9  # a loss that grows by less, relatively, is rounding
BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam
RULES = {"gd": "Gradient descent", "momentum": "Momentum", "adam": "Adam"}
ORDER = tuple(tuple(map(int, np.random.default_rng([5, t]).permutation(len(X)))) for t in range(STEPS))
WORLD = {
    "x": list(X),
    "y": list(Y),
    "order": [list(row) for row in ORDER],
    "reach": list(REACH),
    "rules": [{"name": name, "short": short} for name, short in RULES.items()],
}


@dataclass(frozen=True)
class Ground:
    """The landscape of one loss: its lowest place, the loss there, and the largest curvature there."""

    lowest: tuple[float, float]
    least: float
    sharpness: float

    def edge(self, momentum: float = 0.0) -> float | None:
        """The learning rate at which steps stop shrinking; None where the loss has no curvature."""
        return 2 * (1 + momentum) / self.sharpness if self.sharpness > 0 else None


def heights(definition: Callable, places) -> np.ndarray:
    """The mean loss over all points for lines (k, 2) of intercept and slope."""
    places = np.asarray(places, dtype=float)
    r = torch.as_tensor(places[:, :1] + places[:, 1:] * np.array(X) - np.array(Y))
    return definition(r, torch.zeros_like(r)).mean(dim=1).numpy()


def ground(loss) -> Ground:
    """The lowest place of a loss (a ``Drawn``), by the same fit as in RobustFit, and the curvature there."""
    lowest = line(np.column_stack([X, Y]), loss.definition, {})
    if lowest is None:
        raise ValueError(f"losses: no line is best under {loss.name}, so its landscape has no lowest place")
    x = np.array(X)
    hyper = {f"{loss.name}.{p.name}": p.default for p in loss.parameters}
    bend = loss.at(lowest[0] + lowest[1] * x - np.array(Y), hyper)[2]
    a, b, c = bend.mean(), (bend * x).mean(), (bend * x * x).mean()
    sharpness = (a + c) / 2 + np.hypot((a - c) / 2, b)
    return Ground(lowest, float(heights(loss.definition, [lowest])[0]), float(sharpness))


def walk(rule: str, definition: Callable, start, rate: float, momentum: float, batch: int) -> np.ndarray:
    """Where the line is before each step and after the last: (STEPS + 1, 2). Each step sees ``batch`` of the points."""
    psi, x, y = slope_of(definition), np.array(X), np.array(Y)
    place, speed, square = np.array(start, dtype=float), np.zeros(2), np.zeros(2)
    path = [place]
    for t in range(STEPS):
        if np.abs(place).max() > FAR:
            path.append(place)
            continue
        rows = list(ORDER[t][:batch])
        slopes = psi(place[0] + place[1] * x[rows] - y[rows])
        gradient = np.array([slopes.sum(), (slopes * x[rows]).sum()]) / batch
        if rule == "adam":
            speed = BETAS[0] * speed + (1 - BETAS[0]) * gradient
            square = BETAS[1] * square + (1 - BETAS[1]) * gradient**2
            root = np.sqrt(square / (1 - BETAS[1] ** (t + 1))) + EPSILON
            place = place - rate * (speed / (1 - BETAS[0] ** (t + 1))) / root
        else:
            speed = (momentum if rule == "momentum" else 0.0) * speed + gradient
            place = place - rate * speed
        path.append(place)
    return np.array(path)


def rises(losses: np.ndarray) -> int:
    """How many steps made the loss larger."""
    before, after = losses[:-1], losses[1:]
    return int((after > before + RISE * (1 + np.abs(before))).sum())
