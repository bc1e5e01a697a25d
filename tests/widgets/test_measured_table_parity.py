"""The live table's arithmetic, run in Node on the compiled losses, beside Python's for the same states."""

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import MeasuredTable
from lossbook.widgets.outlier_column import NOISES

SCRIPT = """
import { measure, word } from %(column)s;
const { specs, skills, draws, states } = given;
const load = (text) => import("data:text/javascript," + encodeURIComponent(text));
const losses = [];
for (const spec of specs) {
  const module = await load(spec.value);
  const hyper = (h) => spec.parameters.map((p) => h[`${spec.name}.${p.name}`]);
  losses.push({ ...spec, hyper, kernel: module[`${spec.id}_grad`] });
}
const judges = {};
for (const [axis, text] of Object.entries(skills)) judges[axis] = (await load(text)).lost;
const out = states.map((state) => {
  const found = {};
  for (const loss of losses) {
    const fit = measure(loss, state.hyper, draws[state.sample - 1], state, judges);
    const clean = measure(loss, state.hyper, draws[state.sample - 1], { ...state, share: 0 }, judges);
    for (const key of ["intercept", "slope", "lost"]) found[`${loss.name}.${key}`] = fit[key];
    found[`${loss.name}.clean`] = clean.lost;
    found[`${loss.name}.word`] = word(fit.lost);
  }
  return found;
});
console.log(JSON.stringify(out));
"""


def front_end(w, states):
    return in_node(
        SCRIPT,
        {"specs": w.specs, "skills": w.skills, "draws": w.draws, "states": states},
        column="measured-table/column.js",
    )


def states(w):
    """States like a reader's, and the ends of every range."""
    rng = np.random.default_rng(3)
    for k in range(12):
        hyper = {key: float(v * np.exp(rng.normal(0, 0.4))) for key, v in w.hyper.items()}
        share, distance = round(rng.uniform(0, 0.4), 2), round(rng.uniform(0, 30), 1)
        yield {"share": share, "distance": distance, "noise": NOISES[k % 3], "sample": 1 + k % 5, "hyper": hyper}
    for noise in NOISES:
        for share, distance in ((0.0, 0.0), (0.4, 30.0), (0.4, 0.0), (0.01, 30.0)):
            yield {"share": share, "distance": distance, "noise": noise, "sample": 1, "hyper": dict(w.hyper)}


def test_shown_numbers_agree_with_python():
    w = MeasuredTable()
    given = list(states(w))
    compared = 0
    for state, found in zip(given, front_end(w, given), strict=True):
        for name, value in state.items():
            setattr(w, name, value)
        wanted = w.numbers()
        for key, value in found.items():
            if key.endswith(".word"):
                continue
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-7), (key, state)
            compared += 1
    assert compared == len(given) * 6 * 4
