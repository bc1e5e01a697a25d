"""How the losses are related to each other: each sentence of that kind in a docstring is an equation here."""

import math

import pytest
import torch

from lossbook import losses


@pytest.fixture
def sides():
    gen = torch.Generator().manual_seed(0)
    return 3 * torch.randn(2, 200, generator=gen, dtype=torch.float64)


def each(name, sides, **hyper):
    return losses.get(name)(*sides, reduction="none", **hyper)


def test_huber_is_delta_times_smooth_l1(sides):
    torch.testing.assert_close(each("huber", sides, delta=2.0), 2 * each("smooth_l1", sides, beta=2.0))
    three = torch.tensor([3.0]), torch.tensor([0.0])
    assert losses.huber(*three, delta=2.0) == 4.0
    assert losses.smooth_l1(*three, beta=2.0) == 2.0


def test_members_of_the_general_family(sides):
    r, general = sides[0] - sides[1], lambda a, c=1.0: each("general_robust", sides, alpha=a, c=c)
    same = torch.testing.assert_close
    same(general(2.0, 0.7), each("mse", sides) / (2 * 0.7**2))
    same(general(1.0, 0.7), each("charbonnier", sides, epsilon=0.7) / 0.7 - 1)
    same(each("charbonnier", sides, epsilon=0.7), 0.7 * general(1.0, 0.7) + 0.7)
    same(general(0.0, 0.7), 2 * each("cauchy", sides, c=math.sqrt(2) * 0.7) / (2 * 0.7**2))
    same(each("cauchy", sides, c=0.7), 0.7**2 * general(0.0, 0.7 / math.sqrt(2)) / 2)
    same(general(-2.0), 2 * r**2 / (r**2 + 4))
    same(general(-math.inf), 1 - torch.exp(-(r**2) / 2))
    same(general(math.inf), torch.exp(r**2 / 2) - 1)


@pytest.mark.parametrize(("alpha", "gap"), [(2.0, 1e-9), (0.0, 1e-9), (1.0, 1e-9), (-2.0, 1e-9)])
def test_the_general_family_is_continuous_in_alpha(alpha, gap, sides):
    for near in (alpha - gap, alpha + gap):
        got = each("general_robust", sides, alpha=near)
        torch.testing.assert_close(got, each("general_robust", sides, alpha=alpha), rtol=1e-6, atol=1e-9)
    far = each("general_robust", sides, alpha=-1e8)
    torch.testing.assert_close(far, each("general_robust", sides, alpha=-math.inf), rtol=1e-5, atol=1e-9)


def test_the_general_family_over_100_000_random_points():
    """As its paper states: even, 0 at 0, rising with |r| and with alpha, slope at most |r| / c^2."""
    gen = torch.Generator().manual_seed(4)
    n = 100_000
    r, alpha = 10 ** (6 * torch.rand(2, n, generator=gen, dtype=torch.float64) - 3)
    alpha = torch.where(torch.rand(n, generator=gen) < 0.5, -alpha, alpha.clamp(max=2.0))
    r = r.requires_grad_()
    one = torch.vmap(lambda x, a: losses.general_robust.definition(x, torch.zeros_like(x), alpha=a, c=0.7))
    value = one(r, alpha)
    (slope,) = torch.autograd.grad(value.sum(), r)
    assert torch.isfinite(value).all()
    assert torch.isfinite(slope).all()
    assert torch.equal(one(-r, alpha), value)
    assert (one(torch.zeros_like(r), alpha) == 0).all()
    assert (slope >= 0).all()
    assert (slope <= r.detach() / 0.7**2 * (1 + 1e-9)).all()
    assert (one(r, alpha - 0.1) <= value * (1 + 1e-9)).all()
    below_one = alpha <= 1
    assert (slope[below_one] <= 1 / 0.7 * (1 + 1e-9)).all()


def test_halves_and_limits(sides):
    same = torch.testing.assert_close
    same(each("quantile", sides, q=0.5), each("mae", sides) / 2)
    same(each("huber", sides, delta=1e6), each("mse", sides) / 2)
    same(each("smooth_l1", sides, beta=1e-9), each("mae", sides), rtol=0, atol=1e-9)
    same(each("charbonnier", sides, epsilon=1e-9), each("mae", sides), rtol=0, atol=1e-8)
    r = sides[0] - sides[1]
    same(each("log_cosh", (10 * r, 0 * r)), (10 * r).abs() - math.log(2) + torch.log1p(torch.exp(-20 * r.abs())))
    assert (each("quantile", sides, q=0.9) == torch.maximum(-0.9 * r, (1 - 0.9) * r)).float().mean() > 0.5


