"""Losses of a predicted center and spread: digits, extremes, relations, what they elicit; their sides at the door."""

import math

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from loss_latex import evaluate

from lossbook import losses

CLOSED = {
    "gaussian_nll": lambda r, s: (s + r**2 * mp.exp(-s) + mp.log(2 * mp.pi)) / 2,
    "laplace_nll": lambda r, s: s + abs(r) * mp.exp(-s) + mp.log(2),
    "crps_gaussian": lambda r, s: (
        r * mp.erf(r / s / mp.sqrt(2)) + s * (mp.sqrt(2 / mp.pi) * mp.exp(-((r / s) ** 2) / 2) - 1 / mp.sqrt(mp.pi))
    ),
}
# slopes in input and in the companion, as sums of terms
SLOPES = {
    "gaussian_nll": lambda r, s: ([r * mp.exp(-s)], [mp.mpf(0.5), -(r**2) * mp.exp(-s) / 2]),
    "laplace_nll": lambda r, s: ([mp.sign(r) * mp.exp(-s)], [mp.mpf(1), -abs(r) * mp.exp(-s)]),
    "crps_gaussian": lambda r, s: (
        [mp.erf(r / s / mp.sqrt(2))],
        [mp.sqrt(2 / mp.pi) * mp.exp(-((r / s) ** 2) / 2), -1 / mp.sqrt(mp.pi)],
    ),
}
NAMES = list(CLOSED)
BESIDE = {name: losses.get(name).record.sides[2].name for name in NAMES}
NAMED = pytest.mark.parametrize("name", NAMES)


def each(name, x, t, s):
    return losses.get(name)(x, t, reduction="none", **{BESIDE[name]: s})


def defined(name, x, t, s):
    return losses.get(name).definition(x, t, **{BESIDE[name]: s})


def grid(name, dtype=torch.float64):
    """Every residual beside every spread."""
    sizes = 10 ** torch.linspace(-20, 20, 21, dtype=torch.float64)
    near = torch.tensor([0.3, 1.0, 2.5, 6.0, 12.0, 39.0, 41.0], dtype=torch.float64)
    r = torch.cat([torch.zeros(1, dtype=torch.float64), sizes, -sizes, near, -near])
    logs = torch.tensor([-40.0, -5.0, -0.3, 0.0, 0.7, 5.0, 40.0], dtype=torch.float64)
    pairs = torch.cartesian_prod(r, logs.exp() if name == "crps_gaussian" else logs).T
    return [v.contiguous().to(dtype) for v in pairs]


@pytest.fixture
def sides():
    gen = torch.Generator().manual_seed(0)
    x, t, s = torch.randn(3, 200, generator=gen, dtype=torch.float64)
    return x, t, s


def fit(name, s):
    return s.exp() if name == "crps_gaussian" else s


@NAMED
def test_values_and_slopes_are_exact(name):
    r, s = (v.requires_grad_() for v in grid(name))
    value = each(name, r, torch.zeros_like(r), s)
    slopes = torch.autograd.grad(value.sum(), (r, s))
    with mp.workdps(60):
        for k, (a, b) in enumerate(zip(r.tolist(), s.tolist(), strict=True)):
            a, b = mp.mpf(a), mp.mpf(b)
            want = CLOSED[name](a, b)
            size = abs(want) if name == "crps_gaussian" else abs(want) + abs(b)  # the terms may cancel
            assert abs(value[k].item() - want) <= 2e-14 * size, (a, b)
            for got, terms in zip(slopes, SLOPES[name](a, b), strict=True):
                assert abs(got[k].item() - sum(terms)) <= 5e-14 * max(map(abs, terms)) + mp.mpf(1e-300), (a, b)


