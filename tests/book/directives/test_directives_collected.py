"""Claims on their way from executed notebooks to the pages that list them, and what a build says when they disagree."""

import pytest
from small_book import CLAIMS, entry


def test_a_good_book_builds_without_a_warning(built):
    assert built.warnings == ""


def test_a_warm_build_keeps_other_pages_and_takes_what_changed(book):
    book.build()
    rows = [entry(*row) for row in CLAIMS]
    rows[2] = entry("mae-equal", "MAE treats all errors equally.", "types/mae", "holds", 20, 20)
    book.claims(rows)
    book.page("types/mae", "Absolute error, renamed", [("mae-equal", "", "", "", 20, 20)])
    assert book.build() == ""
    ledger = book.html("reference/claims")
    assert ledger.count("<article") - ledger.count('<article class="bd-article"') == 3
    assert "20.00 [19.98, 20.02]" in ledger
    assert "does not hold as stated</strong>" not in ledger
    assert "Measured in “Absolute error, renamed”" in ledger
    assert "<b>2</b> hold<" in book.html("index")


def test_a_page_that_no_longer_judges_is_missed(book):
    book.build()
    ledger = book.folder / "_build" / "html" / "reference" / "claims.html"
    before = ledger.stat().st_mtime_ns
    assert book.build() == ""
    assert ledger.stat().st_mtime_ns == before  # nothing changed, so nothing is written
    book.page("types/mae", "Mean absolute error", [])
    assert "claim mae-equal: no page judges it; types/mae should" in book.build()
    assert "2 claims tested" in book.html("index")


def test_claims_without_a_page_twice_or_on_the_wrong_page(book):
    rows = [entry(*row) for row in CLAIMS] + [entry("lonely", "Nobody tests this.", "types/mse", "holds", 1, 1)]
    rows[1]["page"] = "types/mae"
    book.claims(rows)
    book.page("types/mae", "Mean absolute error", [CLAIMS[2], CLAIMS[0]])
    warnings = book.build()
    assert "claim lonely: no page judges it" in warnings
    assert "claim mse-one-outlier: judged 2 times (types/mae, types/mse), want once" in warnings
    assert "claim mse-large-errors: judged on types/mse, but its entry says page: types/mae" in warnings
    assert warnings.count("WARNING") == 3


def test_a_judged_claim_must_be_recorded(book):
    book.claims([entry(*row) for row in CLAIMS[:2]])
    assert "claim mae-equal: judged, but not in claims.yml" in book.build()


def test_a_book_without_a_ledger_is_not_checked(book):
    book.write("reference/claims.md", "# The claims ledger\n\nNothing.\n")
    book.page("types/mae", "Mean absolute error", [])
    assert book.build() == ""
    assert "<a" not in book.html("index").split('class="lb-count__total">')[1].split("</p>")[0]


def test_a_malformed_file_stops_the_build(book):
    book.write("claims.yml", "- just words")
    with pytest.raises(Exception, match=r"claims\.yml, entry 1"):
        book.build()


def of_page(origin):
    shown = "".join(f"```{{{name}}} {origin}\n```\n\n" for name in ("claims-of", "verdict-count"))
    return f"---\norphan: true\n---\n# Some\n\n## Section\n\n{shown}"


def test_claims_of_one_origin(book):
    rows = [entry(*row) for row in CLAIMS]
    rows[0]["origin"] = "Introduction, sentence 2; Comparison table: squared error"
    rows[1]["origin"] = "Introduction, sentence 1"
    book.claims(rows)
    book.page("types/mse", "Mean squared error", CLAIMS[:2])  # the cards carry the origins that are recorded now
    for k, origin in enumerate(("Introduction", "Comparison table: squared", "Comparison table: nothing")):
        book.write(f"of/{k}.md", of_page(origin))
    assert "2.md:8: WARNING: no claim has the origin 'Comparison table: nothing'" in book.build()
    first, second, third = (book.html(f"of/{k}") for k in range(3))
    assert first.count('<h3 class="lb-claim__statement">') == 2
    assert 'href="../types/mse.html#claim-mse-one-outlier"' in second
    assert first.index("#claim-mse-large-errors") < first.index("#claim-mse-one-outlier"), "in the order of the origins"
    assert "mse-large-errors" not in second
    assert 'lb-ledger--of"></div>' in third
    assert 'id="ledger-' not in first
    assert first.count("<details><summary>What was measured") == 2
    assert ["2 claims tested" in first, "1 claim tested" in second, "0 claims tested" in third] == [True] * 3
    assert "3 claims tested" in book.html("index")
    assert "<details><summary>What" not in book.html("reference/claims")


def test_claims_of_an_origin_follow_what_is_measured(book):
    row = entry(*CLAIMS[2]) | {"origin": "Introduction, sentence 1"}
    book.claims([entry(*row) for row in CLAIMS[:2]] + [row])
    book.page("types/mae", "Mean absolute error", CLAIMS[2:])
    book.write("of/one.md", of_page("Introduction"))
    assert book.build() == ""
    assert "Measured in “Mean absolute error”" in book.html("of/one")
    book.page("types/mae", "Mean absolute deviation", CLAIMS[2:])
    assert book.build() == ""
    assert "Measured in “Mean absolute deviation”" in book.html("of/one")
