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
COLUMNS = ["problem type", "outlier sensitivity", "gradient behavior", "best use case", "computational cost"]
SENTENCES = {1: 3, 2: 5, 3: 4}  # of the introduction, by paragraph
ORIGINS = [
    *(f"Introduction, paragraph {p}, sentence {s}" for p, count in SENTENCES.items() for s in range(1, count + 1)),
    *(f"Core loss function types: {name}, sentence {s}" for name in TYPES for s in (1, 2)),
    *(f"Comparison table: {name}, {column}" for name in TYPES[:-1] for column in COLUMNS),  # six rows: no contrastive
    *(f"How it works: step {k}" for k in range(1, 9)),
    *(f"How it works: example, part {k}" for k in range(1, 5)),
]

NAMES = "|".join(TYPES)
SHAPES = (
    r"Introduction, paragraph [1-3], sentence [1-5]",
    rf"Core loss function types: ({NAMES}), sentence [12]",
    rf"Comparison table: ({NAMES}), ({'|'.join(COLUMNS)})",
    r"How it works: step [1-8]",
    r"How it works: example, part [1-4]",
    r"(Key benefits|Best practices): [a-z -]+",
    r"Common (teaching|practice)\b.*",
)


def recorded() -> list[str]:
    return [origin for entry in load().values() for origin in entry.origin.split("; ")]


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_sentence_has_a_claim(origin):
    assert origin in recorded()


def test_the_sentences_and_cells_are_counted():
    assert len(ORIGINS) == len(set(ORIGINS)) == 12 + 14 + 30 + 12


def test_origins_are_written_alike():
    strange = [origin for origin in recorded() if not any(re.fullmatch(shape, origin) for shape in SHAPES)]
    assert not strange
