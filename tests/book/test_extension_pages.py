"""A tiny book, built with the real configuration and opened in a browser: over http, from disk, on paper, no script."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lossbook.book import chromium
from lossbook.look import PALETTE

ROOT = Path(__file__).parents[2]
AXE = ROOT / "lossbook" / "widgets" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.xdist_group("extension")


def _build(folder: Path) -> subprocess.CompletedProcess:
    shutil.copytree(Path(__file__).parent / "fixture", folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "chapters" / "_images", folder / "chapters" / "_images", dirs_exist_ok=True)
    shutil.copy(ROOT / "_config.yml", folder)
    command = "from jupyter_book.cli.main import main; main()"
    options = ["build", str(folder), "-W", "-n", "--keep-going"]
    kept = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}  # notebooks draw inline
    kept["PYTHONPATH"] = str(ROOT)
    return subprocess.run([sys.executable, "-c", command, *options], capture_output=True, text=True, cwd=ROOT, env=kept)


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    done = _build(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def chrome():
    with chromium.browser() as running:
        yield running


@pytest.fixture(scope="module")
def site(html):
    with chromium.served(html) as address:
        yield address


def _open(chrome, address, *, width=1280, **options):
    """The page, what it asked for, and what went wrong."""
    page = chrome.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, asked, wrong


@pytest.mark.parametrize("home", ["http", "file"])
def test_widgets_are_alive(html, site, chrome, home):
    start = site if home == "http" else html.as_uri()
    page, asked, wrong = _open(chrome, f"{start}/chapters/live.html")
    page.wait_for_function("document.querySelectorAll('.afm-widget[data-state=live]').length === 2")
    dial = page.locator(".afm-live").first
    dial.locator("input").press("ArrowRight")
    assert dial.locator("output").inner_text() == "4"
    assert page.locator(".afm-live output").last.inner_text() == "7"
    assert not page.locator(".afm-fallback").first.is_visible()
    assert page.locator("mjx-container").count() > 3
    assert wrong == []
    assert [url for url in asked if not url.startswith((start, "blob:", "data:"))] == []


def test_one_failing_widget_says_so_and_the_page_goes_on(site, chrome):
    page, _, wrong = _open(chrome, f"{site}/chapters/broken.html")
    page.wait_for_function("document.querySelectorAll('.afm-widget[data-state=live]').length === 1")
    assert page.locator(".afm-note").inner_text() == "This widget could not start: boom."
    assert page.locator(".afm-live").inner_text() == "alive"
    assert len(wrong) == 1


def test_a_first_visit_is_light(html, site, chrome):
    """The theme's and MathJax's usual bundles alone would be over a megabyte."""
    _, asked, _ = _open(chrome, f"{site}/chapters/live.html")
    paths = {urlsplit(url).path.lstrip("/") for url in asked if url.startswith(site)}
    sizes = {path: len(gzip.compress((html / path).read_bytes(), 6)) for path in paths}
    own = sum(size for path, size in sizes.items() if path.startswith(("_static/lossbook", "_static/afm")))
    assert sum(sizes.values()) < 500_000, sizes
    assert own < 30_000, sizes
    _, asked, _ = _open(chrome, f"{site}/chapters/index.html")
    assert not any("mathjax" in url for url in asked), "a page without formulas"
    assert not any("fontawesome" in path or "thebe" in path or "searchindex" in path for path in paths), paths


def test_without_script_and_on_paper_there_are_still_pictures(site, chrome):
    page, _, _ = _open(chrome, f"{site}/chapters/live.html", java_script_enabled=False)
    still = page.locator(".afm-fallback svg").first
    assert still.is_visible()
    assert still.get_attribute("aria-label") == "A bar at level 3"
    page, _, _ = _open(chrome, f"{site}/chapters/live.html")
    page.wait_for_function("document.querySelectorAll('.afm-widget[data-state=live]').length === 2")
    page.emulate_media(media="print")
    assert page.locator(".afm-fallback svg").first.is_visible()
    for hidden in (".afm-live", "#pst-primary-sidebar", ".bd-header-article", ".prev-next-footer", "summary"):
        assert not page.locator(hidden).first.is_visible(), hidden
    folds = "document.querySelectorAll('main details:not([open])').length"
    assert page.evaluate(folds) == 0
    page.emulate_media(media="screen")
    page.wait_for_function(f"{folds} > 1")


def test_a_dark_page_is_printed_in_dark_ink(site, chrome):
    page, _, _ = _open(chrome, f"{site}/chapters/live.html", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    tokens = "getComputedStyle(document.documentElement).getPropertyValue('--lb-1').trim()"
    assert page.evaluate(tokens) == PALETTE[0][1]
    for text in ("article p", "article pre span.kn", "svg.lb-figure text"):
        color = page.locator(text).first.evaluate("(e) => getComputedStyle(e).color")
        assert max(int(part) for part in re.findall(r"\d+", color)[:3]) < 210, (text, color)


def test_figures_follow_the_theme(site, chrome):
    for column, scheme in ((1, "light"), (2, "dark")):
        page, _, _ = _open(chrome, f"{site}/chapters/live.html", color_scheme=scheme)
        figure = page.locator("svg.lb-figure[aria-label^='Two curves']")
        color = "(svg) => getComputedStyle(svg.querySelector('path[clip-path]')).stroke"
        red, green, blue = (int(PALETTE[0][column][i : i + 2], 16) for i in (1, 3, 5))
        assert figure.evaluate(color) == f"rgb({red}, {green}, {blue})"
        ink = page.evaluate("getComputedStyle(document.querySelector('article')).color")
        assert figure.evaluate("(svg) => getComputedStyle(svg.querySelector('text')).fill") == ink


@pytest.mark.parametrize("name", ["chapters/live", "chapters/plain", "search", "index"])
def test_every_page_is_accessible_and_fits(site, chrome, name):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci in lossbook/widgets/frontend")
    for width in (1280, 390):
        for scheme in ("light", "dark"):
            page, _, wrong = _open(chrome, f"{site}/{name}.html", width=width, color_scheme=scheme)
            page.evaluate(AXE.read_text("utf8"))
            every = "axe.run({ runOnly: { type: 'rule', values: axe.getRules().map((rule) => rule.ruleId) } })"
            found = page.evaluate(f"{every}.then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))")
            assert found == [], (width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert wrong == []


def test_a_row_of_code_is_a_card_on_a_phone(site, chrome):
    wide, _, _ = _open(chrome, f"{site}/index.html")
    assert wide.locator(".lb-cards td").nth(1).evaluate("(cell) => getComputedStyle(cell).display") == "table-cell"
    page, _, _ = _open(chrome, f"{site}/index.html", width=390)
    table = page.locator(".lb-cards")
    assert table.evaluate("(table) => table.offsetWidth <= table.parentElement.clientWidth")
    cell = table.locator("td").nth(1)
    assert cell.evaluate("(cell) => getComputedStyle(cell, '::before').content") == '"the call"'
    code, box = cell.locator("code").bounding_box(), table.bounding_box()
    assert code["x"] + code["width"] <= box["x"] + box["width"]


def test_a_picture_without_words_stops_the_build(tmp_path):
    folder = tmp_path / "book"
    (folder / "chapters").mkdir(parents=True)
    fixture = Path(__file__).parent / "fixture"
    shutil.copytree(ROOT / "chapters" / "_images", folder / "chapters" / "_images")
    for name in ("_config.yml", "references.bib"):
        shutil.copy((ROOT if name == "_config.yml" else fixture) / name, folder)
    (folder / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\n")
    (folder / "chapters" / "index.md").write_text("# Title\n\n![](_images/logo.svg)\n")
    command = "from jupyter_book.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "build", str(folder), "-W", "-n", "--keep-going"],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "picture without words" in done.stdout + done.stderr
