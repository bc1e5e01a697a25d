"""Exercises of the pages on the comparison table: gradients, costs, and what a wrong target does to a line."""

from lossbook.exercises import compare
from lossbook.exercises.registry import exercise


@exercise("table-zeros-and-pairs")
def table_zeros_and_pairs(answer):
    """The share of zero gradients for hinge margins -1, 0.5, 1.2, 3, and the number of pairs in a batch of 512."""
    share = {
        0.75: "A margin of 0.5 is on the right side but inside the margin of 1, so it still pulls.",
        0.25: "Both 1.2 and 3 are beyond 1.",
        2.0: "That is their number; the question is the share of four.",
    }
    pairs = {
        512.0 * 512: "That counts each pair twice and everybody with himself.",
        512.0 * 511: "That counts each pair twice: a pair has no order.",
        512.0 * 256: "Nobody is paired with himself: 511 partners each, not 512.",
    }
    compare.numbers(answer, (0.5, 512 * 511 / 2), ("share of zeros", "pairs"), slips=(share, pairs))


@exercise("table-shifted-line")
def table_shifted_line(answer):
    """What squared error loses where a tenth of the targets is raised by 8, for the line of slope 2 on [-2, 2]."""
    variance = 4 * 16 / 12
    slips = {
        8**2 / variance: "Only a tenth of the targets is raised, so the line rises by a tenth of 8.",
        0.8 / variance: "Skill is lost with the square of the shift.",
        0.8**2 / (16 / 12): "The line has the slope 2: its variance is 4 times that of x.",
        0.8**2 / (4 * 4): "x is spread evenly over a stretch of length 4, so its variance is 16 / 12.",
        0.8**2: "That is what the shift adds to the error; divide by the variance that the line explains.",
    }
    compare.number(answer, 0.8**2 / variance, "share lost", slips=slips)
