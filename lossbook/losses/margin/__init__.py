"""Losses on a label of -1 or +1, as functions of the margin: the label times the predicted score; and on class labels,
as functions of its lead over the other classes."""

from lossbook.losses.margin.corner import hinge, perceptron  # isort: skip
from lossbook.losses.margin.parabola import modified_huber, smooth_hinge, squared_hinge  # isort: skip
from lossbook.losses.margin.odds import exponential, logistic  # isort: skip
from lossbook.losses.margin.multiclass import multi_margin, multiclass_hinge  # isort: skip
from lossbook.losses.margin.angular import arcface, cosface

__all__ = [
    "arcface",
    "cosface",
    "exponential",
    "hinge",
    "logistic",
    "modified_huber",
    "multi_margin",
    "multiclass_hinge",
    "perceptron",
    "smooth_hinge",
    "squared_hinge",
]
