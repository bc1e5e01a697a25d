"""Losses of pictures: how different two of them look."""

from lossbook.losses.image.similarity import ms_ssim_loss, ssim_loss

__all__ = ["ms_ssim_loss", "ssim_loss"]
