"""The front end trains the same models as Python: its arithmetic, run in Node on the compiled losses."""

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import ImbalanceLab

SCRIPT = """
import { createRuns } from %(model)s;
const { specs, world, states } = given;
const losses = [];
for (const spec of specs) {
  const module = await import("data:text/javascript," + encodeURIComponent(spec.value));
  const hyper = (h) => spec.parameters.map((p) => h[`${spec.name}.${p.name}`]);
  losses.push({ ...spec, hyper, kernel: module[`${spec.id}_grad`] });
}
const run = createRuns(world);
const out = states.map((state) => {
  const numbers = {};
  for (const loss of losses) {
    const result = run(state, loss);
    for (const key of ["easy", "hard", "rare", "wrong", "precision", "mean"]) {
      if (Number.isFinite(result[key])) numbers[`${loss.name}.${key}`] = result[key];
    }
    numbers[`${loss.name}.curve`] = result.curve.length;
  }
  return numbers;
});
console.log(JSON.stringify(out));
"""


def front_end(specs, world, states):
    return in_node(SCRIPT, {"specs": specs, "world": world, "states": states}, model="imbalance-lab/model.js")


def states():
    rng = np.random.default_rng(3)
    plain = {"weighted_bce.pos_weight": 10.0, "focal.gamma": 2.0, "focal.alpha": 0.5}
    yield {"rare": 14, "flipped": 0, "step": 0, "hyper": plain}
    yield {"rare": 4, "flipped": 12, "step": 150, "hyper": plain | {"focal.gamma": 0.0}}
    yield {"rare": 40, "flipped": 4, "step": 150, "hyper": plain | {"focal.gamma": 5.0, "focal.alpha": 0.05}}
    yield {"rare": 14, "flipped": 0, "step": 1, "hyper": plain | {"focal.gamma": 1e9}}  # nobody pulls
    yield {"rare": 9, "flipped": 0, "step": 80, "hyper": plain | {"weighted_bce.pos_weight": 100.0}}
    for _ in range(4):
        yield {
            "rare": int(rng.integers(4, 41)),
            "flipped": int(rng.choice([0, 4, 12])),
            "step": int(rng.integers(0, 151)),
            "hyper": {
                "weighted_bce.pos_weight": float(np.exp(rng.uniform(0, 4.6))),
                "focal.gamma": float(rng.uniform(0, 5)),
                "focal.alpha": float(rng.uniform(0.05, 0.95)),
            },
        }


def test_shown_numbers_agree_with_python():
    w = ImbalanceLab()
    given = list(states())
    asked = [state | {"view": ("share", "precision")[k % 2]} for k, state in enumerate(given)]
    compared = 0
    for state, numbers in zip(given, front_end(w.specs, w.world, asked), strict=True):
        w.hyper = state["hyper"]
        w.rare, w.flipped, w.step = state["rare"], state["flipped"], state["step"]
        wanted = {key: value for key, value in w.numbers().items() if value is not None and "." in key}
        assert {key for key in numbers if not key.endswith(".curve")} == set(wanted)
        for key, value in wanted.items():
            assert numbers[key] == pytest.approx(value, rel=1e-6, abs=1e-7), (key, state)
            compared += 1
        assert all(numbers[f"{loss.name}.curve"] == 31 for loss in w.drawn)
    assert compared > 150
