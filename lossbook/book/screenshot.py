"""The README's picture: the built landing page, as it looks in a browser."""

from __future__ import annotations

import io
import os
from pathlib import Path

from lossbook.book.chromium import browser, served

_WIDTH, _HEIGHT = 1280, 800
_MOST = 200_000  # bytes


def screenshot(html: Path, target: Path) -> str:
    """Save the landing page of the book in ``html``, with its widget alive, as the PNG ``target``; says what it did.

    Raises FileNotFoundError when the book is not built or there is no Chromium, OSError when the picture is too heavy.
    """
    from PIL import Image

    with served(html) as address, browser() as running:
        page = running.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme="light")
        page.goto(f"{address}/index.html", wait_until="networkidle")
        page.wait_for_selector('.lb-widget[data-ready="true"]')
        picture = Image.open(io.BytesIO(page.screenshot()))
    target.parent.mkdir(parents=True, exist_ok=True)
    data = io.BytesIO()
    picture.convert("RGB").quantize(colors=128, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
    if len(data.getvalue()) > _MOST:
        raise OSError(f"the picture weighs {len(data.getvalue())} bytes, want at most {_MOST}")
    target.write_bytes(data.getvalue())
    return f"{os.path.relpath(target)} ({len(data.getvalue()) / 1000:.0f} kB)"
