"""Losses of models that make samples."""

from lossbook.losses.generative.adversarial import gan_discriminator, gan_generator  # isort: skip
from lossbook.losses.generative.slopes import denoising_score_matching, gradient_penalty  # isort: skip
from lossbook.losses.generative.latent import elbo, gaussian_kl  # isort: skip
from lossbook.losses.generative.kernels import median_bandwidth, mmd  # isort: skip
from lossbook.losses.generative.preference import dpo

__all__ = [
    "denoising_score_matching",
    "dpo",
    "elbo",
    "gan_discriminator",
    "gan_generator",
    "gaussian_kl",
    "gradient_penalty",
    "median_bandwidth",
    "mmd",
]
