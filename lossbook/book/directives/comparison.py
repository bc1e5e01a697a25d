"""``{comparison-table}``: the document's table, each cell beside what the book measured, and the row that it lacks.

A cell is found by the origin of its claim, "Comparison table: hinge loss, problem type". The document's word stands
above; below it the claim's ``word`` with its verdict, else the document's own word where it holds, else the reason. A
cell whose claim no page has judged says so. ``comparison.js`` sorts by a column.
"""

from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import collected
from lossbook.book.directives.count import WORDS
from lossbook.claims.card import KINDS, icon
from lossbook.claims.store import HOLDS, VERDICTS
from lossbook.display import inline

COLUMNS = ("problem type", "outlier sensitivity", "gradient behavior", "best use case", "computational cost")
ROWS = {  # the name in origins -> the page of the loss, and the document's words
    "mean squared error": (
        "mean-squared-error",
        ("Regression", "High", "Smooth, strong for large errors", "Continuous prediction with normal noise", "Low"),
    ),
    "mean absolute error": (
        "mean-absolute-error",
        ("Regression", "Low", "Constant magnitude", "Robust regression with outliers", "Low"),
    ),
    "cross-entropy": (
        "cross-entropy",
        ("Classification", "Medium", "Strong for wrong predictions", "Multi-class classification", "Low"),
    ),
    "hinge loss": (
        "hinge",
        ("Classification", "Medium", "Sparse, margin-based", "Support vector machines", "Low"),
    ),
    "Huber loss": (
        "huber",
        ("Regression", "Medium", "Smooth transition", "Robust regression with some outliers", "Medium"),
    ),
    "focal loss": (
        "focal",
        ("Classification", "Low", "Adaptive based on difficulty", "Imbalanced classification", "Medium"),
    ),
    "contrastive loss": ("contrastive", ("", "", "", "", "")),
}
SHORT = dict(zip(VERDICTS, ("holds", "with conditions", "not as stated"), strict=True))


class ComparisonTable(SphinxDirective):
    """Takes neither arguments nor content."""

    def run(self):
        self.env.note_dependency(str(collected.claims_file(self.env.app)))
        return [collected.ClaimsNode(kind="comparison")]


@collected.shown_as("comparison")
def comparison_html(app, docname: str, node=None) -> str:
    found = {}
    for page, data in sorted(collected.rows(app), key=lambda row: row[1]["origin"].count(";")):
        for origin in data["origin"].split("; "):
            found.setdefault(origin, (page, data))  # first a claim about this cell and nothing else
    heads = "".join(f'<th scope="col">{name.capitalize()}</th>' for name in ("loss", *COLUMNS))
    rows = "".join(_row(app, docname, order, name, found) for order, name in enumerate(ROWS))
    return (
        f'<div class="lb-comparison"><p class="lb-comparison__note">{_summary(found)}</p><table><thead><tr>{heads}</tr>'
        f'</thead><tbody>{rows}</tbody></table><p class="visually-hidden" role="status"></p></div>'
    )


def _summary(found: dict) -> str:
    """How many of the document's cells have which verdict."""
    cells = [found.get(f"Comparison table: {name}, {column}") for name in list(ROWS)[:6] for column in COLUMNS]
    verdicts = [cell[1]["verdict"] for cell in cells if cell]
    many = {verdict: verdicts.count(verdict) for verdict in VERDICTS}
    told = ", ".join(f"{number} {WORDS[verdict][number != 1]}" for verdict, number in many.items())
    rest = len(cells) - len(verdicts)
    return f"Cells of the document's table: {told}{f', {rest} not measured in this edition' if rest else ''}."


def _row(app, docname: str, order: int, name: str, found: dict) -> str:
    file, words = ROWS[name]
    title = name[0].upper() + name[1:]
    page = next((doc for doc in sorted(app.env.found_docs) if f"/{doc}".endswith(f"/types/{file}")), None)
    if page:
        title = f'<a class="reference internal" href="{app.builder.get_relative_uri(docname, page)}">{title}</a>'
    if not any(words):
        title += "<span>a core type without a row in the document</span>"
    cells = "".join(
        _cell(app, docname, column, said, found.get(f"Comparison table: {name}, {column}"))
        for column, said in zip(COLUMNS, words, strict=True)
    )
    return f'<tr data-order="{order}"><th scope="row">{title}</th>{cells}</tr>'


def _cell(app, docname: str, column: str, said: str, claim: tuple | None) -> str:
    label = f'data-label="{column.capitalize()}"'
    stated = f'<span class="lb-comparison__said">{said}</span>' if said else ""
    if claim is None:
        none = '<span class="lb-comparison__none">not measured in this edition</span>'
        return f'<td {label} data-rank="9">{stated}{none}</td>'
    page, data = claim
    verdict = data["verdict"]
    word = collected.entries(app)[data["id"]].word or (said if verdict == HOLDS else "") or data["because"]
    url = f"{app.builder.get_relative_uri(docname, page)}#claim-{data['id']}"
    return (
        f'<td {label} data-rank="{VERDICTS.index(verdict)}" data-said="{said}">{stated}'
        f'<span class="lb-comparison__word">{inline(word or "as proposed")}</span>'
        f'<a class="reference internal lb-verdict lb-verdict--{KINDS[verdict]}" href="{url}">{icon(verdict, 16)} '
        f"<span>{SHORT[verdict]}</span></a></td>"
    )
