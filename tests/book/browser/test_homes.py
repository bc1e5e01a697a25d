"""The page's other homes: opened from disk, without JavaScript, on paper."""

import pytest

import lossbook as lb

from .conftest import THEMES, WIDTHS, library_pages, pages_with_widgets
from .widgets import unfold

LIVE = "document.querySelectorAll('.lb-widget[data-ready=\"true\"]').length"
FURNITURE = (
    ".bd-header-article",
    ".bd-sidebar-primary",
    ".bd-sidebar-secondary",
    ".prev-next-footer",
    "button.copybtn",
)
VISIBLE = """(selector) => [...document.querySelectorAll(selector)].filter((e) => {
    const box = e.getBoundingClientRect();
    return e.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1;
}).length"""


def test_some_pages_have_widgets():
    assert len(pages_with_widgets()) >= 3


@pytest.mark.parametrize("path", pages_with_widgets())
def test_opens_from_disk(visit, path):
    """By double-click: the widgets live, the maths is set, and nothing is asked of the network."""
    seen = visit(path, from_disk=True)
    boxes = seen.page.locator(".afm-widget")
    for box in boxes.all():
        unfold(box)
        box.scroll_into_view_if_needed()
        box.locator(".lb-widget[data-ready='true']").wait_for()
    assert seen.page.evaluate(LIVE) == boxes.count() > 0
    handle = seen.page.locator(".lb-widget [data-handle]").first
    before = handle.get_attribute("aria-valuetext")
    handle.focus()
    handle.press("Shift+ArrowRight")
    seen.page.wait_for_timeout(100)  # a frame
    assert handle.get_attribute("aria-valuetext") != before
    seen.clean()


def stills(path: str) -> tuple[str, int | None]:
    """What stands in for widgets that cannot live, and how many; in the library, the plots of the cards."""
    if path not in library_pages():
        return ".afm-fallback svg", None
    return ".lb-loss__plot", len(lb.losses.names(path.rpartition("/")[2].removesuffix(".html")))


@pytest.mark.parametrize("path", [path for path in pages_with_widgets() if path not in library_pages()])
def test_without_javascript_there_are_still_pictures(visit, path):
    seen = visit(path, java_script_enabled=False)
    pictures = seen.page.locator(".afm-fallback svg")
    assert pictures.count() == seen.page.locator('script[type$="widget-view+json"]').count() > 0
    for picture in pictures.all():
        assert picture.is_visible()
        assert picture.bounding_box()["width"] > 200


@pytest.mark.parametrize("path", pages_with_widgets())
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_printed_page_is_clean(visit, path, width, theme):
    """On paper: still pictures in place of the widgets, no bars and no buttons, dark ink on white."""
    seen = visit(path, width, theme)
    page = seen.page
    widgets = page.locator(".afm-widget").count()
    page.emulate_media(media="print")
    assert page.evaluate(VISIBLE, ".lb-widget") == 0
    picture, count = stills(path)
    assert page.evaluate(VISIBLE, picture) == (widgets if count is None else count)
    for furniture in (
        ".bd-header-article",
        ".bd-sidebar-primary",
        ".bd-sidebar-secondary",
        ".prev-next-footer",
        "button.copybtn",
    ):
        assert page.evaluate(VISIBLE, furniture) == 0, furniture
    ink = page.evaluate("getComputedStyle(document.querySelector('article p')).color")
    red, green, blue = (int(v) for v in ink[ink.index("(") + 1 : -1].split(",")[:3])
    assert max(red, green, blue) < 110, f"text is printed in {ink}"
    seen.clean()


def test_dark_pictures_follow_the_theme(visit):
    """A figure drawn by matplotlib takes the theme's colors: light ink on dark, dark ink on light."""
    ink = {}
    for theme in THEMES:
        page = visit("chapters/types/mean-squared-error.html", theme=theme).page
        figure = page.locator("article svg.lb-figure, article svg.mpl").last
        ink[theme] = figure.evaluate(
            "(svg) => { const text = svg.querySelector('text'); return getComputedStyle(text).fill; }"
        )
    assert ink["light"] != ink["dark"]
