"""Pages made from the registry: the cards of a family, their explorers, and the table of all losses."""

import doctest
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from small_book import Book

from lossbook import losses
from lossbook.book.directives import loss_facts, loss_live, loss_plot

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "chapters" / "library"
# what is larger than straight-line code may be, or takes eigenvalues
STILL = {"ssim_loss", "ms_ssim_loss", "infidelity", "relative_entropy"}
FAMILIES = list(dict.fromkeys(record.family for record in losses.records()))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The small book with a page for one family, and the table."""
    book = Book(tmp_path_factory.mktemp("library"))
    book.write("references.bib", (ROOT / "references.bib").read_text("utf8"))
    book.write("library/margin.md", "# Margin\n\nSee [](#loss-hinge).\n\n```{loss-family} margin\n```\n")
    book.write("library/composite.md", "# Combinations\n\n## Methods\n\n```{loss-methods}\n```\n")
    book.write("library/overview.md", "# All losses\n\n```{loss-table}\n```\n")
    index = (
        (book.folder / "index.md")
        .read_text("utf8")
        .replace("types/mse", "library/overview\nlibrary/margin\nlibrary/composite\ntypes/mse")
    )
    book.write("index.md", index + "\nAlso {ref}`loss-squared_hinge`.\n")
    assert book.build() == ""
    return book


def soup(book, name):
    return BeautifulSoup(book.html(name), "html.parser")


def plain(text):
    """Without the line breaks and the curly quotes of typesetting."""
    return re.sub("[“”]", '"', " ".join(text.split()).replace("’", "'"))


def test_a_family_has_a_card_under_a_heading_for_each_loss(library):
    page = soup(library, "library/margin")
    names = losses.names("margin")
    assert [s["id"] for s in page.select("article section section")] == names
    for name in names:
        record, section = losses.get(name).record, page.find(id=name)
        assert section.h2.get_text().startswith(record.title)
        card = section.select_one(".lb-loss")
        assert record.formula in card.select_one("div.math").text
        assert card.select_one("svg.lb-loss__plot")["aria-label"].startswith(record.title)
        assert f"lb.losses.{name}(" in card.select_one("pre").text
        told = plain(card.text)
        assert [trap for trap in record.traps if plain(trap) not in told] == []
        folds = [summary.text for summary in card.select("details > summary")]
        assert folds[0].startswith("Try it")
        assert folds[-1] == "Definition and sources"
        assert record.source.splitlines()[0] in card.select("details")[-1].get_text()


def test_the_list_at_the_top_leads_to_each_card(library):
    links = soup(library, "library/margin").select(".lb-loss-list a")
    assert [link["href"] for link in links] == [f"#{name}" for name in losses.names("margin")]
    assert all(link.svg["aria-hidden"] == "true" and link.text for link in links)


def test_cards_can_be_linked_from_anywhere(library):
    links = [a["href"] for a in soup(library, "index").select("article a.reference.internal")]
    assert "library/margin.html#squared_hinge" in links
    assert soup(library, "library/margin").select_one('p a[href="#hinge"]').text == losses.hinge.record.title


def test_every_explorer_is_saved_with_the_page_and_all_share_one_bundle(library):
    page = soup(library, "library/margin")
    (state,) = page.find_all("script", type="application/vnd.jupyter.widget-state+json")
    models = json.loads(state.string)["state"]
    assert list(models) == [f"explorer-{name}" for name in losses.names("margin")]
    assert {box["data-model"] for box in page.select(".lb-loss__live .afm-widget")} == set(models)
    sources = {model["state"]["_esm"] for model in models.values()}
    assert len(sources) == 1
    assert len(page.find_all("script", src=re.compile(r"afm/[0-9a-f]+\.js"))) == 1
    assert all("_css" not in model["state"] for model in models.values())
    assert len(state.string) < 100_000
    assert len(page.find_all("script", src=re.compile(r"loss-library\.js"))) == 1
    assert not soup(library, "types/mse").find_all("script", src=re.compile(r"loss-library\.js"))


def test_a_page_says_the_same_when_it_is_built_again(library):
    one, two = (loss_live.explorer(losses.hinge) for _ in range(2))
    assert one == two


def test_the_table_has_a_row_for_each_loss_and_links_where_there_is_a_page(library):
    rows = soup(library, "library/overview").select(".lb-library tbody tr")
    assert [row.th.code.text for row in rows] == losses.names()
    linked = {row.th.code.text: row.th.a["href"] for row in rows if row.th.a}
    want = {name: f"{family}.html#{name}" for family in ("margin", "composite") for name in losses.names(family)}
    assert linked == want
    for row in rows:
        record = losses.get(row.th.code.text).record
        if record.convex is not None:
            want = f"if {record.convex}" if isinstance(record.convex, str) else "yes" if record.convex else "no"
            assert row.find_all("td")[2].text == want


def test_methods_have_cards_without_a_picture(library):
    page = soup(library, "library/composite")
    records = losses.methods()
    assert [s["id"] for s in page.select("article section section section")] == [record.name for record in records]
    for record in records:
        card = page.find(id=record.name).select_one(".lb-loss")
        told = plain(card.text)
        assert all(plain(trap) in told for trap in record.traps)
        assert f"lb.losses.{record.signature}" in card.select_one("pre").text
        assert record.formula in card.select_one("div.math").text
        assert not card.select("svg, .afm-widget")


def test_an_unknown_family_lists_near_names(book):
    book.write("types/huber.md", "# Huber\n\n```{loss-family} regresion\n```\n")
    assert "no family is called 'regresion'; did you mean regression" in book.build()


def _unfit():
    """A loss with a path that no compiler can follow: it looks at a value."""

    def looks(input, target):
        return (input - target) ** 2 if float(input.sum()) > 0 else (input - target).abs()

    looks.record = replace(losses.get("gamma_deviance").record, name="looks", parameters=())
    looks.definition = looks
    return looks


def test_a_loss_that_does_not_compile_says_why_and_keeps_its_picture():
    loss = _unfit()
    said = loss_live.explorer(loss)
    assert said.startswith('<p class="lb-loss__still">Only a still picture, since ')
    assert "details" not in said
    assert loss_plot.figure(loss).count("lb-loss__curve") == 3


def test_every_family_has_its_page_in_the_book_and_every_link_on_it_a_card():
    listed = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
    pages = [
        c["file"] for part in listed["parts"] for c in part["chapters"] if c["file"].startswith("chapters/library/")
    ]
    assert [Path(page).name for page in pages] == ["overview", *FAMILIES]
    for family in FAMILIES:
        text = (PAGES / f"{family}.md").read_text("utf8")
        assert f"```{{loss-family}} {family}\n```" in text
        known = {*losses.names(), *(record.name.lower() for record in losses.methods())}
        assert set(re.findall(r"\(#loss-(\w+)\)", text)) <= known


@pytest.mark.parametrize("name", losses.names())
def test_the_example_of_a_card_runs_as_it_stands(name):
    _, _, example = loss_facts.words(losses.get(name))
    assert example.startswith(">>> import lossbook as lb\n")
    test = doctest.DocTestParser().get_doctest(example, {}, name, None, 0)
    runner, told = doctest.DocTestRunner(verbose=False), io.StringIO()
    runner.run(test, out=told.write)
    assert runner.failures == 0, told.getvalue()


def test_the_code_on_the_page_about_your_own_loss_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (PAGES / "overview.md").read_text("utf8"), flags=re.S)
    shown = "\nprint(lb.losses.names('regression')[-1], lb.losses.get('pseudo_huber').record.lipschitz)\n"
    script = tmp_path / "mine.py"
    script.write_text(code + shown, "utf8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "pseudo_huber delta"


def test_every_loss_of_the_library_is_alive_or_says_why():
    still = [
        r.name for r in losses.records() if "Only a still picture, since" in loss_live.explorer(losses.get(r.name))
    ]
    assert set(still) <= STILL
