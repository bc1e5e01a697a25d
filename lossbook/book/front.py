"""The address of the book without a page's name shows the first page itself, not a detour to it."""

import posixpath
from pathlib import Path

from bs4 import BeautifulSoup

_ADDRESSES = ("href", "src", "action")


def _from_top(url: str, folder: str) -> str:
    """A page's relative address as seen from the top of the book; anchors and whole addresses stay."""
    if not url or url.startswith(("#", "/")) or ":" in url.split("/")[0]:
        return url
    path, mark, rest = url.partition("#")
    return posixpath.normpath(posixpath.join(folder, path)) + mark + rest


def write(outdir: Path, first: str) -> None:
    """Write ``index.html`` as the finished page ``first`` (a document name such as ``chapters/index``)."""
    folder = posixpath.dirname(first)
    if not folder:
        return
    soup = BeautifulSoup((outdir / f"{first}.html").read_text("utf8"), "html.parser")
    soup.html["data-content_root"] = "./"
    for name in _ADDRESSES:
        for tag in soup.find_all(attrs={name: True}):
            tag[name] = _from_top(tag[name], folder)
    (outdir / "index.html").write_text(str(soup), "utf8")
