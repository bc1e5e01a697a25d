"""Losses of a predicted distribution: what it costs that the target came out as it did."""

# isort: off
# in the order of the book
from lossbook.losses.probabilistic.likelihood import gaussian_nll, laplace_nll, beta_nll
from lossbook.losses.probabilistic.heavy import student_t_nll, evidential_nig
from lossbook.losses.probabilistic.crps import crps_gaussian
# isort: on

__all__ = ["beta_nll", "crps_gaussian", "evidential_nig", "gaussian_nll", "laplace_nll", "student_t_nll"]
