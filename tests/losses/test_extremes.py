"""Values, slopes and curvatures against 700-digit arithmetic, from 1e-20 to 1e20."""

import math

import mpmath as mp
import pytest
import torch
from loss_cases import (
    BINARY_CASES,
    CLOSED,
    CLOSED_MARGIN,
    FOCAL_CASES,
    MARGIN_CASES,
    RESIDUAL_CASES,
    case_id,
    definition,
    derivatives,
    public,
)

from lossbook import losses


@pytest.fixture(autouse=True)
def _digits():
    with mp.workdps(700):  # differences of a bounded loss at 1e20 eat hundreds of digits
        yield


@pytest.fixture(scope="module")
def residuals():
    exponents = torch.arange(-20, 21, dtype=torch.float64)
    gen = torch.Generator().manual_seed(0)
    mantissas = 1 + 8.9 * torch.rand(exponents.shape, generator=gen, dtype=torch.float64)
    sizes = mantissas * 10**exponents
    middle = 10 ** (4 * torch.rand(25, generator=gen, dtype=torch.float64) - 2)
    return torch.cat([sizes, -sizes, middle, -middle])


def exact(closed, xs):
    """Value, slope, curvature of an mpmath function, as lists of mpf."""
    rows = []
    for x in xs.tolist():
        x = mp.mpf(x)
        h = abs(x) * mp.mpf(10) ** -60
        low, value, high = closed(x - h), closed(x), closed(x + h)
        rows.append((value, (high - low) / (2 * h), (high - 2 * value + low) / h**2))
    return list(zip(*rows, strict=True))


def errors(got, want, scale=None):
    """The largest |got - want| / scale, where scale is |want| unless it is given."""
    worst = mp.mpf(0)
    for i, (g, w) in enumerate(zip(got.tolist(), want, strict=True)):
        s = abs(w) if scale is None else scale[i]
        if mp.isinf(mp.mpf(g)) and abs(w) > 1.7e308:
            continue  # beyond float64
        assert math.isfinite(g), f"element {i} is {g}, want {mp.nstr(w, 5)}"
        if abs(w) < 1e-300 and abs(g) < 1e-300:
            continue  # below float64
        worst = max(worst, abs(mp.mpf(g) - w) / s)
    return float(worst)


@pytest.mark.parametrize("form", [public, definition], ids=["public", "definition"])
@pytest.mark.parametrize("case", RESIDUAL_CASES, ids=case_id)
def test_residual_losses_are_exact_in_float64(case, form, residuals):
    name, hyper = case
    if hyper.get("alpha") == math.inf:
        residuals = residuals[residuals.abs() < 2]  # exp(r^2 / 2) magnifies the rounding of r^2 by r^2
    if name == "welsch":  # rounding the exponent, (r / c)^2, shows in the slope as that many units of the last place
        z = (residuals / hyper["c"]) ** 2
        residuals = residuals[(z < 60) | (z > 800)]
    zeros = torch.zeros_like(residuals)
    got = derivatives(lambda x: form(name, hyper)(x, zeros), residuals)
    value, slope, curvature = exact(lambda r: CLOSED[name](r, **hyper), residuals)
    assert errors(got[0], value) <= 1e-15
    assert errors(got[1], slope) <= 5e-14
    # Where the curvature is a small difference of two terms of the size slope / residual, it is exact to that size.
    sizes = [abs(c) + abs(s / mp.mpf(x)) for c, s, x in zip(curvature, slope, residuals.tolist(), strict=True)]
    assert errors(got[2], curvature, sizes) <= 2e-13


@pytest.mark.parametrize("case", RESIDUAL_CASES, ids=case_id)
def test_residual_losses_are_exact_in_float32(case, residuals):
    name, hyper = case
    x = residuals[(residuals.abs() > 1e-15) & (residuals.abs() < (20 if hyper.get("alpha") == math.inf else 1e15))]
    x = x.float()
    rounded = {k: float(torch.tensor(v)) for k, v in hyper.items()}
    value = [CLOSED[name](mp.mpf(r), **rounded) for r in x.tolist()]
    got = public(name, rounded)(x, torch.zeros_like(x)).double()
    fits = torch.tensor([1e-30 < w < 1e30 for w in value])
    assert errors(got[fits], [w for w in value if 1e-30 < w < 1e30]) <= 3e-5 if "alpha" in hyper else 2e-6


