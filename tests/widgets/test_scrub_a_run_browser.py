"""ScrubARun in a real Chromium: scrubbed, stepped by keys, its rules chosen, linked, hidden, taken away."""

import json

import pytest
from driving import compared, put, settled, state

from lossbook.widgets import ScrubARun
from lossbook.widgets.scrub_a_run import RULES

ROOT = ".lb-scrub-a-run"
TRAITS = ("run", "rule", "patience", "level", "now")


def agrees(page, widget, k=0):
    """Every marked number is Python's for the page's own state; returns how many there were."""
    return len(compared(page, widget, ROOT, TRAITS, k))


def test_scrubbing_by_mouse_and_keys(show):
    w = ScrubARun()
    page = show(w)
    sentence = page.locator(".lb-sentence")
    before = sentence.inner_text()
    assert "the rule waits for 10" in before
    box = page.locator("[data-handle=now] .lb-handle-dot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y, steps=4)
    assert agrees(page, w) > 20
    assert state(page, "now") > 25
    page.mouse.move(x + 5000, y)
    page.mouse.up()
    assert state(page, "now") == len(w.runs[0]["steps"]) - 1
    agrees(page, w)
    assert "The rule stopped at step" in sentence.inner_text()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    assert state(page, "now") == len(w.runs[0]["steps"]) - 12
    page.keyboard.press("Home")
    assert state(page, "now") == 0
    agrees(page, w)
    page.locator("[data-action=reset]").click()
    settled(page)
    assert sentence.inner_text() == before


@pytest.mark.parametrize("rule", RULES)
def test_each_rule(show, rule):
    w = ScrubARun()
    page = show(w)
    page.locator(f"input[value={rule}]").check()
    assert state(page, "rule") == rule
    agrees(page, w)
    sliders = page.locator("input[type=range]")
    assert sliders.count() == (rule != "none")
    if sliders.count():
        trait = "level" if rule == "train_level" else "patience"
        old = state(page, trait)
        sliders.first.focus()
        page.keyboard.press("ArrowRight")
        assert state(page, trait) > old
        agrees(page, w)
    for run in range(6):
        page.locator("select").select_option(index=run)
        agrees(page, w)
    page.locator("[data-action=data]").click()
    assert page.locator(".lb-data tr").count() == len(w.runs[0]["steps"]) + 1
    for word in ("NaN", "Infinity", "undefined", "null"):
        assert word not in page.locator(ROOT).inner_html()


@pytest.mark.parametrize("broken", [{"run": 9, "rule": "x", "patience": 0, "level": 5, "now": -1}, {"now": "a"}, 3])
def test_a_broken_link_does_no_harm(show, broken):
    w = ScrubARun(link_id="a")
    page = show(w, hash=f"#lb.scrub-a-run.a={json.dumps(broken)}")
    agrees(page, w)
    assert (state(page, "run"), state(page, "rule"), state(page, "now")) == (3, "val_loss", 25)


def test_two_copies_links_and_removal(show):
    pair = ScrubARun(link_id="one"), ScrubARun(link_id="two")
    page = show(*pair)
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(set(ids)) == len(ids)
    put(page, 1, run=1, rule="val_accuracy", patience=4, now=60)
    agrees(page, pair[1], 1)
    page.locator("[data-link=two] [data-action=link]").click()
    page.wait_for_function("() => location.hash.includes('lb.scrub-a-run.two')")
    again = show(ScrubARun(link_id="one"), ScrubARun(link_id="two"), hash=page.evaluate("() => location.hash"))
    assert [state(again, name, 1) for name in TRAITS[:3]] == [1, "val_accuracy", 4]
    assert state(again, "now", 0) == 25
    page.evaluate("() => { models[0].end(); models[1].end(); }")
    assert page.locator(".lb-widget").count() == 0
    assert page.evaluate("() => models.map((m) => m.listeners.length)") == [0, 0]


def test_hidden_controls(show):
    page = show(ScrubARun(hide=list(ScrubARun.controls)))
    bare = page.locator(ROOT)
    assert bare.locator("button, input, select, table, dl, .lb-sentence").count() == 0
    assert bare.locator("[data-handle]").count() == 1


@pytest.mark.parametrize("width", [320, 390, 700, 932])
def test_nothing_jumps_or_runs_over(show, width):
    page = show(ScrubARun(), width=width)
    heights = set()
    for rule in RULES:
        for run in (0, 4):
            for now in (0, 25, 50, 100):
                put(page, rule=rule, run=run, now=now)
                heights.add(round(page.locator(ROOT).bounding_box()["height"]))
    assert max(heights) - min(heights) <= 1
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