def test_expectile_and_the_dead_band(sides):
    same, r = torch.testing.assert_close, sides[0] - sides[1]
    same(each("expectile", sides, q=0.5), each("mse", sides) / 2)
    same(each("expectile", sides, q=0.9), torch.where(r < 0, 0.9, 0.1).double() * r**2, rtol=1e-6, atol=0)
    mirrored = -sides[0], -sides[1]
    same(each("expectile", sides, q=0.8), each("expectile", mirrored, q=0.2))
    same(each("epsilon_insensitive", sides, epsilon=0.0), each("mae", sides))
    inside = r.abs() <= 0.5
    band = each("epsilon_insensitive", sides, epsilon=0.5)
    assert (band[inside] == 0).all()
    same(band[~inside], each("mae", sides)[~inside] - 0.5)


def test_expectile_balances_squared_slopes_and_the_dead_band_counts():
    y = torch.tensor([0.0, 1.0, 2.0, 4.0, 9.0, 20.0], dtype=torch.float64)
    grid = torch.linspace(0, 20, 20001, dtype=torch.float64)
    left, right = (v.contiguous() for v in torch.broadcast_tensors(grid[:, None], y))
    for q in (0.1, 0.5, 0.9):
        best = grid[losses.expectile(left, right, q=q, reduction="none").sum(1).argmin()]
        above, below = (y - best).relu().sum(), (best - y).relu().sum()
        assert q * above.item() == pytest.approx((1 - q) * below.item(), abs=6e-3)
    cost = losses.epsilon_insensitive(left, right, epsilon=3.0, reduction="none").sum(1)
    best = grid[cost <= cost.min() + 1e-9].mean()  # of a range of equally good ones
    assert (y > best + 3).sum() == (y < best - 3).sum() == 2


def test_bounded_losses_are_members_half_squares_and_level_off(sides):
    same, general = torch.testing.assert_close, lambda a, c: each("general_robust", sides, alpha=a, c=c)
    same(each("geman_mcclure", sides, c=0.7), 0.7**2 / 4 * general(-2.0, 0.35))
    same(each("welsch", sides, c=0.7), 0.7**2 / 2 * general(-math.inf, 0.7 / math.sqrt(2)))
    zero, far = torch.zeros(2, dtype=torch.float64), torch.tensor([1e3, -1e30], dtype=torch.float64)
    for name, top in (("geman_mcclure", 1 / 2), ("welsch", 1 / 2), ("tukey", 1 / 6)):
        same(each(name, sides, c=1e5), each("mse", sides) / 2, rtol=1e-6, atol=0)
        same(each(name, (far, zero), c=2.0), torch.full_like(far, 4 * top), rtol=1e-5, atol=0)


def test_tukey_weights_and_efficiency():
    """psi(r) / r = (1 - (r / c)^2)^2, and c = 4.685 keeps 95% of the efficiency at the normal distribution."""
    r = torch.linspace(-8, 8, 160_001, dtype=torch.float64).requires_grad_()
    (psi,) = torch.autograd.grad(losses.tukey(r, torch.zeros_like(r), reduction="sum"), r, create_graph=True)
    (slope,) = torch.autograd.grad(psi.sum(), r)
    x = r.detach()
    torch.testing.assert_close(psi.detach(), x * (1 - (x / 4.685) ** 2).relu() ** 2)
    density = torch.exp(-(x**2) / 2)
    density = density / density.sum()
    efficiency = (slope @ density) ** 2 / (psi.detach() ** 2 @ density)
    assert efficiency.item() == pytest.approx(0.95, abs=5e-4)


def test_slope_of_log_cosh_is_tanh(sides):
    x = sides[0].clone().requires_grad_()
    (slope,) = torch.autograd.grad(each("log_cosh", (x, sides[1])).sum(), x)
    torch.testing.assert_close(slope, torch.tanh(sides[0] - sides[1]), rtol=1e-14, atol=0)


def test_least_charbonnier_is_eps():
    zero = torch.zeros(3, dtype=torch.float64)
    assert losses.charbonnier(zero, zero, epsilon=0.25) == 0.25


def test_two_classes_are_one_logit(sides):
    x = sides[0]
    t = (sides[1] > 0).double()
    logits = torch.stack([torch.zeros_like(x), x], 1)
    want = each("binary_cross_entropy_with_logits", (x, t))
    torch.testing.assert_close(losses.cross_entropy(logits, t.long(), reduction="none"), want, rtol=1e-12, atol=1e-14)


def test_sign_of_the_residual_decides_the_tilt():
    low, high = torch.tensor([0.0]), torch.tensor([1.0])
    assert losses.quantile(low, high, q=0.9).item() == pytest.approx(0.9)  # predicted too low
    assert losses.quantile(high, low, q=0.9).item() == pytest.approx(0.1)
