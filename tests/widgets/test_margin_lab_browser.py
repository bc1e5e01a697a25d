"""MarginLab in a real Chromium, as its host would mount it: dragged, stepped by keys, set from outside, taken away."""

import json

import pytest
from driving import compared, settled, state

from lossbook.widgets import MarginLab


def agrees(page, widget, k=0):
    """Every marked number on the page is Python's for the page's own state; returns how many there were."""
    traits = ("points", "active", "hyper", "off", "penalty", "focus")
    return len(compared(page, widget, ".lb-margin-lab", traits, k, tiny=1e-6))


def middle(page, point, k=0):
    box = page.locator(".lb-margin-lab").nth(k).locator(f"[data-handle=point-{point}] .lb-handle-dot").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_a_point_behind_the_front_row_moves_all_boundaries_but_that_of_hinge(show):
    w = MarginLab()
    page = show(w)
    paths = {name: page.locator(f"[data-curve={name}]") for name in ("hinge", "logistic")}
    before = {name: path.get_attribute("d") for name, path in paths.items()}
    page.locator("[data-action=data]").click()
    assert agrees(page, w) > 100
    x, y = middle(page, 12)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y - 5, steps=4)
    assert agrees(page, w) > 100
    page.mouse.up()
    assert state(page, "points")[12] != [-2.8, 0.8]
    assert paths["hinge"].get_attribute("d") == before["hinge"]
    assert paths["logistic"].get_attribute("d") != before["logistic"]
    assert "farther out it would change nothing" in page.locator(".lb-sentence").inner_text()
    page.locator("[data-action=reset]").click()
    settled(page)
    assert state(page, "points") == MarginLab().points


def test_who_pulls_is_ringed(show):
    page = show(MarginLab())
    assert page.locator(".lb-pulls").count() == 3
    page.get_by_role("radio", name="Logistic").check(force=True)
    settled(page)
    assert page.locator(".lb-pulls").count() == 16
    page.locator("[data-toggle=logistic]").click()
    settled(page)
    assert page.locator(".lb-pulls").count() == 0


