"""EmbeddingLab's own arithmetic, run in Node on the compiled terms, beside Python's for the same states."""

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import EmbeddingLab

SCRIPT = """
import { analyse, numbersOf, stepped } from %(model)s;
const { specs, scenes } = given;
const losses = {};
for (const spec of specs) {
  const module = await import("data:text/javascript," + encodeURIComponent(spec.text));
  losses[spec.name] = { ...spec, term: module.term_grad };
}
const out = scenes.map(({ loss, ...scene }) => {
  const now = analyse({ ...scene, loss: losses[loss] });
  return { numbers: numbersOf(now), terms: now.felt.terms, next: stepped(now.points, now.felt.force, now.rate) };
});
const start = performance.now();
for (const { loss, ...scene } of scenes) analyse({ ...scene, loss: losses[loss] });
console.log(JSON.stringify({ out, each: (performance.now() - start) / scenes.length }));
"""


def front_end(specs, scenes):
    return in_node(SCRIPT, {"specs": specs, "scenes": scenes}, model="embedding-lab/model.js")


def states(rng):
    """Points anywhere on the axes, on the grain of the handle; points in one place, at the origin, at the corners."""
    made = [np.round(rng.uniform(-2, 2, (9, 2)), 2) for _ in range(30)]
    made += [np.zeros((9, 2)), np.full((9, 2), 2.0), np.tile([[0.3, 0.4], [0.0, 0.0], [1.0, 0.0]], (3, 1))]
    for k, points in enumerate(made):
        yield {
            "points": points.tolist(),
            "loss": ("contrastive", "triplet", "info_nce")[k % 3],
            "active": int(rng.integers(9)),
            "rate": float(rng.choice([0.01, 0.1, 1.0])),
            "margin": float(rng.choice([0.0, 0.5, 1.0, 3.0])),
            "temperature": float(rng.choice([0.02, 0.5, 5.0])),
            "forces": str(rng.choice(["both", "pull", "push"])),
        }


def test_shown_numbers_agree_with_python():
    w = EmbeddingLab()
    given = list(states(np.random.default_rng(3)))
    settings = ("margin", "temperature", "forces")
    scenes = [{**g, "classes": w.classes, "settings": {key: g[key] for key in settings}} for g in given]
    answer = front_end(w.specs, scenes)
    for state, shown in zip(given, answer["out"], strict=True):
        for trait, value in state.items():
            setattr(w, trait, value)
        wanted = w.numbers()
        assert shown["numbers"].keys() == wanted.keys()
        for key, value in shown["numbers"].items():
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-7), (key, state)
        assert shown["terms"] == w.felt().terms
        assert np.array(shown["next"]) == pytest.approx(np.array(w.stepped()), abs=1e-9)
    assert answer["each"] < 16  # ms, beside which drawing takes little
