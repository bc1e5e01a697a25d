"""``{claims-ledger}``: every claim with its verdict, the numbers measured, and a link to the cell that judged it.

The list is whole without a script; ``ledger.js`` adds sorting and a filter by verdict, with native controls.
"""

from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import collected
from lossbook.claims.card import KINDS, control_html, parts_html, verdict_html
from lossbook.claims.store import VERDICTS
from lossbook.display import inline

SHORT = {verdict: verdict[0].upper() + verdict[1:] for verdict in VERDICTS}
ORDERS = (("order", "Book order", "true"), ("verdict", "Verdict", "false"), ("statement", "A to Z", "false"))


class ClaimsLedger(SphinxDirective):
    """Takes neither arguments nor content."""

    def run(self):
        self.env.note_dependency(str(collected.claims_file(self.env.app)))
        return [collected.ClaimsNode(kind="ledger")]


@collected.shown_as("ledger")
def ledger_html(app, docname: str, node) -> str:
    rows = collected.rows(app)
    claims = "".join(claim_html(app, docname, order, *row) for order, row in enumerate(rows))
    return (
        f'<div class="lb-ledger">{_tools([data for _, data in rows])}<div class="lb-ledger__list">{claims}</div></div>'
    )


def _tools(found: list[dict]) -> str:
    """Filter and order, hidden until the script runs."""
    counts = [("", "All", len(found))]
    counts += [(v, SHORT[v], sum(data["verdict"] == v for data in found)) for v in VERDICTS]
    filters = "".join(
        f'<label><input type="radio" name="lb-ledger-show" value="{value}"{"" if value else " checked"}> '
        f"{word} ({number})</label>"
        for value, word, number in counts
    )
    orders = "".join(
        f'<button type="button" data-order="{key}" aria-pressed="{pressed}">{word}</button>'
        for key, word, pressed in ORDERS
    )
    return (
        f'<div class="lb-ledger__tools" hidden><fieldset><legend>Show</legend>{filters}</fieldset>'
        f"<fieldset><legend>Order</legend>{orders}</fieldset>"
        f'<p class="lb-ledger__status" role="status">{len(found)} claims</p></div>'
    )


def claim_html(app, docname, order: int, page: str, data: dict, heading: str | None = None) -> str:
    """One claim: statement, verdict, what was measured, and a link to the cell that judged it.

    heading: of a card among others on a page, with the numbers folded; None is a card of the ledger, with its id.
    """
    name, verdict = data["id"], data["verdict"]
    because = f'<p class="lb-claim__because">{inline(data["because"])}</p>' if data["because"] else ""
    origin = f' <span class="lb-ledger__origin">{inline(data["origin"])}.</span>' if data["origin"] else ""
    url = f"{app.builder.get_relative_uri(docname, page)}#claim-{name}"
    title = inline(app.env.titles[page].astext())
    known, measured = f' id="ledger-{name}"', f"{parts_html(data)}{control_html(data)}"
    if heading:
        known, measured = "", f"<details><summary>What was measured</summary>{measured}</details>"
    heading = heading or "h2"
    return (
        f'<article class="lb-claim lb-claim--{KINDS[verdict]} mathjax_process"{known} '
        f'data-verdict="{verdict}" data-rank="{VERDICTS.index(verdict)}" data-order="{order}">'
        f'<{heading} class="lb-claim__statement">{inline(data["statement"])}</{heading}>'
        f"{verdict_html(verdict)}{because}{measured}"
        f'<p class="lb-ledger__source"><a class="reference internal" href="{url}">'
        f"<span>Measured in “{title}”</span></a>{origin}</p></article>"
    )
