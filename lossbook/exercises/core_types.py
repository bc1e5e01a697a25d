"""Exercises of the pages on the core types of loss."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise

# ---- mean squared error ------------------------------------------------------------------------------------------


@exercise("mse-share-of-loss")
def mse_share_of_loss(answer):
    """Nine residuals of 1 and one of 10: the share of the large one in the squared and in the absolute errors."""
    names = ("share of the squared errors", "share of the absolute errors")
    squared = {
        100 / 9: "The whole includes the outlier itself: divide by all ten squared errors.",
        0.1: "That is its share of the count; the question is its share of the sum.",
        10 / 19: "That is the share of the absolute errors; square the residuals first.",
    }
    absolute = {
        10 / 9: "The whole includes the outlier itself: divide by all ten absolute errors.",
        0.1: "That is its share of the count; the question is its share of the sum.",
        100 / 109: "That is the share of the squared errors; here nothing is squared.",
    }
    compare.numbers(answer, (100 / 109, 10 / 19), names, slips=(squared, absolute))


def _mse_gradient(prediction, target):
    return 2 * (prediction - target) / prediction.size


PAIRS = [
    (np.array([3.0]), np.array([1.0])),
    (np.array([1.0, 2.0, 4.0]), np.array([0.5, 2.0, 7.0])),
    (np.array([-2.0, 0.0, 0.25, 10.0]), np.array([1.0, 0.0, -0.25, -3.0])),
]


@exercise("mse-gradient")
def mse_gradient(answer):
    """A function of (prediction, target), arrays of shape (n,): the gradient of their mean squared error."""
    slips = [
        (lambda p, t: (p - t) / p.size, "The factor 2 from the square is missing."),
        (lambda p, t: 2 * (p - t), "That is the gradient of the sum; the mean divides by the number of errors."),
        (lambda p, t: p - t, "Two things: the factor 2 from the square, and the mean divides by the number of errors."),
        (lambda p, t: 2 * (t - p) / p.size, "The sign is turned around: a prediction above the target must go down."),
        (lambda p, t: 2 * np.abs(p - t) / p.size, "A gradient has a sign: no absolute value here."),
    ]
    compare.function(answer, _mse_gradient, PAIRS, slips=slips)


# ---- mean absolute error -----------------------------------------------------------------------------------------


@exercise("mae-best-constants")
def mae_best_constants(answer):
    """Targets 1, 2, 2, 3, 100: the constants that minimize the absolute and the squared error."""
    absolute = {
        21.6: "That is the mean, which minimizes the squared error; as many targets must lie below as above.",
        3.0: "Three targets lie below 3 and one above: moving down gains more than it costs.",
    }
    squared = {2.0: "That is the median. Squared error asks for the mean.", 50.5: "That is the middle of the range."}
    names = ("best for the absolute error", "best for the squared error")
    compare.numbers(answer, (2.0, 21.6), names, slips=(absolute, squared))


@exercise("mae-gradient")
def mae_gradient(answer):
    """A function of (prediction, target), arrays of shape (n,): the gradient of their mean absolute error."""
    slips = [
        (lambda p, t: np.sign(p - t), "That is the gradient of the sum; the mean divides by the number of errors."),
        (
            lambda p, t: np.sign(t - p) / p.size,
            "The sign is turned around: a prediction above the target must go down.",
        ),
        (lambda p, t: (p - t) / p.size, "That grows with the error; the slope of a size is -1, 0 or +1."),
        (lambda p, t: np.abs(p - t) / p.size, "That is the loss of each prediction, not its slope."),
    ]
    compare.function(answer, lambda p, t: np.sign(p - t) / p.size, PAIRS, slips=slips)


# ---- Huber loss --------------------------------------------------------------------------------------------------


@exercise("huber-by-hand")
def huber_by_hand(answer):
    """Loss and gradient of the Huber loss at delta = 1.5 and a residual of 4."""
    loss = {
        8.0: "That is the square branch; 4 lies beyond delta, where the loss is a line.",
        6.0: "The line does not start at 0: half of delta squared is subtracted.",
        9.75: "The 1/2 in the line is missing: delta * (|r| - delta / 2).",
        3.75: "The line is delta * (|r| - delta / 2): only half of delta is subtracted.",
        3.25: "That is |r| - delta / 2; the line has the slope delta.",
    }
    slope = {
        4.0: "That is the slope of the square branch; beyond delta the slope stays at delta.",
        1.0: "That is the slope of the absolute error; the line of Huber has the slope delta.",
        -1.5: "The residual is positive, so the loss grows with it.",
    }
    compare.numbers(answer, (4.875, 1.5), ("loss", "gradient"), slips=(loss, slope))


def _huber(input, target, delta):
    size = np.abs(input - target)
    return np.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta))


TRIPLES = [
    (np.array([0.0, 0.5, 1.0, -0.75]), np.zeros(4), 1.0),
    (np.array([2.0, -3.0, 10.0]), np.array([0.0, 0.5, -1.0]), 1.0),
    (np.array([-4.0, -1.5, 0.1, 1.5, 4.0]), np.array([1.0, 0.0, 0.0, 0.0, 9.0]), 1.5),
    (np.array([[0.2, -0.3], [6.0, -0.05]]), np.array([[0.1, 0.0], [0.0, 0.0]]), 0.25),
]


@exercise("huber-in-numpy")
def huber_in_numpy(answer):
    """A function of (input, target, delta), arrays of any one shape: the Huber loss of every residual, same shape."""

    def branches(inside, outside, size=np.abs):
        """A wrong Huber loss from its two branches, each a function of residual and delta."""
        return lambda i, t, d: np.where(size(i - t) <= d, inside(i - t, d), outside(i - t, d))

    def square(r, d):
        return 0.5 * r**2

    def line(r, d):
        return d * (np.abs(r) - 0.5 * d)

    slips = [
        (branches(square, square), "That is the square everywhere; beyond delta the loss is a line."),
        (branches(line, line), "That is the line everywhere; up to delta the loss is a square."),
        (branches(lambda r, d: r**2, line), "The square branch has a factor 1/2; without it the branches do not meet."),
        (branches(square, lambda r, d: d * np.abs(r)), "The line must meet the square: subtract delta / 2 from |r|."),
        (
            branches(square, lambda r, d: d * (np.abs(r) - d)),
            "Subtract only half of delta from |r|, or there is a step.",
        ),
        (branches(square, lambda r, d: np.abs(r) - 0.5 * d), "The line has the slope delta, not 1."),
        (branches(square, lambda r, d: np.abs(r) - 0.5), "The line is written for delta = 1; use delta in it."),
        (branches(square, lambda r, d: d * (r - 0.5 * d)), "The line needs the size |r|; a residual may be negative."),
        (branches(square, line, size=np.array), "Compare |r| with delta: a large negative residual is large."),
        (lambda i, t, d: _huber(i, t, d) / d, "That is Smooth L1, the Huber loss divided by delta."),
        (lambda i, t, d: _huber(i, t, d).mean(), "That is the mean; here every residual keeps its own loss."),
        (lambda i, t, d: _huber(i, t, d).sum(), "That is the sum; here every residual keeps its own loss."),
    ]
    compare.function(answer, _huber, TRIPLES, slips=slips)


# ---- focal loss --------------------------------------------------------------------------------------------------


@exercise("focal-easy-ratio")
def focal_easy_ratio(answer):
    """Cross-entropy divided by focal loss with gamma = 2, at a probability of 0.9 and of 0.968 for the right answer."""
    first = {
        0.01: "That is focal loss divided by cross-entropy; turn it around.",
        10.0: "That is for gamma = 1: the factor is squared.",
        1 / 0.81: "The factor is made of what is left to learn, 1 - 0.9, not of 0.9.",
    }
    second = {
        0.032**2: "That is focal loss divided by cross-entropy; turn it around.",
        1 / 0.032: "That is for gamma = 1: the factor is squared.",
        1 / 0.968**2: "The factor is made of what is left to learn, 1 - 0.968, not of 0.968.",
    }
    compare.numbers(answer, (100.0, 1 / 0.032**2), ("ratio at 0.9", "ratio at 0.968"), slips=(first, second))


def _focal(p, y, gamma):
    right = np.where(y == 1, p, 1 - p)
    return -((1 - right) ** gamma) * np.log(right)


PROBABILITIES = [
    (np.array([0.9, 0.2, 0.6]), np.array([1.0, 0.0, 0.0]), 2.0),
    (np.array([0.5, 0.01, 0.99]), np.array([0.0, 1.0, 1.0]), 0.0),
    (np.array([[0.3, 0.7], [0.05, 0.95]]), np.array([[1.0, 1.0], [0.0, 0.0]]), 0.5),
]


@exercise("focal-in-numpy")
def focal_in_numpy(answer):
    """A function of (p, y, gamma), arrays of any one shape: the focal loss of every example, same shape."""

    def cross_entropy(p, y, gamma):
        return _focal(p, y, 0.0)

    slips = [
        (cross_entropy, "That is cross-entropy; the factor (1 - p_t) ** gamma is missing."),
        (lambda p, y, g: -_focal(p, y, g), "The sign is turned around: a loss is not negative."),
        (lambda p, y, g: -((1 - p) ** g) * np.log(p), "That is right where y is 1. Where y is 0, p_t is 1 - p."),
        (
            lambda p, y, g: (1 - np.where(y == 1, p, 1 - p)) ** g,
            "That is the factor alone; multiply it by the cross-entropy.",
        ),
        (
            lambda p, y, g: np.where(y == 1, p, 1 - p) ** g * cross_entropy(p, y, g),
            "The factor is made of what is left to learn, 1 - p_t.",
        ),
        (lambda p, y, g: _focal(p, y, g).mean(), "That is the mean; here every example keeps its own loss."),
        (lambda p, y, g: _focal(p, y, g).sum(), "That is the sum; here every example keeps its own loss."),
    ]
    compare.function(answer, _focal, PROBABILITIES, slips=slips)
