"""The ledger, the count and the loss cards as they stand in a built page."""

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from lossbook import losses
from lossbook.book.directives import loss_facts, loss_plot


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
    for name in (
        ".lb-claim__kicker",
        ".lb-question__reply",
        ".lb-ledger__tools",
        ".lb-loss__plot",
        ".lb-library__tools",
    ):
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
    (plot,) = soup(built.html("types/huber")).select("svg.lb-loss__plot")
    assert plot["aria-label"] == (
        "Huber loss at delta = 1 over the residual. Value: 2.5 at −3; 0.5 at −1; 0 at 0; 0.5 at 1; 2.5 at 3. "
        "Gradient: −1 at −3; −1 at −1; 0 at 0; 1 at 1; 1 at 3. Curvature: 0 at −3; 1 at −1; 1 at 0; 1 at 1; 0 at 3."
    )
    assert [text.text for text in plot.select(".lb-loss__name")] == ["Value", "Gradient", "Curvature"]
    assert str(plot).count("var(--lb-3)") == 3
    assert not re.search(r"#[0-9a-f]{6}", str(plot))


@pytest.mark.parametrize("name", losses.names())
def test_every_loss_can_be_drawn_and_described(name):
    loss = losses.get(name)
    said = [node.astext() for node in loss_facts.properties(loss.record)]
    assert said
    assert any("onvex" in words for words in said) == (loss.record.convex is not None)
    lead, _, example = loss_facts.words(loss)
    assert lead.endswith(".")
    assert f"{name}(" in example
    assert loss_facts.call(loss).startswith(f"lb.losses.{name}(")
    text = loss_plot.figure(loss)
    assert text.count('class="lb-loss__curve"') == 3
    assert all(len(d) > 8 for d in re.findall(r'class="lb-loss__curve"[^>]* d="([^"]*)"', text))
    assert "not finite" not in text
    assert "nan" not in text.lower().replace("nano", "")
    assert "−−" not in text
    assert "<path" in loss_plot.spark(loss)


def test_a_picture_is_the_loss():
    """The drawn points, read back from the picture, are values of the public function."""
    loss = losses.get("cauchy")
    (d,) = re.findall(r'<path class="lb-loss__curve"[^>]* d="([^"]*)"', loss_plot.figure(loss))[:1]
    points = np.array([pair.split() for pair in d[1:].split("L")], dtype=float)
    x = (points[:, 0] - loss_plot.LEFT) / (loss_plot.WIDTH - loss_plot.LEFT - loss_plot.RIGHT) * 8 - 4
    want = losses.cauchy(x, np.zeros_like(x), reduction="none")
    scale = (points[:, 1].max() - points[:, 1].min()) / (want.max() - want.min())
    np.testing.assert_allclose((points[:, 1].max() - points[:, 1]) / scale, want, atol=0.02)


def test_a_pole_leaves_the_panel_and_does_not_press_it_flat():
    x = np.linspace(-1, 1, 201)
    y = 1 / np.abs(x).clip(1e-3)
    line = loss_plot.line(x, y, 0.0, 10.0, lambda v: 100 - 10 * v)
    assert line.count("M") == 2
    heights = [float(pair.split()[1]) for pair in re.findall(r"[ML]([^ML]+)", line)]
    assert min(heights) == 0.0
    assert max(heights) <= 90.0


def test_rounding_dust_is_drawn_as_the_zero_that_it_is():
    _, _, ys = loss_plot.curves(losses.get("triplet"))
    assert not ys["curvature"].any()


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
        ("Hadsell, Chopra and LeCun (2006), NeurIPS; ValueError, NaN", ["ValueError", "NaN"]),
        ("Shapes (n, 1) and (n,) broadcast; 0.31 and 1.31.", []),
    ],
)
def test_code_in_the_record_is_set_as_code(text, codes):
    found = loss_facts.coded(text)
    assert [node.astext() for node in found if isinstance(node, nodes.literal)] == codes
    assert "".join(node.astext() for node in found) == text
