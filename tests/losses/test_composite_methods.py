"""Ways to combine several losses: what they converge to, what they promise, what they refuse, and their records."""

import dataclasses
import doctest
import inspect
import math
import pathlib
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses.composite.methods import _METHODS, method

BIBLIOGRAPHY = pathlib.Path(__file__).parents[2] / "references.bib"
NAMES = ["weighted_sum", "UncertaintyWeighting", "GradNorm", "DynamicWeightAverage", "PCGrad"]
same = torch.testing.assert_close


def numbers(*values):
    return [torch.tensor(v, dtype=torch.float64) for v in values]


# --- records


def test_records_are_complete():
    records = losses.methods()
    assert [r.name for r in records] == NAMES
    known = set(re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY.read_text(), re.M))
    for record in records:
        made = getattr(losses, record.name)
        assert made.record is record
        assert record.cite
        assert set(record.cite) <= known
        assert record.traps
        assert record.primary.endswith(".")
        assert record.says.endswith(".")
        assert record.signature == f"{record.name}{inspect.signature(made)}"
        assert record.source.startswith(("class ", "def "))
        assert record.name in re.split(r"[ (:]", record.source.splitlines()[0])
        for part in (record.formula, *record.symbols, "Mind:", "Source:", ">>>", "Raises"):
            assert part in made.__doc__
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.name = "other"
        finder = doctest.DocTestFinder(recurse=False)
        (case,) = finder.find(made, record.name, globs=vars(losses).copy())
        assert doctest.DocTestRunner(verbose=False).run(case).failed == 0


def test_a_method_keeps_its_behavior():
    facts = dict.fromkeys(("title", "short", "formula", "says", "primary"), "x")
    registered = method(**facts, symbols={}, traps=["t"], elsewhere={"a": "b"}, cite=[])

    def twice(x):
        """Twice."""
        return 2 * x

    try:
        assert registered(twice) is twice
        assert twice(3) == 6
        assert losses.methods()[-1] is twice.record
        assert "Elsewhere:\n    a: b" in twice.__doc__
        assert twice.record.source == "def twice(x):\n    return 2 * x\n"
    finally:
        _METHODS.pop("twice", None)


# --- weighted sum


def test_weighted_sum():
    a, b = (v.requires_grad_() for v in numbers(2.0, 3.0))
    total = losses.weighted_sum([a, b], [0.5, 4])
    same(total, torch.tensor(13.0).double())
    assert torch.autograd.grad(total, (a, b)) == (0.5, 4.0)
    same(losses.weighted_sum((a, b)), a + b)
    same(losses.weighted_sum(torch.stack([a, b]), torch.tensor([1.0, 2.0])), a + 2 * b)
    same(losses.weighted_sum({"a": a, "b": b}, {"b": 2.0, "a": 1.0}), a + 2 * b)
    learned = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(losses.weighted_sum([a, b], [learned, 1.0]), learned) == (2.0,)


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_weight_of_zero_leaves_a_loss_out(odd):
    a, b = (v.requires_grad_() for v in numbers(odd, 3.0))
    total = losses.weighted_sum([a, b], [0.0, 2.0])
    assert total == 6.0
    assert losses.weighted_sum([a], [0]) == 0.0
    assert losses.weighted_sum([a, b], torch.tensor([0.0, 2.0])).isnan()


def test_weighted_sum_refuses():
    a, b = numbers(2.0, 3.0)

    def refused(error, message, *args):
        with pytest.raises(error, match=message):
            losses.weighted_sum(*args)

    refused(TypeError, r"losses\[1\]: got float, want a floating tensor with one number", [a, 1.0])
    refused(TypeError, r"losses\['b'\]: got a tensor of torch.int64", {"a": a, "b": torch.tensor(1)})
    refused(ValueError, r"losses\[0\] has shape \(2,\), want one number: reduce it first", [torch.zeros(2), a])
    refused(ValueError, r"losses has shape \(2, 1\)", torch.zeros(2, 1))
    refused(ValueError, "losses: got none", [])
    refused(TypeError, "losses: got generator", (v for v in (a, b)))
    refused(TypeError, "weights: got float, want a list of 2 numbers", [a, b], 0.5)
    refused(ValueError, "weights: got 1, want 2, one for each loss", [a, b], [0.5])
    refused(TypeError, r"weights\[1\]: got '1', want a number", [a, b], [0.5, "1"])
    refused(ValueError, r"weights\[0\]: got nan, want a finite number", [a, b], [math.nan, 1.0])
    refused(TypeError, "weights: got a dict while losses are in a list", [a, b], {"a": 1.0, "b": 1.0})
    refused(TypeError, "weights: got list, want a dict with the names", {"a": a}, [1.0])
    refused(ValueError, r"weights are for \['b'\], losses are \['a'\]; want the same names", {"a": a}, {"b": 1.0})


