"""Losses, written once: a readable torch definition, a record of what is known about it, and a public function.

>>> import numpy as np
>>> import lossbook as lb
>>> float(lb.losses.huber(np.array([0.5, 3.0]), np.zeros(2), delta=1.0))
1.3125
>>> lb.losses.names("classification")[:3]
['cross_entropy', 'binary_cross_entropy_with_logits', 'focal']
"""

# ruff: noqa: F403

from lossbook.losses.display import Definition, definition
from lossbook.losses.examples import examples
from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path, along
from lossbook.losses.registry import Record, get, loss, names, near, records
from lossbook.losses.sides import Side

# isort: off
# the families register in the order of the book
from lossbook.losses.regression import *
from lossbook.losses.classification import *
from lossbook.losses.margin import *
from lossbook.losses.probabilistic import *
from lossbook.losses.metric import *
from lossbook.losses.segmentation import *
from lossbook.losses.boxes import *
from lossbook.losses.ranking import *
from lossbook.losses.generative import *
from lossbook.losses.image import *
from lossbook.losses.language import *
from lossbook.losses.composite import *
from lossbook.losses import (
    regression,
    classification,
    margin,
    probabilistic,
    metric,
    segmentation,
    boxes,
    ranking,
    generative,
    image,
    language,
    composite,
)
# isort: on

__all__ = [
    "Choice",
    "Definition",
    "Parameter",
    "Path",
    "Record",
    "Side",
    "along",
    "definition",
    "examples",
    "get",
    "loss",
    "names",
    "records",
    *regression.__all__,
    *classification.__all__,
    *margin.__all__,
    *probabilistic.__all__,
    *metric.__all__,
    *segmentation.__all__,
    *boxes.__all__,
    *ranking.__all__,
    *generative.__all__,
    *image.__all__,
    *language.__all__,
    *composite.__all__,
]


def __getattr__(name: str):
    raise AttributeError(f"lossbook.losses has no {name!r}; {near(name, names())}")
