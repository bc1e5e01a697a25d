"""Figures of the book: one style, and a few helpers that draw what its pages need."""

from lossbook.figures.style import use_style

__all__ = ["use_style"]
