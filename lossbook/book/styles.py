"""The book's own one stylesheet: shared color tokens, page, widgets, cards, questions and the printed page."""

import hashlib
from functools import lru_cache
from pathlib import Path

from lossbook import look

PACKAGE = Path(__file__).parent.parent
PARTS = (
    "book/static/book.css",
    "book/static/widgets.css",
    "book/static/cards.css",
    "book/static/loss-library.css",
    "claims/claim.css",
    "questions/question.css",
    "book/static/print.css",  # last: paper overrules the screen
)
SHEET = "lossbook.css"


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def digest(path: Path) -> str:
    """Eight characters that change with the file."""
    return _digest(path, path.stat().st_mtime_ns)


def write(outdir: Path) -> None:
    """Put the stylesheet, and the script of the questions, into ``_static``."""
    ink = "".join(f"--lb-{name}: {light}; " for name, (light, _) in look.TOKENS.items())
    paper = f"@media print {{ :root[data-theme] {{ {ink}}} }}\n"
    texts = [look.css(), *((PACKAGE / part).read_text("utf8") for part in PARTS), paper]
    (outdir / "_static" / SHEET).write_text("\n".join(texts), "utf8")
    for part in PARTS:  # Sphinx copied the parts as well
        (outdir / "_static" / Path(part).name).unlink(missing_ok=True)
    (outdir / "_static" / "question.js").write_bytes((PACKAGE / "questions" / "question.js").read_bytes())


def book_styles(page) -> None:
    """Every page's own stylesheet and script."""
    page.stylesheet(SHEET)
    page.script("lossbook.js")
