"""BoundaryTug: what it accepts, its numbers beside independent fits, and the front end's arithmetic beside Python's."""

import numpy as np
import pytest
import torch
from front_end import in_node
from scipy.optimize import minimize

import lossbook as lb
from lossbook.widgets import BoundaryTug
from lossbook.widgets.boundary_tug import POINTS, TABLE

SCRIPT = """
import { createAnalysis, numbersOf } from %(analysis)s;
import { sentence } from %(sentence)s;
const { specs, points, states } = given;
const losses = [];
for (const spec of specs) {
  const module = await import("data:text/javascript," + encodeURIComponent(spec.value));
  const hyper = (h) => spec.parameters.map((p) => h[`${spec.name}.${p.name}`]);
  losses.push({ ...spec, hyper, kernel: module[`${spec.id}_grad`] });
}
const analyse = createAnalysis(points);
const found = states.map((state) => {
  const analysis = analyse({ ...state, losses });
  return { numbers: numbersOf(analysis), sentence: sentence(analysis) };
});
console.log(JSON.stringify(found));
"""


def front_end(w, states):
    return in_node(
        SCRIPT,
        {"specs": w.specs, "points": w.points, "states": states},
        analysis="boundary-tug/analysis.js",
        sentence="boundary-tug/sentence.js",
    )


def gentle(input, target, *, width=2.0):
    r = (input - target) / width
    return torch.sqrt(1 + r**2) - 1


@pytest.fixture(scope="module")
def table():
    return BoundaryTug()


def test_front_end_agrees_with_python():
    w, rng = BoundaryTug([*TABLE, gentle]), np.random.default_rng(3)
    states = []
    for k in range(10):
        stray = [round(float(rng.uniform(-9, 9)), 2), round(float(rng.uniform(-6, 6)), 2)]
        hyper = {**w.hyper, "huber.delta": float(rng.uniform(0.1, 5)), "focal.gamma": float(rng.uniform(0, 5))}
        states.append({"stray": stray, "label": ("circle", "square", "out")[k % 3], "hyper": hyper})
    corners = [[-9.0, -6.0], [9.0, 6.0], [-9.0, 6.0], [0.0, 0.0]]
    states += [{"stray": s, "label": "circle", "hyper": {**w.hyper, "focal.gamma": 5.0}} for s in corners]
    shown = front_end(w, states)
    for state, found in zip(states, shown, strict=True):
        w.stray, w.label, w.hyper = state["stray"], state["label"], state["hyper"]
        wanted = {k: v for k, v in w.numbers().items() if v is not None}
        assert found["numbers"].keys() == wanted.keys()
        for key, value in wanted.items():
            assert found["numbers"][key] == pytest.approx(value, rel=1e-6, abs=1e-6), (key, state)
        assert "NaN" not in found["sentence"]


@pytest.mark.parametrize("name", TABLE)
def test_a_boundary_is_the_minimum_of_the_penalized_mean_loss(table, name):
    loss = next(d for d in table.drawn if d.name == name)
    rows = np.array([*POINTS, (*table.stray, 1.0)])
    Z = torch.tensor(rows[:, 2:] * np.column_stack([np.ones(len(rows)), rows[:, :2]]))

    def cost(b):
        m = Z @ torch.tensor(b)
        return float(lb.losses.get(name)(m, torch.ones_like(m))) + 0.005 * float(np.sum(b**2))

    b = np.array(table.fits()[name][0].coefficients)
    best = min(minimize(cost, start, method="Nelder-Mead", options={"fatol": 1e-9}).fun for start in (b, b / 2))
    assert cost(b) <= best + 1e-4  # corners are rounded within 0.001 of them
    assert loss.axis == "margin"


def test_shares_are_those_of_the_gradient(table):
    rows = np.array([*POINTS, (*table.stray, 1.0)])
    for name in ("mse", "huber", "binary_cross_entropy_with_logits", "focal"):
        now, _ = table.fits()[name]
        m = torch.tensor(rows[:, 2] * now.score(rows[:, :2]), requires_grad=True)
        lb.losses.get(name)(m, torch.ones_like(m), reduction="sum").backward()
        share = (m.grad.abs() / m.grad.abs().sum()).numpy()
        assert now.share == pytest.approx(share, abs=1e-4)
        assert table.numbers()[f"{name}.share"] == pytest.approx(share[-1], abs=1e-4)


def test_the_story_of_the_start(table):
    numbers = table.numbers()
    assert numbers["focal.turn"] > numbers["binary_cross_entropy_with_logits.turn"] > numbers["hinge.turn"]
    assert max(numbers["mae.turn"], numbers["huber.turn"]) < 15 < numbers["mse.turn"]
    assert numbers["focal.wrong"] > numbers["focal.wrong_without"] == 0


def test_left_out_it_does_nothing():
    w = BoundaryTug(["mse", "hinge"], label="out", stray=(-8, 5))
    numbers = w.numbers()
    for name in ("mse", "hinge"):
        assert numbers[f"{name}.turn"] == numbers[f"{name}.share"] == 0
        assert numbers[f"{name}.wrong"] == numbers[f"{name}.wrong_without"]
    assert "stray" not in w.caption()


def test_squared_error_also_punishes_a_right_label_far_away_and_hinge_does_not():
    numbers = BoundaryTug(["mse", "hinge"], stray=(9, 6)).numbers()
    assert numbers["mse.turn"] > 5
    assert numbers["hinge.turn"] < 1  # the one point more makes the penalty weigh a little more
    assert numbers["hinge.share"] == 0


def test_the_picture_says_what_it_shows(table):
    picture = table.picture()
    assert "<title>" in picture
    assert table.caption() in picture
    assert picture == table.picture()
    assert "nan" not in picture.lower()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"losses": "hinges"}, "no loss is called"),
        ({"losses": ["hinge", "hinge"]}, "more than once"),
        ({"losses": ["dice"]}, "draws no boundary"),
        ({"losses": [lambda input, target: input - target]}, "rewards mistakes"),
        ({"losses": [lambda input, target: torch.log(input - 100)]}, "no finite value"),
        ({"stray": (1,)}, "stray: got"),
        ({"stray": (90, 0)}, "want it on the axis"),
        ({"stray": (float("nan"), 0)}, "stray: got"),
        ({"label": "triangle"}, "label: got 'triangle'"),
        ({"points": [(0, 0, 1)] * 5}, "both of them"),
        ({"points": [(0, 0, 1, 2)] * 5}, "points: got shape"),
        ({"points": "four"}, "no table of numbers"),
        ({"points": [(np.inf, 0, 1)] + [(0, 0, -1)] * 4}, "not finite"),
        ({"hide": ["bars"]}, "hide: got 'bars'"),
    ],
)
def test_errors_name_what_is_wrong(wrong, message):
    with pytest.raises((ValueError, LookupError), match=message):
        BoundaryTug(**wrong)


def test_points_and_bounds_are_fixed(table):
    with pytest.raises(ValueError, match="points: fixed"):
        table.points = table.points[:-1]
    with pytest.raises(ValueError, match="bounds: fixed"):
        table.bounds = [[0, 1], [0, 1]]
