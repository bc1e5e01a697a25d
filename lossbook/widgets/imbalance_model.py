"""What ImbalanceLab trains: a rare class in the plane, a curved boundary with six weights, and who pulls on it.

The same steps in the same order run in the front end on the compiled losses; in float64 both arrive at the same
numbers to about ten digits.
"""

from dataclasses import dataclass

import numpy as np
import torch

from lossbook import losses
from lossbook.experiments import average_precision
from lossbook.look import Look
from lossbook.losses import Parameter
from lossbook.widgets.compiled import Drawn

STEPS, EVERY = 150, 5  # steps of training; average precision is drawn at every fifth
RATE, FADE, FADE_SQUARES, FLOOR = 0.06, 0.9, 0.99, 1e-8  # Adam's
COMMON, MOST_RARE, SEED = 200, 40, 7
FLIPPED = (0, 4, 12)
GROUPS = ("easy", "hard", "rare", "wrong")


def world() -> dict:
    """Points to train on and as many again, twice, to be scored on; rounded, so that they travel without loss."""
    rng = np.random.default_rng(SEED)

    def draw(common: int, rare: int) -> tuple[list, list]:
        crowd = rng.normal(size=(common, 2))
        side = rng.choice([-1.0, 1.0], rare)
        spots = 0.55 * rng.normal(size=(rare, 2)) + np.stack([1.7 * side, np.full(rare, 0.9)], axis=1)
        return tuple(np.round(part, 2).clip(-3.5, 3.5).tolist() for part in (crowd, spots))

    common, rare = draw(COMMON, MOST_RARE)
    held_common, held_rare = draw(2 * COMMON, 2 * MOST_RARE)
    return {
        "common": common,
        "rare": rare,
        "held_common": held_common,
        "held_rare": held_rare,
        "steps": STEPS,
        "every": EVERY,
        "adam": [RATE, FADE, FADE_SQUARES, FLOOR],
    }


WORLD = world()


def features(points: list) -> np.ndarray:
    """What the boundary is made of, (n, 6): 1, x, y, and their squares and product, all of about the same size."""
    x, y = np.array(points).T
    return np.stack([np.ones_like(x), x, y, (x * x - 1) / np.sqrt(2), (y * y - 1) / np.sqrt(2), x * y], axis=1)


def training_set(rare: int, flipped: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (n, 6), labels (n,) and group of each point: 0 common, 2 rare, 3 common but labeled rare."""
    X = features(WORLD["common"] + WORLD["rare"][:rare])
    group = np.array([3] * flipped + [0] * (COMMON - flipped) + [2] * rare)
    return X, (group > 1).astype(float), group


def held_set(rare: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and true labels of twice as many points, for the score."""
    X = features(WORLD["held_common"] + WORLD["held_rare"][: 2 * rare])
    return X, np.arange(len(X)) >= 2 * COMMON


def slopes(loss: Drawn, hyper: dict, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The slope of the loss at each logit, by torch's differentiation of its definition."""
    z = torch.as_tensor(logits).requires_grad_()
    own = {p.name: torch.tensor(hyper[f"{loss.name}.{p.name}"], dtype=torch.float64) for p in loss.parameters}
    loss.definition(z, torch.as_tensor(labels), **own).sum().backward()
    return z.grad.numpy()


@dataclass(frozen=True)
class Run:
    """One loss after ``step`` steps: weights (6,), each point's share of the gradient (n,), score, mean probability."""

    weights: np.ndarray
    share: np.ndarray | None
    precision: float
    mean: float


def weights_after(loss: Drawn, hyper: dict, rare: int, flipped: int, step: int) -> np.ndarray:
    """The six weights after each of ``step`` steps of Adam on all points, from zero: (step + 1, 6)."""
    X, labels, _ = training_set(rare, flipped)
    theta, first, second, path = np.zeros(6), np.zeros(6), np.zeros(6), [np.zeros(6)]
    for k in range(1, step + 1):
        g = X.T @ slopes(loss, hyper, X @ theta, labels) / len(labels)
        first = FADE * first + (1 - FADE) * g
        second = FADE_SQUARES * second + (1 - FADE_SQUARES) * g * g
        size = np.sqrt(second / (1 - FADE_SQUARES**k)) + FLOOR
        theta = theta - RATE * (first / (1 - FADE**k)) / size
        path.append(theta)
    return np.array(path)


def run(loss: Drawn, hyper: dict, rare: int, flipped: int, step: int) -> Run:
    """What the front end shows for one loss."""
    theta = weights_after(loss, hyper, rare, flipped, step)[-1]
    share = shares(loss, hyper, rare, flipped, theta)
    X, labels = held_set(rare)
    z = X @ theta
    return Run(theta, share, float(average_precision(z, labels)), float(np.mean(1 / (1 + np.exp(-z)))))


def shares(loss: Drawn, hyper: dict, rare: int, flipped: int, theta: np.ndarray) -> np.ndarray | None:
    """The size of each point's slope over the sum of the sizes, (n,); None where nobody pulls."""
    X, labels, _ = training_set(rare, flipped)
    pull = np.abs(slopes(loss, hyper, X @ theta, labels))
    return pull / pull.sum() if pull.sum() > 0 else None


def by_group(share: np.ndarray, theta: np.ndarray, rare: int, flipped: int) -> dict[str, float]:
    """The shares added up: common points that are classified right ("easy") and wrong ("hard"), rare, wrong labels."""
    X, _, group = training_set(rare, flipped)
    group = np.where((group == 0) & (X @ theta > 0), 1, group)
    return {name: float(share[group == k].sum()) for k, name in enumerate(GROUPS)}


def _weighted(input, target, *, pos_weight):
    return losses.get("binary_cross_entropy_with_logits").definition(input, target, pos_weight=pos_weight)


def _focal(input, target, *, gamma, alpha):
    return losses.get("focal").definition(input, target, gamma=gamma, alpha=alpha)


def _plain(input, target):
    return losses.get("binary_cross_entropy_with_logits").definition(input, target)


def choices() -> dict[str, Drawn]:
    """The losses of the lab by name: plain, with a weight on the rare class, and focal with both parameters."""
    bce, focal = (losses.get(name).record for name in ("binary_cross_entropy_with_logits", "focal"))
    (gamma,) = [p for p in focal.parameters if p.name == "gamma"]
    alpha = Parameter(
        "alpha",
        0.5,
        "The factor on a rare point, with 1 - alpha on a common one; at 0.5 both count alike.",
        low=0.0,
        high=1.0,
        open_low=True,
        open_high=True,
        slider=(0.05, 0.95),
    )
    weight = Parameter(
        "pos_weight",
        10.0,
        "How many times a rare point counts.",
        low=0.0,
        high=1e6,
        open_low=True,
        slider=(1.0, 100.0),
        log=True,
    )
    made = (
        Drawn("binary_cross_entropy_with_logits", bce.title, "BCE", bce.look, "margin", (), _plain),
        Drawn(
            "weighted_bce",
            "Cross-entropy, rare class weighted",
            "Weighted BCE",
            Look(3, "dashed"),
            "margin",
            (weight,),
            _weighted,
        ),
        Drawn("focal", focal.title, "Focal", focal.look, "margin", (gamma, alpha), _focal),
    )
    return {loss.name: loss for loss in made}