@pytest.mark.parametrize("form", [public, definition], ids=["public", "definition"])
@pytest.mark.parametrize("case", BINARY_CASES, ids=case_id)
@pytest.mark.parametrize("target", [0.0, 1.0, 0.3, 1e-12, 1 - 1e-9])
def test_binary_cross_entropy_is_exact_in_the_tails(case, form, target, residuals):
    name, hyper = case
    t, w = mp.mpf(target), mp.mpf(hyper["pos_weight"] or 1)

    def softplus(x):
        return max(x, mp.mpf(0)) + mp.log1p(mp.exp(-abs(x)))

    def sigmoid(x):
        return 1 / (1 + mp.exp(-x)) if x > -1e5 else mp.mpf(0)

    xs = [mp.mpf(x) for x in residuals.tolist()]
    got = derivatives(lambda x: form(name, hyper)(x, torch.full_like(x, target)), residuals)
    assert errors(got[0], [t * w * softplus(-x) + (1 - t) * softplus(x) for x in xs]) <= 1e-15
    # the slope passes through 0 for a soft target: exact to the larger of its two terms
    pairs = [((1 - t) * sigmoid(x), t * w * sigmoid(-x)) for x in xs]
    assert errors(got[1], [a - b for a, b in pairs], [max(a, b, mp.mpf(1e-300)) for a, b in pairs]) <= 2e-15
    curvature = [(1 - t + t * w) * sigmoid(x) * sigmoid(-x) for x in xs]
    assert errors(got[2], curvature, [mp.mpf(w)] * len(xs)) <= 1e-15


@pytest.mark.parametrize("form", [public, definition], ids=["public", "definition"])
@pytest.mark.parametrize("label", [1.0, -1.0])
@pytest.mark.parametrize("case", MARGIN_CASES, ids=case_id)
def test_margin_losses_are_exact_in_float64(case, label, form, residuals):
    name, hyper = case
    labels = torch.full_like(residuals, label)
    got = derivatives(lambda x: form(name, hyper)(x, labels), residuals)
    assert not any(g.isnan().any() for g in got)
    value, slope, curvature = exact(lambda x: CLOSED_MARGIN[name](label * x, **hyper), residuals)
    assert errors(got[0], value) <= 1e-15
    assert errors(got[1], slope) <= 2e-15
    # logistic's curvature is s (1 - s) of a sigmoid s, and loses digits where that is rounded to 0 or 1
    sizes = [mp.mpf(1)] * len(curvature) if name == "logistic" else None
    assert errors(got[2], curvature, sizes) <= 2e-15


@pytest.mark.parametrize("label", [1.0, -1.0])
@pytest.mark.parametrize("case", MARGIN_CASES, ids=case_id)
def test_margin_losses_are_exact_in_float32(case, label, residuals):
    name, hyper = case
    x = residuals[residuals.abs() < 1e15].float()
    value = [CLOSED_MARGIN[name](label * mp.mpf(v), **hyper) for v in x.tolist()]
    got = public(name, hyper)(x, torch.full_like(x, label)).double()
    fits = torch.tensor([w == 0 or 1e-30 < w < 1e30 for w in value])
    assert errors(got[fits], [w for w, keep in zip(value, fits.tolist(), strict=True) if keep]) <= 1e-6


