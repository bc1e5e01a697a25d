"""Each widget of each page, moved by mouse, touch and keys; the numbers shown are Python's for the same state.

Of a page of the library, which has one explorer a loss, the first stands for all: test_library.py compares the others.
"""

import pytest

from .conftest import library_pages, pages_with_widgets
from .widgets import CLASSES, agree, kind, painted, saved, shown, unfold

COUNTS = {path: 1 if path in library_pages() else len(saved(path)) for path in pages_with_widgets()}
EVERY = [(path, i) for path, count in COUNTS.items() for i in range(count)]
SIZES = [(1280, "light"), (390, "dark")]


def open_widget(visit, path, number, width=1280, theme="light", **options):
    """The page, and the root of one of its widgets."""
    seen = visit(path, width, theme, **options)
    return seen, widget_of(seen.page, number)


def widget_of(page, number):
    box = page.locator(".afm-widget").nth(number)
    unfold(box)
    root = box.locator(".lb-widget[data-ready='true']")
    root.scroll_into_view_if_needed()
    return root


def handle_of(root):
    """The handle to move: the ringed point of RobustFit, the residual of LossExplorer."""
    active = root.locator("[data-handle][tabindex='0']")
    return active.first if active.count() else root.locator("[data-handle]").first


def centre(handle):
    box = handle.bounding_box()
    assert min(box["width"], box["height"]) >= 24, (
        f"a target of {box['width']:.0f} by {box['height']:.0f} px is too small"
    )
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(("path", "number"), EVERY)
@pytest.mark.parametrize(("width", "theme"), SIZES)
def test_mouse(visit, path, number, width, theme):
    seen, root = open_widget(visit, path, number, width, theme)
    traits = saved(path)[number]
    before = shown(root)
    agree(root, traits)
    height = root.bounding_box()["height"]
    handle_of(root).scroll_into_view_if_needed()  # the link stands below it, on a phone by more than a screen
    x, y = centre(handle_of(root))
    mouse = seen.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 45, y - 25, steps=8)
    mouse.up()
    seen.page.wait_for_timeout(100)
    assert shown(root) != before, "dragging changed no number"
    agree(root, traits)
    assert abs(root.bounding_box()["height"] - height) < 2, "the layout jumps while dragging"
    seen.clean()


@pytest.mark.parametrize(("path", "number"), EVERY)
def test_touch(visit, path, number):
    seen, root = open_widget(visit, path, number, 390, "light", has_touch=True, is_mobile=True)
    handle_of(root).scroll_into_view_if_needed()  # a widget can be taller than a phone
    before, scrolled = shown(root), seen.page.evaluate("window.scrollY")
    x, y = centre(handle_of(root))
    finger = seen.page.context.new_cdp_session(seen.page)

    def touch(kind, *points):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})

    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x - 5 * step, y - 3 * step))
    touch("touchEnd")
    seen.page.wait_for_timeout(150)
    assert shown(root) != before, "dragging by touch changed no number"
    assert seen.page.evaluate("window.scrollY") == scrolled, "the page scrolled under the finger"
    agree(root, saved(path)[number])
    seen.clean()


@pytest.mark.parametrize(("path", "number"), EVERY)
def test_keys(visit, path, number):
    """The handle, every slider and every choice answer the keyboard; focus is visible; reset leads back."""
    seen, root = open_widget(visit, path, number)
    page, traits = seen.page, saved(path)[number]
    first = shown(root)

    handle = handle_of(root)
    handle.focus()
    assert handle.get_attribute("role") == "slider"
    assert handle.get_attribute("aria-label")
    told = handle.get_attribute("aria-valuetext")
    for key in ("ArrowLeft", "Shift+ArrowLeft"):
        values = shown(root)
        page.keyboard.press(key)
        painted(page)
        assert shown(root) != values, f"{key} changed no number"
    assert handle.get_attribute("aria-valuetext") != told
    for key in ("Home", "End"):
        page.keyboard.press(key)
        painted(page)
        agree(root, traits)

    sliders = root.locator("input[type=range]")
    for i in range(sliders.count()):
        values = shown(root)
        sliders.nth(i).focus()
        at_its_start = sliders.nth(i).evaluate("(slider) => Number(slider.value) <= Number(slider.min)")
        page.keyboard.press("PageUp" if at_its_start else "PageDown")
        painted(page)
        assert shown(root) != values, f"slider {i} changed no number"
        agree(root, traits)

    choices = root.locator("[data-choice] input[type=radio]")
    if choices.count():
        root.locator("[data-choice] input[type=radio]:checked").first.focus()
        page.keyboard.press("ArrowRight")
        painted(page)
        agree(root, traits)

    root.locator("[data-action='reset']").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert shown(root) == pytest.approx(first)
    seen.clean()


@pytest.mark.parametrize(("path", "number"), EVERY)
def test_focus_is_visible(visit, path, number):
    seen, root = open_widget(visit, path, number)
    handle = handle_of(root)
    calm = handle.screenshot()
    seen.page.keyboard.press("Tab")  # so that the browser treats the focus as the keyboard's
    handle.focus()
    assert handle.screenshot() != calm


def tables(root):
    return sum(table.is_visible() for table in root.locator("table").all())


@pytest.mark.parametrize(("path", "number"), EVERY)
def test_legend_and_table(visit, path, number):
    seen, root = open_widget(visit, path, number, 390)
    toggles = root.locator("[data-toggle]")
    if toggles.count():
        name = toggles.first.get_attribute("data-toggle")
        assert toggles.first.get_attribute("aria-pressed") == "true"
        assert any(key.startswith(f"{name}.") for key in shown(root))
        toggles.first.click()
        painted(seen.page)
        assert toggles.first.get_attribute("aria-pressed") == "false"
        agree(root, saved(path)[number])
        toggles.first.click()
    data = root.locator("[data-action='data']")
    if data.count():
        before = tables(root)
        data.click()
        table = root.locator("table").last
        assert data.get_attribute("aria-expanded") == "true"
        assert tables(root) == before + 1
        assert table.locator("tr").count() > 2
        words = table.inner_text()
        assert "NaN" not in words
        assert "Infinity" not in words
    seen.clean()


@pytest.mark.parametrize(("path", "number"), EVERY)
def test_a_link_restores_the_state(visit, path, number):
    seen, root = open_widget(visit, path, number)
    if not root.locator("[data-action='link']").count():
        assert "link" in saved(path)[number]["hide"]
        return
    handle = handle_of(root)
    handle.focus()
    seen.page.keyboard.press("Shift+ArrowLeft")
    painted(seen.page)
    moved = shown(root)
    agree(root, saved(path)[number])  # presses "Copy link"
    link = seen.page.evaluate("navigator.clipboard.readText()")
    again, other = open_widget(visit, f"{path}#{link.partition('#')[2]}", number)
    assert shown(other) == pytest.approx(moved)
    again.clean()


def test_every_kind_of_widget_is_in_the_book(visit):
    kinds = set()
    for path, count in COUNTS.items():
        page = visit(path).page
        kinds |= {kind(widget_of(page, number)) for number in range(count)}
        page.context.close()
    assert kinds == set(CLASSES)
