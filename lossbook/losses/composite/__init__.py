"""Losses made of losses: ways to combine several, penalties beside one, curricula; and losses of quantum states."""

# isort: off
# in the order of the book
from lossbook.losses.composite.sums import weighted_sum, UncertaintyWeighting
from lossbook.losses.composite.balancing import GradNorm, DynamicWeightAverage
from lossbook.losses.composite.surgery import PCGrad
from lossbook.losses.composite.methods import MethodRecord, methods
from lossbook.losses.composite.penalties import group_lasso, l1, l2
from lossbook.losses.composite.anchored import ewc, fedprox
from lossbook.losses.composite.curricula import self_paced, superloss
from lossbook.losses.composite.fidelity import infidelity
from lossbook.losses.composite.entropy import relative_entropy
# isort: on

__all__ = [
    "DynamicWeightAverage",
    "GradNorm",
    "MethodRecord",
    "PCGrad",
    "UncertaintyWeighting",
    "ewc",
    "fedprox",
    "group_lasso",
    "infidelity",
    "l1",
    "l2",
    "methods",
    "relative_entropy",
    "self_paced",
    "superloss",
    "weighted_sum",
]
