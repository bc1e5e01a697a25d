"""Exercises of the page on hinge loss."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("hinge-stretch")
def hinge_stretch(answer):
    """Smallest margin 0.2: the factor of w and b that makes the hinge loss zero, and what it does to the distance."""
    factor = {
        0.8: "That is the loss of that example. The margin must be multiplied until it reaches 1.",
        0.2: "Divide 1 by it: the margin must grow to 1.",
        10.0: "That makes a margin of 2; 1 is enough.",
    }
    distance = {
        5.0: "The margin grows by that factor, and so does the length of w, by which it is divided.",
        0.2: "The length of w grows, but so does the margin that it divides.",
        0.0: "A factor: 1 where nothing changes.",
    }
    compare.numbers(answer, (5.0, 1.0), ("factor of w and b", "factor of the distance"), slips=(factor, distance))


def _hinge_gradient(score, label):
    return np.where(label * score < 1, -label, 0.0) / score.size


SCORES = [
    (np.array([0.5]), np.array([1.0])),
    (np.array([0.5, 3.0, -0.25]), np.array([1.0, 1.0, -1.0])),
    (np.array([-2.0, 2.0, -2.0, 0.75]), np.array([1.0, -1.0, -1.0, -1.0])),
]


@exercise("hinge-gradient")
def hinge_gradient(answer):
    """A function of (score, label), arrays of shape (n,): the gradient of the mean hinge loss by the scores."""
    slips = [
        (lambda s, y: np.where(y * s < 1, -y, 0.0), "That is the gradient of the sum; the mean divides by n."),
        (lambda s, y: np.where(y * s < 1, y, 0.0) / s.size, "The sign is turned around: a loss falls with the margin."),
        (
            lambda s, y: np.where(y * s < 1, -1.0, 0.0) / s.size,
            "That is the slope by the margin; by the score it is multiplied by the label.",
        ),
        (
            lambda s, y: np.where(y * s < 0, -y, 0.0) / s.size,
            "A right decision with a margin below 1 still pulls: compare with 1, not with 0.",
        ),
        (lambda s, y: np.where(s < 1, -y, 0.0) / s.size, "Compare the margin with 1, not the score."),
        (lambda s, y: -y / s.size, "Beyond a margin of 1 nothing pulls."),
        (lambda s, y: np.maximum(0, 1 - y * s) / s.size, "That is the loss of each example, not its slope."),
    ]
    compare.function(answer, _hinge_gradient, SCORES, slips=slips)