# --- uncertainty weighting


def settled(balance, values):
    """``balance`` with its variances at their best for given losses, by Newton's method."""
    for _ in range(60):
        leaf = balance.log_vars.detach().clone().requires_grad_()
        pull = balance.factors * torch.exp(-leaf) * torch.stack(values)
        total = (pull + 0.5 * leaf).sum()
        (slope,) = torch.autograd.grad(total, leaf)
        with torch.no_grad():
            balance.log_vars += (-slope / pull.detach()).clamp(-1, 1)
    return balance


def test_uncertainty_weighting_converges_to_the_closed_form():
    kinds, values = ["regression", "classification", "regression"], numbers(4.0, 0.3, 1e-3)
    balance = losses.UncertaintyWeighting(3, kinds=kinds).double()
    step = torch.optim.Adam(balance.parameters(), lr=0.05)
    for k in range(3000):
        for group in step.param_groups:
            group["lr"] = 0.05 / (1 + k / 100)
        step.zero_grad()
        balance(values).backward()
        step.step()
    best = torch.log(2 * torch.tensor([0.5, 1.0, 0.5]).double() * torch.stack(values))
    same(balance.log_vars.detach(), best, rtol=0, atol=1e-5)
    same(balance(values).detach(), (0.5 + 0.5 * best).sum(), rtol=0, atol=1e-9)
    same(balance.weights * torch.stack(values), torch.full((3,), 0.5).double(), rtol=1e-4, atol=0)


def test_at_the_best_variances_units_do_not_matter():
    w = torch.tensor([0.3, -1.0], dtype=torch.float64, requires_grad=True)
    slopes = []
    for unit in (1.0, 1000.0):
        values = [(w[0] - 2) ** 2, unit**2 * (w.sum() + 3) ** 2]
        balance = settled(losses.UncertaintyWeighting(2).double(), [v.detach() for v in values])
        slopes.append(torch.autograd.grad(balance(values), w)[0])
    same(*slopes)
    half_log = 0.5 * (((w[0] - 2) ** 2).log() + ((w.sum() + 3) ** 2).log())
    same(slopes[0], torch.autograd.grad(half_log, w)[0])


def test_uncertainty_weighting_starts_at_the_plain_forms_and_keeps_its_state():
    balance = losses.UncertaintyWeighting(2, kinds=["regression", "classification"])
    same(balance(numbers(3.0, 5.0)).detach(), torch.tensor(6.5).double())
    assert list(balance.state_dict()) == ["log_vars"]
    with torch.no_grad():
        balance.log_vars += torch.tensor([0.4, -2.0])
    other = losses.UncertaintyWeighting(2, kinds=["regression", "classification"])
    other.load_state_dict(balance.state_dict())
    assert torch.equal(other(numbers(3.0, 5.0)), balance(numbers(3.0, 5.0)))
    falling = losses.UncertaintyWeighting(1)
    with torch.no_grad():
        falling.log_vars -= 30.0
    assert falling(numbers(-1.0)) < -1e12  # a loss below 0 has no best variance


# --- GradNorm


def two_tasks():
    """A shared weight and two regressions on what it makes, one of them in units that make it pull 15 times harder."""
    gen = torch.Generator().manual_seed(0)
    x = torch.randn(64, 3, generator=gen, dtype=torch.float64)
    shared = torch.randn(3, 2, generator=gen, dtype=torch.float64).mul(0.3).requires_grad_()
    targets = x @ torch.randn(3, 2, generator=gen, dtype=torch.float64)
    targets = targets + 0.5 * torch.randn(64, 2, generator=gen, dtype=torch.float64)

    def each():
        made = x @ shared
        mixed = torch.stack([made.sum(1), made[:, 0] - made[:, 1]], 1)
        return [(mixed[:, 0] - targets[:, 0]).square().mean() / 10, 1.5 * (mixed[:, 1] - targets[:, 1]).square().mean()]

    return shared, each


def pulls(balance, values, shared):
    norms = [torch.autograd.grad(v, shared, retain_graph=True)[0].norm() for v in values]
    return balance.weights.double() * torch.stack(norms)


