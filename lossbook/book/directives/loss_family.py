"""``{loss-family} regression``: a card for every loss of a family, each under a heading of its own, and a list of them.

The page around it says what the family is for; everything else comes from the registry, so a new loss shows up by
itself. The heading of ``huber`` has the anchor ``#huber``, and the label ``loss-huber`` for links from anywhere in the
book.
"""

import html

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import loss_card, loss_plot


class LossFamily(SphinxDirective):
    """The only argument is the name of a family in the registry."""

    required_arguments = 1

    def run(self):
        from lossbook import losses

        try:
            members = [losses.get(name) for name in losses.names(self.arguments[0])]
        except LookupError as error:
            raise self.error(f"loss-family: {error}") from None
        return [nodes.raw("", contents(members), format="html"), *(self._section(loss) for loss in members)]

    def _section(self, loss):
        return titled(self, loss.record, loss_card.card(self, loss, live=True))


def titled(directive, record, card) -> nodes.section:
    """A card under its heading, with anchor and label."""
    section = nodes.section(ids=[record.name], names=[f"loss-{record.name.lower()}"])
    section += nodes.title("", record.title)
    section += card
    for node in (section, section[0]):
        node.source, node.line = directive.get_source_info()
    directive.state.document.note_explicit_target(section, section)
    return section


def contents(members) -> str:
    """The list at the top: each loss by the shape of its curve and its name."""
    items = "".join(
        f'<li><a href="#{loss.record.name}">{loss_plot.spark(loss)}'
        f"<span>{html.escape(loss.record.title)}</span></a></li>"
        for loss in members
    )
    return f'<ul class="lb-loss-list">{items}</ul>'
