"""``{verdict-count}``: how many claims were tested and how they came out, as a bar and in words.

With the beginning of an origin as its argument it counts the claims that have it.
"""

from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import collected
from lossbook.claims.card import KINDS, icon
from lossbook.claims.store import CONDITIONS, FAILS, HOLDS

WORDS = {  # one, many
    HOLDS: ("holds", "hold"),
    CONDITIONS: ("holds with conditions", "hold with conditions"),
    FAILS: ("does not hold as stated", "do not hold as stated"),
}


class VerdictCount(SphinxDirective):
    """The only argument, the beginning of an origin, may be left out."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self):
        self.env.note_dependency(str(collected.claims_file(self.env.app)))
        return [collected.ClaimsNode(kind="count", origin=" ".join("".join(self.arguments).split()))]


@collected.shown_as("count")
def count_html(app, docname: str, node) -> str:
    verdicts = [data["verdict"] for _, data in collected.rows_of(app, node["origin"])]
    numbers = {verdict: verdicts.count(verdict) for verdict in WORDS}
    total = f"{len(verdicts)} claim{'' if len(verdicts) == 1 else 's'} tested"
    ledger = collected.ledger_page(app.env)
    if ledger:
        url = app.builder.get_relative_uri(docname, ledger)
        total = f'<a class="reference internal" href="{url}"><span>{total}</span></a>'
    bar = "".join(
        f'<span class="lb-verdict--{KINDS[verdict]}" style="flex-grow:{number}"></span>'
        for verdict, number in numbers.items()
        if number
    )
    items = "".join(
        f'<li class="lb-verdict lb-verdict--{KINDS[verdict]}">{icon(verdict)} '
        f"<span><b>{number}</b> {WORDS[verdict][number != 1]}</span></li>"
        for verdict, number in numbers.items()
    )
    return (
        f'<div class="lb-count"><p class="lb-count__total">{total}:</p>'
        f'<div class="lb-count__bar" aria-hidden="true">{bar}</div><ul>{items}</ul></div>'
    )
