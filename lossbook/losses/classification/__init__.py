"""Losses on class labels, computed from logits."""

from lossbook.losses.classification.multiclass import cross_entropy  # isort: skip
from lossbook.losses.classification.binary import binary_cross_entropy_with_logits
from lossbook.losses.classification.focal import focal

__all__ = ["binary_cross_entropy_with_logits", "cross_entropy", "focal"]
