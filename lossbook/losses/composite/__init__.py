"""Losses made of losses: penalties, curricula, weights of several losses; and losses of quantum states."""

from lossbook.losses.composite.penalties import group_lasso, l1, l2  # isort: skip
from lossbook.losses.composite.anchored import ewc, fedprox  # isort: skip
from lossbook.losses.composite.curricula import self_paced, superloss

__all__ = ["ewc", "fedprox", "group_lasso", "l1", "l2", "self_paced", "superloss"]
