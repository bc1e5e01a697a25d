"""Exercises of the pages on reading this book: intervals and the sign-flip test."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("protocol-seven-of-seven")
def protocol_seven_of_seven(answer):
    """The exact two-sided p value of the sign-flip test for seven differences that all have the same sign."""
    slips = {
        1 / 128: "That is one side; the mirror image with all signs turned is as extreme.",
        2 / 7: "Each difference has two signs, so seven of them make 2 ** 7 patterns, not 7.",
        2 / 14: "Each difference has two signs, so seven of them make 2 ** 7 patterns, not 14.",
        2 / 64: "Seven signs make 2 ** 7 patterns.",
        0.05: "0.05 is a level at which people decide; the p value is counted from the patterns.",
        0.0: "A p value of this test is never 0: the observed pattern itself counts.",
        128 / 2: "That is the inverse: two patterns of 128.",
    }
    compare.number(answer, 2 / 128, "p", slips=slips)


T_975 = {4: 2.7764451051977934, 7: 2.3646242515927844, 15: 2.131449545559774}  # Student's t quantiles, by n - 1
T_950 = {4: 2.1318467863266495, 7: 1.8945786050900062, 15: 1.7530503556925547}
T_975_NEXT = {4: 2.5705818356363146, 7: 2.306004135204166, 15: 2.1199052992210112}  # one degree of freedom too many
NORMAL = 1.959963984540054

SETS = [
    (np.array([0.8, 1.4, 0.3, 1.1, 0.9]),),
    (np.array([-0.2, 0.1, 0.4, -0.3, 0.2, 0.0, 0.5, -0.1]),),
    (np.linspace(-3.0, -1.0, 16),),
]


def _interval(quantiles, *, ddof=1, root=True):
    """The function that returns mean -/+ quantile * sd / sqrt(n), with the slips as options."""

    def interval(differences):
        n = len(differences)
        quantile = quantiles[n - 1] if isinstance(quantiles, dict) else quantiles
        half = quantile * np.std(differences, ddof=ddof) / (np.sqrt(n) if root else 1)
        return np.mean(differences) - half, np.mean(differences) + half

    return interval


@exercise("protocol-interval")
def protocol_interval(answer):
    """A function of the paired differences, shape (n,): (low, high), the 95% t interval of their mean."""
    slips = [
        (_interval(NORMAL), "That uses 1.96; few seeds need the t quantile with n - 1 degrees of freedom."),
        (_interval(T_975, ddof=0), "NumPy divides by n; the sample standard deviation needs ddof=1."),
        (
            _interval(NORMAL, ddof=0),
            "Two things: the t quantile instead of 1.96, and ddof=1 in the standard deviation.",
        ),
        (_interval(T_975_NEXT), "n differences leave n - 1 degrees of freedom."),
        (_interval(T_950), "That is the 0.95 quantile; an interval of 95% leaves 2.5% on either side."),
        (_interval(T_975, root=False), "The mean of n values spreads less than one value: divide sd by sqrt(n)."),
        (lambda d: _interval(T_975)(d)[::-1], "Right numbers, wrong order: low first."),
    ]
    compare.function(answer, _interval(T_975), SETS, slips=slips)
