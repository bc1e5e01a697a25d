"""Losses of lists: whether what matters more comes first."""

from lossbook.losses.ranking.pairs import bpr, pairwise_hinge, pairwise_logistic  # isort: skip
from lossbook.losses.ranking.orders import list_mle, listnet

__all__ = ["bpr", "list_mle", "listnet", "pairwise_hinge", "pairwise_logistic"]
