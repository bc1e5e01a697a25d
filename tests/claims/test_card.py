"""The card: the same words and rounded numbers in text, HTML and JSON."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest

import lossbook as lb
from lossbook.claims import MIME, ClaimCard, RuleCard, judge, store


@pytest.fixture
def card(entry, write, around):
    write(entry)
    values = {"shift_ratio": around(800, 90), "sideways": around(1, 0.02)}
    return ClaimCard(judge(store.get(entry["id"]), values, {"slope": around(2, 0.1)}))


def test_text_is_fixed(card):
    assert card.bundle()["text/plain"].splitlines() == [
        "Claim: Mean squared error is highly sensitive to outliers.",
        "- slope shift, MSE over MAE:",
        "    800 [724, 876] times; holds if > 10: passes",
        "- condition, the same, moved sideways:",
        "    1.000 [0.983, 1.017]; holds if > 10: fails",
        "control: The same fits without the outlier. Measured: slope 2.000",
        "8 seeds, 95% interval of the mean",
        "Verdict: holds with conditions. It is true for outliers in y only.",
    ]


def test_noise_of_another_processor_changes_nothing(entry, write, around, card):
    rng = np.random.default_rng(1)
    values = {"shift_ratio": around(800, 90), "sideways": around(1, 0.02)}
    noisy = {name: v * (1 + 1e-9 * rng.normal(size=8)) for name, v in values.items()}
    other = ClaimCard(judge(store.get(entry["id"]), noisy, {"slope": around(2, 0.1)}))
    assert other.bundle() == card.bundle()


def test_json_carries_what_the_ledger_needs(card):
    data = json.loads(json.dumps(card.bundle()[MIME]))
    assert (data["id"], data["verdict"], data["page"]) == (
        "mse-one-outlier",
        "holds with conditions",
        "types/mean-squared-error",
    )
    assert [part["outcome"] for part in data["parts"]] == ["passes", "fails"]
    assert data["controls"] == [{"label": "slope", "mean": "2.000"}]


class Outline(HTMLParser):
    """Checks nesting, collects attributes and text."""

    VOID = ("path", "circle", "rect", "br", "input")

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.words = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in self.VOID or self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def outline(text):
    found = Outline()
    found.feed(text)
    assert found.open == []
    return found


def test_html_is_anchored_and_says_the_verdict_in_words(card):
    html = card.bundle()["text/html"]
    page = outline(html)
    tag, attrs = page.attributes[0]
    assert (tag, attrs["id"], attrs["data-claim-id"]) == ("div", "claim-mse-one-outlier", "mse-one-outlier")
    assert attrs["data-verdict"] == "holds with conditions"
    assert "lb-claim" in attrs["class"].split()
    for words in ("holds with conditions", "800 [724, 876] times", "Condition:", "> 10", "fails"):
        assert words in page.words
    assert "<style" not in html  # the output is compared, so style travels with the rule


def test_rule_shows_all_before_the_run(entry, write):
    write(entry)
    bundle = RuleCard(store.get(entry["id"])).bundle()
    page = outline(bundle["text/html"])
    for words in ("> 10", "times", "The same fits without the outlier.", "8 seeds", "moved sideways"):
        assert words in page.words
        assert words in bundle["text/plain"]
    assert 'data-lossbook="claim"' in bundle["text/html"]


def test_text_of_the_file_cannot_break_the_page(entry, write, around):
    entry["statement"] = "A <b>bold</b> claim with `code` and \\(a<b\\) & more"
    entry["parts"][0]["unit"] = "m/s <i>"
    write(entry)
    html = ClaimCard(
        judge(store.get(entry["id"]), {"shift_ratio": around(30), "sideways": around(1)}, {"<u>x": 1})
    ).bundle()["text/html"]
    page = outline(html)
    assert "<b>bold</b>" in page.words
    assert "<u>x" in page.words
    assert "<code>code</code>" in html
    assert "m/s <i>" in page.words


def test_printed_outside_jupyter_once(entry, write, around, capsys):
    write(entry)
    lb.rule(entry["id"])
    card = lb.claim(entry["id"], shift_ratio=around(30), sideways=around(1), control={"slope": 2.0})
    printed = capsys.readouterr().out
    assert printed.count("Verdict: holds with conditions") == 1
    assert card._ipython_display_() is None


def test_powers_and_signs_are_set_as_such(entry, write, around):
    entry["parts"] = [{"name": "small", "says": "a small number", "holds_if": ">= -1e-3"}]
    entry |= {"verdict": "holds", "because": "It does."}
    write(entry)
    found = ClaimCard(judge(store.get(entry["id"]), {"small": around(-3e-6, 1e-7)}, {"slope": around(3e-6, 1e-7)}))
    html = found.bundle()["text/html"]
    assert "−3.000 × 10<sup>−6</sup> [−3.084 × 10<sup>−6</sup>, −2.916 × 10<sup>−6</sup>]" in html
    assert "≥ −1e−3" not in html
    assert "≥ −1 × 10<sup>−3</sup>" in html
    assert "-3.000e-06 [-3.084e-06, -2.916e-06]; holds if >= -1e-3: passes" in found.bundle()["text/plain"]
