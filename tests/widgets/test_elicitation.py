"""Elicitation in Python and in Node: what it accepts, and the numbers it says it shows."""

import numpy as np
import pytest
import torch
from front_end import in_node
from scipy import optimize

from lossbook.widgets import Elicitation
from lossbook.widgets.elicitation import SHAPES, summary

LOSSES = ["mse", "mae", "huber", "quantile", "expectile", "welsch", "cauchy"]
SKEWED = SHAPES["skewed"]


def lopsided(input, target, *, tilt=3.0):
    r = input - target
    return torch.where(r > 0, tilt * r, -r) + 0.1 * r**2


def test_the_mean_and_the_median():
    numbers = Elicitation(["mse", "mae"], points=SKEWED).numbers()
    assert numbers["mse.best"] == pytest.approx(np.mean(SKEWED), abs=1e-9)
    assert numbers["mse.least"] == pytest.approx(np.var(SKEWED))
    assert numbers["mae.best"] == pytest.approx(np.median(SKEWED), abs=1e-9)


def test_an_even_number_of_targets_leaves_a_range_of_medians():
    numbers = Elicitation(["mae"], points=[1, 2, 4, 9]).numbers()
    assert [numbers[f"mae.{k}"] for k in ("low", "high", "best")] == pytest.approx([2, 4, 3])


@pytest.mark.parametrize("q", [0.05, 0.3, 0.5, 0.8, 0.95])
def test_quantiles_and_expectiles(q):
    w = Elicitation(["quantile", "expectile"], points=SKEWED, hyper={"quantile.q": q, "expectile.q": q})
    numbers = w.numbers()
    low, high = (np.quantile(SKEWED, q, method=m) for m in ("inverted_cdf", "inverted_cdf"))
    assert low - 1e-9 <= numbers["quantile.best"] <= high + 1e-9
    y, e = np.array(SKEWED), numbers["expectile.best"]
    up, down = np.maximum(y - e, 0).sum(), np.maximum(e - y, 0).sum()
    assert q * up == pytest.approx((1 - q) * down, rel=1e-7)


def test_a_narrow_welsch_finds_the_crowd_and_a_wide_one_the_mean():
    w = Elicitation(["welsch"], points=SHAPES["two peaks"], hyper={"welsch.c": 0.5})
    assert w.numbers()["welsch.best"] == pytest.approx(2.7, abs=0.2)
    w.hyper = {"welsch.c": 1e4}
    assert w.numbers()["welsch.best"] == pytest.approx(np.mean(SHAPES["two peaks"]), abs=1e-3)


def test_any_other_loss_against_scipy():
    w = Elicitation(["huber", "log_cosh", "cauchy", lopsided], points=SKEWED)
    numbers = w.numbers()
    y = torch.tensor(SKEWED, dtype=torch.float64)
    for drawn in w.drawn:
        hyper = {p.name: w.hyper[f"{drawn.name}.{p.name}"] for p in drawn.parameters}

        def risk(c, loss=drawn.definition, hyper=hyper):
            return float(loss(torch.full_like(y, c), y, **hyper).mean())

        top = min(
            (
                optimize.minimize_scalar(risk, bounds=(a, a + 1), method="bounded", options={"xatol": 1e-10})
                for a in range(15)
            ),
            key=lambda found: found.fun,
        )
        assert numbers[f"{drawn.name}.least"] <= top.fun + 1e-12
        assert numbers[f"{drawn.name}.best"] == pytest.approx(top.x, abs=1e-4)
        assert numbers[f"{drawn.name}.at"] == pytest.approx(risk(w.estimate))


def test_the_start_tells_its_story():
    w = Elicitation()
    assert w.hyper["quantile.q"] == 0.8
    numbers = w.numbers()
    assert numbers["welsch.best"] < numbers["mae.best"] < numbers["mse.best"] < numbers["quantile.best"]
    assert w.asks == {"mse": "mean", "mae": "median", "quantile": "quantile", "welsch": "near a mode"}
    assert (summary("expectile"), summary("huber"), summary("nobody")) == ("expectile", "center", "")


def test_state_changes_change_the_numbers():
    w = Elicitation(["mse", "mae"])
    w.points = [*w.points[:-1], 15.0]
    assert w.numbers()["mse.best"] == pytest.approx(np.mean(w.points))
    w.off = ["mse"]
    assert not any(key.startswith("mse") for key in w.numbers())


