"""Exercises of the page about the cat."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("cat-one-step")
def cat_one_step(answer):
    """New probability of the first class: p = (.2, .4, .3, .1), scores moved by minus their slopes."""
    p, truth = np.array([0.2, 0.4, 0.3, 0.1]), np.array([1.0, 0.0, 0.0, 0.0])

    def first(scores):
        e = np.exp(scores)
        return float(e[0] / e.sum())

    slips = {
        1.0: "The step moves the scores, and the softmax is taken again; p is not moved itself.",
        first(np.log(p) + p - truth): "The sign: a step goes against the slope.",
        first(np.log(p) + 0.8 * truth): "The scores of the wrong names move as well, each by minus its probability.",
        first(p - (p - truth)): "The scores are the logarithms of p (any constant may be added), not p itself.",
    }
    compare.number(answer, first(np.log(p) - (p - truth)), slips=slips)


def _gradient(x, W, label):
    z = W @ x
    p = np.exp(z - z.max())
    p = p / p.sum()
    return np.outer(p - (np.arange(len(p)) == label), x)


IMAGES = [
    (np.array([1.0, 2.0]), np.array([[0.5, -0.5], [0.0, 0.25], [1.0, 0.0]]), 0),
    (np.array([0.0, 3.0, 1.0]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]), 1),
]


@exercise("cat-last-layer")
def cat_last_layer(answer):
    """A function of (x, W, label): the gradient of cross-entropy by W, shape (K, d)."""

    def without_label(x, W, label):
        return _gradient(x, W, label) + np.outer(np.arange(len(W)) == label, x)

    def by_scores(x, W, label):
        return _gradient(np.append(x, 1.0), np.column_stack([W, np.zeros(len(W))]), label)[:, -1]

    slips = [
        (lambda x, W, label: -_gradient(x, W, label), "The sign: that is the step, the gradient is minus that."),
        (lambda x, W, label: _gradient(x, W, label).T, "That is the transpose: W has a row for each class."),
        (without_label, "That is p times x; subtract 1 from the probability of the label."),
        (by_scores, "That is the slope by the scores; each of them still meets the input x."),
    ]
    compare.function(answer, _gradient, IMAGES, slips=slips)
