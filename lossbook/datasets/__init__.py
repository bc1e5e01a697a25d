"""Data for the book: real tables that ship inside installed packages, and simulations with a known truth.

Nothing is downloaded. Each real data set is a :class:`Data` with its units, license and source.
"""

from lossbook.datasets.real import (
    ames,
    breast_cancer,
    diabetes,
    digits,
    engel,
    motorcycle,
    r_table,
    stackloss,
    stars,
    telephone_calls,
)
from lossbook.datasets.record import Data
from lossbook.datasets.scenes import digit_scenes
from lossbook.datasets.simulated import NOISE_LAWS, contaminated_location, line_with_outlier, noisy_line, rare_class

__all__ = [
    "NOISE_LAWS",
    "Data",
    "ames",
    "breast_cancer",
    "contaminated_location",
    "diabetes",
    "digit_scenes",
    "digits",
    "engel",
    "line_with_outlier",
    "motorcycle",
    "noisy_line",
    "r_table",
    "rare_class",
    "stackloss",
    "stars",
    "telephone_calls",
]
