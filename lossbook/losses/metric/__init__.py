"""Losses of embeddings: what is alike should be near, what is not should be far."""

from lossbook.losses.metric.distances import contrastive, triplet  # isort: skip
from lossbook.losses.metric.hardest import batch_hard_triplet  # isort: skip
from lossbook.losses.metric.candidates import info_nce, nt_xent  # isort: skip
from lossbook.losses.metric.labelled import sup_con  # isort: skip
from lossbook.losses.metric.angles import cosine_embedding, siglip

__all__ = [
    "batch_hard_triplet",
    "contrastive",
    "cosine_embedding",
    "info_nce",
    "nt_xent",
    "siglip",
    "sup_con",
    "triplet",
]