def test_gradient_norms_draw_together():
    shared, each = two_tasks()
    balance = losses.GradNorm(2, alpha=0.0, lr=0.02)
    start = pulls(balance, each(), shared)
    assert start.max() > 5 * start.min()
    step = torch.optim.SGD([shared], lr=1e-4)  # slow, so that the norms stay what they are while the weights move
    for _ in range(300):
        values = each()
        total = balance(values)
        balance.update(values, shared)
        step.zero_grad()
        total.backward()
        step.step()
        assert float(balance.weights.sum()) == pytest.approx(2.0, rel=1e-6)
        assert balance.weights.min() > 0
    end = pulls(balance, each(), shared)
    assert end.max() < 1.2 * end.min()


def test_one_update_of_gradnorm_descends_in_the_logarithms():
    shared, each = two_tasks()
    values = each()
    balance = losses.GradNorm(2, alpha=1.5, lr=0.02, initial=[2.0, 1.0]).double()
    norms = pulls(balance, values, shared).numpy()  # the weights are 1
    progress = np.array([float(v.detach()) for v in values]) / [2.0, 1.0]
    wanted = norms.mean() * (progress / progress.mean()) ** 1.5
    moved = np.exp(-0.02 * np.sign(norms - wanted) * norms / norms.mean())
    balance.update(values, shared)
    np.testing.assert_allclose(balance.weights.numpy(), moved * 2 / moved.sum(), rtol=1e-6)


def test_tasks_that_lag_behind_are_pushed():
    w = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    values = [w[0] ** 2, w[1] ** 2]  # of equal norms, but the first has come down from 4, the second from 1
    balance = losses.GradNorm(2, alpha=1.0, lr=0.01, initial=[4.0, 1.0])
    balance.update(values, w)
    assert balance.weights[1] > 1 > balance.weights[0]


def test_an_update_leaves_the_total_as_it_is():
    shared, each = two_tasks()
    values = each()
    balance = losses.GradNorm(2, lr=0.05)
    total = balance(values)
    (want,) = torch.autograd.grad(values[0] + values[1], shared, retain_graph=True)
    balance.update(values, [shared])
    assert not torch.equal(balance.weights, torch.ones(2))
    (got,) = torch.autograd.grad(total, shared)
    same(got, want)
    assert not any(p.requires_grad for p in balance.state_dict().values())


def test_gradnorm_keeps_weights_above_zero_and_its_state():
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    values = [w[0] ** 2, 1e4 * w[1] ** 2]
    balance = losses.GradNorm(2, lr=1.0)
    balance.update(values, w)
    assert balance.weights.min() > 0
    other = losses.GradNorm(2, lr=1.0)
    other.load_state_dict(balance.state_dict())
    for b in (balance, other):
        b.update(values, w)
    assert torch.equal(balance.weights, other.weights)
    assert torch.equal(other.initial, torch.tensor([1.0, 1e4]))


def test_without_gradients_gradnorm_leaves_the_weights():
    w = torch.zeros(2, requires_grad=True)
    balance = losses.GradNorm(2)
    balance.update([(w**2).sum() + 1, (w[0] ** 2) + 2], w)
    assert torch.equal(balance.weights, torch.ones(2))


# --- dynamic weight average


@given(
    means=st.lists(st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4), min_size=2, max_size=5),
    temperature=st.floats(0.1, 50),
)
def test_dynamic_weights_add_up_to_the_number_of_tasks(means, temperature):
    balance = losses.DynamicWeightAverage(4, temperature=temperature).double()
    for epoch, row in enumerate(means):
        balance.update(row)
        assert float(balance.weights.sum()) == pytest.approx(4.0, rel=1e-12)
        if epoch == 0:
            assert torch.equal(balance.weights, torch.ones(4).double())
    ratios = np.array(means[-1]) / np.array(means[-2]) / temperature
    want = 4 * np.exp(ratios - ratios.max()) / np.exp(ratios - ratios.max()).sum()
    np.testing.assert_allclose(balance.weights.numpy(), want, rtol=1e-12, atol=1e-300)
    shrunk = np.exp(ratios.min() - ratios.max())
    assert balance.weights.min() >= 4 * shrunk / (shrunk + 3) * (1 - 1e-12)
    assert balance.weights.max() <= 4 / (1 + 3 * shrunk) * (1 + 1e-12)


def test_dynamic_weights_favor_the_slow_task_whatever_its_unit():
    made = []
    for unit in (1.0, 1e6):
        balance = losses.DynamicWeightAverage(2, temperature=0.5).double()
        balance.update([1.0, unit])
        balance.update([torch.tensor(0.5), torch.tensor(0.9 * unit)])
        made.append(balance.weights)
    same(*made, rtol=1e-6, atol=0)
    assert made[0][1] > 1 > made[0][0]
    a, b = numbers(2.0, 3.0)
    same(balance([a, b]), made[1][0] * a + made[1][1] * b)


