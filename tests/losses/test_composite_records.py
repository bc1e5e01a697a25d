"""Records of the ways to combine several losses, and how a way gets one."""

import dataclasses
import doctest
import inspect
import pathlib
import re

import pytest

from lossbook import losses
from lossbook.losses.composite.methods import _METHODS, method

BIBLIOGRAPHY = pathlib.Path(__file__).parents[2] / "references.bib"
NAMES = ["weighted_sum", "UncertaintyWeighting", "GradNorm", "DynamicWeightAverage", "PCGrad"]


def test_records_are_complete():
    records = losses.methods()
    assert [r.name for r in records] == NAMES
    known = set(re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY.read_text(), re.M))
    for record in records:
        made = getattr(losses, record.name)
        assert made.record is record
        assert record.cite
        assert set(record.cite) <= known
        assert record.traps
        assert record.primary.endswith(".")
        assert record.says.endswith(".")
        assert record.signature == f"{record.name}{inspect.signature(made)}"
        assert record.source.startswith(("class ", "def "))
        assert record.name in re.split(r"[ (:]", record.source.splitlines()[0])
        for part in (record.formula, *record.symbols, "Mind:", "Source:", ">>>", "Raises"):
            assert part in made.__doc__
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.name = "other"
        finder = doctest.DocTestFinder(recurse=False)
        (case,) = finder.find(made, record.name, globs=vars(losses).copy())
        assert doctest.DocTestRunner(verbose=False).run(case).failed == 0


def test_a_method_keeps_its_behavior():
    facts = dict.fromkeys(("title", "short", "formula", "says", "primary"), "x")
    registered = method(**facts, symbols={}, traps=["t"], elsewhere={"a": "b"}, cite=[])

    def twice(x):
        """Twice."""
        return 2 * x

    try:
        assert registered(twice) is twice
        assert twice(3) == 6
        assert losses.methods()[-1] is twice.record
        assert "Elsewhere:\n    a: b" in twice.__doc__
        assert twice.record.source == "def twice(x):\n    return 2 * x\n"
    finally:
        _METHODS.pop("twice", None)
