"""Total variation against loops over pixels; flat regions, edges that slant, vmap, extremes."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close
EITHER = pytest.mark.parametrize("isotropic", [False, True])


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def by_loops(x, isotropic):
    """Of one picture (C, H, W)"""
    total = 0.0
    for plane in x.tolist():
        for i, row in enumerate(plane):
            for j, value in enumerate(row):
                down = plane[i + 1][j] - value if i + 1 < len(plane) else 0.0
                right = row[j + 1] - value if j + 1 < len(row) else 0.0
                total += math.hypot(down, right) if isotropic else abs(down) + abs(right)
    return total


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.integers(0, 99))
def test_values_are_sums_over_neighbors(n, c, h, w, isotropic, seed):
    x = drawn(n, c, h, w, seed=seed)
    got = losses.total_variation(x, isotropic=isotropic, reduction="none")
    assert got.tolist() == pytest.approx([by_loops(v, isotropic) for v in x], rel=1e-13, abs=1e-15)
    assert losses.total_variation(x, isotropic=isotropic, reduction="sum").item() == pytest.approx(float(got.sum()))


@EITHER
def test_pictures_of_one_color_cost_nothing_with_slope_zero(isotropic):
    for x in (torch.full((2, 3, 4, 5), 0.3), torch.zeros(1, 1, 1, 1), torch.full((1, 1, 4, 4), 1e30)):
        leaf = x.requires_grad_()
        value = losses.total_variation(leaf, isotropic=isotropic)
        (slope,) = torch.autograd.grad(value, leaf, create_graph=True)
        assert value == 0
        assert (slope == 0).all()
        if slope.requires_grad:
            assert (torch.autograd.grad(slope.sum(), leaf, materialize_grads=True)[0] == 0).all()


def test_each_step_pulls_its_two_pixels_together():
    x = torch.tensor([[[[0.0, 1.0, 1.0], [0.0, 1.0, 5.0]]]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(losses.total_variation(x), x)
    assert slope.tolist() == [[[[-1.0, 1.0, -1.0], [-1.0, 0.0, 2.0]]]]


def test_slanted_edges():
    """Along this diagonal the steps down and right belong to the same pixels: together sqrt(2) times their length."""
    x = torch.triu(torch.ones(9, 9, dtype=torch.float64), 1).flip(-1)[None, None]
    plain = losses.total_variation(x).item()
    slanted = losses.total_variation(x, isotropic=True).item()
    assert plain == 16
    assert slanted == pytest.approx(8 * math.sqrt(2), rel=1e-12)
    upright = torch.ones(9, 9, dtype=torch.float64)
    upright[:, :4] = 0
    upright = upright[None, None]
    assert losses.total_variation(upright) == losses.total_variation(upright, isotropic=True) == 9


@EITHER
def test_derivatives_and_transforms(isotropic):
    x = drawn(3, 2, 4, 5, seed=1).requires_grad_()

    def fn(v):
        return losses.total_variation(v, isotropic=isotropic, reduction="none")

    assert torch.autograd.gradcheck(fn, x)
    assert torch.autograd.gradgradcheck(fn, x)
    (slope,) = torch.autograd.grad(fn(x).sum(), x)
    each = torch.func.vmap(torch.func.grad(lambda v: fn(v[None])[0]))(x.detach())
    same(each, slope)
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    (weighted,) = torch.autograd.grad((weights * fn(x)).sum(), x)
    same(weighted, weights[:, None, None, None] * slope)


@EITHER
@pytest.mark.parametrize("size", [1e-37, 1e-20, 1e20, 1e35])
def test_steps_of_any_size_in_float32(isotropic, size):
    x = drawn(1, 1, 6, 6, seed=2).float()
    leaf, plain = (size * x).requires_grad_(), x.clone().requires_grad_()
    values = [losses.total_variation(v, isotropic=isotropic) for v in (leaf, plain)]
    same(values[0].double() / size, values[1].double(), rtol=1e-5, atol=0)
    slopes = [torch.autograd.grad(v, u)[0] for v, u in zip(values, (leaf, plain), strict=True)]
    same(*slopes, rtol=1e-4, atol=1e-5)


@EITHER
def test_pictures_without_pixels_cost_nothing(isotropic):
    for shape in ((2, 3, 0, 4), (2, 3, 4, 0), (2, 0, 4, 4)):
        x = torch.zeros(shape, requires_grad=True)
        value = losses.total_variation(x, isotropic=isotropic, reduction="none")
        assert value.tolist() == [0.0, 0.0]
        assert torch.autograd.grad(value.sum(), x)[0].shape == shape


@EITHER
def test_pictures_of_which_few_fit_into_the_cache(isotropic):
    """Some pictures are taken at a time: their sums, and their slopes in the sums, are those of each alone"""
    x, weights = drawn(3, 1, 400, 400, seed=4).requires_grad_(), torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    each = losses.total_variation(x, isotropic=isotropic, reduction="none")
    alone = torch.cat([losses.total_variation.definition(v[None], isotropic=isotropic) for v in x])
    same(each, alone)
    same(*(torch.autograd.grad((weights * v).sum(), x)[0] for v in (each, alone)))


def test_it_removes_noise_and_keeps_an_edge():
    """What Rudin, Osher and Fatemi use it for"""
    clean = torch.zeros(1, 1, 12, 12, dtype=torch.float64)
    clean[..., 6:] = 1.0
    noisy = clean + 0.1 * drawn(1, 1, 12, 12, seed=3)
    x = noisy.clone().requires_grad_()
    step = torch.optim.Adam([x], lr=0.01)
    for _ in range(300):
        step.zero_grad()
        (0.5 * (x - noisy).square().sum() + 0.15 * losses.total_variation(x)).backward()
        step.step()
    found = x.detach()
    assert (found - clean).square().mean() < 0.35 * (noisy - clean).square().mean()
    assert (found[..., 6] - found[..., 5]).min() > 0.6


def test_refusals():
    with pytest.raises(ValueError, match=r"x has shape \(3, 4\), want \(N, C, H, W\)"):
        losses.total_variation(torch.zeros(3, 4))
    for wrong in (1, "yes", None):
        with pytest.raises(ValueError, match=r"isotropic: got .*, want False or True"):
            losses.total_variation(torch.zeros(1, 1, 2, 2), isotropic=wrong)
