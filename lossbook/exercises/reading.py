"""Exercises of the pages on reading this book: intervals and the sign-flip test."""

import numpy as np

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise

DIFFERENCES = np.array([0.8, 1.4, 0.3, 1.1, 0.9])  # the five paired differences that the page prints
T_975 = {4: 2.7764451, 5: 2.5705818}  # 0.975 quantile of Student's t


def low_end(differences, quantile: float, ddof: int = 1) -> float:
    """Lower end of the interval mean - quantile * sd / sqrt(n)."""
    return float(differences.mean() - quantile * differences.std(ddof=ddof) / np.sqrt(differences.size))


@exercise("interval-low-end")
def interval_low_end(answer):
    """The lower end of the 95% t interval of the five differences 0.8, 1.4, 0.3, 1.1 and 0.9."""
    d, t = DIFFERENCES, T_975[4]
    slips = {
        low_end(
            d, 1.959964
        ): "That uses 1.96; with five differences the t quantile with 4 degrees of freedom is 2.776.",
        low_end(d, T_975[5]): "That t quantile has 5 degrees of freedom; five differences leave 4.",
        low_end(d, t, ddof=0): "NumPy divides by n; the sample standard deviation needs ddof=1.",
        low_end(d, 2.1318468): "That is the 0.95 quantile; an interval of 95% leaves 2.5% on either side.",
        float(d.mean() - t * d.std(ddof=1)): "The mean of n values spreads less than one value: divide sd by sqrt(n).",
        2 * float(d.mean()) - low_end(d, t): "That is the upper end.",
    }
    compare.number(answer, low_end(d, t), "lower end", slips=slips)


@exercise("sign-flip-p")
def sign_flip_p(answer):
    """The exact two-sided p value of the sign-flip test for five differences that all have the same sign."""
    slips = {
        1 / 32: "That is one side; the mirror image with all signs turned is as extreme.",
        0.05: "Count: five signs make 2 ** 5 patterns.",
        2 / 5: "Each difference has two signs, so five of them make 2 ** 5 patterns, not 5.",
        0.0: "A p value of this test is never 0: the observed pattern itself counts.",
    }
    compare.number(answer, 2 / 32, "p", slips=slips)
