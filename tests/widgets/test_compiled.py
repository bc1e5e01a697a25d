"""The compiled text that a widget is sent gives, in Node, the numbers that Python gives."""

import json

import numpy as np
import pytest

import lossbook as lb
from lossbook.javascript.node import run_module
from lossbook.widgets.compiled import BESIDE, resolve

RESIDUALS = [-2.9, -1.0, -0.2, 0.0, 0.4, 1.0, 2.5]


def curves():
    return [name for name in lb.losses.names() if lb.losses.get(name).record.axis]


def in_node(spec, hyper):
    script = f"""
const load = (text) => import("data:text/javascript," + encodeURIComponent(text));
const spec = {json.dumps(spec)};
const [first, second] = [await load(spec.value), await load(spec.slope)];
const hyper = {json.dumps(hyper)};
console.log(JSON.stringify({json.dumps(RESIDUALS)}.map((x) => [
  first[spec.id](x, spec.target, ...hyper),
  first[spec.id + "_grad"](x, spec.target, ...hyper)[1],
  second[spec.id + "_slope_grad"](x === spec.target ? x + {BESIDE} : x, spec.target, ...hyper)[1],
])));
"""
    return np.array(json.loads(run_module(script)), dtype=float)


@pytest.mark.parametrize("name", curves())
def test_front_end_and_python_agree(name):
    (loss,) = resolve([name])
    hyper = {f"{name}.{p.name}": p.default * 1.25 for p in loss.parameters}
    shown = in_node(loss.spec({}), list(hyper.values()))
    want = np.stack(loss.at(RESIDUALS, hyper), axis=1)
    np.testing.assert_allclose(shown, want, rtol=1e-9, atol=1e-11)


def test_a_spec_is_small_and_plain_json():
    (loss,) = resolve(["huber"])
    text = json.dumps(loss.spec({}), allow_nan=False)
    assert len(text) < 4000
    spec = json.loads(text)
    assert spec["parameters"][0]["label"] == "δ"
    assert spec["parameters"][0]["high"] is None


def test_an_own_loss_takes_a_look_that_is_left():
    def mine(input, target):
        return (input - target) ** 4

    for losses in ([mine, "general_robust"], ["general_robust", mine]):
        colors = [loss.look.color for loss in resolve(losses)]
        assert len(set(colors)) == 2, losses
