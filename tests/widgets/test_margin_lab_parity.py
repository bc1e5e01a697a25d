"""The front end's own arithmetic, run in Node on the compiled losses, beside Python's for the same states."""

import math

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import MarginLab

LOSSES = ["hinge", "logistic", "exponential", "squared_hinge", "smooth_hinge", "modified_huber", "perceptron"]

SCRIPT = """
import { analyse, numbersOf } from %(analysis)s;
import { sentence } from %(sentence)s;
const { specs, labels, states } = given;
const losses = [];
for (const spec of specs) {
  const module = await import("data:text/javascript," + encodeURIComponent(spec.value));
  const hyper = (h) => spec.parameters.map((p) => h[`${spec.name}.${p.name}`]);
  losses.push({ ...spec, hyper, kernel: module[`${spec.id}_grad`] });
}
console.log(JSON.stringify(states.map((state) => {
  const now = analyse({ ...state, labels, focus: "hinge", losses });
  return { numbers: numbersOf(now), sentence: sentence(now) };
})));
"""


def front_end(specs, labels, states):
    return in_node(
        SCRIPT,
        {"specs": specs, "labels": labels, "states": states},
        analysis="margin-lab/analysis.js",
        sentence="margin-lab/sentence.js",
    )


def states(rng):
    """States like a reader's: some points moved, on the grain of the handle; and the awkward ones."""
    start = MarginLab(LOSSES).points
    for k in range(12):
        points = [list(p) for p in start]
        for i in rng.choice(len(points), 1 + k % 4, replace=False):
            points[i] = [round(rng.uniform(-4, 4), 2), round(rng.uniform(-3, 3), 2)]
        yield points, float(10 ** rng.uniform(-4, 2)), int(rng.integers(len(points)))
    yield [[-x, -y] for x, y in start], 0.1, 0  # every class on the other side
    yield [[1.0, 1.0]] * 16, 0.1, 3  # one place for all
    yield [[0.5, y] for _, y in start], 0.1, 3  # on a line
    yield [[0.01, 0.0]] * 8 + [[-0.01, 0.0]] * 8, 1e-4, 15  # next to no street
    yield [[0.01, 0.0]] * 8 + [[-0.01, 0.0]] * 8, 0.1, 15
    yield [[4.0, 3.0]] * 8 + [[-4.0, -3.0]] * 8, 100.0, 15  # the corners


def test_shown_numbers_agree_with_python():
    given = list(states(np.random.default_rng(3)))
    w = MarginLab(LOSSES)
    shown = front_end(
        w.specs, w.labels, [{"points": p, "penalty": c, "active": a, "hyper": w.hyper} for p, c, a in given]
    )
    compared = 0
    for (points, penalty, active), told in zip(given, shown, strict=True):
        w.points, w.penalty, w.active = points, penalty, active
        wanted = w.numbers()
        assert told["numbers"].keys() == wanted.keys()
        for key, value in told["numbers"].items():  # NaN arrives as null
            assert (value is None) == (wanted[key] is None), (key, points, penalty)
            if value is not None:
                assert math.isclose(value, wanted[key], rel_tol=1e-6, abs_tol=1e-6), (key, points, penalty)
                compared += 1
        assert told["sentence"].endswith(".")
        assert not any(word in told["sentence"] for word in ("NaN", "Infinity", "undefined"))
    assert compared > 1500


@pytest.mark.parametrize("count", [2, 40])
def test_few_and_many_points(count):
    rng = np.random.default_rng(count)
    points = rng.normal(0, 1, (count, 2)).round(2).tolist()
    w = MarginLab(LOSSES, points=points, labels=[1, -1] * (count // 2))
    told = front_end(w.specs, w.labels, [{"points": w.points, "penalty": 0.1, "active": 0, "hyper": w.hyper}])[0]
    wanted = w.numbers()
    for key, value in told["numbers"].items():
        assert value == (None if wanted[key] is None else pytest.approx(wanted[key], rel=1e-6, abs=1e-6)), key
