"""Losses of a predicted distribution: what it costs that the target came out as it did."""

from lossbook.losses.probabilistic.likelihood import gaussian_nll, laplace_nll  # isort: skip
from lossbook.losses.probabilistic.crps import crps_gaussian

__all__ = ["crps_gaussian", "gaussian_nll", "laplace_nll"]
