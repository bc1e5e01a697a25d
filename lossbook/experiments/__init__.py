"""How the book measures: networks for many seeds at once, a small training loop, intervals over seeds, robust fits."""

from lossbook.experiments.intervals import Interval, differences, interval, paired_interval, sign_flip_test
from lossbook.experiments.robust import irls, predict, robust_fit, slope_of
from lossbook.experiments.sweeps import SeedFailed, sweep

__all__ = [
    "Interval",
    "SeedFailed",
    "differences",
    "interval",
    "irls",
    "paired_interval",
    "predict",
    "robust_fit",
    "sign_flip_test",
    "slope_of",
    "sweep",
]