@NAMED
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_no_nan_at_extremes(name, dtype):
    r = torch.tensor([0.0, 1e-30, 1e-12, 1e-3, 1.0, 50.0, 1e4], dtype=dtype)
    if name == "crps_gaussian":
        s = torch.tensor([1e-12, 1e-6, 1e-3, 1.0, 1e4, 1e12], dtype=dtype)
    else:
        s = torch.tensor([-1e4, -800.0, -100.0, -1.0, 0.0, 1.0, 100.0, 1e4], dtype=dtype)
    r, s = torch.cartesian_prod(torch.cat([r, -r]), s).T.contiguous()
    r, s = r.clone().requires_grad_(), s.clone().requires_grad_()
    value = each(name, r, torch.zeros_like(r), s)
    slopes = torch.autograd.grad(value.sum(), (r, s), create_graph=True)
    curves = [
        g for d in slopes for g in torch.autograd.grad(d.sum(), (r, s), retain_graph=True, materialize_grads=True)
    ]
    for out in (value, *slopes, *curves):
        assert not out.isnan().any()
    modest = s.abs() <= 50
    assert all(out[modest].isfinite().all() for out in (value, *slopes))
    if name != "crps_gaussian":
        zero = (r == 0) & (s < -100)
        assert (slopes[0][zero] == 0).all()
        assert (slopes[1][zero] == (0.5 if name == "gaussian_nll" else 1.0)).all()


@NAMED
def test_gradcheck_and_gradgradcheck(name, sides):
    x, t, s = (v[:8].clone() for v in sides)
    s = fit(name, s)
    arguments = [v.requires_grad_() for v in (x, t, s)]
    for form in (each, defined):
        assert torch.autograd.gradcheck(lambda *a, f=form: f(name, *a), arguments, eps=1e-7, atol=1e-5)
        assert torch.autograd.gradgradcheck(lambda *a, f=form: f(name, *a), arguments, eps=1e-7, atol=1e-4)


@NAMED
def test_formula_says_what_the_code_computes(name):
    for x in (-2.0, 0.3, 1.5):
        for t in (-0.4, 0.3, 4.0):
            for s in (0.2, 1.0, 2.5):
                said = evaluate(losses.get(name).record.formula, x=x, t=t, s=s, pi=math.pi)
                got = each(name, *(torch.tensor(v, dtype=torch.float64) for v in (x, t, s)))
                assert got.item() == pytest.approx(said, rel=1e-12)


@NAMED
def test_torch_func_and_reductions(name, sides):
    x, t, s = sides
    s = fit(name, s)
    rows = [v.reshape(4, 50) for v in (x, t, s)]
    same = torch.testing.assert_close
    same(torch.vmap(lambda *a: each(name, *a))(*rows), each(name, *rows))
    same(torch.vmap(torch.func.grad(lambda *a: each(name, *a).sum(), 2))(*rows).reshape(-1), _slope(name, x, t, s))
    fn = losses.get(name)
    same(fn(x, t, **{BESIDE[name]: s}), each(name, x, t, s).mean())
    same(fn(x, t, **{BESIDE[name]: s}, reduction="sum"), each(name, x, t, s).sum())


def _slope(name, x, t, s):
    s = s.clone().requires_grad_()
    return torch.autograd.grad(defined(name, x, t, s).sum(), s)[0]


def test_relations(sides):
    x, t, s = sides
    same, zero = torch.testing.assert_close, torch.zeros_like(s)
    same(each("gaussian_nll", x, t, zero), (x - t) ** 2 / 2 + math.log(2 * math.pi) / 2)
    same(each("laplace_nll", x, t, zero), (x - t).abs() + math.log(2))
    theirs = F.gaussian_nll_loss(x, t, s.exp(), full=True, eps=1e-12, reduction="none")
    same(each("gaussian_nll", x, t, s), theirs)
    same(each("laplace_nll", x, t, s), -torch.distributions.Laplace(x, s.exp()).log_prob(t))
    same(each("crps_gaussian", x, t, zero + 1e-12), (x - t).abs(), rtol=0, atol=1e-11)
    moved = each("crps_gaussian", 3 * x, 3 * t, 3 * s.exp())
    same(moved, 3 * each("crps_gaussian", x, t, s.exp()))  # in units of the target


def test_crps_is_the_integral_it_is_said_to_be():
    for x, t, s in ((0.0, 0.0, 1.0), (1.0, -0.5, 0.7), (0.0, 4.0, 2.0)):
        with mp.workdps(30):  # beyond 40 standard deviations nothing is left to integrate
            low, high = x - 40 * s, x + 40 * s
            below = mp.quad(
                lambda y, x=x, s=s: mp.ncdf((y - x) / s) ** 2, [low, x - 3 * s, x, t] if t > x else [low, t]
            )
            above = mp.quad(lambda y, x=x, s=s: (1 - mp.ncdf((y - x) / s)) ** 2, [t, x, high] if t < x else [t, high])
        got = each("crps_gaussian", *(torch.tensor(v, dtype=torch.float64) for v in (x, t, s)))
        assert got.item() == pytest.approx(float(below + above), rel=1e-9)


