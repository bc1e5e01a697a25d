"""RobustFit in a real Chromium, as its host would mount it: dragged, stepped by keys, set from outside, taken away."""

import itertools
import json

import pytest
from driving import compared, settled, state

from lossbook.widgets import RobustFit


def agrees(page, widget, k=0):
    """Every marked number on the page is Python's for the page's own state; returns how many there were."""
    return len(compared(page, widget, ".lb-robust-fit", ("points", "active", "hyper", "off"), k, tiny=1e-6))


def middle(page, point, k=0):
    box = page.locator(".lb-robust-fit").nth(k).locator(f"[data-handle=point-{point}] .lb-handle-dot").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_moves_the_point_the_lines_and_the_numbers(show):
    w = RobustFit()
    page = show(w)
    sentence, line = (page.locator(s) for s in (".lb-sentence", "[data-curve=mse]"))
    before = sentence.inner_text(), line.get_attribute("d"), page.locator("[data-curve=cauchy]").get_attribute("d")
    page.locator("[data-action=data]").click()
    assert agrees(page, w) > 80
    x, y = middle(page, 10)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 60, steps=4)
    assert agrees(page, w) > 80
    page.mouse.move(x + 5000, y + 5000, steps=4)  # far outside: the point stays on the axes
    page.mouse.up()
    assert state(page, "points")[10] == [14, -5]
    assert agrees(page, w) > 80
    assert sentence.inner_text() != before[0]
    assert line.get_attribute("d") != before[1]
    page.locator("[data-action=reset]").click()
    settled(page)
    assert (sentence.inner_text(), line.get_attribute("d")) == before[:2]
    assert state(page, "points") == RobustFit().points


