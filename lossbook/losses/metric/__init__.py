"""Losses of embeddings: what is alike should be near, what is not should be far."""

from lossbook.losses.metric.distances import contrastive, triplet  # isort: skip

__all__ = ["contrastive", "triplet"]
