"""Losses of lists: whether what matters more comes first."""

from lossbook.losses.ranking.pairs import bpr, pairwise_hinge, pairwise_logistic

__all__ = ["bpr", "pairwise_hinge", "pairwise_logistic"]
