"""Exercises of the pages on six behaviors and on outlier sensitivity."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise

# ---- one data set, six behaviors ---------------------------------------------------------------------------------


def _level(too_little, too_much):
    return too_little / (too_little + too_much)


@exercise("six-which-quantile")
def six_which_quantile(answer):
    """A function of (cost of a unit too little, cost of a unit too much): the level of the quantile to ask for."""
    slips = [
        (
            lambda a, b: b / (a + b),
            "That is the other tail: where too little is dear, predict more, a higher quantile.",
        ),
        (lambda a, b: a / b, "That is the ratio of the costs; a level lies between 0 and 1."),
        (lambda a, b: 1 - b / a, "Compare a small step up with a small step down: both costs are in the balance."),
        (lambda a, b: np.asarray(0.5 + 0 * a + 0 * b), "That is the median, right when both costs are the same."),
    ]
    inputs = [(9.0, 1.0), (1.0, 1.0), (2.0, 3.0), (1.0, 20.0)]
    compare.function(answer, _level, inputs, slips=slips)


# ---- outlier sensitivity -----------------------------------------------------------------------------------------


@exercise("outlier-two-shifts")
def outlier_two_shifts(answer):
    """The mean's shift with one value in 100 at 1000, and the median's with a tenth of the values far above."""
    mean = {
        1000.0: "That would be the shift of the value itself; the mean shares it among 100.",
        100.0: "There are 100 values in the sample: divide by their number.",
        0.0: "Every value has a hundredth of a say in the mean, also a huge one.",
    }
    median = {
        0.0: "The huge values all lie above, so the middle of all values is no longer the middle of the good ones.",
        1.2815515655446004: "That is the value with a tenth of the good ones above it.",
        0.12566134685507402: "That is the place below which 55 % of the good values lie; it takes 0.5 / 0.9 of them.",
    }
    compare.numbers(
        answer, (10.0, 0.13971029888186), ("shift of the mean", "shift of the median"), slips=(mean, median)
    )
