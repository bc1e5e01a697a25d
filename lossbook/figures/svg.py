"""A figure as SVG text: the same figure is the same text, on every run."""

import html
import io
import re


def to_svg(figure, title: str) -> str:
    """``figure`` as an SVG element with a ``<title>``, without date, metadata and XML prologue.

    Args:
        figure: a matplotlib figure, drawn in the book's style.
        title: what it shows, in words; must not be empty.
    """
    if not title.strip():
        raise ValueError("title: got nothing, want a sentence that says what the figure shows")
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return re.sub(r"(<svg[^>]*>)", lambda m: f"{m[1]}<title>{html.escape(title)}</title>", text, count=1)
