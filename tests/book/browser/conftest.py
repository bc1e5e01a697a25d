"""The built book in a real browser: what every test here needs.

The book must have been built (``make book SERVE=0``); ``LOSSBOOK_HTML`` names another folder. Chromium is the
system's (``CHROMIUM`` names another one). A missing book or browser fails: a page that was not opened is not tested.
"""

import functools
import http.server
import json
import os
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[3]
HTML = Path(os.environ.get("LOSSBOOK_HTML", ROOT / "_build" / "html"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = (1280, 390)
THEMES = ("light", "dark")


def pages() -> list[str]:
    """Every page of the built book, as a path relative to it."""
    if not HTML.is_dir():
        return []
    found = [p.relative_to(HTML).as_posix() for p in sorted(HTML.rglob("*.html"))]
    return [p for p in found if not p.startswith("_static/")]


def pages_with_widgets() -> list[str]:
    return [p for p in pages() if "jupyter.widget-view+json" in (HTML / p).read_text("utf8")]


def library_pages() -> list[str]:
    """The pages of the library: a folded explorer for each loss that can be drawn."""
    return [p for p in pages_with_widgets() if "lb-loss__live" in (HTML / p).read_text("utf8")]


@dataclass
class Visit:
    """One opened page, and what it said and asked for on the way."""

    page: object
    origin: str
    problems: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def clean(self):
        assert not self.problems, "\n".join(self.problems)
        assert not self.foreign, f"requests that leave the page's own origin: {self.foreign}"


@pytest.fixture(scope="session")
def book() -> Path:
    assert (HTML / "index.html").is_file(), f"no built book at {HTML.name}/: run `make book SERVE=0` first"
    return HTML


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site(book):
    """The book served on localhost; yields its address."""
    handler = functools.partial(Quiet, directory=str(book))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, site, book):
    """``visit(path, width=1280, theme="light", ...)`` opens a page in a fresh context and returns a Visit."""
    contexts = []

    def go(path, width=1280, theme="light", *, from_disk=False, wait=True, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.add_init_script(f"try {{ localStorage.mode = localStorage.theme = {json.dumps(theme)} }} catch {{}}")
        page = context.new_page()
        file, _, fragment = path.partition("#")
        origin = f"file://{book}" if from_disk else site
        seen = Visit(page, origin)

        def heard(message):
            if message.type in ("error", "warning"):
                seen.problems.append(f"console {message.type}: {message.text}")

        def asked(request):
            if not request.url.startswith((origin, "data:", "blob:")):
                seen.foreign.append(request.url)

        page.on("console", heard)
        page.on("pageerror", lambda error: seen.problems.append(f"page error: {error}"))
        page.on("requestfailed", lambda r: seen.problems.append(f"request failed: {r.url}"))
        page.on("response", lambda r: r.status >= 400 and seen.problems.append(f"{r.status}: {r.url}"))
        page.on("request", asked)
        page.goto(f"{origin}/{file}" + (f"#{fragment}" if fragment else ""))
        if wait and options.get("java_script_enabled", True):
            settle(page)
        return seen

    yield go
    for context in contexts:
        context.close()


def settle(page):
    """Until the maths is set and every widget has started that is not folded away."""
    page.wait_for_load_state("load")
    page.evaluate(
        """async () => {
            if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
            for (const box of document.querySelectorAll('.afm-widget')) if (box.checkVisibility()) box.scrollIntoView();
            window.scrollTo(0, 0);
        }"""
    )
    page.wait_for_function(
        """() => [...document.querySelectorAll('.afm-widget')]
            .every((box) => !box.checkVisibility() || box.querySelector('.lb-widget[data-ready="true"]'))""",
        timeout=20_000,
    )