@pytest.mark.parametrize("form", [public, definition], ids=["public", "definition"])
@pytest.mark.parametrize("target", [0.0, 1.0, 0.3, 1e-12])
@pytest.mark.parametrize("case", FOCAL_CASES, ids=case_id)
def test_focal_is_exact_in_the_tails(case, target, form, residuals):
    name, hyper = case
    gamma, alpha, t = mp.mpf(hyper["gamma"]), hyper["alpha"], mp.mpf(target)
    weights = (t, 1 - t) if alpha is None else (mp.mpf(alpha) * t, (1 - mp.mpf(alpha)) * (1 - t))

    def missed(x):
        """value, slope and curvature of (1 - p)^gamma (-log p), p = sigmoid(x)"""
        soft, p, q = max(-x, mp.mpf(0)) + mp.log1p(mp.exp(-abs(x))), 1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))
        power = mp.exp(-gamma * (max(x, mp.mpf(0)) + mp.log1p(mp.exp(-abs(x)))))  # q^gamma
        slope = -power * (gamma * p * soft + q)
        return power * soft, slope, -gamma * p * slope - power * (gamma * p * q * soft - gamma * p * q - p * q)

    x = residuals[residuals.abs() <= 1e5]
    rows = [(missed(mp.mpf(v)), missed(-mp.mpf(v))) for v in x.tolist()]
    got = derivatives(lambda v: form(name, hyper)(v, torch.full_like(v, target)), x)
    assert all(g.isfinite().all() for g in got)
    tiny = mp.mpf(1e-290)
    for order, sign in ((0, 1), (1, -1), (2, 1)):
        parts = [(weights[0] * a[order], sign * weights[1] * b[order]) for a, b in rows]
        # rounding the exponent gamma log(1 - p), of size gamma |x|, costs as many units of the last place
        grown = [1 + float(gamma) * abs(v) for v in x.tolist()]
        sizes = [max(abs(a), abs(b), tiny) * g for (a, b), g in zip(parts, grown, strict=True)]
        # the curvature is a difference of terms of this size
        sizes = [(1 + gamma) ** 2] * len(sizes) if order == 2 else sizes
        assert errors(got[order], [a + b for a, b in parts], sizes) <= 3e-15


@pytest.mark.parametrize("gamma", [0.0, 1e-8, 0.1, 0.5, 0.99, 1.0, 1.5, 2.0, 30.0, 1e6])
@pytest.mark.parametrize("alpha", [None, 0.0, 0.25, 1.0])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_focal_is_finite_for_every_gamma(gamma, alpha, dtype):
    x = torch.cat([torch.logspace(-40, 4, 300, dtype=torch.float64), torch.linspace(0, 200, 401).double()]).to(dtype)
    x = torch.cat([x, -x])
    for target in (0.0, 0.5, 1.0):
        for form in (public, definition):
            fn = form("focal", {"gamma": gamma, "alpha": alpha})
            assert all(
                g.isfinite().all() for g in derivatives(lambda v, f=fn, t=target: f(v, torch.full_like(v, t)), x)
            )


def test_binary_cross_entropy_keeps_what_torch_rounds_to_zero():
    x, t = torch.tensor([-15.0, 15.0, -40.0, -88.0]), torch.tensor([0.0, 1.0, 0.0, 0.0])
    torch_says = torch.nn.functional.binary_cross_entropy_with_logits(x, t, reduction="none")
    assert torch_says[0] == 0  # the reason for a kernel of our own
    x.requires_grad_()
    value = losses.binary_cross_entropy_with_logits(x, t, reduction="none")
    torch.testing.assert_close(value, torch.exp(-x.detach().abs()), rtol=1e-6, atol=0)
    value.sum().backward()
    torch.testing.assert_close(x.grad.abs(), torch.exp(-x.detach().abs()), rtol=1e-6, atol=0)


@pytest.mark.parametrize("size", [1e-20, 1e-3, 1.0, 40.0, 1e4, 1e20])
def test_cross_entropy_is_exact_to_the_rounding_of_one(size):
    gen = torch.Generator().manual_seed(1)
    x = size * torch.randn(20, 5, generator=gen, dtype=torch.float64)
    y = torch.randint(0, 5, (20,), generator=gen)
    want, slope = [], []
    for row, label in zip(x.tolist(), y.tolist(), strict=True):
        row = [mp.mpf(v) for v in row]
        total = sum(mp.exp(v - max(row)) for v in row)
        want.append(mp.log(total) + max(row) - row[label])
        slope += [mp.exp(v - max(row)) / total - (k == label) for k, v in enumerate(row)]
    x.requires_grad_()
    for form in (lambda: losses.cross_entropy(x, y, reduction="none"), lambda: losses.cross_entropy.definition(x, y)):
        got = form()
        (grad,) = torch.autograd.grad(got.sum(), x)
        assert errors(got.detach(), want, [1 + abs(w) for w in want]) <= 1e-15
        # rounding a logarithm of size |x| costs the probabilities |x| units of the last place
        assert errors(grad.flatten(), slope, [mp.mpf(1 + min(size, 40))] * len(slope)) <= 1e-15
