"""Every sentence that the book has taken on has a claim: counted by the origins that claims.yml records."""

import re

import pytest

from lossbook.claims import load

TYPES = [
    "mean squared error",
    "cross-entropy",
    "mean absolute error",
    "hinge loss",
    "Huber loss",
    "focal loss",
    "contrastive loss",
]
ORIGINS = [f"Core loss function types: {name}, sentence {k}" for name in TYPES for k in (1, 2)]

NAMES = "|".join(TYPES)
COLUMNS = "problem type|outlier sensitivity|gradient behavior|best use case|computational cost"
SHAPES = (
    r"Introduction, paragraph [1-3], sentence [1-5]",
    rf"Core loss function types: ({NAMES}), sentence [12]",
    rf"Comparison table: ({NAMES}), ({COLUMNS})",
    r"How it works: step [1-8]",
    r"How it works: example, part [1-4]",
    r"Common (teaching|practice)\b.*",
)


def recorded() -> list[str]:
    return [origin for entry in load().values() for origin in entry.origin.split("; ")]


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_sentence_has_a_claim(origin):
    assert origin in recorded()


def test_origins_are_written_alike():
    strange = [origin for origin in recorded() if not any(re.fullmatch(shape, origin) for shape in SHAPES)]
    assert not strange
