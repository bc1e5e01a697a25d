"""This machine's Chromium, without a window: for the README's picture and the measurements of pages."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lossbook.book.serve import listen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str:
    """The path of the browser: ``$CHROMIUM``, or the first on the PATH; FileNotFoundError says how to get one."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *_NAMES)):
        if found := shutil.which(name):
            return found
    raise FileNotFoundError("Chromium is missing: apt-get install chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """A running Chromium, closed at the end."""
    path = find()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise FileNotFoundError("Playwright is missing: pip install 'lossbook[test]'") from None
    with sync_playwright() as playwright:
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses to run as root
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if as_root else [])
        try:
            yield running
        finally:
            running.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which ``folder`` is served meanwhile, from a thread of this process."""
    with listen(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
