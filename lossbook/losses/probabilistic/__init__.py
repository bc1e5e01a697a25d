"""Losses of a predicted distribution: what it costs that the target came out as it did."""

# isort: off
# in the order of the book
from lossbook.losses.probabilistic.likelihood import gaussian_nll, laplace_nll, beta_nll
from lossbook.losses.probabilistic.heavy import student_t_nll, evidential_nig
from lossbook.losses.probabilistic.crps import crps_gaussian, crps_ensemble
from lossbook.losses.probabilistic.scores import brier, log_score, spherical_score
from lossbook.losses.probabilistic.divergence import kl_divergence, js_divergence
from lossbook.losses.probabilistic.survival import cox_partial_likelihood
# isort: on

__all__ = [
    "beta_nll",
    "brier",
    "cox_partial_likelihood",
    "crps_ensemble",
    "crps_gaussian",
    "evidential_nig",
    "gaussian_nll",
    "js_divergence",
    "kl_divergence",
    "laplace_nll",
    "log_score",
    "spherical_score",
    "student_t_nll",
]
