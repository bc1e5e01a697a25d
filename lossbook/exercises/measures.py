"""Exercises of the page on what a loss measures: the level that prices ask for, and the quantile loss."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("measures-baker")
def measures_baker(answer):
    """Demand on seven days, 3 dollars a loaf too few and 1 a loaf too many: the level, and the cheapest number."""
    level = {
        0.25: "Turned around: the answer that is too low is the dear one, so q is the larger share.",
        3.0: "That is the ratio of the two prices; the level is the share q in q : (1 - q) = 3 : 1.",
        1 / 3: "That is the ratio of the two prices, turned around; the level is the share q in q : (1 - q) = 3 : 1.",
        2 / 3: "The two prices together are 4, and 3 of them stand on the side of too few.",
    }
    loaves = {
        40.0: "Five days of seven do not exceed 40, less than three quarters.",
        35.0: "That is the median: it would be right if both errors cost the same.",
        80.0: "Then no day would see an empty shelf, but six days of seven would see waste.",
        275 / 7: "That is the mean, which squared error asks for.",
        25.0: "That is the other end: it would be right if waste were the dear error.",
    }
    compare.numbers(answer, (0.75, 45.0), ("level", "loaves"), slips=(level, loaves))


def _quantile(input, target, q):
    return q * np.maximum(target - input, 0) + (1 - q) * np.maximum(input - target, 0)


TRIPLES = [
    (np.array([0.0, 2.0, 1.0]), np.array([1.0, 0.0, 1.0]), 0.9),
    (np.array([-3.0, 4.0, 0.5, 7.0]), np.array([1.0, -2.0, 0.25, 7.5]), 0.2),
    (np.array([[1.0, -1.0], [0.0, 6.0]]), np.array([[0.0, 0.0], [3.0, 5.0]]), 0.5),
]


@exercise("measures-quantile")
def measures_quantile(answer):
    """A function of (input, target, q), arrays of any one shape: the quantile loss of every element, same shape."""
    slips = [
        (lambda i, t, q: _quantile(i, t, 1 - q), "The two sides are exchanged: a prediction that is too low costs q."),
        (lambda i, t, q: q * np.abs(t - i), "Both sides cost q here; a prediction that is too high costs 1 - q."),
        (
            lambda i, t, q: q * np.maximum(t - i, 0),
            "A prediction that is too high costs something as well: 1 - q a unit.",
        ),
        (lambda i, t, q: 2 * _quantile(i, t, q), "Twice too large: at q = 0.5 it is half the absolute error."),
        (
            lambda i, t, q: q * (t - i) + (1 - q) * (i - t),
            "Each side counts only where it is positive: np.maximum(..., 0).",
        ),
        (
            lambda i, t, q: q * np.maximum(t - i, 0) ** 2 + (1 - q) * np.maximum(i - t, 0) ** 2,
            "That is the expectile loss: nothing is squared here.",
        ),
        (lambda i, t, q: _quantile(i, t, q).mean(), "That is the mean; here every element keeps its own loss."),
        (lambda i, t, q: _quantile(i, t, q).sum(), "That is the sum; here every element keeps its own loss."),
    ]
    compare.function(answer, _quantile, TRIPLES, slips=slips)
