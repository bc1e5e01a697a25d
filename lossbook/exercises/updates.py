"""Exercises of the page on updates and iterations."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("update-factors")
def update_factors(answer):
    """Gradient descent on 2 w^2: its edge, and what one step at a rate of 0.4 does to w and to the loss."""
    edge = {
        1.0: "The second derivative of 2 w^2 is 4, not 2.",
        0.25: "At 1 over the curvature one step lands at the bottom; it is stable up to twice that.",
    }
    of_w = {
        0.6: "It lands on the other side: the factor has a sign.",
        1.6: "One minus rate times curvature, and 1.6 is rate times curvature.",
        0.2: "The second derivative of 2 w^2 is 4, not 2.",
    }
    of_loss = {-0.6: "The loss goes with the square of w.", 0.6: "The loss goes with the square of w."}
    names = ("largest stable rate", "factor of w", "factor of the loss")
    compare.numbers(answer, (0.5, -0.6, 0.36), names, slips=(edge, of_w, of_loss))


def _curvatures(X):
    return np.linalg.eigvalsh(2 * X.T @ X / len(X))


def _edge(X):
    return 2 / _curvatures(X)[-1]


DESIGNS = [
    (np.array([[1.0, 0.5], [1.0, 1.5], [1.0, 4.0]]),),
    (np.array([[2.0], [1.0], [-1.0], [3.0]]),),
    (np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0], [1.0, 1.0, 0.0], [0.5, -1.0, 2.0], [2.0, 0.0, 1.0]]),),
]


@exercise("update-edge")
def update_edge(answer):
    """A function of X, shape (n, d): the largest stable learning rate of gradient descent on the mean squared error."""
    slips = [
        (lambda X: 2 * _edge(X), "The factor 2 from the square is missing in the curvature."),
        (lambda X: _edge(X) / len(X), "That is the edge of the sum; the mean divides the curvature by n."),
        (lambda X: _edge(X) / 2, "At 1 over the curvature nothing overshoots; it is stable up to twice that."),
        (lambda X: 2 / _curvatures(X)[0], "The smallest curvature breaks last; the largest decides."),
        (lambda X: _curvatures(X)[-1], "That is the curvature; the edge is 2 divided by it."),
    ]
    compare.function(answer, _edge, DESIGNS, slips=slips)
