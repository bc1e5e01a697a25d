"""Landscape's own arithmetic, run in Node on the compiled losses, beside Python's for the same states."""

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import Landscape

SCRIPT = """
import { analyse, groundOf, lossAt, numbersOf } from %(model)s;
import { gridOf, levelsOf, piecesOf } from %(contour)s;
const { specs, world, scenes } = given;
const load = (text) => import("data:text/javascript," + encodeURIComponent(text));
const losses = {};
for (const spec of specs) {
  const [first, second] = [await load(spec.value), await load(spec.slope)];
  const set = spec.parameters.map((p) => p.default);
  const bend = (x) => second[spec.id + "_slope_grad"](x === 0 ? 1e-9 : x, 0, ...set)[1];
  const kernel = first[spec.id + "_grad"];
  const gradientAt = (x) => kernel(x, 0, ...set)[1];
  losses[spec.name] = { ...spec, hyper: () => set, kernel, gradientAt, curvatureAt: bend };
}
const run = ({ name, ...scene }) => {
  const loss = losses[name];
  return analyse({ ...scene, loss, world, ground: groundOf(loss, world) });
};
const out = scenes.map((scene) => numbersOf(run(scene)));
const start = performance.now();
for (const scene of scenes) {
  const now = run(scene);
  for (const rule of ["gd", "momentum", "adam"])
    for (let k = 0; k <= 40; k += 1) lossAt(now, rule, 0.003 * 1000 ** (k / 40));
}
const each = (performance.now() - start) / scenes.length;
const grid = gridOf((x, y) => x * x + y * y, [-3, 3], 60);
const pieces = piecesOf(grid, 4), saddle = piecesOf(gridOf((x, y) => x * y, [-1, 1], 1), 0.1);
console.log(JSON.stringify({ out, each, pieces, saddle, levels: levelsOf(grid, 0) }));
"""


def front_end(given):
    return in_node(SCRIPT, given, model="landscape/model.js", contour="landscape/contour.js")


def states(rng):
    """Starts on the grain of the handle and at the corners; rates from crawling to thrown out."""
    for k in range(36):
        yield {
            "loss": ("mse", "huber", "mae")[k % 3],
            "start": (rng.integers(-60, 81, 2) / 20).tolist(),
            "rate": float(rng.choice([0.003, 0.1, 0.3, 0.36, 0.5, 3.0])),
            "momentum": float(rng.choice([0.0, 0.5, 0.9, 0.98])),
            "batch": int(rng.choice([1, 3, 12])),
            "steps": int(rng.choice([1, 17, 60])),
            "off": [["adam"], [], ["gd", "momentum"]][k % 5 % 3],
        }


def test_shown_numbers_agree_with_python():
    w = Landscape()
    given = list(states(np.random.default_rng(4)))
    scenes = [
        {
            "name": g["loss"],
            "settings": {key: g[key] for key in ("start", "rate", "momentum", "batch")},
            "steps": g["steps"],
            "off": g["off"],
        }
        for g in given
    ]
    answer = front_end({"specs": w.specs, "world": w.world, "scenes": scenes})
    for state, shown in zip(given, answer["out"], strict=True):
        for trait, value in state.items():
            setattr(w, trait, value)
        wanted = w.numbers()
        assert shown.keys() == wanted.keys()
        for key, value in shown.items():
            same = value is wanted[key] is None or value == pytest.approx(wanted[key], rel=1e-6, abs=1e-7)
            assert same, (key, state, value, wanted[key])
    assert answer["each"] < 60  # ms for a state and all its rates, on a machine that does other things too
    radii = np.array([[np.hypot(*p[:2]), np.hypot(*p[2:])] for p in answer["pieces"]])
    assert radii == pytest.approx(np.full_like(radii, 2.0), abs=0.01)
    length = sum(np.hypot(x2 - x1, y2 - y1) for x1, y1, x2, y2 in answer["pieces"])
    assert length == pytest.approx(4 * np.pi, rel=0.01)  # the whole circle, without a gap
    assert len(answer["saddle"]) == 2
    assert (np.diff(answer["levels"]) > 0).all()