def test_keys_move_a_point_and_lead_to_the_next(show):
    w = MarginLab(["hinge", "logistic"])
    page = show(w)
    assert page.locator(".lb-classes [tabindex='0']").count() == 1
    page.locator("[data-handle=point-0]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert state(page, "points")[0] == [1.45, 2.0]
    page.keyboard.press("End")
    assert state(page, "points")[0] == [4, 2.0]
    page.keyboard.press("PageUp")
    assert state(page, "active") == 15
    settled(page)
    focused = page.evaluate("() => document.activeElement.getAttribute('aria-valuetext')")
    assert focused.startswith("x \u22121.1, y \u22121.1; margin: Hinge ")
    assert "class minus" in page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert agrees(page, w) == 7


def test_a_finger_takes_the_nearest_point(show):
    points = [[0.0, 0.0], [0.3, 0.3], [3.0, 2.0], [-3.0, -2.0]]
    page = show(MarginLab(points=points, labels=[1, 1, -1, -1], active=2), width=390, touch=True)
    (x, y), client = middle(page, 0), page.context.new_cdp_session(page)
    # the press lies on both points' targets, and the second is drawn on top; the first is nearer
    for kind, dx, dy in [("touchStart", -3, 3), ("touchMove", 40, -10), ("touchMove", 80, -40), ("touchEnd", 0, 0)]:
        touches = [] if kind == "touchEnd" else [{"x": x + dx, "y": y + dy}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    assert state(page, "points")[1:] == points[1:]
    assert state(page, "points")[0][0] > 0.5
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    "points",
    [
        [[0.5, 0.5]] * 16,
        [[4.0, 3.0]] * 8 + [[-4.0, -3.0]] * 8,
        [[0.0, y / 8] for y in range(16)],
        [[0.01, 0.0]] * 8 + [[-0.01, 0.0]] * 8,
    ],
)
@pytest.mark.parametrize("penalty", [1e-4, 0.1, 100.0])
def test_extreme_states_set_from_outside(show, points, penalty):
    w = MarginLab(["hinge", "logistic", "exponential", "perceptron"])
    page = show(w)
    page.evaluate("([p, c]) => { models[0].set('penalty', c); models[0].set('points', p); }", [points, penalty])
    agrees(page, w)
    for word in ("NaN", "Infinity", "undefined"):
        assert word not in page.locator(".lb-margin-lab").inner_html()


def test_a_link_restores_the_state_of_one_of_two_copies(show):
    first, second = MarginLab(link_id="one"), MarginLab(["hinge"], link_id="two")
    page = show(first, second)
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(set(ids)) == len(ids)
    root = page.locator(".lb-margin-lab").nth(1)
    root.locator("[data-handle=point-0]").focus()
    page.keyboard.press("Shift+ArrowLeft")
    root.locator("[data-slider=penalty]").focus()
    page.keyboard.press("PageUp")
    assert agrees(page, second, 1) == 4
    assert state(page, "points", 0) == first.points
    root.locator("[data-action=link]").click()
    page.wait_for_function("() => location.hash.includes('lb.margin-lab.two')")
    again = show(first, MarginLab(["hinge"], link_id="two"), hash=page.evaluate("() => location.hash"))
    for name in ("points", "penalty", "active"):
        assert state(again, name, 1) == state(page, name, 1)
    assert state(again, "points", 0) == first.points


@pytest.mark.parametrize("points", [[[1, 2]], "x", [[1, 2]] * 15 + [[None, 1]], [[99, 99]] * 16])
def test_a_broken_link_does_no_harm(show, points):
    w = MarginLab(link_id="a")
    broken = json.dumps({"points": points, "active": 99, "off": ["nobody"], "focus": 3, "penalty": -1})
    page = show(w, hash=f"#lb.margin-lab.a={broken}")
    agrees(page, w)  # whatever was taken of it is a state that Python accepts too
    assert (state(page, "active"), state(page, "off"), state(page, "focus")) == (12, [], "hinge")


def test_hidden_controls_and_removal(show):
    hide = ["legend", "sentence", "sliders", "penalty", "focus", "hint", "data", "reset", "link"]
    page = show(MarginLab(hide=hide), MarginLab(hide=["panel", "sentence"]))
    bare, legend = (page.locator(".lb-margin-lab").nth(k) for k in (0, 1))
    assert bare.locator("button, input, .lb-sentence, .lb-invite").count() == 0
    assert bare.locator("[data-number]").count() == 13
    assert legend.locator("[data-number]").count() == 0
    legend.locator("[data-toggle=hinge]").click()
    settled(page)
    assert legend.locator("[data-curve=hinge]").is_hidden()
    page.evaluate("() => { models[0].end(); models[1].end(); }")
    assert page.locator(".lb-widget").count() == 0
    assert page.evaluate("() => models.map((m) => m.listeners.length)") == [0, 0]


@pytest.mark.parametrize("width", [320, 390, 640, 932])
def test_nothing_jumps_or_sticks_out(show, width):
    page = show(MarginLab(["hinge", "logistic", "exponential", "squared_hinge", "smooth_hinge"]), width=width)
    root, heights = page.locator(".lb-margin-lab"), set()
    for point in ([0.5, 1.6], [-4, -3], [4, 3], [-1.25, -0.85], [0.01, -0.01]):
        for penalty in (0.001, 1.0):
            page.evaluate(
                """([p, c]) => {
                    models[0].set('penalty', c);
                    models[0].set('points', [p, ...models[0].get('points').slice(1)]);
                }""",
                [point, penalty],
            )
            settled(page)
            heights.add(root.bounding_box()["height"])
    assert len(heights) == 1
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_frame_of_a_drag_is_short(show):
    page = show(MarginLab())
    times = page.evaluate(
        """async () => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const all = [];
          for (let k = 0; k < 40; k += 1) {
            const from = performance.now();
            models[0].set('points', models[0].get('points').map(([x, y], i) => (i ? [x, y] : [0.5 + k / 100, y])));
            await frame();
            const at = performance.now();
            await new Promise((done) => setTimeout(done));
            all.push(performance.now() - at);
          }
          return all.sort((a, b) => a - b);
        }"""
    )
    assert times[len(times) // 2] < 16
