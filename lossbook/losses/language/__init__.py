"""Losses of sequences of tokens."""

from lossbook.losses.language.tokens import linear_cross_entropy, perplexity

__all__ = ["linear_cross_entropy", "perplexity"]
