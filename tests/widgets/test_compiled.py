"""The compiled text that a widget is sent gives, in Node, the numbers that Python gives."""

import inspect
import json

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.javascript import CannotCompile
from lossbook.javascript.node import run_module
from lossbook.widgets import LossExplorer
from lossbook.widgets.chosen import resolve
from lossbook.widgets.compiled import BESIDE

# what is larger than straight-line code may be, or takes eigenvalues: the book shows a still picture of these
STILL = {"ssim_loss", "ms_ssim_loss", "infidelity", "relative_entropy"}
ONE = {"total_variation"}  # not all options compile, so that none is offered
HELD = {"ciou_loss"}  # a weight inside is taken without its slope
RESIDUALS = [-2.9, -1.0, -0.2, 0.0, 0.4, 1.0, 2.5]


def curves():
    return [name for name in lb.losses.names() if lb.losses.get(name).record.axis]


def paths():
    return [r.name for r in lb.losses.records() if r.path and not r.axis]


def in_node(spec, hyper, places=RESIDUALS):
    script = f"""
const load = (text) => import("data:text/javascript," + encodeURIComponent(text));
const spec = {json.dumps(spec)};
const [first, second] = [await load(spec.value), await load(spec.slope)];
const hyper = {json.dumps(hyper)};
const held = spec.target === null ? [] : [spec.target];
console.log(JSON.stringify({json.dumps(places)}.map((x) => [
  first[spec.id](x, ...held, ...hyper),
  first[spec.id + "_grad"](x, ...held, ...hyper)[1],
  second[spec.id + "_slope_grad"](x === spec.target ? x + {BESIDE} : x, ...held, ...hyper)[1],
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


@pytest.mark.parametrize("name", paths())
def test_front_end_and_python_agree_along_a_path(name):
    (loss,) = resolve([name])
    low, high = loss.path.low, loss.path.high
    places = [low + (high - low) * share for share in (0.0, 0.137, 0.31, 0.496, 0.64, 0.83, 1.0)]
    hyper = {f"{name}.{p.name}": p.default for p in loss.parameters}
    want = np.stack(loss.at(places, hyper), axis=1)
    assert np.isfinite(want).all()
    if name in STILL:
        with pytest.raises(CannotCompile):
            loss.spec({})
        return
    shown = in_node(loss.spec({}), list(hyper.values()), places)
    np.testing.assert_allclose(shown, want, rtol=1e-9, atol=1e-10)


def choices():
    found = [(name, *resolve([name])) for name in paths()]
    return [(name, option) for name, loss in found if loss.choice for option in loss.choice.options]


@pytest.mark.parametrize(("name", "option"), choices())
def test_every_option_of_a_choice_is_compiled(name, option):
    (loss,) = resolve([name])
    low, high = loss.path.low, loss.path.high
    places = [low + (high - low) * share for share in (0.0, 0.137, 0.31, 0.496, 0.64, 0.83, 1.0)]
    hyper = {f"{name}.{p.name}": p.default for p in loss.parameters}
    spec = loss.spec({})
    if name in ONE:
        assert spec["choice"] is None
        assert LossExplorer([name]).hyper == {}
        return
    value, slope = spec["choice"]["texts"].get(str(option), (spec["value"], spec["slope"]))
    shown = in_node({**spec, "value": value, "slope": slope}, list(hyper.values()), places)
    want = np.stack(loss.at(places, hyper | {f"{name}.{loss.choice.name}": option}), axis=1)
    np.testing.assert_allclose(shown, want, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", paths())
def test_a_path_is_the_public_loss(name):
    """The curve is what a caller gets for the same tensors, and its slope is the one of finite differences."""
    (loss,) = resolve([name])
    path, hyper = loss.path, {f"{name}.{p.name}": p.default for p in loss.parameters}
    h = 1e-5 * (path.high - path.low)
    start = path.low + 0.3717 * (path.high - path.low)  # between corners
    values, slopes, _ = loss.at([start - h, start, start + h], hyper)
    sides = path.at(torch.tensor(start, dtype=torch.float64))
    public = lb.losses.get(name)
    named = dict(zip(inspect.signature(public).parameters, sides, strict=False))
    assert float(public(**named)) == pytest.approx(values[1], rel=1e-9, abs=1e-12)
    if name not in HELD:
        assert slopes[1] == pytest.approx((values[2] - values[0]) / (2 * h), rel=1e-4, abs=1e-6)


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
