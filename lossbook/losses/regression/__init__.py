"""Losses on real-valued targets: what an error of a given size costs."""

from lossbook.losses.regression.squared import huber, mse, smooth_l1  # isort: skip
from lossbook.losses.regression.absolute import log_cosh, mae, quantile
from lossbook.losses.regression.robust import cauchy, charbonnier, general_robust

__all__ = [
    "cauchy",
    "charbonnier",
    "general_robust",
    "huber",
    "log_cosh",
    "mae",
    "mse",
    "quantile",
    "smooth_l1",
]
