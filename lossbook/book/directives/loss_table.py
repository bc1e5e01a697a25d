"""``{loss-table}``: every loss of the registry in one table, whole without a script.

``loss-library.js`` adds a field to search, a choice of family, two properties to ask for, and sorting by a column.
"""

import html
import posixpath

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives.loss_facts import words

COLUMNS = ("Loss", "In one line", "Best constant prediction", "Convex", "Bounded gradient")


class LossTable(SphinxDirective):
    """Takes neither arguments nor content. Losses link to pages named like their family, beside this one."""

    def run(self):
        from lossbook import losses

        return [nodes.raw("", self._table([losses.get(name) for name in losses.names()]), format="html")]

    def _table(self, members) -> str:
        heads = "".join(f'<th scope="col">{said}</th>' for said in COLUMNS)
        rows = "".join(_row(loss, self._page(loss.record.family)) for loss in members)
        return (
            f'<div class="lb-library">{_tools(members)}<table><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def _page(self, family: str) -> str | None:
        """The address of a family's page from here, None while the book has none."""
        page = posixpath.join(posixpath.dirname(self.env.docname), family)
        if page not in self.env.found_docs:
            return None
        return self.env.app.builder.get_relative_uri(self.env.docname, page)


def _tools(members) -> str:
    """Search and choices, hidden until the script runs."""
    families = dict.fromkeys(loss.record.family for loss in members)
    options = "".join(f'<option value="{name}">{name.capitalize()}</option>' for name in families)
    boxes = "".join(
        f'<label><input type="checkbox" value="{key}"> {said}</label>'
        for key, said in (("convex", "Convex"), ("bounded", "Bounded gradient"))
    )
    return (
        '<div class="lb-library__tools" hidden><label>Search <input type="search" autocomplete="off"></label>'
        f'<label>Family <select><option value="">All</option>{options}</select></label>{boxes}'
        f'<p class="lb-library__status" role="status">{len(members)} losses</p></div>'
    )


def _row(loss, page: str | None) -> str:
    record = loss.record
    name = html.escape(record.title)
    if page:
        name = f'<a class="reference internal" href="{page}#{record.name}">{name}</a>'
    convex, bounded = _answer(record.convex), _answer(record.bounded_gradient)
    return (
        f'<tr data-family="{record.family}" data-convex="{convex[0]}" data-bounded="{bounded[0]}">'
        f'<th scope="row">{name} <code>{record.name}</code> <span>{record.family}</span></th>'
        f"<td>{html.escape(words(loss)[0])}</td><td>{html.escape(record.elicits) or _NONE}</td>"
        f"<td>{convex[1]}</td><td>{bounded[1]}</td></tr>"
    )


_NONE = '<span aria-hidden="true">–</span><span class="visually-hidden">not stated</span>'


def _answer(statement) -> tuple[str, str]:
    """(yes, no, if or none; the words of the cell) for a property."""
    if isinstance(statement, str):
        return "if", f"if <code>{html.escape(statement)}</code>"
    return {True: ("yes", "yes"), False: ("no", "no"), None: ("none", _NONE)}[statement]
