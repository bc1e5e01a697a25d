"""What every notebook keeps to, whatever it says."""

import json
import tomllib
from pathlib import Path

import pytest

from lossbook.book.metadata import repository, strange_addresses

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "_config.yml"
NOTEBOOKS = sorted((ROOT / "chapters").rglob("*.ipynb"))
WIDTH = tomllib.loads((ROOT / "chapters" / "ruff.toml").read_text("utf8"))["line-length"]
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


def cells(path):
    return json.loads(path.read_text("utf8"))["cells"]


def tags(cell):
    return cell["metadata"].get("tags", [])


def source(cell):
    return "".join(cell["source"])


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_cell_installs_the_package_in_colab(path):
    first = cells(path)[0]
    assert "remove-cell" in tags(first)
    assert f"git+{repository(CONFIG)}" in source(first)
    assert not strange_addresses({"cells": cells(path)}, CONFIG)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_checked_outputs_are_kept(path):
    for cell in cells(path):
        if cell["cell_type"] != "code":
            continue
        kept, checked = bool(cell["outputs"]), "nbval-check-output" in tags(cell)
        assert kept == checked, f"{cell['id']}: run `make record`"
        assert cell["execution_count"] is None or checked


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_figures_have_a_text_that_says_what_they_show(path):
    for cell in cells(path):
        if cell["cell_type"] == "code" and "plt.show()" in source(cell):
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 80, cell["id"]
            assert any(letter.isdigit() for letter in alt), f"{cell['id']}: the numbers that matter"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_visible_code_fits_the_page(path):
    """Nobody scrolls code sideways; the formatter breaks code at this width, but no string and no comment."""
    for cell in cells(path):
        if cell["cell_type"] == "code" and not HIDDEN & set(tags(cell)):
            for line in source(cell).splitlines():
                assert len(line) <= WIDTH, f"{cell['id']}: {line}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_use_public_names_only(path):
    for cell in cells(path):
        if cell["cell_type"] == "code":
            for line in source(cell).splitlines():
                assert not line.startswith("from lossbook"), line
                assert not (line.startswith("import lossbook") and line != "import lossbook as lb"), line


@pytest.mark.parametrize("path", [p for p in NOTEBOOKS if p.parent.name == "types"], ids=lambda path: path.stem)
def test_a_loss_has_a_page_of_the_usual_rhythm(path):
    """Question, widget, definition, rules before claims, failure, practice, exercise, take-aways."""
    text = [source(cell) for cell in cells(path)]
    whole = "\n".join(text)
    for part in ("## When it fails", "## In practice", "## Your turn", "## Quick questions", "## Take-aways"):
        assert part in whole, part
    for part in ("lb.widgets.", "lb.definition(", "```{loss-card}", "**Sources.**", "**Next.**"):
        assert part in whole, part
    assert 2 <= whole.count("lb.question(") <= 6
    rules = [i for i, cell in enumerate(text) if "lb.rule(" in cell]
    claims = [i for i, cell in enumerate(text) if "lb.claim(" in cell]
    assert len(rules) == len(claims) >= 3
    assert all(rule < claim for rule, claim in zip(rules, claims, strict=True))
