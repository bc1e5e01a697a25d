"""Curricula: Lambert's W, the weights that are slopes, the least over weights by search, and their conventions."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses.composite.lambert import lambert_w


def grid(dtype):
    near = -0.36787944117144233 + 10.0 ** torch.linspace(-16, -0.6, 120, dtype=torch.float64)
    middle = torch.linspace(-0.36, 3, 150, dtype=torch.float64)
    sizes = 10.0 ** torch.linspace(-30, 37, 120, dtype=torch.float64)
    x = torch.cat([near, middle, sizes, -sizes[sizes < 0.3], sizes.new_tensor([0.0, 1e38])]).to(dtype)
    if dtype == torch.float64:
        return torch.cat([x, x.new_tensor([1e100, 1e300, 1.7e308])])
    return x[x.double() > -1 / math.e]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_lambert_w(dtype):
    x = grid(dtype).requires_grad_()
    w = lambert_w(x)
    (slope,) = torch.autograd.grad(w.sum(), x)
    unit = torch.finfo(dtype).eps
    with mp.workdps(40):
        for at, got, steep in zip(x.tolist(), w.tolist(), slope.tolist(), strict=True):
            want = mp.lambertw(mp.mpf(at)).real
            assert abs(got - want) <= 6 * unit * (1 + abs(want)), at
            if abs(at) < 0.05:
                assert abs(got - want) <= 3 * unit * abs(want), at
            # the slope follows from W, whose distance from -1 has lost digits next to the branch point
            assert abs(steep * mp.exp(want) * (1 + want) - 1) <= 20 * unit * (1 + abs(want) + 1 / (1 + want)), at


def test_lambert_w_has_second_derivatives_and_ends_at_the_branch():
    x = torch.tensor([-0.36, -0.2, -1e-3, 0.0, 0.4, 3.0, 80.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambert_w, x)
    assert torch.autograd.gradcheck(lambert_w, x, check_forward_ad=True, check_backward_ad=False)
    assert torch.autograd.gradgradcheck(lambert_w, x)
    third = torch.func.grad(torch.func.grad(torch.func.grad(lambert_w)))(x.new_tensor(0.0))
    assert float(third.detach()) == pytest.approx(9.0)  # W = x - x^2 + 3/2 x^3 - ...
    assert lambert_w(torch.tensor([-0.4])).isnan().all()


def searched(excess, lam):
    """The least of excess sigma + lam log(sigma)^2 over sigma up to e, by golden section over log(sigma)."""
    low, high = mp.mpf(-60), mp.mpf(1)

    def cost(log):
        return excess * mp.exp(log) + lam * log**2

    ratio = (mp.sqrt(5) - 1) / 2
    for _ in range(170):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if cost(a) < cost(b):
            high = b
        else:
            low = a
    return min(cost(low), cost(mp.mpf(1))), mp.exp((low + high) / 2)


@pytest.mark.parametrize("tau", [0.0, 2.0])
@pytest.mark.parametrize("lam", [0.25, 1.0, 4.0])
def test_superloss_is_the_least_over_weights(tau, lam):
    each = torch.tensor([-3.0, -0.5, 0.0, 0.25, 1.0, 2.0, 2.5, 7.0, 40.0, 300.0], dtype=torch.float64)
    each.requires_grad_()
    value = losses.superloss(each, tau=tau, lam=lam, reduction="none")
    (weight,) = torch.autograd.grad(value.sum(), each)
    with mp.workdps(60):
        for k, loss in enumerate(each.tolist()):
            cost, best = searched(mp.mpf(loss) - tau, mp.mpf(lam))
            assert abs(value[k].item() - cost) <= 1e-14 * (1 + abs(cost))
            assert abs(weight[k].item() - best) <= 1e-13 * best


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_superloss_at_extremes_and_across_the_branch(dtype):
    sizes = 10.0 ** torch.linspace(-20, 20, 41, dtype=torch.float64)
    branch = -2 / math.e + torch.linspace(-1e-6, 1e-6, 41, dtype=torch.float64)
    each = torch.cat([sizes, -sizes, sizes.new_zeros(1), branch]).to(dtype).requires_grad_()
    value = losses.superloss(each, tau=0.0, reduction="none")
    (weight,) = torch.autograd.grad(value.sum(), each, create_graph=True)
    (curve,) = torch.autograd.grad(weight.sum(), each)
    assert torch.isfinite(value).all()
    assert not curve.isnan().any()
    unit = torch.finfo(dtype).eps
    with mp.workdps(40):
        for x, v, s in zip(each.tolist(), value.tolist(), weight.tolist(), strict=True):
            x = mp.mpf(x)
            line = x <= -2 / mp.e
            w = mp.mpf(-1) if line else mp.lambertw(x / 2).real
            terms = x * mp.exp(-w), w**2
            assert abs(v - sum(terms)) <= 12 * unit * max(map(abs, terms)), x
            # the weight itself leaves e with an infinite slope: half of its digits are all that there are
            tolerance = unit * (10 + 10 * abs(w)) if abs(x + 2 / mp.e) > 1e-3 else 10 * mp.sqrt(unit)
            assert abs(s - mp.exp(-w)) <= tolerance * mp.exp(-w), x
    assert (curve[each <= -0.74] == 0).all()


def test_superloss_goes_to_the_loss_and_stays_steady():
    each = torch.linspace(-2, 6, 33, dtype=torch.float64)
    same = torch.testing.assert_close
    same(losses.superloss(each, tau=0.5, lam=1e12, reduction="none"), each - 0.5, rtol=1e-9, atol=1e-9)
    line = losses.superloss(each[each <= 0.2], tau=1.0, reduction="none")
    same(line, math.e * (each[each <= 0.2] - 1) + 1)
    assert losses.superloss(each.new_ones(1), tau=1.0) == 0
    tau = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    value = losses.superloss(each, tau=tau, reduction="sum")
    (slope,) = torch.autograd.grad(value, tau)
    leaf = each.clone().requires_grad_()
    (weights,) = torch.autograd.grad(losses.superloss(leaf, tau=0.3, reduction="sum"), leaf)
    same(slope, -weights.sum())


@given(
    each=st.lists(st.floats(-50, 50), min_size=1, max_size=12),
    threshold=st.floats(1e-3, 40),
    weights=st.sampled_from(["hard", "linear"]),
)
def test_self_paced_is_the_least_over_weights(each, threshold, weights):
    array = np.array(each)
    got = losses.self_paced(array, threshold=threshold, weights=weights, reduction="none")
    # v loss - threshold v, or v loss - threshold (v - v^2 / 2), least over v from 0 to 1: at an end or where it is flat
    flat = np.clip(1 - array / threshold, 0, 1)
    tries = np.stack([np.zeros_like(array), np.ones_like(array), flat])
    bent = tries - tries**2 / 2 if weights == "linear" else tries
    least = (tries * array - threshold * bent).min(0)
    at_zero = threshold * (0.5 if weights == "linear" else 1.0)
    np.testing.assert_allclose(got, least + at_zero, rtol=1e-12, atol=1e-13 * (1 + threshold))
    leaf = torch.tensor(each, dtype=torch.float64, requires_grad=True)
    losses.self_paced(leaf, threshold=threshold, weights=weights, reduction="sum").backward()
    want = (array <= threshold).astype(float) if weights == "hard" else flat
    np.testing.assert_allclose(leaf.grad.numpy(), want, rtol=1e-12, atol=1e-12)


def test_self_paced_gradient_is_that_of_weighted_losses():
    gen = torch.Generator().manual_seed(0)
    x, w = torch.randn(20, 3, generator=gen).double(), torch.randn(3, generator=gen).double().requires_grad_()
    for weights in ("hard", "linear"):
        each = losses.mse(x @ w, torch.ones(20).double(), reduction="none")
        kept = (each < 1.5).double() if weights == "hard" else torch.relu(1 - each / 1.5)
        (want,) = torch.autograd.grad((kept.detach() * each).mean(), w, retain_graph=True)
        (got,) = torch.autograd.grad(losses.self_paced(each, threshold=1.5, weights=weights), w)
        torch.testing.assert_close(got, want)


def test_self_paced_is_exact_below_the_threshold_and_constant_above():
    each = torch.tensor([1e-20, 0.3, 1e20], dtype=torch.float64)
    assert losses.self_paced(each, reduction="none").tolist() == [1e-20, 0.3, 1.0]
    assert losses.self_paced(each, weights="linear", reduction="none").tolist() == [1e-20, 0.3 - 0.045, 0.5]
    wide = losses.self_paced(each, threshold=1e30, weights="linear", reduction="none")
    torch.testing.assert_close(wide, each)
    tied = torch.tensor([1.0], requires_grad=True)
    losses.self_paced(tied).backward()
    assert tied.grad == 1


def test_unreduced_losses_of_any_shape():
    each = torch.rand(3, 4, dtype=torch.float64)
    for fn in (losses.self_paced, losses.superloss):
        assert fn(each, reduction="none").shape == (3, 4)
        torch.testing.assert_close(fn(each), fn(each, reduction="none").mean())
        torch.testing.assert_close(fn(each[:2]), fn(each, reduction="none")[:2].mean())


@pytest.mark.parametrize("weights", ["hard", "linear"])
def test_self_paced_fast_form_in_all_modes(weights):
    each = torch.tensor([-0.7, 0.2, 0.9, 1.7], dtype=torch.float64, requires_grad=True)

    def fn(v):
        return losses.self_paced(v, threshold=1.2, weights=weights, reduction="none")

    assert torch.autograd.gradcheck(fn, each, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(fn, each)
    learned = torch.tensor(1.2, dtype=torch.float64, requires_grad=True)
    value = losses.self_paced(each, threshold=learned, weights=weights, reduction="none")
    torch.testing.assert_close(value, fn(each))
    (slope,) = torch.autograd.grad(value.sum(), learned)
    want = 1.0 if weights == "hard" else 0.5 * (1.0 + (0.2**2 + 0.9**2) / 1.2**2)
    assert slope.item() == pytest.approx(want)