def test_dynamic_weights_go_on_from_a_saved_state():
    balance = losses.DynamicWeightAverage(2)
    balance.update([1.0, 2.0])
    other = losses.DynamicWeightAverage(2)
    other.load_state_dict(balance.state_dict())
    for b in (balance, other):
        b.update([0.5, 1.9])
    assert torch.equal(balance.weights, other.weights)
    assert not torch.equal(balance.weights, torch.ones(2))


# --- PCGrad


def projected(gradients, orders):
    """Algorithm 1 of the paper, vector by vector."""
    total = np.zeros_like(gradients[0])
    for k, g in enumerate(gradients):
        left = g.copy()
        for j in orders[k]:
            if j != k and left @ gradients[j] < 0:
                left = left - (left @ gradients[j]) / (gradients[j] @ gradients[j]) * gradients[j]
        total = total + left
    return total


def combined(gradients, seed=0):
    """What PCGrad leaves in .grad for losses with given gradients."""
    w = torch.zeros(gradients.shape[1], dtype=gradients.dtype, requires_grad=True)
    surgery = losses.PCGrad([w], generator=torch.Generator().manual_seed(seed))
    surgery.backward(gradients @ w)
    return w.grad


@given(tasks=st.integers(1, 6), size=st.integers(1, 9), seed=st.integers(0, 500))
def test_the_sum_is_that_of_the_paper(tasks, size, seed):
    gradients = torch.randn(tasks, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    gen = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(tasks, generator=gen).tolist() for _ in range(tasks)]
    want = projected(list(gradients.numpy()), orders)
    np.testing.assert_allclose(combined(gradients, seed).numpy(), want, rtol=1e-9, atol=1e-9)


