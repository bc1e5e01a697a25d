"""The pages of the library: light until a reader opens an explorer, and every explorer tells Python's numbers."""

import gzip
import json
from urllib.parse import quote, urlsplit

import pytest

import lossbook as lb

from .conftest import HTML, library_pages
from .test_pages import _axe, _widest
from .widgets import agree, painted, saved, unfold

PAGES = library_pages()
OVERVIEW = "chapters/library/overview.html"
OWN, ALL = 250_000, 800_000  # bytes gzipped of our scripts and styles, and of everything, once an explorer is open
OPENED = 3  # cards of a page that axe looks into
every = pytest.mark.parametrize("path", PAGES)


def opened(seen):
    """All explorers of the page, opened one after the other."""
    boxes = seen.page.locator(".lb-loss__live .afm-widget")
    for i in range(boxes.count()):
        unfold(boxes.nth(i))
        boxes.nth(i).locator(".lb-widget[data-ready='true']").wait_for()
    return boxes


def test_the_book_has_a_library():
    assert PAGES
    assert (HTML / OVERVIEW).is_file()


@every
def test_explorers_start_when_they_are_opened(visit, path):
    seen = visit(path)
    seen.page.wait_for_timeout(300)
    assert seen.page.locator(".afm-widget").count() > 0
    assert seen.page.locator(".lb-widget").count() == 0
    boxes = seen.page.locator(".lb-loss__live .afm-widget")
    card = seen.page.locator(".lb-loss:has(.lb-loss__live)").first
    assert card.locator(".lb-loss__plot").is_visible()
    unfold(boxes.first)
    boxes.first.locator(".lb-widget[data-ready='true']").wait_for()
    assert not card.locator(".lb-loss__plot").is_visible()  # the explorer has taken its place
    assert seen.page.locator(".lb-widget").count() == 1
    seen.clean()


@every
def test_every_explorer_shows_what_python_computes(visit, path):
    seen = visit(path)
    boxes, traits = opened(seen), saved(path)
    assert boxes.count() == len(traits)
    for i, state in enumerate(traits):
        root = boxes.nth(i).locator(".lb-widget")
        agree(root, state)
        handle = root.locator("[data-handle]")
        handle.focus()
        seen.page.keyboard.press("Shift+ArrowRight")
        seen.page.keyboard.press("ArrowRight")
        painted(seen.page)
        agree(root, state)
        for select in root.locator("[data-select]").all():
            for option in range(select.locator("option").count()):
                select.select_option(index=option)
                painted(seen.page)
                agree(root, state)
        words = root.inner_text()
        assert not any(word in words for word in ("NaN", "Infinity", "undefined")), state["link_id"]
    seen.clean()


@every
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_what_is_folded_is_accessible(visit, path, width, theme):
    """The first cards with all folds open; the others are made of the same parts."""
    seen = visit(path, width, theme)
    for card in seen.page.locator(".lb-loss").all()[:OPENED]:
        for fold in card.locator("details > summary").all():
            fold.click()
        if card.locator(".lb-loss__live").count():
            card.locator(".lb-widget[data-ready='true']").wait_for()
    too_wide = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0, f"the page scrolls sideways by {too_wide} px: {_widest(seen.page)}"
    faults = _axe(seen.page)
    assert not faults, json.dumps(faults, indent=1)
    seen.clean()


@every
def test_without_a_script_the_pictures_stand(visit, path):
    page = visit(path, java_script_enabled=False).page
    family = path.rpartition("/")[2].removesuffix(".html")
    assert page.locator(".lb-loss__plot:visible").count() == len(lb.losses.names(family))
    for card in page.locator(".lb-loss").all():
        assert card.locator("summary:visible", has_text="Definition").count() == 1
    assert page.locator(".lb-loss__live:visible").count() == 0


@every
def test_a_page_stays_light(browser, site, path):
    page = browser.new_page()
    asked = []
    page.on("requestfinished", lambda request: asked.append(request))
    page.goto(f"{site}/{path}", wait_until="networkidle")
    unfold(page.locator(".afm-widget").first)
    page.locator(".lb-widget[data-ready='true']").wait_for()
    sizes = {r.url: len(gzip.compress(r.response().body(), 6)) for r in asked if r.url.startswith("http")}
    page.close()
    ours = ("afm/", "afm-host", "lossbook.", "loss-library.", "ledger.", "question.")
    own = sum(size for url, size in sizes.items() if urlsplit(url).path.partition("_static/")[2].startswith(ours))
    assert own <= OWN, own
    assert sum(sizes.values()) <= ALL, sizes


def test_a_link_opens_the_explorer_that_it_means(visit):
    state = {"view": "gradient", "residual": -2.0, "hyper": {"huber.delta": 0.5}, "off": []}
    seen = visit(f"chapters/library/regression.html#lb.loss-explorer.huber={quote(json.dumps(state))}")
    root = seen.page.locator("#huber .lb-widget[data-ready='true']")
    root.wait_for()
    assert float(root.locator("[data-number='huber.gradient']").get_attribute("data-value")) == -0.5
    assert seen.page.locator(".lb-widget").count() == 1
    seen.clean()


def test_every_loss_of_the_table_leads_to_its_card(visit):
    seen = visit(OVERVIEW)
    rows = seen.page.locator(".lb-library tbody tr")
    assert rows.count() == len(lb.losses.names())
    links = seen.page.locator(".lb-library tbody th a")
    assert links.count() == rows.count(), "a loss whose family has no page"
    links.nth(1).click()
    seen.page.wait_for_url("**/regression.html#huber")
    assert seen.page.locator("section#huber > h2").is_visible()
    seen.clean()


def test_the_table_is_searched_and_sorted(visit):
    seen = visit(OVERVIEW)
    page = seen.page
    shown = page.locator(".lb-library tbody tr:visible")
    count = shown.count()
    page.get_by_role("searchbox", name="Search", exact=True).fill("outlier")
    assert 0 < shown.count() < count
    page.get_by_role("searchbox", name="Search", exact=True).fill("huber")
    assert "Huber loss" in shown.first.inner_text()
    assert page.get_by_role("status").inner_text() == f"{shown.count()} of {count} losses"
    page.get_by_role("searchbox", name="Search", exact=True).fill("")
    page.get_by_label("Family").select_option("margin")
    assert shown.count() == len(lb.losses.names("margin"))
    page.get_by_label("Family").select_option("regression")
    page.get_by_role("checkbox", name="Bounded gradient").check()
    bounded = [r for r in lb.losses.records() if r.family == "regression" and r.bounded_gradient]
    assert shown.count() == len(bounded)
    page.get_by_role("checkbox", name="Bounded gradient").uncheck()
    page.get_by_label("Family").select_option("")
    head = page.get_by_role("button", name="Loss", exact=True)
    order = shown.locator("th").all_inner_texts()
    head.click()
    assert page.locator(".lb-library thead th").first.get_attribute("aria-sort") == "ascending"
    names = shown.locator("th").all_text_contents()
    assert names == page.evaluate("(names) => names.toSorted((a, b) => a.trim().localeCompare(b.trim()))", names)
    assert names[0].startswith("Absolute") or names[0] < names[-1]
    head.click()
    head.click()
    assert shown.locator("th").all_inner_texts() == order
    seen.clean()


def test_without_a_script_the_table_is_whole(visit):
    page = visit(OVERVIEW, java_script_enabled=False).page
    assert page.locator(".lb-library tbody tr:visible").count() == len(lb.losses.names())
    assert page.locator(".lb-library__tools:visible").count() == 0
