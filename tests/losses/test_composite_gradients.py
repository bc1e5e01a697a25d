"""Ways to combine several losses by their gradients, GradNorm and PCGrad: what they converge to and promise."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


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
