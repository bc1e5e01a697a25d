"""Losses of pictures: how different two of them look."""

from lossbook.losses.image.similarity import ms_ssim_loss, ssim_loss  # isort: skip
from lossbook.losses.image.variation import total_variation  # isort: skip
from lossbook.losses.image.compared import multi_scale, perceptual

__all__ = ["ms_ssim_loss", "multi_scale", "perceptual", "ssim_loss", "total_variation"]
