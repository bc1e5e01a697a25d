"""Losses on class labels, computed from logits."""

from lossbook.losses.classification.multiclass import cross_entropy  # isort: skip
from lossbook.losses.classification.binary import binary_cross_entropy_with_logits
from lossbook.losses.classification.focal import focal

# isort: off
from lossbook.losses.classification.many import asymmetric
from lossbook.losses.classification.easy import poly1, softmax_focal
from lossbook.losses.classification.noisy import generalized_cross_entropy, symmetric_cross_entropy
from lossbook.losses.classification.rare import effective_number_weights, logit_adjusted
from lossbook.losses.classification.soft import distillation
# isort: on

__all__ = [
    "asymmetric",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "distillation",
    "effective_number_weights",
    "focal",
    "generalized_cross_entropy",
    "logit_adjusted",
    "poly1",
    "softmax_focal",
    "symmetric_cross_entropy",
]