def test_crps_is_convex_in_the_mean_with_slopes_of_at_most_one():
    x = torch.linspace(-50, 50, 2001, dtype=torch.float64).requires_grad_()
    one = torch.ones_like(x)
    (slope,) = torch.autograd.grad(each("crps_gaussian", x, torch.zeros_like(x), one.detach()).sum(), x)
    assert (slope.diff() >= -1e-14).all()
    assert slope.abs().max().item() == pytest.approx(losses.crps_gaussian.record.at("lipschitz"), rel=1e-14)


@pytest.mark.parametrize(
    ("name", "sample", "center", "spread"),
    [
        ("gaussian_nll", [0.0, 1.0, 2.0, 7.0, 10.0], 4.0, math.log(14.8)),
        ("laplace_nll", [0.0, 1.0, 2.0, 7.0, 10.0], 2.0, math.log(3.2)),
        ("crps_gaussian", None, 1.5, 2.0),
    ],
)
def test_the_best_constants_are_what_the_record_says(name, sample, center, spread):
    if sample is None:  # a fine grid of quantiles of the normal distribution
        p = (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000
        y = center + spread * torch.special.ndtri(p)
    else:
        y = torch.tensor(sample, dtype=torch.float64)
    at = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (center, spread)]
    cost = each(name, at[0].expand_as(y).contiguous(), y, at[1].expand_as(y).contiguous()).mean()
    assert all(abs(g.item()) < 1e-4 for g in torch.autograd.grad(cost, at, create_graph=True))
    for dx, ds in ((0.2, 0.0), (-0.2, 0.0), (0.0, 0.1), (0.0, -0.1)):
        there = each(name, torch.full_like(y, center + dx), y, torch.full_like(y, spread + ds)).mean()
        assert there > cost


A = torch.rand(4)
REFUSED = {
    "missing": (TypeError, r"crps_gaussian\(\) needs std: \(...\), a floating dtype, above 0", {}),
    "a number": (TypeError, r"std: got float, want a numpy array or a torch tensor; wrap", {"std": 1.0}),
    "an array": (TypeError, r"mean is a torch tensor and std a numpy array; pass all of a kind", {"std": A.numpy()}),
    "one for all": (ValueError, r"std has shape \(\) and mean \(4,\); .*nothing is broadcast", {"std": A[0]}),
    "a column": (ValueError, r"std has shape \(4, 1\) and mean \(4,\)", {"std": A[:, None]}),
    "integers": (TypeError, r"std: got torch.int64, want float64", {"std": torch.ones(4).long()}),
    "a device": (ValueError, r"std is on meta and mean on cpu", {"std": A.to("meta")}),
    "zero": (ValueError, r"std: got 0, want values above 0", {"std": torch.tensor([1.0, 0.0, 1.0, 1.0])}),
    "misspelt": (TypeError, r"no argument 'sd'; it takes mean, target, std, reduction", {"sd": A}),
}


@pytest.mark.parametrize("why", REFUSED)
def test_sides_refused(why):
    error, message, options = REFUSED[why]
    with pytest.raises(error, match=message):
        losses.crps_gaussian(A, A, **options)
    if why == "an array":
        with pytest.raises(TypeError, match="mean is a numpy array and std a torch tensor"):
            losses.crps_gaussian(A.numpy(), A.numpy(), std=A)


def test_sides_are_shown_and_keep_dtypes():
    assert "std: (...), a floating dtype, above 0. The predicted standard deviation." in losses.crps_gaussian.__doc__
    assert losses.gaussian_nll(mean=A, target=A, log_var=A.double()).dtype == torch.float64
    assert losses.gaussian_nll(A.half(), A.half(), log_var=A.half()).dtype == torch.float16
    assert losses.gaussian_nll(A.half(), A.half(), log_var=A).dtype == torch.float32
