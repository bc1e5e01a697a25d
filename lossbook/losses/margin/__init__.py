"""Losses on a label of -1 or +1, as functions of the margin: the label times the predicted score."""

from lossbook.losses.margin.corner import hinge, perceptron  # isort: skip
from lossbook.losses.margin.parabola import modified_huber, smooth_hinge, squared_hinge  # isort: skip
from lossbook.losses.margin.odds import exponential, logistic

__all__ = ["exponential", "hinge", "logistic", "modified_huber", "perceptron", "smooth_hinge", "squared_hinge"]
