"""The front end's own arithmetic, run in Node on the compiled losses, beside Python's for the same states."""

import numpy as np
import pytest
import torch
from front_end import in_node

from lossbook.widgets import RobustFit

LOSSES = ["mse", "mae", "huber", "cauchy", "smooth_l1", "log_cosh", "charbonnier"]

SCRIPT = """
import { createAnalysis, numbersOf } from %(analysis)s;
const { specs, states } = given;
const losses = [];
for (const spec of specs) {
  const module = await import("data:text/javascript," + encodeURIComponent(spec.value));
  const hyper = (h) => spec.parameters.map((p) => h[`${spec.name}.${p.name}`]);
  losses.push({ ...spec, hyper, kernel: module[`${spec.id}_grad`] });
}
const analyse = createAnalysis();
console.log(JSON.stringify(states.map((state) => numbersOf(analyse({ ...state, losses })))));
"""


def skewed(input, target, *, width=1.5):
    return torch.where(input > target, 2.0, 1.0) * width * (torch.cosh((input - target) / (20 * width)) - 1)


def front_end(specs, states):
    return in_node(SCRIPT, {"specs": specs, "states": states}, analysis="robust-fit/analysis.js")


def states(rng):
    """States like a reader's: points somewhere on the axes, on the grain of the handle; and the awkward ones."""
    w = RobustFit([*LOSSES, skewed])
    for k in range(16):
        points = [list(p) for p in w.points]
        for i in rng.choice(len(points), 1 + k % 3, replace=False):
            points[i] = [round(rng.uniform(0, 14), 2), round(rng.uniform(-5, 30), 2)]
        hyper = {key: float(v * np.exp(rng.normal(0, 0.7))) for key, v in w.hyper.items()}
        yield w, points, int(rng.integers(len(points))), hyper
    yield w, [[i / 2, i + 1.0] for i in range(11)], 3, dict(w.hyper)  # on a line
    yield w, [[7.0, i * 2.0] for i in range(11)], 3, dict(w.hyper)  # a stack
    yield w, [[1.0, 1.0]] * 5 + [[4.0, 5.0]] * 6, 10, dict(w.hyper)  # identical points
    yield w, [[3.0, float(i)] for i in range(10)] + [[6.0, 2.0]], 10, dict(w.hyper)  # a stack but for the ringed one


def test_shown_numbers_agree_with_python():
    given = list(states(np.random.default_rng(5)))
    shown = front_end(given[0][0].specs, [{"points": p, "active": a, "hyper": h} for _, p, a, h in given])
    compared = 0
    for (w, points, active, hyper), numbers in zip(given, shown, strict=True):
        w.points, w.active, w.hyper = points, active, hyper
        wanted = w.numbers()
        assert numbers.keys() == {key for key, value in wanted.items() if value is not None}
        for key, value in numbers.items():
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-6), (key, points, hyper)
            compared += 1
    assert compared > 2000
