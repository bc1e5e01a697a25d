"""CatLogits' own arithmetic, run in Node on the compiled loss, beside Python's for the same states."""

import numpy as np
import pytest
from front_end import in_node

from lossbook.widgets import CatLogits

SCRIPT = """
import { analyse, numbersOf } from %(model)s;
const load = (text) => import("data:text/javascript," + encodeURIComponent(text));
const { spec, text, scenes } = given;
const hyper = () => spec.parameters.map((p) => p.default);
const loss = { ...spec, hyper, kernel: (await load(spec.value))[`${spec.id}_grad`] };
const { probability } = await load(text);
const start = performance.now();
const out = scenes.map((scene) => analyse(loss, probability, scene));
const each = (performance.now() - start) / scenes.length;
console.log(JSON.stringify({ each, out: out.map((now) => ({ numbers: numbersOf(now), next: now.next })) }));
"""


@pytest.mark.parametrize(("loss", "classes"), [("cross_entropy", 2), ("cross_entropy", 4), ("brier", 6)])
def test_shown_numbers_agree_with_python(loss, classes):
    rng = np.random.default_rng(classes)
    x, labels = rng.normal(size=(8, 5)), rng.integers(classes, size=8).tolist()
    kernel = (x @ x.T + 1).tolist()
    names = [f"class {k}" for k in range(classes)]
    tables = [rng.uniform(-10, 10, (8, classes)).round(1) for _ in range(20)]
    tables += [
        np.zeros((8, classes)),
        np.full((8, classes), 10.0),
        np.where(np.arange(classes) == 0, -10.0, 10) + x[:, :1] * 0,
    ]
    w = CatLogits(loss, logits=tables[0], labels=labels, names=names, kernel=kernel)
    states = [
        {"logits": z.tolist(), "rate": float(rng.choice([1e-4, 0.01, 1.0])), "active": int(rng.integers(8))}
        for z in tables
    ]
    scenes = [{**state, "labels": labels, "kernel": kernel} for state in states]
    answer = in_node(
        SCRIPT, {"spec": w.specs[0], "text": w.helpers["probability"], "scenes": scenes}, model="cat-logits/model.js"
    )
    for state, shown in zip(states, answer["out"], strict=True):
        for trait, value in state.items():
            setattr(w, trait, value)
        wanted = w.numbers()
        assert shown["numbers"].keys() == wanted.keys()
        for key, value in shown["numbers"].items():
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-9), (key, state)
        assert np.array(shown["next"]) == pytest.approx(np.array(w.stepped()), abs=1e-9)
    assert answer["each"] < 16  # ms, beside which drawing takes little
