"""Every page of the built book, wide and narrow, in light and in dark."""

import json

import pytest
from bs4 import BeautifulSoup

from .conftest import HTML, ROOT, THEMES, WIDTHS, pages

AXE = ROOT / "lossbook" / "widgets" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = [(width, theme) for width in WIDTHS for theme in THEMES]


def test_the_book_has_its_pages(book):
    for page in (
        "index.html",
        "chapters/index.html",
        "chapters/reading/verdicts-and-protocol.html",
        "chapters/types/mean-squared-error.html",
        "chapters/types/huber.html",
        "chapters/reference/claims.html",
        "chapters/reference/glossary.html",
        "search.html",
    ):
        assert (book / page).is_file(), page


@pytest.mark.parametrize("path", pages())
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_page(visit, path, width, theme):
    """No console message, no foreign request, no sideways scroll, and axe finds nothing, with every rule on."""
    seen = visit(path, width, theme)
    page = seen.page
    if 'http-equiv="Refresh"' in (HTML / path).read_text("utf8"):
        page.wait_for_load_state()
        seen.clean()
        return
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.locator("mjx-merror").count() == 0, "a formula that MathJax cannot set"
    assert page.title().strip()
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0, f"the page scrolls sideways by {too_wide} px: {_widest(page)}"
    faults = _axe(page)
    assert not faults, json.dumps(faults, indent=1)
    seen.clean()


def _axe(page):
    page.add_script_tag(path=str(AXE))
    # every rule on, also those that axe itself leaves off by default
    result = page.evaluate(
        """async () => {
            const rules = Object.fromEntries(axe.getRules().map((rule) => [rule.ruleId, { enabled: true }]));
            const found = await axe.run(document, { rules, resultTypes: ['violations'] });
            return found.violations.map((v) => ({
                rule: v.id, impact: v.impact, help: v.help,
                where: v.nodes.slice(0, 4).map((n) => n.html.slice(0, 200)),
            }));
        }"""
    )
    return result


def _widest(page):
    return page.evaluate(
        """() => [...document.body.querySelectorAll('*')]
            .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .slice(0, 5).map((e) => e.outerHTML.slice(0, 120))"""
    )


@pytest.mark.parametrize("path", pages())
def test_pictures_say_what_they_show(book, path):
    """Each picture has alternative text, and none is a file's path."""
    soup = BeautifulSoup((book / path).read_text("utf8"), "html.parser")
    for image in soup.find_all("img"):
        alt = image.get("alt")
        assert alt is not None, image
        assert "/" not in alt, alt
        assert not alt.endswith((".svg", ".png")), alt
    for figure in soup.select("svg[role=img]"):
        title = figure.find("title")
        name = figure.get("aria-label") or (title.get_text() if title else "")
        assert len(name) > 20 or figure.find_parent("a") or figure.find_parent("button"), str(figure)[:300]


def test_links_inside_the_book_resolve(book):
    anchors = {}

    def ids(path):
        if path not in anchors:
            soup = BeautifulSoup(path.read_text("utf8"), "html.parser")
            anchors[path] = {tag["id"] for tag in soup.find_all(id=True)} | {"", "top"}
        return anchors[path]

    broken, tried = [], 0
    for name in pages():
        source = book / name
        soup = BeautifulSoup(source.read_text("utf8"), "html.parser")
        for link in soup.find_all("a", href=True):
            href = link["href"]
            if href.startswith(("http:", "https:", "mailto:", "javascript:")):
                continue
            file, _, anchor = href.partition("#")
            target = (source.parent / file.partition("?")[0]).resolve() if file else source
            tried += 1
            if not target.is_file() or (target.suffix == ".html" and anchor not in ids(target)):
                broken.append(f"{name} -> {href}")
    assert tried > 50
    assert not broken, "\n".join(sorted(set(broken)))
