"""Exercises of the page on stopping and validation."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise
from lossbook.experiments.stopping import stop_by_patience


@exercise("stopping-by-hand")
def stopping_by_hand(answer):
    """Validation losses 1.0, 0.8, 0.7, 0.72, 0.71, 0.73, 0.69 and patience 3: the check that stops, the one kept."""
    stop = {
        3.0: "That is the first check without a new best. The rule puts up with three of them.",
        4.0: "Count from 0: the checks without a new best are 3, 4 and so on.",
        6.0: "At check 5 three checks in a row have brought no new best. The run does not get to 6.",
    }
    kept = {
        6.0: "The loss of 0.69 comes after the stop: the rule never sees it.",
        5.0: "That is where the run stops. Kept is the best that was seen until then.",
        4.0: "0.71 is lower than its neighbors, but the lowest seen is lower still.",
        0.7: "That is its loss; the number of the check is asked.",
    }
    compare.numbers(answer, (5, 2), ("check that stops", "check that is kept"), slips=(stop, kept))


RUNS = [
    (np.array([1.0, 0.8, 0.7, 0.72, 0.71, 0.73, 0.69]), 3),
    (np.array([1.0, 0.8, 0.7, 0.72, 0.71, 0.69, 0.74]), 3),
    (np.array([0.9, 0.5, 0.5, 0.5, 0.4]), 2),
    (np.array([3.0, 2.0, 1.0]), 1),
    (np.array([1.0, 1.2, 0.9, 1.0, 1.1, 1.3]), 1),
]


def _variant(*, ties=False, keep_last=False, in_a_row=True, late=0):
    """The rule with a slip in it."""

    def rule(losses, patience):
        best, waited = 0, 0
        for i, loss in enumerate(losses):
            if loss < losses[best] or (ties and loss == losses[best]):
                best, waited = i, 0 if in_a_row else waited
            else:
                waited += 1
            if waited >= patience + late:
                return i, (i if keep_last else best)
        return len(losses) - 1, (len(losses) - 1 if keep_last else best)

    return rule


def _rises(losses, patience):
    """Counts the checks at which the loss is no lower than at the one before."""
    best, waited = 0, 0
    for i in range(1, len(losses)):
        best = i if losses[i] < losses[best] else best
        waited = waited + 1 if losses[i] >= losses[i - 1] else 0
        if waited >= patience:
            return i, best
    return len(losses) - 1, best


@exercise("stopping-rule")
def stopping_rule(answer):
    """A function of (losses, patience): the index of the check that stops the run, and of the one that is kept."""
    slips = [
        (_variant(keep_last=True), "You keep the last checkpoint; the rule keeps the best one."),
        (_variant(late=1), "You stop one check late: at the check that makes it `patience` without a new best."),
        (_variant(ties=True), "A tie is no new best: compare with <, not with <=."),
        (_variant(in_a_row=False), "The count starts again at each new best."),
        (_rises, "Compare with the best loss so far, not with the loss of the check before."),
    ]
    compare.function(answer, lambda losses, patience: tuple(stop_by_patience(losses, patience)), RUNS, slips=slips)
