"""Exercises on losses over classes."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("ce-by-hand")
def ce_by_hand(answer):
    """Cross-entropy of the logits 2, 0 and 0 with the first as label, and its slopes by the first and second logit."""
    p = np.exp([2.0, 0.0, 0.0])
    p /= p.sum()
    loss = {
        -np.log2(p[0]): "That is in bits; the logarithm here is the natural one.",
        np.log(p[0]): "The sign: a logarithm of a probability is negative, the loss is not.",
        p[0]: "That is the probability of the label; the loss is minus its logarithm.",
        1 - p[0]: "That is what the label lacks to 1; the loss is minus the logarithm of its probability.",
    }
    first = {
        1 - p[0]: "The sign: raising the label's logit lowers the loss, so the slope is negative.",
        p[0]: "That is what the network says; subtract what is true, 1 for the label.",
        -1 / p[0]: "That is the slope by the probability; by the logit it is p - y.",
    }
    second = {
        -p[1]: "The sign: raising the logit of a wrong class raises the loss.",
        0.0: "The label's probability falls when another logit rises, so the loss changes.",
        p[1] - 1: "The second class is not the label: subtract 0.",
    }
    names = ("loss", "slope by the first logit", "slope by the second logit")
    compare.numbers(answer, (-np.log(p[0]), p[0] - 1, p[1]), names, slips=(loss, first, second))


def _cross_entropy(logits, labels):
    largest = logits.max(axis=1)
    log_sum = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    return log_sum - logits[np.arange(len(labels)), labels]


ROWS = [
    (np.array([[2.0, 0.0, 0.0]]), np.array([0])),
    (np.array([[0.5, -1.0], [3.0, 3.0], [-2.0, 4.0]]), np.array([1, 0, 0])),
    (np.array([[1000.0, 0.0, 999.0], [-1000.0, 0.0, 1.0]]), np.array([2, 0])),
]


@exercise("ce-in-numpy")
def ce_in_numpy(answer):
    """A function of (logits, labels), shapes (n, K) and (n,): the cross-entropy of each row, safe for large logits."""

    def naive(logits, labels):
        with np.errstate(all="ignore"):
            e = np.exp(logits)
            return -np.log(e[np.arange(len(labels)), labels] / e.sum(axis=1))

    def whole(logits, labels):
        return _cross_entropy(logits, labels).mean()

    def of_largest(logits, labels):
        return _cross_entropy(logits, logits.argmax(axis=1))

    def clipped(logits, labels):
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = (p / p.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
        return -np.log(np.maximum(p, 1e-12))

    slips = [
        (naive, "The exponential of 1000 is infinite: subtract the largest logit of each row first."),
        (whole, "That is the mean; here every row keeps its own loss."),
        (of_largest, "That takes the most likely class; the loss asks for the label."),
        (lambda z, k: -_cross_entropy(z, k), "The sign: a logarithm of a probability is negative, the loss is not."),
        (lambda z, k: _cross_entropy(z, k) / np.log(2), "That is in bits; the logarithm here is the natural one."),
        (clipped, "The probability was kept above a floor; work with its logarithm, which needs none."),
    ]
    compare.function(answer, _cross_entropy, ROWS, slips=slips)
