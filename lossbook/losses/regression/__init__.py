"""Losses on real-valued targets: what an error of a given size costs."""

# isort: off
# in the order of the book
from lossbook.losses.regression.squared import huber, mse, smooth_l1
from lossbook.losses.regression.absolute import log_cosh, mae, quantile
from lossbook.losses.regression.robust import cauchy, charbonnier, general_robust
from lossbook.losses.regression.asymmetric import epsilon_insensitive, expectile
from lossbook.losses.regression.redescending import geman_mcclure, tukey, welsch
from lossbook.losses.regression.positive import gamma_deviance, msle, poisson_nll, tweedie_deviance
# isort: on

__all__ = [
    "cauchy",
    "charbonnier",
    "epsilon_insensitive",
    "expectile",
    "gamma_deviance",
    "geman_mcclure",
    "general_robust",
    "huber",
    "log_cosh",
    "mae",
    "mse",
    "msle",
    "poisson_nll",
    "quantile",
    "smooth_l1",
    "tukey",
    "tweedie_deviance",
    "welsch",
]