def test_keys_move_a_point_and_lead_to_the_next(show):
    w = RobustFit(["mse", "mae"])
    page = show(w)
    assert page.locator(".lb-cloud [tabindex='0']").count() == 1
    page.locator("[data-handle=point-10]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    assert state(page, "points")[10] == [7.5, 1.7]
    page.keyboard.press("End")
    assert state(page, "points")[10] == [14, 1.7]
    page.keyboard.press("PageDown")
    assert state(page, "active") == 0
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    assert state(page, "active") == 9
    page.keyboard.press("ArrowDown")
    assert state(page, "points")[9] == [5, 11.3]
    settled(page)
    focused = page.evaluate("() => document.activeElement.getAttribute('aria-valuetext')")
    assert focused.startswith("x 5, y 11.3; share of the gradient: MSE ")
    assert page.locator(".lb-cloud [tabindex='0']").count() == 1
    assert agrees(page, w) == 4


def test_a_finger_takes_the_nearest_point(show):
    page = show(RobustFit(points=[(0, 0), (0.4, 0.4), (5, 5), (9, 9)], active=2), width=390, touch=True)
    (x, y), client = middle(page, 0), page.context.new_cdp_session(page)
    # the press lies on both points' targets, and the second is drawn on top; the first is nearer
    for kind, dx, dy in [("touchStart", -3, 3), ("touchMove", 40, -10), ("touchMove", 80, -40), ("touchEnd", 0, 0)]:
        touches = [] if kind == "touchEnd" else [{"x": x + dx, "y": y + dy}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    points = state(page, "points")
    assert points[1:] == [[0.4, 0.4], [5, 5], [9, 9]]
    assert points[0][0] > 1
    assert points[0][1] > 1
    assert state(page, "active") == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_set_from_outside_shows_at_once(show):
    w = RobustFit(["mse", "huber"])
    page = show(w)
    page.evaluate("() => { models[0].set('hyper', { 'huber.delta': 4 }); models[0].set('active', 3); }")
    assert agrees(page, w) == 4
    page.evaluate("() => models[0].set('points', models[0].get('points').map(([x, y]) => [7, y]))")
    settled(page)
    assert "no slope is defined" in page.locator(".lb-sentence").inner_text()
    assert page.locator(".lb-curve:not(.lb-off)").count() == 0
    assert agrees(page, w) == 0
    for word in ("NaN", "Infinity", "undefined"):
        assert word not in page.locator(".lb-robust-fit").inner_html()


def test_the_legend_and_a_piece_of_rope(show):
    w = RobustFit()
    page = show(w)
    page.locator("[data-toggle=mae]").click()
    assert state(page, "off") == ["mae"]
    assert agrees(page, w) == 6
    assert page.locator("[data-toggle=mae]").get_attribute("aria-pressed") == "false"
    page.locator("[data-loss=mse] rect[data-point='2']").click()
    assert state(page, "active") == 2
    page.get_by_role("radio", name="Huber").check(force=True)
    settled(page)
    assert state(page, "residuals") == "huber"
    assert page.locator(".lb-spring:not(.lb-off)").count() == 11


def test_a_link_restores_the_state_of_one_of_two_copies(show):
    first, second = RobustFit(link_id="one"), RobustFit(["mse"], link_id="two")
    page = show(first, second)
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(set(ids)) == len(ids)
    x, y = middle(page, 10, k=1)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y - 80, steps=3)
    page.mouse.up()
    assert state(page, "points", 0) == first.points
    assert agrees(page, second, 1) == 2
    page.locator("[data-link=two] [data-action=link]").click()
    page.wait_for_function("() => location.hash.includes('lb.robust-fit.two')")
    again = show(first, RobustFit(["mse"], link_id="two"), hash=page.evaluate("() => location.hash"))
    assert state(again, "points", 1) == state(page, "points", 1)
    assert state(again, "points", 0) == first.points


@pytest.mark.parametrize("points", [[[1, 2]], "x", [[1, 2]] * 10 + [[None, 1]], [[99, 99]] * 11])
def test_a_broken_link_does_no_harm(show, points):
    w = RobustFit(link_id="a")
    broken = json.dumps(
        {"points": points, "active": 99, "off": ["nobody"], "residuals": 3, "hyper": {"huber.delta": -1}}
    )
    page = show(w, hash=f"#lb.robust-fit.a={broken}")
    agrees(page, w)  # whatever was taken of it is a state that Python accepts too
    assert (state(page, "active"), state(page, "off"), state(page, "residuals")) == (10, [], "")


def test_hidden_controls_and_removal(show):
    hide = ["labels", "legend", "sentence", "sliders", "residuals", "hint", "data", "reset", "link"]
    page = show(RobustFit(hide=hide), RobustFit())
    bare = page.locator(".lb-robust-fit").first
    assert bare.locator("button, input, .lb-labels, .lb-sentence, .lb-invite").count() == 0
    assert bare.locator("[data-number]").count() == 8
    assert bare.locator(".lb-tug-row").first.inner_text().split() == [
        "MSE",
        "slope",
        "0.72",
        "28%",
        "of",
        "the",
        "gradient",
    ]
    page.evaluate("() => { models[0].end(); models[1].end(); }")
    assert page.locator(".lb-widget").count() == 0
    assert page.evaluate("() => models.map((m) => m.listeners.length)") == [0, 0]


def test_without_the_bars_the_legend_still_switches(show):
    page = show(RobustFit(hide=["bars", "sentence"]))
    page.locator("[data-toggle=mse]").click()
    settled(page)
    assert page.locator("[data-curve=mse]").is_hidden()
    assert page.locator("[data-toggle=mse]").get_attribute("aria-pressed") == "false"
    assert page.locator("[data-number]").count() == 0


@pytest.mark.parametrize("width", [320, 390, 640, 932])
def test_nothing_overlaps_or_jumps(show, width):
    page = show(RobustFit(), width=width)
    root = page.locator(".lb-robust-fit")
    heights = set()
    for point in ([6.5, 1.5], [14, 0], [0.5, 29], [13, -5], [4, 9]):
        page.evaluate("(p) => models[0].set('points', [...models[0].get('points').slice(0, 10), p])", point)
        settled(page)
        heights.add(root.bounding_box()["height"])
        tops = sorted(page.locator(".lb-labels text").evaluate_all("all => all.map((t) => t.getBBox().y)"))
        assert all(b - a > 12 for a, b in itertools.pairwise(tops)), point
    assert len(heights) == 1
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
