"""A small book with claims, questions and loss cards; its notebooks carry outputs, so no kernel is started."""

import contextlib
import io
from pathlib import Path

import nbformat
import numpy as np
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lossbook import claims, questions

CONF = """\
project = "A small book"
extensions = ["myst_nb", "sphinxcontrib.bibtex", "lossbook.book"]
html_theme = "sphinx_book_theme"
html_title = "A small book"
html_theme_options = {"navbar_persistent": []}
html_context = {"default_mode": "auto"}
language = "en"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "colon_fence"]
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
lossbook_claims = "claims.yml"
exclude_patterns = ["_build"]
templates_path = []
nitpicky = True
suppress_warnings = ["myst.header"]
"""
BIB = """\
@article{huber1964robust, title={Robust Estimation of a Location Parameter}, author={Huber, Peter J.}, year={1964},
  journal={The Annals of Mathematical Statistics}}
@book{bishop2006pattern, title={Pattern Recognition and Machine Learning}, author={Bishop, Christopher M.},
  year={2006}, publisher={Springer}}
"""
PARTS = [
    {
        "name": "up",
        "says": "slope shift under MSE over that under MAE, one point raised",
        "unit": "times",
        "holds_if": "> 10",
    },
    {"name": "sideways", "says": "the same, `x` moved by \\(\\delta\\)", "holds_if": "> 10", "role": "condition"},
]
CLAIMS = [  # id, statement, page, verdict, mean of up, mean of sideways
    (
        "mse-one-outlier",
        "Mean squared error is highly sensitive to outliers.",
        "types/mse",
        "holds with conditions",
        800,
        1,
    ),
    ("mse-large-errors", "It penalizes large errors more.", "types/mse", "holds", 30, 25),
    (
        "mae-equal",
        "MAE treats all errors equally regardless of their magnitude.",
        "types/mae",
        "does not hold as stated",
        2,
        1,
    ),
]


def entry(id, statement, page, verdict, *means):
    because = "" if verdict == "holds" else "It is true for outliers in y; one far out in x moves both lines alike."
    return {
        "id": id, "statement": statement, "page": page, "verdict": verdict, "because": because or None, "seeds": 8,
        "origin": "Core loss function types", "control": "The same fits without the outlier.", "parts": PARTS,
    }  # fmt: skip


def output(card):
    return new_output("display_data", data=card.bundle())


class Book:
    """Sources in ``folder``; ``build()`` returns the warnings of a Sphinx run, ``html(name)`` a finished page."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.write("conf.py", CONF)
        self.write("references.bib", BIB)
        self.claims([entry(*row) for row in CLAIMS])
        self.write(
            "index.md",
            "# A small book\n\n```{verdict-count}\n```\n\n"
            "```{toctree}\nreference/claims\ntypes/mse\ntypes/mae\ntypes/huber\n```\n",
        )
        self.write("reference/claims.md", "# The claims ledger\n\nAll claims.\n\n```{claims-ledger}\n```\n")
        self.write("types/huber.md", "# Huber\n\n```{loss-card} huber\n```\n\n```{bibliography}\n```\n")
        self.page("types/mse", "Mean squared error", CLAIMS[:2], questions=True)
        self.page("types/mae", "Mean absolute error", CLAIMS[2:])

    def write(self, name: str, text: str):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf8")

    def claims(self, rows):
        self.write("claims.yml", yaml.safe_dump(rows))

    def page(self, name: str, title: str, rows, questions: bool = False):
        """A notebook that judges claims, executed already."""
        known = claims.load(self.folder / "claims.yml")
        spread = np.array([-1.5, -1, -0.5, -0.25, 0.25, 0.5, 1, 1.5])
        cells = [new_markdown_cell(f"# {title}\n\n## A section", id="title")]
        for i, (id, *_, up, sideways) in enumerate(rows):
            judgement = claims.judge(
                known[id],
                {"up": up * (1 + 0.05 * spread), "sideways": sideways + 0.02 * spread},
                {"slope": 2 + 0.1 * spread},
            )
            for card in (claims.RuleCard(known[id]), claims.ClaimCard(judgement)):
                cells.append(new_code_cell("...", id=f"cell-{i}-{type(card).__name__}", outputs=[output(card)]))
        if questions:
            cells += [
                new_code_cell("...", id=f"q-{i}", outputs=[output(q)], metadata={"tags": ["remove-input"]})
                for i, q in enumerate(asked())
            ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        self.write(f"{name}.ipynb", nbformat.writes(new_notebook(cells=cells, metadata=kernel)))

    def build(self) -> str:
        from sphinx.application import Sphinx
        from sphinx.util.docutils import docutils_namespace, patch_docutils

        out, warnings = self.folder / "_build", io.StringIO()
        with patch_docutils(), docutils_namespace():
            Sphinx(
                self.folder, self.folder, out / "html", out / "doctrees", "html", status=None, warning=warnings
            ).build()
        return warnings.getvalue()

    def html(self, name: str) -> str:
        return (self.folder / "_build" / "html" / f"{name}.html").read_text("utf8")


def asked():
    """One question of each kind."""
    with contextlib.redirect_stdout(io.StringIO()):
        return [
            questions.question(
                "noise-model",
                "Which noise makes \\(r^2\\) a likelihood?",
                options={
                    "Gaussian": "Its logarithm is minus the square, up to a constant.",
                    "Laplace": "That is the absolute error, \\(|r|\\).",
                    "None, as `mse` assumes nothing": "As a likelihood it is the Gaussian's.",
                },
                right="Gaussian",
            ),
            questions.question(
                "share",
                "Nine residuals of 1 and one of 10: the share of the large one in the absolute errors?",
                answer=10 / 19,
                wrong={10 / 9: "The whole includes the outlier.", 100 / 109: "That is the squared error."},
                hint="Add up all ten.",
            ),
            questions.question("thousand", "How many grams in a kilogram?", answer=1000.0, tolerance=0.5, unit="g"),
        ]  # fmt: skip
