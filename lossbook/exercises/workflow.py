"""Exercises of the pages on how a loss works, step by step."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise

# ---- forward, compare, error -------------------------------------------------------------------------------------


@exercise("forward-dropout-by-hand")
def forward_dropout_by_hand(answer):
    """Weights (1, 1), input (1, 1), target 2, dropout of 1/2: expected loss in training, loss in evaluation."""
    training = {
        0.0: "The mean of the predictions is 2, but the loss is not the loss of the mean: average the squared errors.",
        4.0: "That is the loss in the two extreme cases; in the two others the prediction is right.",
        1.0: "Double what is left: the predictions are 0, 2, 2 and 4.",
        1.5: "Double what is left: the predictions are 0, 2, 2 and 4.",
        8.0: "That is the sum over the four cases; each has probability 1/4.",
    }
    evaluation = {
        2.0: "Nothing is dropped in evaluation mode.",
        4.0: "Nothing is dropped in evaluation mode, and nothing is doubled.",
    }
    compare.numbers(answer, (2.0, 0.0), ("in training", "in evaluation"), slips=(training, evaluation))


def _masked_mse(prediction, target, mask):
    return np.sum(mask * (prediction - target) ** 2) / np.sum(mask)


SEQUENCES = [
    (np.array([[1.0, 2.0, 0.0]]), np.array([[0.0, 4.0, 0.0]]), np.array([[1.0, 1.0, 0.0]])),
    (
        np.array([[1.0, 2.0, 3.0], [0.5, 7.0, 9.0]]),
        np.array([[0.0, 2.5, 3.0], [1.0, 0.0, 0.0]]),
        np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]),
    ),
    (np.array([[-1.0, 5.0], [2.0, 2.0]]), np.array([[1.0, 4.5], [2.5, 0.0]]), np.ones((2, 2))),
]


@exercise("error-masked-mse")
def error_masked_mse(answer):
    """A function of (prediction, target, mask), arrays of shape (rows, length): the squared error a real target."""

    def rows_first(p, t, m):
        return np.mean(np.sum(m * (p - t) ** 2, axis=1) / np.sum(m, axis=1))

    slips = [
        (lambda p, t, m: np.mean((p - t) ** 2), "The padding counts: use the mask."),
        (lambda p, t, m: np.mean(m * (p - t) ** 2), "The padding is still in the number that you divide by."),
        (lambda p, t, m: np.sum(m * (p - t) ** 2), "That is the sum; divide it by the number of real targets."),
        (rows_first, "That is the mean of the rows' means: a short row counts as much as a long one."),
        (lambda p, t, m: m * (p - t) ** 2, "That is the table; the mean is one number."),
        (lambda p, t, m: np.sum(m * np.abs(p - t)) / np.sum(m), "That is the absolute error; square it."),
    ]
    compare.function(answer, _masked_mse, SEQUENCES, slips=slips)


# ---- the gradient ------------------------------------------------------------------------------------------------


@exercise("gradient-cosine")
def gradient_cosine(answer):
    """L = (a^2 + 100 b^2) / 2 at (1, 1): the cosine between minus the gradient and the way to the minimum."""
    compare.number(
        answer,
        101 / np.sqrt(2 * 10001),
        "The cosine",
        slips={
            1.0: "Minus the gradient is (-1, -100), the way to the minimum is (-1, -1); they are not parallel.",
            -101 / np.sqrt(2 * 10001): "The sign is turned around: both point down.",
            101.0: "That is the product of the two vectors; divide it by both lengths.",
            101 / np.sqrt(10001): "Divide by the length of the second vector too.",
        },
    )


def _neuron_gradient(w, X, y):
    guess = np.tanh(X @ w)
    return 2 / len(y) * X.T @ ((guess - y) * (1 - guess**2))


NEURONS = [
    (np.array([0.5]), np.array([[1.0], [2.0]]), np.array([0.0, 1.0])),
    (np.array([0.3, -0.8]), np.array([[1.0, 0.5], [-1.0, 2.0], [0.2, 0.1]]), np.array([1.0, -0.5, 0.25])),
    (np.array([-1.0, 0.4, 0.9]), np.array([[0.1, 0.2, -0.3], [1.5, -0.5, 0.7]]), np.array([-0.2, 0.6])),
]


@exercise("gradient-of-a-neuron")
def gradient_of_a_neuron(answer):
    """A function of (w, X, y), shapes (d,), (n, d), (n,): the gradient of the mean squared error of tanh(X w)."""

    def wrong(outer=lambda g, y: 2 * (g - y), inner=lambda g: 1 - g**2, mean=True):
        """The chain rule with another link."""
        return lambda w, X, y: X.T @ (outer(g := np.tanh(X @ w), y) * inner(g)) / (len(y) if mean else 1)

    slips = [
        (wrong(inner=np.ones_like), "A link of the chain is missing: the slope of tanh, 1 - tanh**2."),
        (wrong(outer=lambda g, y: g - y), "The factor 2 from the square is missing."),
        (
            wrong(outer=lambda g, y: 2 * (y - g)),
            "The sign is turned around: a prediction too high has a positive slope.",
        ),
        (wrong(mean=False), "That is the gradient of the sum; the mean divides by the number of rows."),
        (wrong(outer=lambda g, y: g - y, mean=False), "The factor 2 is missing, and the mean divides by the rows."),
    ]
    compare.function(answer, _neuron_gradient, NEURONS, slips=slips)
