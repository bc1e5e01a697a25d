"""How the book measures: networks for many seeds at once, a small training loop, intervals over seeds, robust fits."""

from lossbook.experiments.boundary import linear_classifier
from lossbook.experiments.intervals import Interval, differences, interval, paired_interval, sign_flip_test
from lossbook.experiments.networks import BatchedMLP
from lossbook.experiments.ranked import average_precision
from lossbook.experiments.robust import irls, predict, robust_fit, slope_of
from lossbook.experiments.splits import Splits, split_stack, take
from lossbook.experiments.sweeps import SeedFailed, sweep
from lossbook.experiments.training import Diverged, History, clip_per_seed, fit

__all__ = [
    "BatchedMLP",
    "Diverged",
    "History",
    "Interval",
    "SeedFailed",
    "Splits",
    "average_precision",
    "clip_per_seed",
    "differences",
    "fit",
    "interval",
    "irls",
    "linear_classifier",
    "paired_interval",
    "predict",
    "robust_fit",
    "sign_flip_test",
    "slope_of",
    "split_stack",
    "sweep",
    "take",
]
