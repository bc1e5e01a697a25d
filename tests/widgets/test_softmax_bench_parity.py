"""SoftmaxBench's own arithmetic, run in Node on the compiled losses, beside Python's for the same states."""

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import SoftmaxBench

SCRIPT = """
const { analyse, numbersOf } = await import(%(analysis)s);
const load = (text) => import("data:text/javascript," + encodeURIComponent(text));
const { specs, texts, states } = given;
const losses = [], helpers = {};
for (const spec of specs) {
  const module = await load(spec.value);
  const hyper = (h) => spec.parameters.map((p) => h[`${spec.name}.${p.name}`]);
  losses.push({ ...spec, hyper, kernel: module[`${spec.id}_grad`] });
}
for (const [name, text] of Object.entries(texts)) helpers[name] = (await load(text))[name];
console.log(JSON.stringify(states.map((state) => numbersOf(analyse(helpers, { ...state, losses })))));
"""
GROUPS = [
    ["cross_entropy", "brier", "softmax_focal", "generalized_cross_entropy"],
    ["poly1", "symmetric_cross_entropy", "log_score", "spherical_score"],
]


def states(w, rng):
    """States like a reader's, on the grain of the handles; and the corners."""
    n = len(w.logits)
    for _ in range(16):
        hyper = {d: float(v) for d, v in w.hyper.items()}
        if "cross_entropy.label_smoothing" in hyper:
            hyper["cross_entropy.label_smoothing"] = float(rng.choice([0, 0.1, 0.3]))
        yield rng.uniform(-10, 10, n).round(1).tolist(), int(rng.integers(n)), float(np.exp(rng.normal())), hyper
    for logits in ([0.0] * n, [-10.0, *[10.0] * (n - 1)], [10.0, *[-10.0] * (n - 1)]):
        for temperature in (0.01, 1.0, 20.0):
            yield logits, 0, temperature, dict(w.hyper)


@pytest.mark.parametrize("classes", [2, 4, 6])
@pytest.mark.parametrize("group", GROUPS, ids=" ".join)
def test_shown_numbers_agree_with_python(group, classes):
    w = SoftmaxBench(group, logits=[0.0] * classes)
    given = [
        {"logits": z, "label": k, "temperature": t, "hyper": h}
        for z, k, t, h in states(w, np.random.default_rng(classes))
    ]
    answer = in_node(
        SCRIPT, {"specs": w.specs, "texts": w.helpers, "states": given}, analysis="softmax-bench/analysis.js"
    )
    compared = 0
    for state, numbers in zip(given, answer, strict=True):
        for name, value in state.items():
            setattr(w, name, value)
        wanted = w.numbers()
        assert numbers.keys() == {key for key, value in wanted.items() if value is not None}, state
        for key, value in numbers.items():
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-6), (key, state)
            compared += 1
    assert compared > 25 * (2 * classes + 4 * (classes + 1))
