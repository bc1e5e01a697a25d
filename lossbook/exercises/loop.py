"""Exercises of the page on the loop of training."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("loop-one-round")
def loop_one_round(answer):
    """Prediction, loss, slope and new weight: w = 0.5, x = 2, target 4, squared error, learning rate 0.05."""
    loss = {4.5: "Squared error here has no factor 1/2.", 3.0: "That is the size of the residual; the loss squares it."}
    slope = {
        -6.0: "That is the slope in the prediction. The chain rule multiplies it by the input.",
        12.0: "The size is right. The prediction is too low, so a larger weight makes the loss smaller.",
        -3.0: "That is the residual. The square brings a factor 2, the chain rule the input.",
    }
    weight = {
        -0.1: "That goes up the slope: subtract the slope times the rate.",
        12.5: "The step is the slope times the learning rate.",
        0.8: "That step uses the slope in the prediction; the weight has its own.",
    }
    names = ("prediction", "loss", "slope", "new weight")
    compare.numbers(answer, (1.0, 9.0, -12.0, 1.1), names, slips=({}, loss, slope, weight))


def _descend(x, y, w, rate, rounds, slope=lambda r, x: np.mean(2 * r * x), way=-1):
    for _ in range(rounds):
        w = w + way * rate * slope(w * x - y, x)
    return np.asarray(w)


LINES = [
    (np.array([2.0]), np.array([4.0]), 0.5, 0.05, 1),
    (np.array([1.0, 2.0, -1.0]), np.array([3.0, 5.0, 0.0]), 0.0, 0.1, 3),
    (np.array([0.5, -1.5]), np.array([-1.0, 2.0]), 1.0, 0.02, 20),
    (np.array([1.0]), np.array([2.0]), 0.7, 0.1, 0),
]


@exercise("loop-descend")
def loop_descend(answer):
    """A function of (x, y, w, rate, rounds): the weight of y = w x after gradient descent on the mean squared error."""
    slips = [
        (lambda *given: _descend(*given, way=1), "It goes up the slope: subtract."),
        (lambda *given: _descend(*given, slope=lambda r, x: np.mean(r * x)), "The factor 2 of the square is missing."),
        (lambda *given: _descend(*given, slope=lambda r, x: np.sum(2 * r * x)), "That is the slope of the sum."),
        (lambda *given: _descend(*given, slope=lambda r, x: np.mean(2 * r)), "The chain rule brings a factor x."),
        (lambda x, y, w, rate, rounds: _descend(x, y, w, rate, 1), "That is one round; go round as often as asked."),
    ]
    compare.function(answer, _descend, LINES, slips=slips)
