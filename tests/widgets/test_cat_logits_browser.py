"""CatLogits in a real Chromium: dragged, stepped, another image chosen, linked, taken away."""

import numpy as np
import pytest
from driving import compared, settled, state

from lossbook.widgets import CatLogits

ROOT = ".lb-cat-logits"


def agrees(page, widget, k=0):
    """Every marked number on the page is Python's for the page's own state; returns how many there were."""
    return len(compared(page, widget, ROOT, ("logits", "rate", "active"), k))


def made(**traits):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 4))
    return CatLogits(
        logits=rng.normal(size=(5, 3)).round(1),
        labels=[0, 0, 1, 2, 2],
        names=["cat", "astronaut", "rocket"],
        kernel=x @ x.T + 1,
        images=rng.random((5, 6, 6, 3)),
        rate=0.1,
        **traits,
    )


def test_dragging_a_score_and_stepping(show):
    w = made()
    page = show(w)
    sentence = page.locator(".lb-sentence")
    first = sentence.inner_text()
    assert agrees(page, w) == 3 + 4 + 2 * 5
    page.locator("[data-action=data]").click()
    assert agrees(page, w) == 3 + 4 + 2 * 5 + 4 * 3 + 2 * 5
    box = page.locator("[data-handle=logit-0] .lb-handle-dot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 40, steps=4)
    agrees(page, w)
    assert state(page, "logits")[0][0] < -1
    page.mouse.move(x, y + 4000, steps=2)  # far outside: the score stays on the axis
    page.mouse.up()
    assert state(page, "logits")[0][0] == -10
    agrees(page, w)
    wanted = w.stepped()
    page.locator("[data-action=step]").click()
    assert np.array(state(page, "logits")) == pytest.approx(np.array(wanted))
    agrees(page, w)
    page.locator("[data-action=reset]").click()
    settled(page)
    assert sentence.inner_text() == first


def test_keys_choose_the_image_move_the_score_and_the_rate(show):
    w = made()
    page = show(w)
    page.locator("[data-choice=active] input").first.focus()
    page.keyboard.press("ArrowRight")
    assert state(page, "active") == 1
    agrees(page, w)
    named = page.locator("[data-choice=active] input").nth(1).get_attribute("aria-label")
    assert named.startswith("cat, image 2: probability ")
    page.locator("[data-handle=logit-2]").focus()
    before = state(page, "logits")[1][2]
    page.keyboard.press("Shift+ArrowUp")
    assert state(page, "logits")[1][2] == pytest.approx(before + 1)
    page.locator("[data-slider=rate]").focus()
    page.keyboard.press("End")
    assert state(page, "rate") == 1
    agrees(page, w)
    page.locator("[data-action=step]").focus()
    page.keyboard.press("Enter")
    agrees(page, w)


def test_a_link_restores_the_state_of_one_of_two_copies(show):
    page = show(made(link_id="one"), made(link_id="two"))
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(set(ids)) == len(ids)
    page.evaluate("() => { models[1].set('active', 3); models[1].set('rate', 0.5); }")
    page.locator("[data-link=two] [data-action=link]").click()
    page.wait_for_function("() => location.hash.includes('lb.cat-logits.two')")
    again = show(made(link_id="one"), made(link_id="two"), hash=page.evaluate("() => location.hash"))
    assert (state(again, "active", 1), state(again, "rate", 1)) == (3, 0.5)
    assert state(again, "active", 0) == 0


@pytest.mark.parametrize("logits", ["[[1,2]]", '"x"', "[[1,2,3],[1,2,3],[1,2,3],[1,2,3],[1,2,null]]", "[[99,0,0]]"])
def test_a_broken_link_does_no_harm(show, logits):
    w = made(link_id="a")
    before = w.logits
    page = show(w, hash=f'#lb.cat-logits.a={{"logits":{logits},"rate":7,"active":9}}')
    agrees(page, w)
    assert (state(page, "logits"), state(page, "rate"), state(page, "active")) == (before, 0.1, 0)


def test_hidden_controls_and_removal(show):
    page = show(made(hide=list(CatLogits.controls)), made())
    bare = page.locator(ROOT).first
    assert bare.locator("button, input, table, .lb-sentence, img").count() == 0
    assert bare.locator("[data-number]").count() == 3
    page.evaluate("() => { models[0].end(); models[1].end(); }")
    assert page.locator(".lb-widget").count() == 0
    assert page.evaluate("() => models.map((m) => m.listeners.length)") == [0, 0]


@pytest.mark.parametrize("width", [320, 390, 640, 900])
def test_nothing_jumps_or_leaves_the_page(show, width):
    page = show(made(), width=width)
    heights = set()
    set_all = """([z, rate, active]) => {
      const m = models[0], all = m.get("logits").map(() => [z, -z, 0]);
      m.set("logits", all); m.set("rate", rate); m.set("active", active);
    }"""
    for z in (-10, 0, 10):
        for rate in (0.0001, 1.0):
            for active in (0, 4):
                page.evaluate(set_all, [z, rate, active])
                settled(page)
                heights.add(page.locator(ROOT).bounding_box()["height"])
                assert "NaN" not in page.locator(ROOT).inner_text()
    assert len(heights) == 1
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
