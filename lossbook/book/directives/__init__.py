"""The book's own directives, and what they need on a page.

``{loss-card} huber`` shows the record of a loss, ``{loss-family} regression`` those of a family, ``{loss-methods}`` the
ways to combine losses, ``{loss-shapes}`` draws a few losses in one picture, and ``{loss-table}`` has a row for each.
``{claims-ledger}`` lists every claim with what was measured, ``{claims-of}`` those of one origin;
``{comparison-table}`` holds the document's table against them, ``{verdict-count}`` sums them up. Claims are
collected from executed notebooks while these are read.
"""

import re

from lossbook.book.directives import (
    claims_of,
    collected,
    comparison,
    count,
    ledger,
    loss_card,
    loss_family,
    loss_methods,
    loss_shapes,
    loss_table,
)

# In a notebook, style and script travel with the output; in the book each page links them once.
INLINE = re.compile(r'<(style|script) data-lossbook="(?:claim|question)">.*?</\1>', flags=re.S)


def link_once(app, pagename, templatename, context, doctree):
    """Take the inline copies out of the page's body; link a script where there is something that it serves."""
    if "body" not in context:
        return
    if "data-lossbook" in context["body"]:
        context["body"] = INLINE.sub("", context["body"])
    if 'class="lb-library"' in context["body"] or 'class="lb-loss__live"' in context["body"]:
        app.add_js_file("loss-library.js", loading_method="defer")
    if 'class="lb-comparison"' in context["body"]:
        app.add_js_file("comparison.js", loading_method="defer")
    if 'class="lb-ledger"' in context["body"]:
        app.add_js_file("ledger.js", loading_method="defer")
    if 'class="lb-ledger' in context["body"] and r"\(" in context["body"]:
        # the page then needs MathJax, which Sphinx decides on right after this
        app.env.get_domain("math").data["has_equations"][pagename] = True


def setup(app):
    app.add_config_value("lossbook_claims", None, "env", types=(str,))
    app.add_directive("loss-card", loss_card.LossCard)
    app.add_directive("loss-family", loss_family.LossFamily)
    app.add_directive("loss-methods", loss_methods.LossMethods)
    app.add_directive("loss-shapes", loss_shapes.LossShapes)
    app.add_directive("loss-table", loss_table.LossTable)
    app.add_directive("claims-ledger", ledger.ClaimsLedger)
    app.add_directive("comparison-table", comparison.ComparisonTable)
    app.add_directive("claims-of", claims_of.ClaimsOf)
    app.add_directive("verdict-count", count.VerdictCount)
    app.add_node(collected.ClaimsNode)
    app.connect("env-purge-doc", collected.purge)
    app.connect("env-merge-info", collected.merge)
    app.connect("doctree-read", collected.collect)
    app.connect("env-updated", collected.outdated)
    app.connect("env-check-consistency", collected.check)
    app.connect("doctree-resolved", collected.fill)
    app.connect("html-page-context", link_once, priority=400)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
