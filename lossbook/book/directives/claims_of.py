"""``{claims-of} Core loss function types: hinge loss``: the claims whose origin begins so, one card each."""

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import collected
from lossbook.book.directives.ledger import claim_html

logger = logging.getLogger(__name__)


class ClaimsOf(SphinxDirective):
    """The argument is the beginning of an origin; a claim may have several of them, joined by "; "."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        self.env.note_dependency(str(collected.claims_file(self.env.app)))
        node = collected.ClaimsNode(kind="of", origin=" ".join(self.arguments[0].split()))
        self.set_source_info(node)
        return [node]


@collected.shown_as("of")
def of_html(app, docname: str, node) -> str:
    """The cards in the order of the sentences, numbers folded, with headings one level below that of the section."""
    found = collected.rows_of(app, node["origin"])
    if not found:
        logger.warning("no claim has the origin %r", node["origin"], location=node, type="lossbook", subtype="claim")
    heading = f"h{1 + _depth(node)}"
    cards = "".join(claim_html(app, docname, order, *row, heading=heading) for order, row in enumerate(found))
    return f'<div class="lb-ledger lb-ledger--of">{cards}</div>'


def _depth(node) -> int:
    """How many sections the node is in."""
    depth = 0
    while node.parent is not None:
        node = node.parent
        depth += isinstance(node, nodes.section)
    return depth
