"""Maximum mean discrepancy and its bandwidth: values by plain loops, digits, extremes, and each trap."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def discrepancy(x, y, h, unbiased):
    """Three loops over pairs."""

    def kernel(a, b):
        return math.exp(-sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) / (2 * h * h))

    def within(points):
        n = len(points)
        pairs = [kernel(points[i], points[j]) for i in range(n) for j in range(n) if not (unbiased and i == j)]
        return math.fsum(pairs) / (n * (n - 1) if unbiased else n * n)

    between = math.fsum(kernel(a, b) for a in x for b in y) / (len(x) * len(y))
    return within(x) + within(y) - 2 * between


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    n=st.integers(2, 7),
    m=st.integers(2, 7),
    d=st.integers(1, 4),
    h=st.floats(0.1, 10),
    unbiased=st.booleans(),
    seed=st.integers(0, 99),
)
def test_mmd_is_its_sums(n, m, d, h, unbiased, seed):
    x, y = normal(n, d, seed=seed), 1 + normal(m, d, seed=seed + 1)
    got = losses.mmd(x, y, bandwidth=h, unbiased=unbiased)
    assert got.item() == pytest.approx(discrepancy(x.tolist(), y.tolist(), h, unbiased), rel=1e-12, abs=2e-15)


def test_mmd_of_near_samples_keeps_its_digits():
    """With a wide kernel it is the squared distance of the means over the squared bandwidth, down to the smallest."""
    x, y = normal(30, 3), normal(40, 3, seed=1) + 1
    gap = ((x.mean(0) - y.mean(0)) ** 2).sum().item()
    for h in (1e3, 1e5, 1e7):
        assert losses.mmd(x, y, bandwidth=h).item() == pytest.approx(gap / h**2, rel=20 / h**2 + 1e-12)
    f32 = losses.mmd(x.float(), y.float(), bandwidth=1e5).item()
    assert f32 == pytest.approx(gap / 1e10, rel=1e-4)  # sums of kernels near 1 leave nothing of it


def test_mmd_of_equal_samples_is_zero_and_flat():
    x = normal(9, 2).requires_grad_()
    value = losses.mmd(x, x.detach().clone())
    assert value.item() == pytest.approx(0, abs=1e-16)
    same(torch.autograd.grad(value, x)[0], torch.zeros_like(x), atol=1e-15, rtol=0)


def test_mmd_biased_and_unbiased_on_samples_of_one_distribution():
    """The biased one is above 0 on average, by about (1 - mean kernel) (1 / N + 1 / M); the other is 0 on average."""
    found = {True: [], False: []}
    for seed in range(400):
        x, y = normal(5, 1, seed=2 * seed), normal(5, 1, seed=2 * seed + 1)
        for unbiased, values in found.items():
            values.append(losses.mmd(x, y, unbiased=unbiased).item())
    assert min(found[False]) >= 0
    assert min(found[True]) < 0
    assert abs(np.mean(found[True])) < 4 * np.std(found[True]) / 20
    kernel = 1 / math.sqrt(3)  # of two standard normal points, for a bandwidth of 1
    want = (1 - kernel) * 2 / 5
    assert np.mean(found[False]) == pytest.approx(want, abs=4 * np.std(found[False]) / 20)


def test_mmd_vanishes_with_its_slope_at_the_wrong_bandwidth():
    for h in (1e-3, 1e6):
        x = normal(6, 2).requires_grad_()
        (slope,) = torch.autograd.grad(losses.mmd(x, normal(6, 2, seed=1) + 3, bandwidth=h), x)
        assert slope.abs().max() < 1e-9
    x = normal(6, 2).requires_grad_()
    y = normal(6, 2, seed=1) + 3
    (slope,) = torch.autograd.grad(losses.mmd(x, y, bandwidth=losses.median_bandwidth(x, y)), x)
    assert slope.abs().max() > 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_mmd_at_extremes(dtype):
    x = torch.tensor([[0.0, 0.0], [1e-30, 0.0], [1e18, -1e18], [1e18, -1e18]], dtype=dtype).requires_grad_()
    y = torch.tensor([[0.0, 0.0], [-1e18, 5.0]], dtype=dtype)
    for h in (1e-3, 1.0, 1e15):
        value = losses.mmd(x, y, bandwidth=h)
        assert value.item() == pytest.approx(8 / 16 + 2 / 4 - 2 * 2 / 8, abs=1e-6)
        (slope,) = torch.autograd.grad(value, x, create_graph=True)
        assert slope.isfinite().all()
        assert torch.autograd.grad(slope.sum(), x)[0].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.1, 1.0, 4.0, 300.0, 1e6, 1e25])
@pytest.mark.parametrize("learnt", ["x", "y", "both"])
def test_mmd_by_products_and_by_differences_is_the_definition(dtype, size, learnt):
    """Points in a ball, in pairs of near ones, from well within a bandwidth to far beyond what its square may be."""
    centers = size * normal(20, 3)
    x, y = (torch.cat([centers + shift, normal(9, 3)]).to(dtype) for shift in (0.3, -0.2))
    exact = [p.double().clone().requires_grad_() for p in (x, y)]
    want = losses.mmd.definition(*exact)
    sides = [p.clone().requires_grad_(learnt in (name, "both")) for name, p in zip("xy", (x, y), strict=True)]
    got = losses.mmd(*sides)
    tight = {"rtol": 1e-4, "atol": 1e-6} if dtype is torch.float32 else {"rtol": 1e-10, "atol": 1e-14}
    same(got.double(), want, **tight)
    (2 * got).backward()
    for side, slope in zip(sides, torch.autograd.grad(2 * want, exact), strict=True):
        if side.requires_grad:
            same(side.grad.double(), slope, **tight)
    with torch.no_grad():
        same(losses.mmd(*sides), got.detach(), rtol=0, atol=0)


def test_mmd_refuses_too_few_points():
    some, none, one = torch.zeros(3, 2), torch.zeros(0, 2), torch.zeros(1, 2)
    with pytest.raises(ValueError, match="y holds 0 points, want at least 1"):
        losses.mmd(some, none)
    with pytest.raises(ValueError, match="x holds 1 points, want at least 2 with unbiased=True"):
        losses.mmd(one, some, unbiased=True)
    assert losses.mmd(one, some).item() == 0


def test_median_bandwidth():
    x, y = normal(5, 3), normal(4, 3, seed=1)
    both = torch.cat([x, y])
    apart = sorted((both[i] - both[j]).norm().item() for i in range(9) for j in range(i))
    assert losses.median_bandwidth(x, y).item() == pytest.approx(apart[17], rel=1e-14)  # the 18th of 36
    as_numpy = losses.median_bandwidth(x.numpy(), y.numpy())
    assert isinstance(as_numpy, np.floating)
    numpy_in, learnt = losses.mmd(x.numpy(), y.numpy(), bandwidth=as_numpy), torch.tensor(as_numpy, requires_grad=True)
    assert numpy_in == losses.mmd(x, y, bandwidth=losses.median_bandwidth(x, y))
    same(losses.mmd(x, y, bandwidth=learnt).detach(), torch.tensor(numpy_in))
    assert torch.autograd.gradcheck(lambda h: losses.mmd(x, y, bandwidth=h), learnt)
    assert not losses.median_bandwidth(x.requires_grad_(), y).requires_grad
    assert losses.median_bandwidth(x.half(), y.half()).dtype == torch.float16
    for bad, message in (
        ((x[0], y), r"x has shape \(3,\), want points in rows"),
        ((x, y[:, :2]), r"x has shape \(5, 3\) and y \(4, 2\); want points with the same D"),
        ((x[:1], y[:0]), "x and y hold 1 points, want at least 2"),
        ((torch.ones(3, 1), torch.ones(3, 1)), "half of the distances are 0"),
    ):
        with pytest.raises(ValueError, match=message):
            losses.median_bandwidth(*bad)
    with pytest.raises(TypeError, match=r"y: got torch.int64, want float64"):
        losses.median_bandwidth(x, y.long())
