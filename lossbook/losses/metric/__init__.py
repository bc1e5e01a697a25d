"""Losses of embeddings: what is alike should be near, what is not should be far."""

from lossbook.losses.metric.distances import contrastive, triplet  # isort: skip
from lossbook.losses.metric.hardest import batch_hard_triplet

__all__ = ["batch_hard_triplet", "contrastive", "triplet"]
