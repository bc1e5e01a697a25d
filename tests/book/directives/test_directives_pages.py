"""The ledger, the count and the loss cards as they stand in a built page."""

import re

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from lossbook import losses
from lossbook.book.directives import loss_card, loss_plot


def soup(text):
    return BeautifulSoup(text, "html.parser")


def test_every_claim_links_to_the_cell_that_judged_it(built):
    ledger = soup(built.html("reference/claims"))
    links = ledger.select(".lb-ledger article .lb-ledger__source a")
    assert [link["href"] for link in links] == [
        "../types/mse.html#claim-mse-one-outlier",
        "../types/mse.html#claim-mse-large-errors",
        "../types/mae.html#claim-mae-equal",
    ]
    for link in links:
        page, anchor = link["href"].removeprefix("../").split("#")
        assert len(soup(built.html(page.removesuffix(".html"))).select(f"#{anchor}")) == 1


def test_the_ledger_says_what_the_cards_say(built):
    ledger = soup(built.html("reference/claims"))
    for page in ("types/mse", "types/mae"):
        for card in soup(built.html(page)).select(".lb-claim[data-claim-id]"):
            row = ledger.select_one(f"#ledger-{card['data-claim-id']}")
            assert row["data-verdict"] == card["data-verdict"] == row.select_one(".lb-verdict strong").text
            for part in (".lb-claim__number", ".lb-claim__says", ".lb-claim__rule", ".lb-claim__foot"):
                assert [e.text for e in row.select(part)] == [e.text for e in card.select(part)] != []


def test_controls_wait_for_the_script_and_count(built):
    ledger = soup(built.html("reference/claims"))
    assert ledger.select_one(".lb-ledger__tools").has_attr("hidden")
    assert not ledger.select("article[hidden]")
    labels = [label.text.strip() for label in ledger.select(".lb-ledger__tools label")]
    assert labels == ["All (3)", "Holds (1)", "Holds with conditions (1)", "Does not hold as stated (1)"]
    assert ledger.select("script[src*='ledger.js']")
    assert not soup(built.html("types/mse")).select("script[src*='ledger.js']")
    assert ledger.select("script[src*='mathjax']")  # a claim has maths in it


def test_count(built):
    count = soup(built.html("index")).select_one(".lb-count")
    assert count.select_one("a")["href"] == "reference/claims.html"
    assert " ".join(count.text.split()) == "3 claims tested: 1 holds 1 holds with conditions 1 does not hold as stated"


def test_style_and_script_stand_once_in_a_page(built):
    text = built.html("types/mse")
    assert "data-lossbook" not in text
    assert ".lb-claim__kicker" not in text
    sheet = (built.out / "_static" / "lossbook.css").read_text("utf8")
    for name in (".lb-claim__kicker", ".lb-question__reply", ".lb-ledger__tools", ".lb-loss__plots"):
        assert name in sheet
    assert text.count("question.js") == 1


def test_loss_card_has_all_of_the_record(built):
    record = losses.get("huber").record
    card = soup(built.html("types/huber")).select_one(".lb-loss")
    text = " ".join(card.text.split())
    for words in (record.title, record.elicits, "delta", "Default 1, range (0, ∞)", "Convex", "Bounded gradient"):
        assert words in text
    for trap in record.traps:
        assert " ".join(trap.split()) in text
    for library, said in record.elsewhere.items():
        assert library in text
        assert said in text
    assert record.formula in card.select_one("div.math").text
    assert card.select_one('a[href="#id2"], a[href*="#id"]').text == "Huber, 1964"
    assert "torch.nn.functional.huber_loss" in [code.text for code in card.select("code")]


def test_pictures_have_words_and_follow_the_theme(built):
    plots = soup(built.html("types/huber")).select("svg.lb-loss__plot")
    value, slope = (plot["aria-label"] for plot in plots)
    assert value == "Huber loss at delta = 1 over the residual: 2.5 at −3; 0.5 at −1; 0 at 0; 0.5 at 1; 2.5 at 3."
    assert slope == "Gradient of the Huber loss at delta = 1: from −1 to 1 between a residual of −4 and 4."
    assert "var(--lb-3)" in str(plots[0])
    assert not re.search(r"#[0-9a-f]{6}", str(plots[0]))


@pytest.mark.parametrize("name", losses.names())
def test_every_loss_can_be_drawn_and_described(name):
    loss = losses.get(name)
    said = " ".join(node.astext() for node in loss_card.properties(loss.record))
    assert "onvex" in said
    if loss.record.axis:
        text = loss_plot.panels(loss)
        assert text.count("<svg") == 2
        assert "nan" not in text.lower()
        assert "−−" not in text


def test_unknown_loss_lists_near_names(book):
    book.write("types/huber.md", "# Huber\n\n```{loss-card} hubert\n```\n")
    assert "no loss is called 'hubert'; did you mean huber" in book.build()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("torch.nn.functional.mse_loss, torch.nn.MSELoss", ["torch.nn.functional.mse_loss", "torch.nn.MSELoss"]),
        ("SGDRegressor(loss='squared_error') carries a half", ["SGDRegressor(loss='squared_error')"]),
        ("ceres::CauchyLoss(c)", ["ceres::CauchyLoss(c)"]),
        ("log(cosh(r)) as written overflows from r = 89.5", ["log(cosh(r))"]),
        ("objective='huber', which calls delta alpha", ["objective='huber'"]),
        ("Shapes (n, 1) and (n,) broadcast; 0.31 and 1.31.", []),
    ],
)
def test_code_in_the_record_is_set_as_code(text, codes):
    found = loss_card.coded(text)
    assert [node.astext() for node in found if isinstance(node, nodes.literal)] == codes
    assert "".join(node.astext() for node in found) == text
