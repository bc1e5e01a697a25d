"""``{loss-methods}``: a card for each way to combine several losses, made from the register of methods.

A method has a state of its own and no curve, so its card has neither picture nor explorer.
"""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import loss_card
from lossbook.book.directives import loss_facts as facts
from lossbook.book.directives.loss_family import titled


class LossMethods(SphinxDirective):
    """Takes neither arguments nor content."""

    def run(self):
        from lossbook import losses

        return [titled(self, record, self._card(record)) for record in losses.methods()]

    def _card(self, record) -> nodes.container:
        made = nodes.container(classes=["lb-loss"])
        made += nodes.paragraph("", "", *facts.coded(record.says), classes=["lb-loss__lead"])
        made += nodes.math_block(record.formula, record.formula, nowrap=False, number=None, label=None)
        made += nodes.container("", *facts.traps(record), classes=["lb-loss__known"])
        made += loss_card.code(f"lb.losses.{record.signature}", "python")
        letters = [(nodes.math(letter, letter), facts.coded(said)) for letter, said in record.symbols.items()]
        made += loss_card.fold("In the formula", [facts.listing(letters)]) if letters else []
        made += loss_card.rest(self, record)
        loss_card.located(self, made)
        return made
