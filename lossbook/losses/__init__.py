"""Losses, written once: a readable torch definition, a record of what is known about it, and a public function.

>>> import numpy as np
>>> import lossbook as lb
>>> float(lb.losses.huber(np.array([0.5, 3.0]), np.zeros(2), delta=1.0))
1.3125
>>> lb.losses.names("classification")[:3]
['cross_entropy', 'binary_cross_entropy_with_logits', 'focal']
"""

from lossbook.losses.companions import Companion
from lossbook.losses.display import Definition, definition
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import Record, get, loss, names, near, records

# isort: off
# the families register in the order of the book
from lossbook.losses.regression import cauchy, charbonnier, general_robust, huber, log_cosh, mae, mse, quantile
from lossbook.losses.regression import epsilon_insensitive, expectile, gamma_deviance, geman_mcclure, msle, poisson_nll
from lossbook.losses.regression import smooth_l1, tukey, tweedie_deviance, welsch
from lossbook.losses.classification import binary_cross_entropy_with_logits, cross_entropy, focal
from lossbook.losses.classification import effective_number_weights, generalized_cross_entropy, logit_adjusted
from lossbook.losses.classification import poly1, softmax_focal, symmetric_cross_entropy
from lossbook.losses.margin import exponential, hinge, logistic, modified_huber, perceptron, smooth_hinge, squared_hinge
from lossbook.losses.probabilistic import crps_gaussian, gaussian_nll, laplace_nll
# isort: on

__all__ = [
    "Companion",
    "Definition",
    "Parameter",
    "Record",
    "binary_cross_entropy_with_logits",
    "cauchy",
    "charbonnier",
    "cross_entropy",
    "crps_gaussian",
    "definition",
    "effective_number_weights",
    "epsilon_insensitive",
    "expectile",
    "exponential",
    "focal",
    "gamma_deviance",
    "gaussian_nll",
    "geman_mcclure",
    "general_robust",
    "generalized_cross_entropy",
    "get",
    "hinge",
    "huber",
    "laplace_nll",
    "log_cosh",
    "logistic",
    "logit_adjusted",
    "loss",
    "mae",
    "modified_huber",
    "mse",
    "msle",
    "names",
    "perceptron",
    "poisson_nll",
    "poly1",
    "quantile",
    "records",
    "smooth_hinge",
    "smooth_l1",
    "softmax_focal",
    "squared_hinge",
    "symmetric_cross_entropy",
    "tukey",
    "tweedie_deviance",
    "welsch",
]


def __getattr__(name: str):
    raise AttributeError(f"lossbook.losses has no {name!r}; {near(name, names())}")
