"""Ways to combine several losses by their values: what they converge to, what they promise; what all ways refuse."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


def numbers(*values):
    return [torch.tensor(v, dtype=torch.float64) for v in values]


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
