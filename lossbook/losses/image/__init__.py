"""Losses of pictures: how different two of them look."""

from lossbook.losses.image.similarity import ms_ssim_loss, ssim_loss  # isort: skip
from lossbook.losses.image.variation import total_variation  # isort: skip
from lossbook.losses.image.features import perceptual  # isort: skip
from lossbook.losses.image.pyramid import multi_scale

__all__ = ["ms_ssim_loss", "multi_scale", "perceptual", "ssim_loss", "total_variation"]
