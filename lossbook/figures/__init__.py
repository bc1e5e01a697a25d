"""Figures of the book: one style, and helpers that draw what its pages need.

The text that stands for a figure where it cannot be seen is in the cell's metadata, ``{"mystnb": {"image": {"alt":
"..."}}}``: it is the only route to the page, so no helper takes it.
"""

from lossbook.figures.curves import curve, spread
from lossbook.figures.labels import label
from lossbook.figures.seeds import compare, strip
from lossbook.figures.strokes import stroke
from lossbook.figures.style import new, parameters, use_style
from lossbook.figures.svg import to_svg

__all__ = ["compare", "curve", "label", "new", "parameters", "spread", "strip", "stroke", "to_svg", "use_style"]