@given(size=st.integers(1, 9), seed=st.integers(0, 500), scale=st.sampled_from([1e-3, 1.0, 1e3]))
def test_with_two_tasks_nothing_goes_against_either(size, seed, scale):
    g = torch.randn(2, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    g[1] *= scale
    total = combined(g)
    unit = g.norm(dim=1) * g.norm(dim=1).max()
    assert (g @ total >= -1e-12 * unit).all()
    if g[0] @ g[1] >= 0:
        same(total, g.sum(0))


def test_with_three_tasks_the_sum_can_go_against_one():
    g = torch.tensor([[1.0, 0.0], [-0.8, 0.6], [-0.8, -0.61]], dtype=torch.float64)
    assert any(float((g @ combined(g, seed)).min()) < -1e-3 for seed in range(10))


def test_special_cases_of_conflicts():
    g = torch.tensor([[1.0, 2.0], [-2.0, -4.0]], dtype=torch.float64)
    same(combined(g), torch.zeros(2, dtype=torch.float64))
    g = torch.tensor([[1.0, 2.0], [0.0, 0.0]], dtype=torch.float64)
    same(combined(g), g[0])
    g = torch.randn(5, 40, generator=torch.Generator().manual_seed(1))
    assert torch.equal(combined(g, 3), combined(g, 3))
    assert not torch.equal(combined(g, 3), combined(g, 4))


def test_gradients_of_a_model_are_added_to_what_is_there():
    torch.manual_seed(0)
    model = torch.nn.ModuleDict(
        {"trunk": torch.nn.Linear(3, 4), "a": torch.nn.Linear(4, 1), "b": torch.nn.Linear(4, 1)}
    )
    model["b"].load_state_dict(model["a"].state_dict())  # the same head, towards another target
    model["idle"] = torch.nn.Linear(2, 2)
    x = torch.randn(10, 3)
    hidden = torch.tanh(model["trunk"](x))
    each = [(model["a"](hidden) - 1).square().mean(), (model["b"](hidden) + 1).square().mean()]
    alone = [torch.autograd.grad(v, list(model["trunk"].parameters()), retain_graph=True) for v in each]
    heads = [
        torch.autograd.grad(v, list(model[k].parameters()), retain_graph=True) for v, k in zip(each, "ab", strict=True)
    ]
    model["a"].weight.grad = torch.ones_like(model["a"].weight)
    losses.PCGrad(model.parameters(), generator=torch.Generator().manual_seed(0)).backward(each)
    flat = [np.concatenate([g.numpy().ravel() for g in pair]) for pair in alone]
    trunk = np.concatenate([p.grad.numpy().ravel() for p in model["trunk"].parameters()])
    # the tasks conflict; the heads are in the norms of the gradients, but not in their inner product
    inner = float(flat[0] @ flat[1])
    assert inner < 0
    own = [sum(float((g**2).sum()) for g in task) for task in heads]
    left = [1 - inner / (float(f @ f) + size) for f, size in zip(flat, own, strict=True)]
    flat = [share * f for share, f in zip(left, flat, strict=True)]
    heads = [share * task[0] for share, task in zip(left, heads, strict=True)]
    np.testing.assert_allclose(trunk, flat[0] + flat[1], rtol=1e-4, atol=1e-6)
    same(model["a"].weight.grad, 1 + heads[0])
    same(model["b"].weight.grad, heads[1])
    assert model["idle"].weight.grad is None


# --- what is refused


def refused(error, message, call, *args, **named):
    with pytest.raises(error, match=message):
        call(*args, **named)


@pytest.mark.parametrize("name", ["UncertaintyWeighting", "GradNorm", "DynamicWeightAverage"])
def test_wrong_numbers_of_tasks_and_losses(name):
    make = getattr(losses, name)
    refused(TypeError, "tasks: got 2.0, want how many losses there are", make, 2.0)
    refused(TypeError, "tasks: got True", make, True)
    refused(ValueError, "tasks: got 0, want at least 1", make, 0)
    balance = make(2)
    refused(ValueError, "losses: got 3, want 2, one for each task", balance, numbers(1.0, 2.0, 3.0))
    refused(TypeError, r"losses\[0\]: got float, want a floating tensor", balance, [1.0, 2.0])
    refused(ValueError, r"losses\[1\] has shape \(2,\)", balance, [torch.tensor(1.0), torch.ones(2)])
    refused(TypeError, "losses: got dict", balance, {})


def test_other_arguments_that_are_refused():
    w = torch.ones(2, requires_grad=True)
    big = 1 + ((w[0] - 1) * 1e30) * 1e30  # 1, with a slope beyond float32
    refused(ValueError, "kinds: got 'ranking', want", losses.UncertaintyWeighting, 2, kinds="ranking")
    refused(ValueError, "kinds: got 1, want 2", losses.UncertaintyWeighting, 2, kinds=["regression"])
    refused(ValueError, "alpha: got -1, want a finite number from 0", losses.GradNorm, 2, alpha=-1)
    refused(ValueError, "lr: got 0, want a finite number above 0", losses.GradNorm, 2, lr=0)
    refused(TypeError, "lr: got '1', want a number", losses.GradNorm, 2, lr="1")
    refused(ValueError, r"initial has shape \(3,\), want \(2,\)", losses.GradNorm, 2, initial=[1.0, 2.0, 3.0])
    refused(
        ValueError, "initial: got 0 for task 1, want finite numbers above 0", losses.GradNorm, 2, initial=[1.0, 0.0]
    )
    balance = losses.GradNorm(2)
    refused(ValueError, "losses: got -1 for task 1", balance.update, [w.sum(), -w[0]], w)
    refused(ValueError, "shared: got no parameters", balance.update, [w.sum(), w[0]], [])
    refused(ValueError, "the gradients in the shared parameters have norms .*inf", balance.update, [w.sum(), big], w)
    refused(ValueError, "temperature: got 0, want", losses.DynamicWeightAverage, 2, temperature=0)
    average = losses.DynamicWeightAverage(2)
    refused(ValueError, "means: got nan for task 0", average.update, [math.nan, 1.0])
    refused(ValueError, "means: got 0 for task 1", average.update, [1.0, 0.0])
    refused(ValueError, "means: got 1, want 2", average.update, [1.0])
    refused(ValueError, "parameters: got none", losses.PCGrad, [])
    refused(TypeError, "parameters: got str, want tensors", losses.PCGrad, ["w"])
    refused(ValueError, r"parameters: one of shape \(2,\) needs no gradient", losses.PCGrad, [torch.ones(2)])
    refused(TypeError, "generator: got int, want a torch.Generator", losses.PCGrad, [w], generator=0)
    refused(ValueError, "losses: got none", losses.PCGrad([w]).backward, [])
    refused(ValueError, r"losses\[0\] has shape \(2,\)", losses.PCGrad([w]).backward, [w * 1])
    other = torch.ones(1, requires_grad=True)
    refused(ValueError, "losses depend on none of the parameters", losses.PCGrad([w]).backward, [other.sum()])
