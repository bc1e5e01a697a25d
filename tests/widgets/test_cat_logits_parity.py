"""CatLogits' own arithmetic, run in Node on the compiled loss, beside Python's for the same states."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lossbook.javascript import node
from lossbook.widgets import CatLogits

MODEL = Path(__file__).parents[2] / "lossbook" / "widgets" / "frontend" / "src" / "cat-logits" / "model.js"

SCRIPT = """
import { readFileSync } from "node:fs";
import { analyse, numbersOf } from %(model)s;
const load = (text) => import("data:text/javascript," + encodeURIComponent(text));
const { spec, text, scenes } = JSON.parse(readFileSync(0, "utf8"));
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
    done = subprocess.run(
        [str(node()), "--input-type=module", "-e", SCRIPT % {"model": json.dumps(MODEL.as_uri())}],
        input=json.dumps({"spec": w.specs[0], "text": w.helpers["probability"], "scenes": scenes}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    for state, shown in zip(states, answer["out"], strict=True):
        for trait, value in state.items():
            setattr(w, trait, value)
        wanted = w.numbers()
        assert shown["numbers"].keys() == wanted.keys()
        for key, value in shown["numbers"].items():
            assert value == pytest.approx(wanted[key], rel=1e-6, abs=1e-9), (key, state)
        assert np.array(shown["next"]) == pytest.approx(np.array(w.stepped()), abs=1e-9)
    assert answer["each"] < 16  # ms, beside which drawing takes little
