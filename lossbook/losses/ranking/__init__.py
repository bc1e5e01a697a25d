"""Losses of lists: whether what matters more comes first."""

from lossbook.losses.ranking.pairs import bpr, pairwise_hinge, pairwise_logistic  # isort: skip
from lossbook.losses.ranking.orders import list_mle, listnet
from lossbook.losses.ranking.places import approx_ndcg, lambda_rank

__all__ = ["approx_ndcg", "bpr", "lambda_rank", "list_mle", "listnet", "pairwise_hinge", "pairwise_logistic"]