def test_the_still_picture_shows_the_state():
    w = Elicitation()
    svg = w.picture()
    assert svg == w.picture()
    assert f"<title>{w.caption()}</title>" in svg
    assert f"MSE asks for {w.numbers()['mse.best']:.2f}" in w.caption()
    w.reveal = False
    assert "not yet shown" in w.caption()
    assert w.picture() != svg
    w.off = ["mse", "mae", "quantile", "welsch"]
    w.reveal = True
    assert "no loss is shown" in w.caption()
    assert "nan" not in w.picture().lower()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": [1.0]}, r"points: got shape \(1,\), want \(n,\) with n from 2 to 40"),
        ({"points": np.zeros((2, 2))}, r"points: got shape \(2, 2\)"),
        ({"points": "abc"}, "points: got something that is no list of numbers"),
        ({"points": [1.0, float("inf")]}, "points: got a value that is not finite"),
        ({"points": [1, 2, 9], "bounds": (0, 5)}, r"points\[2\]: got 9, want it on the axis, 0 to 5"),
        ({"points": [1, 2, 9], "shapes": {"two": [1, 2]}}, r"shapes\['two'\]: got 2 targets, want 3"),
        ({"bounds": (5, 5)}, "bounds: got .*, the lower first"),
        ({"bounds": 3}, "bounds: got 3"),
        ({"estimate": 99.0}, "estimate: got 99.0, want a finite number from 0 to 15"),
        ({"hide": ["slider"]}, "hide: got 'slider', want names out of"),
        ({"hyper": {"quantile.q": 1.5}}, r"hyper\['quantile.q'\]"),
        ({"losses": ["binary_cross_entropy_with_logits"]}, "losses: binary_cross_entropy_with_logits is not a loss of"),
        ({"losses": [lambda input, target: 1 / (input - target)]}, "losses: .* has no finite value"),
    ],
)
def test_bad_values_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        Elicitation(**arguments)


def test_bad_states_are_refused_and_leave_the_old_one():
    w = Elicitation(["mse", "mae"])
    before = w.points
    for name, value in [
        ("points", before[:-1]),
        ("points", [*before[:-1], 99.0]),
        ("estimate", -1.0),
        ("bounds", [0, 1]),
        ("shapes", {}),
        ("asks", {}),
    ]:
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
    assert w.points == before
    with pytest.raises(LookupError, match="huber"):
        Elicitation(["hubber"])


SCRIPT = """
import { createAnalysis, numbersOf } from %(answer)s;
const { specs, states, bounds } = given;
const losses = [];
for (const spec of specs) {
  const module = await import("data:text/javascript," + encodeURIComponent(spec.value));
  const hyper = (h) => spec.parameters.map((p) => h[`${spec.name}.${p.name}`]);
  losses.push({ ...spec, hyper, kernel: module[`${spec.id}_grad`] });
}
const analyse = createAnalysis();
console.log(JSON.stringify(states.map((state) => numbersOf(analyse({ ...state, losses, bounds, asks: {} })))));
"""


def states(rng):
    """States like a reader's, on the grain of the handles, and the awkward ones."""
    w = Elicitation([*LOSSES, lopsided])
    for k in range(12):
        points = [round(float(rng.uniform(0, 15)), 2) for _ in w.points]
        points[: k % 4] = [3.0] * (k % 4)
        hyper = {key: v if key.endswith(".q") else float(v * np.exp(rng.normal(0, 0.7))) for key, v in w.hyper.items()}
        hyper |= {
            "quantile.q": round(float(rng.uniform(0.05, 0.95)), 2),
            "expectile.q": round(float(rng.uniform(0.05, 0.95)), 2),
        }
        yield points, round(float(rng.uniform(0, 15)), 2), hyper
    yield [7.0] * 11, 7.0, dict(w.hyper)  # all alike
    yield [0.0] * 5 + [15.0] * 6, 0.0, dict(w.hyper)  # at both ends
    yield [15.0] * 11, 0.0, {**w.hyper, "welsch.c": 0.1}  # far from the answer
    for points in SHAPES.values():
        yield (
            [float(y) for y in points],
            float(points[4]),
            {**w.hyper, "quantile.q": 4 / 11},
        )  # a flat floor, an answer on a target


def test_the_front_end_agrees_with_python():
    w = Elicitation([*LOSSES, lopsided])
    given = list(states(np.random.default_rng(5)))
    answer = in_node(
        SCRIPT,
        {
            "specs": w.specs,
            "bounds": w.bounds,
            "states": [{"points": p, "estimate": e, "hyper": h} for p, e, h in given],
        },
        answer="elicitation/answer.js",
    )
    for (points, estimate, hyper), shown in zip(given, answer, strict=True):
        w.points, w.estimate, w.hyper = points, estimate, hyper
        wanted = w.numbers()
        assert shown.keys() == wanted.keys()
        for key, value in shown.items():
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-7), (key, points, hyper)
