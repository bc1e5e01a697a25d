"""Pack the built book into one file that opens by double-click after unpacking."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

_FOLDER = "lossbook-book"
_DATE = (1980, 1, 1, 0, 0, 0)  # the oldest a zip knows: the same book makes the same file


def pack(html: Path, target: Path) -> str:
    """Write the pages under ``html`` to the zip file ``target``; returns a line that says how to open it.

    Raises FileNotFoundError when the book is not built.
    """
    if not (html / "index.html").is_file():
        raise FileNotFoundError(f"{html} has no index.html: build the book first (make book SERVE=0)")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        for path in sorted(html.rglob("*")):
            name = path.relative_to(html)
            if path.is_file() and not any(piece.startswith(".") for piece in name.parts):
                entry = zipfile.ZipInfo(f"{_FOLDER}/{name.as_posix()}", _DATE)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
    part.replace(target)
    size = target.stat().st_size / 1e6
    return f"{os.path.relpath(target)} ({size:.1f} MB): unpack it and open {_FOLDER}/index.html"
