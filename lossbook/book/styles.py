"""The book's own stylesheet: the shared color tokens, the look, the printed page, and the questions, in one file."""

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path

from lossbook import look

STATIC = Path(__file__).parent / "static"
PARTS = ("book.css", "cards.css", "widgets.css", "print.css")
SHEET, SCRIPT = "lossbook.css", "book.js"


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def digest(path: Path) -> str:
    """Eight characters that change with the file."""
    return _digest(path, path.stat().st_mtime_ns)


def _questions() -> Path | None:
    spec = importlib.util.find_spec("lossbook.questions")
    return Path(spec.origin).parent if spec and spec.origin else None


def write(outdir: Path) -> None:
    """Put the stylesheet and the questions' script into ``_static``."""
    texts = [look.css(), *((STATIC / part).read_text("utf8") for part in PARTS)]
    texts.append((Path(look.__file__).parent / "claims" / "claim.css").read_text("utf8"))
    home = _questions()
    if home and (home / "question.css").is_file():
        texts.append((home / "question.css").read_text("utf8"))
    if home and (home / "question.js").is_file():
        (outdir / "_static" / "question.js").write_bytes((home / "question.js").read_bytes())
    (outdir / "_static" / SHEET).write_text("\n".join(texts), "utf8")


def book_styles(page) -> None:
    page.stylesheet(SHEET)
    page.script(SCRIPT)
