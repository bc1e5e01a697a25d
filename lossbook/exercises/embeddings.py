"""Exercises of the pages on losses of embeddings."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("contrastive-by-hand")
def contrastive_by_hand(answer):
    """Contrastive loss of two dissimilar pairs, 0.3 and 1.2 apart, with a margin of 1."""
    near = {
        0.49: "The factor 1/2 is missing.",
        0.045: "That is the loss of a similar pair; these two are different.",
        0.35: "The shortfall from the margin is squared, then halved.",
        0.455: "The difference m - d is squared, not m and d one by one.",
    }
    far = {
        0.02: "The shortfall is max(0, m - d): beyond the margin there is none.",
        0.72: "That is the loss of a similar pair; these two are different.",
    }
    compare.numbers(answer, (0.245, 0.0), ("loss at 0.3", "loss at 1.2"), slips=(near, far))


def _distance(x1, x2):
    return np.linalg.norm(x1 - x2, axis=1)


def _contrastive(x1, x2, similar, margin):
    distance = _distance(x1, x2)
    return 0.5 * np.where(similar == 1, distance, np.maximum(0.0, margin - distance)) ** 2


def _branches(alike, different):
    """A wrong loss from its two branches, each a function of distance and margin."""
    return lambda x1, x2, similar, margin: np.where(
        similar == 1, alike(_distance(x1, x2), margin), different(_distance(x1, x2), margin)
    )


def _pull(d, m):
    return 0.5 * d**2


def _push(d, m):
    return 0.5 * np.maximum(0.0, m - d) ** 2


PAIRS = [
    (np.zeros((4, 2)), np.array([[0.3, 0.4], [0.3, 0.4], [3.0, 4.0], [3.0, 4.0]]), np.array([1, 0, 1, 0]), 1.0),
    (
        np.array([[1.0, 2.0, 2.0], [0.5, 0.0, -1.0]]),
        np.array([[0.0, 0.0, 0.0], [0.5, 0.0, -1.0]]),
        np.array([0, 0]),
        4.0,
    ),
]


@exercise("contrastive-in-numpy")
def contrastive_in_numpy(answer):
    """A function of (x1, x2, similar, margin): the contrastive loss of each pair, shape (n,)."""
    slips = [
        (_branches(_push, _pull), "The labels are the wrong way round: here 1 means alike."),
        (_branches(lambda d, m: d**2, lambda d, m: 2 * _push(d, m)), "The factor 1/2 is missing."),
        (_branches(_pull, lambda d, m: 0.5 * (m - d) ** 2), "A pair beyond the margin costs nothing: max(0, m - d)."),
        (
            _branches(_pull, lambda d, m: 0.5 * np.maximum(0.0, m**2 - d**2)),
            "The difference m - d is squared, not m and d one by one.",
        ),
        (lambda *given: _contrastive(*given).mean(), "That is the mean; here every pair keeps its own loss."),
        (lambda *given: _contrastive(*given).sum(), "That is the sum; here every pair keeps its own loss."),
    ]
    compare.function(answer, _contrastive, PAIRS, slips=slips)
