"""Penalties on parameters: values from plain loops, traps, extremes, and lists of tensors."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

PENALTIES = ["l1", "l2", "group_lasso", "ewc", "fedprox"]
every = pytest.mark.parametrize("name", PENALTIES)


def plain(name, arrays, strength):
    """The penalty from a loop over numbers, summed without rounding."""
    w = arrays[0].tolist()
    if name == "group_lasso":
        norms = [math.sqrt(np.size(row)) * math.hypot(*np.ravel(row)) for row in w]
        return strength * math.fsum(norms)
    flat = [np.ravel(a).tolist() for a in arrays]
    if name == "l1":
        return strength * math.fsum(map(abs, flat[0]))
    if name == "l2":
        return strength * math.fsum(v * v for v in flat[0])
    if name == "ewc":
        return strength / 2 * math.fsum(f * (v - a) ** 2 for v, a, f in zip(*flat, strict=True))
    return strength / 2 * math.fsum((v - a) ** 2 for v, a in zip(*flat, strict=True))


def called(name, sides, strength):
    names = [s.name for s in losses.get(name).record.sides]
    return losses.get(name)(
        **dict(zip(names, sides, strict=True)), **{"mu" if name == "fedprox" else "strength": strength}
    )


def drawn(name, shape, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    sides = [rng.normal(size=shape) for _ in losses.get(name).record.sides]
    return [np.abs(v).astype(dtype) if k == 2 else v.astype(dtype) for k, v in enumerate(sides)]


@every
@given(data=st.data())
def test_values_over_shapes_and_dtypes(name, data):
    shape = tuple(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=3)))
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    strength = data.draw(st.sampled_from([0.0, 0.3, 1.0, 7.5]))
    arrays = drawn(name, shape, data.draw(st.integers(0, 9)), dtype)
    got = called(name, arrays, strength)
    assert got.dtype == dtype
    want = plain(name, [a.astype(np.float64) for a in arrays], strength)
    assert float(got) == pytest.approx(want, rel=1e-13 if dtype is np.float64 else 2e-6, abs=1e-300)


@every
def test_a_list_of_tensors_costs_the_sum(name):
    shapes = [(3, 4), (3,), (2, 5)]
    rows = [[torch.from_numpy(a) for a in drawn(name, shape, seed)] for seed, shape in enumerate(shapes)]
    want = sum(called(name, row, 0.7) for row in rows)
    lists = [list(side) for side in zip(*rows, strict=True)]
    torch.testing.assert_close(called(name, lists, 0.7), want)
    torch.testing.assert_close(called(name, [iter(side) for side in lists], 0.7), want)
    assert called(name, [[v.numpy() for v in side] for side in lists], 0.7) == pytest.approx(float(want), rel=1e-14)


def test_parameters_of_a_model_get_their_gradients():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).double()
    before = [p.detach().clone() - 0.1 for p in model.parameters()]
    fisher = [torch.full_like(p, 2.0) for p in before]
    penalty = losses.ewc(model.parameters(), before, fisher=fisher, strength=3.0)
    penalty.backward()
    for p in model.parameters():
        torch.testing.assert_close(p.grad, torch.full_like(p, 3.0 * 2.0 * 0.1))
    model.zero_grad()
    losses.fedprox(model.parameters(), before, mu=0.5).backward()
    for p in model.parameters():
        torch.testing.assert_close(p.grad, torch.full_like(p, 0.05))


def test_lists_that_do_not_fit_are_refused():
    w = [torch.ones(2), torch.ones(3)]
    with pytest.raises(ValueError, match="parameters holds 2 tensors, anchor holds 1 tensors; want equally many"):
        losses.fedprox(w, w[:1])
    with pytest.raises(TypeError, match="parameters: got list while anchor is a Tensor; pass tensors, or iterables"):
        losses.fedprox(w, w[0])
    with pytest.raises(ValueError, match="parameters: got no tensors; a generator such as"):
        losses.l2([])
    used = iter(w)
    losses.l1(used)
    with pytest.raises(ValueError, match="can be used only once"):
        losses.l1(used)
    with pytest.raises(TypeError, match="parameters: got str"):
        losses.l1({"weight": w[0]})
    with pytest.raises(ValueError, match=r"anchor has shape \(3,\) and parameters \(2,\)"):
        losses.fedprox(w, w[::-1])
    with pytest.raises(ValueError, match="fisher: got -1, want values from 0"):
        losses.ewc(w[0], w[0], fisher=-w[0])
    with pytest.raises(ValueError, match=r"parameters has shape \(\), want \(G, ...\)"):
        losses.group_lasso(torch.tensor(1.0))


def test_slopes_at_zero_are_zero():
    for name in ("l1", "group_lasso"):
        w = torch.zeros(3, 2, requires_grad=True)
        (slope,) = torch.autograd.grad(losses.get(name)(w), w)
        assert (slope == 0).all()
    w = torch.tensor([[0.0, 0.0], [3.0, 4.0]], dtype=torch.float64, requires_grad=True)
    for fn in (losses.group_lasso, losses.group_lasso.core):
        value = fn(w)
        assert value.item() == pytest.approx(5 * math.sqrt(2), rel=1e-15)
        (slope,) = torch.autograd.grad(value, w, create_graph=True)
        torch.testing.assert_close(slope / math.sqrt(2), w.new_tensor([[0.0, 0.0], [0.6, 0.8]]))
        (curve,) = torch.autograd.grad(slope.sum(), w)
        assert torch.isfinite(curve).all()
        assert (curve[0] == 0).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1e-30, 1e-20, 1e-3, 1.0, 1e20, 1e30])
def test_norms_of_groups_neither_overflow_nor_vanish(dtype, size):
    w = torch.tensor([[3.0, 4.0], [0.0, 0.0], [-6.0, 8.0]], dtype=dtype) * size
    w.requires_grad_()
    value = losses.group_lasso(w)
    assert float(value.detach().double() / (size * math.sqrt(2))) == pytest.approx(15.0, rel=1e-6)
    (slope,) = torch.autograd.grad(value, w, create_graph=True)
    want = w.new_tensor([[0.6, 0.8], [0.0, 0.0], [-0.6, 0.8]]) * math.sqrt(2)
    torch.testing.assert_close(slope, want)
    (curve,) = torch.autograd.grad(slope.sum(), w)
    assert not curve.isnan().any()


def test_group_lasso_where_values_cannot_be_looked_at():
    w = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    w[2, 1] = 0
    torch.testing.assert_close(torch.vmap(losses.group_lasso)(w), torch.stack([losses.group_lasso(v) for v in w]))
    assert losses.group_lasso(torch.empty(3, 4, device="meta")).shape == ()
    odd = torch.tensor([[math.nan, 1.0], [3.0, 4.0]])
    assert losses.group_lasso(odd).isnan()
    assert losses.group_lasso(torch.tensor([[math.inf, 1.0], [3.0, 4.0]])) == math.inf


def test_groups_weigh_the_root_of_their_size():
    one, four = torch.ones(1, 1, dtype=torch.float64), torch.full((1, 4), 0.5, dtype=torch.float64)  # both of norm 1
    assert losses.group_lasso(one) == 1.0
    assert losses.group_lasso(four) == 2.0
    w = torch.randn(3, 5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(losses.group_lasso(w), losses.group_lasso(w.reshape(3, 10)))
    torch.testing.assert_close(losses.group_lasso(w.reshape(30)), losses.l1(w))
    torch.testing.assert_close(losses.group_lasso(w.reshape(1, 30)) ** 2, 30 * losses.l2(w))


def test_relations_and_halves():
    w, a = torch.randn(2, 40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    same = torch.testing.assert_close
    same(losses.ewc(w, a, fisher=torch.ones_like(w), strength=0.3), losses.fedprox(w, a, mu=0.3))
    same(2 * losses.fedprox(w, torch.zeros_like(w), mu=0.3), losses.l2(w, strength=0.3))
    # mu / 2 times the squared norm: no slope at the anchor, and mu times the way elsewhere
    for point, want in ((a, torch.zeros_like(a)), (w, 0.3 * (w - a))):
        leaf = point.clone().requires_grad_()
        same(torch.autograd.grad(losses.fedprox(leaf, a, mu=0.3), leaf)[0], want)
    leaf = w.clone().requires_grad_()
    same(torch.autograd.grad(losses.l2(leaf, strength=0.3), leaf)[0], 0.6 * w)


def test_strength_2d_of_weight_decay():
    """A step of SGD with weight decay d is a step along the slope of l2 of strength d / 2."""
    start = torch.tensor([1.0, -2.0], dtype=torch.float64)
    moved = []
    for decay, strength in ((0.4, 0.0), (0.0, 0.2)):
        w = start.clone().requires_grad_()
        step = torch.optim.SGD([w], lr=0.1, weight_decay=decay)
        (w.sum() + losses.l2(w, strength=strength)).backward()
        step.step()
        moved.append(w.detach())
    torch.testing.assert_close(*moved)


def test_the_least_of_a_quadratic_loss_under_each_penalty():
    """argmin (w - b)^2 / 2 + penalty: soft threshold, shrinkage, and the soft threshold of a norm."""
    b = torch.tensor([[3.0, -0.4], [0.3, 0.2]], dtype=torch.float64)
    norms = b.norm(dim=1, keepdim=True)
    want = {
        "l1": torch.sign(b) * torch.relu(b.abs() - 0.5),
        "l2": b / 2,
        "group_lasso": b * torch.relu(1 - 0.5 * math.sqrt(2) / norms),
    }
    for name, best in want.items():
        at = [0.5 * ((w - b) ** 2).sum() + losses.get(name)(w, strength=0.5) for w in _around(best)]
        assert min(range(len(at)), key=at.__getitem__) == 0


def _around(best):
    gen = torch.Generator().manual_seed(2)
    return [best, *(best + 10.0**-k * torch.randn(best.shape, generator=gen).double() for k in range(5) for _ in "ab")]


def test_sums_over_many_parameters_keep_their_digits():
    """In float32: adding one after the other loses 4 of 7 digits of 8 million squares."""
    w = torch.rand(8_000_000, generator=torch.Generator().manual_seed(3))
    for name, want in (("l1", w.double().sum()), ("l2", (w.double() ** 2).sum())):
        assert float(losses.get(name)(w)) == pytest.approx(float(want), rel=5e-7)
    zero, one = torch.zeros_like(w), torch.ones_like(w)
    assert float(losses.fedprox(w, zero)) == pytest.approx(float((w.double() ** 2).sum()) / 2, rel=5e-7)
    assert float(losses.ewc(w, zero, fisher=one)) == pytest.approx(float((w.double() ** 2).sum()) / 2, rel=5e-7)


def test_an_anchor_and_information_with_gradients():
    w, a, f = torch.rand(3, 5, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    leaves = [v.clone().requires_grad_() for v in (w, a, f)]
    slopes = torch.autograd.grad(losses.ewc(*leaves[:2], fisher=leaves[2], strength=3.0), leaves)
    for got, want in zip(slopes, (3 * f * (w - a), 3 * f * (a - w), 1.5 * (w - a) ** 2), strict=True):
        torch.testing.assert_close(got, want)
    hessian = torch.func.hessian(lambda w: losses.ewc(w, a, fisher=f, strength=3.0))(w)
    torch.testing.assert_close(hessian, torch.diag(3 * f))


@pytest.mark.parametrize("name", ["l1", "l2", "group_lasso"])
def test_pieces_and_many_slopes_at_once(name):
    """The fast forms sum piece by piece, and differentiate as their definitions do."""
    fn = losses.get(name)
    wide = torch.randn(700, 801, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    wide[3] = 0
    for w in (wide, wide.T, wide[:2], wide[:, :1]):
        got, want = (torch.autograd.grad(f(v, strength=0.3), v) for f in (fn, fn.core) for v in [leaf(w)])
        torch.testing.assert_close(got, want, rtol=1e-14, atol=1e-15)
        torch.testing.assert_close(fn(w), fn.core(w), rtol=1e-14, atol=0.0)
    few = leaf(wide[1:4, :3] + 0.5)

    def scaled(v):
        return 2 * fn(v, strength=0.3)

    assert torch.autograd.gradcheck(scaled, few, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(scaled, few)
    strength = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(torch.autograd.grad(fn(few, strength=strength), strength)[0], fn(few).detach())


def leaf(values):
    return values.detach().requires_grad_()
