"""Losses of sequences of tokens."""

from lossbook.losses.language.tokens import linear_cross_entropy, perplexity  # isort: skip
from lossbook.losses.language.alignment import ctc

__all__ = ["ctc", "linear_cross_entropy", "perplexity"]
