"""Contrastive and triplet losses: digits, conventions, points in one place, lengths near the ends of a dtype."""

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses.metric import geometry

same = torch.testing.assert_close


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def distance(a, b, p=2):
    """In mpmath, of two rows"""
    return sum(abs(mp.mpf(u) - mp.mpf(v)) ** p for u, v in zip(a.tolist(), b.tolist(), strict=True)) ** (mp.mpf(1) / p)


@pytest.mark.parametrize("margin", [0.0, 0.5, 1.0, 7.0])
def test_contrastive_values_are_exact(margin):
    x1, x2 = drawn(2, 40, 5)
    x2 = x1 + x2 * torch.logspace(-9, 2, 40, dtype=torch.float64)[:, None]
    y = torch.arange(40) % 2
    got = losses.contrastive(x1, x2, similar=y, margin=margin, reduction="none")
    with mp.workdps(40):
        for k in range(40):
            d = distance(x1[k], x2[k])
            want = d**2 / 2 if y[k] else max(mp.mpf(0), margin - d) ** 2 / 2
            assert abs(got[k].item() - want) <= 1e-13 * abs(want), k


def test_contrastive_says_which_label_is_alike_and_keeps_the_halves():
    zero, there = torch.zeros(1, 1), torch.full((1, 1), 3.0)
    assert losses.contrastive(zero, there, similar=torch.tensor([1])) == 4.5
    assert losses.contrastive(zero, there, similar=torch.tensor([False]), margin=5.0) == 2.0
    x1, x2 = drawn(2, 6, 4)
    alike = losses.contrastive(x1, x2, similar=torch.ones(6), reduction="none")
    same(alike, 0.5 * losses.mse(x1, x2, reduction="none").sum(1))
    for label in ("0.5", "-1"):
        with pytest.raises(ValueError, match=f"similar holds {label}, want 0 or 1 only"):
            losses.contrastive(x1, x2, similar=torch.full((6,), float(label)))


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 7.5])
def test_triplet_values_are_exact(p):
    a, b, c = drawn(3, 30, 5, seed=1)
    got = losses.triplet(a, b, negative=c, margin=0.7, p=p, reduction="none")
    with mp.workdps(40):
        for k in range(30):
            near, far = distance(a[k], b[k], p), distance(a[k], c[k], p)
            assert abs(got[k].item() - max(0, near - far + mp.mpf(0.7))) <= 1e-14 * (near + far), k


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_triplet_is_that_of_torch_without_its_epsilon(p):
    leaves = [v.requires_grad_() for v in drawn(3, 20, 8, seed=2).unbind()]
    a, b, c = leaves
    ours = losses.triplet(a, b, negative=c, p=p, reduction="none")
    theirs = F.triplet_margin_loss(a, b, c, p=p, eps=0.0, reduction="none")
    same(ours, theirs, rtol=1e-13, atol=1e-14)
    for x, y in zip(*(torch.autograd.grad(v.sum(), leaves) for v in (ours, theirs)), strict=True):
        same(x, y, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("p", [1.0, 1.3, 2.0, 4.0])
def test_points_in_one_place_cost_the_margin_with_slope_zero(p, dtype):
    x = torch.ones(3, 4, dtype=dtype, requires_grad=True)
    value = losses.triplet(x, x.detach(), negative=x.detach(), margin=0.25, p=p)
    (slope,) = torch.autograd.grad(value, x, create_graph=True)
    assert value == 0.25
    assert (slope == 0).all()
    assert (torch.autograd.grad(slope.sum(), x, materialize_grads=True)[0] == 0).all()
    value = losses.contrastive(x, x.detach(), similar=torch.tensor([0, 1, 0]), margin=2.0, reduction="none")
    (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
    assert value.tolist() == [2.0, 0.0, 2.0]
    assert (slope == 0).all()


@pytest.mark.parametrize("p", [1.0, 1.3, 4.0])
def test_an_entry_that_is_equal_has_slope_zero(p):
    x = torch.tensor([[0.0, 3.0, 0.0]], dtype=torch.float64, requires_grad=True)
    far = torch.tensor([[100.0, 100.0, 100.0]], dtype=torch.float64)
    value = losses.triplet(x, torch.zeros_like(x), negative=far, p=p, margin=1000.0)
    (slope,) = torch.autograd.grad(value, x, create_graph=True)
    (curve,) = torch.autograd.grad(slope.square().sum(), x)
    assert slope.isfinite().all()
    assert curve.isfinite().all()


@pytest.mark.parametrize("size", [1e-30, 1e-18, 1e-9, 1.0, 1e10, 1e18, 1e30])
def test_float32_neither_overflows_nor_vanishes(size):
    """Squares of 1e30 and of 1e-30 do not fit in float32; lengths and their slopes do."""
    a, b, c = (v.float() for v in drawn(3, 50, 6, seed=3) * size)
    leaves = [v.requires_grad_() for v in (a, b, c)]
    wide = [v.detach().double().requires_grad_() for v in leaves]
    pairs = []
    for x, y, z in (leaves, wide):
        triple = losses.triplet(x, y, negative=z, margin=size, reduction="none")
        double = losses.contrastive(x, y, similar=torch.zeros(50), margin=4 * size)
        pairs.append((triple, torch.autograd.grad(triple.sum(), (x, y, z))))
        assert not double.isnan()
    (ours, ours_slopes), (theirs, theirs_slopes) = pairs
    same(ours.double() / size, theirs / size, rtol=1e-5, atol=1e-5)
    for x, y in zip(ours_slopes, theirs_slopes, strict=True):
        same(x.double(), y, rtol=1e-4, atol=1e-4)


def test_plain_lengths_are_refused_when_any_is_near_the_ends():
    x = drawn(4, 3)
    same(geometry.plain_length(x), geometry.length(x))
    for bad in (0.0, 1e-12, 1e12, float("nan")):
        y = x.clone()
        y[1] *= bad
        assert geometry.plain_length(y) is None
    assert geometry.plain_length(x[:0]) is None
    inside_vmap = torch.vmap(lambda v, w: losses.triplet(v, w, negative=2 * w, reduction="none"))(x[None], 3 * x[None])
    same(inside_vmap[0], losses.triplet(x, 3 * x, negative=6 * x, reduction="none"))


@pytest.mark.parametrize("exponent", [-300, -20, 0, 20, 300])
def test_unit_vectors_have_the_right_slope_at_any_size(exponent):
    x = (drawn(3, 5, seed=4) * 10.0**exponent).requires_grad_()
    u = geometry.unit(x)
    same((u * u).sum(-1), torch.ones(3, dtype=torch.float64))
    w = drawn(3, 5, seed=5)
    (slope,) = torch.autograd.grad((u * w).sum(), x)
    with torch.no_grad():
        across = (w - u * (u * w).sum(-1, keepdim=True)) / geometry.length(x)[:, None]
    same(slope * 10.0**exponent, across * 10.0**exponent, rtol=1e-12, atol=1e-13)


def test_the_zero_vector_has_no_direction():
    x = torch.zeros(2, 3, requires_grad=True)
    u = geometry.unit(x)
    (slope,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    assert (u == 0).all()
    assert (slope == 0).all()
    assert (torch.autograd.grad(slope.sum(), x, materialize_grads=True)[0] == 0).all()


@given(st.integers(1, 5), st.integers(1, 6), st.floats(0, 3), st.integers(0, 99))
def test_distances_in_any_number_of_dimensions(n, d, margin, seed):
    a, b, c = drawn(3, n, d, seed=seed)
    ours = losses.triplet(a, b, negative=c, margin=margin, reduction="none")
    exchanged = losses.triplet(a, c, negative=b, margin=margin, reduction="none")
    assert (ours + exchanged >= 2 * margin - 1e-12).all()  # relu(m + g) + relu(m - g) >= 2 m
    y = torch.arange(n) % 2
    pair = losses.contrastive(a, b, similar=y, margin=margin, reduction="none")
    for k in range(n):  # each pair on its own
        one = slice(k, k + 1)
        same(losses.contrastive(a[one], b[one], similar=y[one], margin=margin), pair[k])
        same(losses.triplet(a[one], b[one], negative=c[one], margin=margin), ours[k])


def test_margins_and_norms_out_of_range_are_refused():
    x = drawn(3, 4)
    with pytest.raises(ValueError, match=r"p: got 0.5, want a value in \[1, inf\)"):
        losses.triplet(x, x, negative=x, p=0.5)
    with pytest.raises(ValueError, match=r"margin: got -1.0, want a value in \[0, inf\)"):
        losses.triplet(x, x, negative=x, margin=-1)
    with pytest.raises(ValueError, match=r"negative has shape \(1, 4\) and anchor \(3, 4\).*nothing is broadcast"):
        losses.triplet(x, x, negative=x[:1])


PAIRED = {
    "contrastive": lambda a, b, c: losses.contrastive(a, b, similar=torch.tensor([1, 0, 1, 0]), margin=4.0),
    "triplet": lambda a, b, c: losses.triplet(a, b, negative=c, margin=3.0),
    "cosine_embedding": lambda a, b, c: losses.cosine_embedding(a, b, target=torch.tensor([1, -1, 1, -1])),
}


@pytest.mark.parametrize("name", PAIRED)
def test_derivatives_and_transforms(name):
    fn, sides = PAIRED[name], [v.requires_grad_() for v in drawn(3, 4, 5, seed=7)]
    assert torch.autograd.gradcheck(fn, sides)
    assert torch.autograd.gradgradcheck(fn, sides)
    plain = [v.detach() for v in sides]
    (slope,) = torch.autograd.grad(fn(*sides), sides[0])
    same(torch.func.grad(fn)(*plain), slope)
    push = torch.func.jvp(lambda v: fn(v, *plain[1:]), (plain[0],), (torch.ones_like(slope),))[1]
    same(push, slope.sum())
