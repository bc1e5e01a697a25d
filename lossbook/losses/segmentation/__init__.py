"""Losses of regions in pictures: how well a predicted region covers the true one."""

from lossbook.losses.segmentation.overlap import dice, jaccard  # isort: skip
from lossbook.losses.segmentation.tversky import focal_tversky, tversky  # isort: skip
from lossbook.losses.segmentation.lovasz import lovasz_hinge, lovasz_softmax

__all__ = ["dice", "focal_tversky", "jaccard", "lovasz_hinge", "lovasz_softmax", "tversky"]
