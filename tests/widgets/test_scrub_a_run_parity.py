"""ScrubARun's own arithmetic, run in Node, beside Python's for the same states."""

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import ScrubARun
from lossbook.widgets.scrub_a_run import RULES

SCRIPT = """
const { analyse, numbersOf } = await import(%(model)s);
const { runs, states } = given;
const start = performance.now();
const out = states.map((state) => numbersOf(analyse({ ...state, run: runs[state.run] })));
console.log(JSON.stringify({ out, each: (performance.now() - start) / states.length }));
"""


def made_up(rng, k):
    """A run of 40 checks that no training gives: anything may rise, fall, tie or stand still."""
    walk = {name: np.abs(1 + rng.normal(0, 0.2, 40).cumsum()) for name in ("train", "validation", "test")}
    share = {f"{name}_accuracy": rng.integers(0, 11, 40) / 10 for name in ("validation", "test")}
    if k == 0:
        walk = {name: np.full(40, 0.5) for name in walk}
    return {"name": f"run {k}", "steps": np.arange(40) * 5, **walk, **share}


def test_shown_numbers_agree_with_python():
    rng = np.random.default_rng(4)
    w = ScrubARun([made_up(rng, k) for k in range(8)])
    states = [
        {
            "run": int(rng.integers(8)),
            "rule": str(rng.choice(list(RULES))),
            "patience": int(rng.choice([1, 2, 5, 10, 39, 100])),
            "level": float(rng.choice([0.001, 0.1, 0.5, 1.0])),
            "now": int(rng.integers(40)),
        }
        for _ in range(200)
    ]
    answer = in_node(SCRIPT, {"runs": w.runs, "states": states}, model="scrub-a-run/model.js")
    for state, numbers in zip(states, answer["out"], strict=True):
        for name, value in state.items():
            setattr(w, name, value)
        wanted = w.numbers()
        assert numbers.keys() == wanted.keys()
        for key, value in numbers.items():
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-9), (key, state)
    assert answer["each"] < 16  # ms
