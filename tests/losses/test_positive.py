"""Losses for counts and amounts: digits, domains, what they elicit, and the libraries that compute the same."""

import mpmath as mp
import numpy as np
import pytest
import sklearn.metrics
import torch
import torch.nn.functional as F
from loss_cases import POSITIVE_CASES, case_id, definition, derivatives, public
from loss_latex import evaluate

from lossbook import losses
from lossbook.losses.regression import deviance

DEVIANCES = [c for c in POSITIVE_CASES if "deviance" in c[0]]
FORMS = pytest.mark.parametrize("form", [public, definition], ids=["public", "definition"])


def _power(x, t, p):
    """The unit deviance as the literature writes it."""
    if p == 1:
        return 2 * ((t * mp.log(t / x) if t else 0) - t + x)
    if p == 2:
        return 2 * (t / x - 1 - mp.log(t / x))
    p = mp.mpf(p)
    return 2 * (t ** (2 - p) / ((1 - p) * (2 - p)) - t * x ** (1 - p) / (1 - p) + x ** (2 - p) / (2 - p))


CLOSED = {
    "msle": lambda x, t: (mp.log1p(x) - mp.log1p(t)) ** 2,
    "poisson_nll": lambda x, t: mp.exp(x) - t * x,
    "gamma_deviance": lambda x, t: _power(x, t, 2),
    "tweedie_deviance": _power,
}


@pytest.fixture(scope="module")
def pairs():
    """Inputs and targets from 1e-15 to 1e15, far from each other and as near as 1e-14 of their size."""
    gen = torch.Generator().manual_seed(0)
    sizes = 10 ** torch.linspace(-15, 15, 60, dtype=torch.float64)
    x, t = sizes[torch.randperm(60, generator=gen)], sizes[torch.randperm(60, generator=gen)]
    gaps = 10 ** torch.linspace(-14, -0.01, 30, dtype=torch.float64)
    near = torch.cat([1 + gaps, 1 - gaps])
    return torch.cat([x * 1.1, 3 * near, near]), torch.cat([t, torch.full_like(near, 3.0), torch.ones_like(near)])


@FORMS
@pytest.mark.parametrize(
    "case", [("msle", {}), *DEVIANCES, *(("tweedie_deviance", {"p": p}) for p in (1 + 1e-9, 2 - 1e-9, 1.4999))]
)
def test_every_digit_is_right(case, form, pairs):
    """Near the target, too, where the formula as it is written has none left."""
    name, hyper = case
    x, t = pairs
    got = derivatives(lambda v: form(name, hyper)(v, t), x)
    with mp.workdps(120):
        for k, (a, b) in enumerate(zip(x.tolist(), t.tolist(), strict=True)):
            a, b = mp.mpf(a), mp.mpf(b)
            h = a * mp.mpf(10) ** -35
            low, value, high = (CLOSED[name](v, b, **hyper) for v in (a - h, a, a + h))
            slope, curvature = (high - low) / (2 * h), (high - 2 * value + low) / h**2
            sizes = abs(value), abs(slope), abs(curvature) + abs(slope / (a - b) if a != b else 0)
            for order, want in enumerate((value, slope, curvature)):
                gap = abs(mp.mpf(got[order][k].item()) - want)
                assert gap <= (1e-14, 3e-14, 6e-14)[order] * sizes[order], (order, a, b)


@pytest.mark.parametrize("case", POSITIVE_CASES, ids=case_id)
def test_slope_on_the_fast_path(case):
    name, hyper = case
    x = (10 ** torch.linspace(-12, 12, 49, dtype=torch.float64)).log1p() if name == "poisson_nll" else None
    x = 10 ** torch.linspace(-12, 12, 49, dtype=torch.float64) if x is None else x
    t = x.flip(0).contiguous()
    leaf = x.clone().requires_grad_()
    losses.get(name)(leaf, t, reduction="sum", **hyper).backward()
    torch.testing.assert_close(
        leaf.grad, derivatives(lambda v: definition(name, hyper)(v, t), x)[1], rtol=1e-12, atol=0
    )


@FORMS
@pytest.mark.parametrize("case", POSITIVE_CASES, ids=case_id)
def test_a_perfect_prediction_and_a_target_of_zero(case, form):
    name, hyper = case
    t = torch.tensor([1e-8, 0.3, 1.0, 7.0, 1e8], dtype=torch.float64)
    x = t.log() if name == "poisson_nll" else t
    value, slope, curvature = derivatives(lambda v: form(name, hyper)(v, t), x)
    if name != "poisson_nll":
        assert (value == 0).all()
        assert (slope == 0).all()
        want = 2 / (1 + t) ** 2 if name == "msle" else 2 * t ** -hyper.get("p", 2.0)
        torch.testing.assert_close(curvature, want, rtol=1e-13, atol=0)
    if name != "gamma_deviance" and hyper.get("p") != 2.0:
        t = t[:-1] if name == "poisson_nll" else t  # where the exponential overflows
        zero = torch.zeros_like(t)
        got = derivatives(lambda v: form(name, hyper)(v, zero), t)
        with mp.workdps(50):
            want = [float(CLOSED[name](mp.mpf(v), mp.mpf(0), **hyper)) for v in t.tolist()]
        torch.testing.assert_close(got[0], torch.tensor(want, dtype=t.dtype), rtol=1e-13, atol=0)
        assert all(g.isfinite().all() for g in got)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("case", POSITIVE_CASES, ids=case_id)
def test_finite_in_low_precision(case, dtype):
    name, hyper = case
    sizes = torch.logspace(-9, 9, 37) if dtype != torch.float16 else torch.logspace(-1, 1, 37)
    x, t = (v.reshape(-1).to(dtype) for v in torch.meshgrid(sizes, sizes, indexing="ij"))
    x = x.float().log().to(dtype) if name == "poisson_nll" else x
    assert all(g.isfinite().all() for g in derivatives(lambda v: public(name, hyper)(v, t), x))


@pytest.mark.parametrize("case", [c for c in POSITIVE_CASES if c[1].get("p") not in (1.0, 2.0)], ids=case_id)
def test_formula_says_what_the_code_computes(case):
    name, hyper = case
    first = "eta" if name == "poisson_nll" else "x"
    for x in (0.2, 1.0, 3.5):
        for t in (0.1, 1.0, 4.0):
            said = evaluate(losses.get(name).record.formula, **{first: x, "t": t}, **hyper)
            got = public(name, hyper)(*torch.tensor([[x], [t]], dtype=torch.float64))
            assert got.item() == pytest.approx(said, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("case", POSITIVE_CASES, ids=case_id)
def test_convexity_and_slopes(case):
    name, hyper = case
    record = losses.get(name).record
    x = torch.linspace(-5, 12, 3001, dtype=torch.float64)
    x = x if name == "poisson_nll" else torch.exp(x)
    slope = derivatives(lambda v: public(name, hyper)(v, torch.ones_like(v)), x)[1]
    assert record.at("convex", **hyper) == bool((slope.diff() >= -1e-12).all())
    assert record.lipschitz is None
    assert record.bounded_gradient is False
    edge = torch.tensor({"poisson_nll": [40.0], "msle": [-1 + 1e-9]}.get(name, [1e-9]), dtype=torch.float64)
    assert derivatives(lambda v: public(name, hyper)(v, torch.ones_like(v)), edge)[1].abs() > 1e5


@pytest.mark.parametrize("case", POSITIVE_CASES, ids=case_id)
def test_the_best_constant_is_what_the_record_says(case):
    name, hyper = case
    y = torch.tensor([0.5, 1.0, 2.0, 4.0, 9.0, 20.0], dtype=torch.float64)
    weights = torch.tensor([0.15, 0.2, 0.22, 0.2, 0.13, 0.1], dtype=torch.float64)
    grid = torch.linspace(0.5, 20, 39001, dtype=torch.float64)
    left, right = (v.contiguous() for v in torch.broadcast_tensors(grid[:, None], y))
    cost = public(name, hyper)(left.log() if name == "poisson_nll" else left, right) @ weights
    said = losses.get(name).record.elicits
    want = (torch.log1p(y) @ weights).expm1() if name == "msle" else y @ weights
    assert ("geometric mean" if name == "msle" else "mean") in said
    assert grid[cost.argmin()].item() == pytest.approx(want.item(), abs=1e-3)


def test_peers_compute_the_same():
    gen = np.random.default_rng(0)
    x, t = gen.gamma(2.0, 3.0, (2, 500))
    t[:50] = 0.0
    same = np.testing.assert_allclose
    same(losses.msle(x, t), sklearn.metrics.mean_squared_log_error(t, x), rtol=1e-12)
    for p in (1.0, 1.1, 1.5, 1.9):
        want = sklearn.metrics.mean_tweedie_deviance(t, x, power=p)
        same(losses.tweedie_deviance(x, t, p=p), want, rtol=1e-12)
    same(losses.tweedie_deviance(x, t, p=1.0), sklearn.metrics.mean_poisson_deviance(t, x), rtol=1e-12)
    x, t = x[50:], t[50:]
    for ours in (losses.gamma_deviance(x, t), losses.tweedie_deviance(x, t, p=2.0)):
        same(ours, sklearn.metrics.mean_gamma_deviance(t, x), rtol=1e-12)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_poisson_is_that_of_torch(reduction):
    gen = torch.Generator().manual_seed(0)
    x, t = torch.randn(100, generator=gen), torch.randint(0, 9, (100,), generator=gen).float()
    want = F.poisson_nll_loss(x, t, log_input=True, full=False, reduction=reduction)
    torch.testing.assert_close(losses.poisson_nll(x, t, reduction=reduction), want)


def test_relations():
    gen = torch.Generator().manual_seed(1)
    x, t = torch.rand(2, 300, generator=gen, dtype=torch.float64) * 9 + 0.01

    def each(name, *sides, **hyper):
        return losses.get(name)(*sides, reduction="none", **hyper)

    same = torch.testing.assert_close
    same(each("msle", x, t), each("mse", torch.log1p(x), torch.log1p(t)))
    least = each("poisson_nll", t.log(), t)
    same(each("tweedie_deviance", x, t, p=1.0), 2 * (each("poisson_nll", x.log(), t) - least))
    same(each("tweedie_deviance", x, t, p=2.0), each("gamma_deviance", x, t))
    for p, near in ((1.0, 1 + 1e-8), (2.0, 2 - 1e-8), (1.5, 1.5 - 1e-12)):
        same(each("tweedie_deviance", x, t, p=near), each("tweedie_deviance", x, t, p=p), rtol=1e-6, atol=1e-12)
    same(2 * x**2 * deviance.bend(deviance.log_ratio(t, x), 0.0), each("mse", x, t), rtol=1e-10, atol=1e-14)
    assert evaluate(losses.tweedie_deviance.record.formula, x=3.0, t=5.0, p=0.0) == pytest.approx(4.0)
    same(each("gamma_deviance", 50 * x, 50 * t), each("gamma_deviance", x, t), rtol=1e-9, atol=1e-14)
    # halfway between two numbers that are near, both are the squared relative error
    same(each("gamma_deviance", 1.0001 * t, t), torch.full_like(t, 1e-8), rtol=1e-3, atol=0)


def test_the_first_side_goes_by_its_name():
    x, t = torch.tensor([0.5]), torch.tensor([2.0])
    want = losses.poisson_nll(x, t)
    assert losses.poisson_nll(log_rate=x, target=t) == losses.poisson_nll(x, target=t) == want


ONES = torch.ones(3, dtype=torch.float64)
BELOW = torch.tensor([1.0, -0.5, 2.0], dtype=torch.float64)
ZERO = torch.tensor([1.0, 0.0, 2.0], dtype=torch.float64)
REFUSED = [
    ("msle", -2 * ONES, ONES, {}, "input: got -2, want values above -1"),
    ("msle", ONES, -ONES, {}, "target: got -1, want values above -1"),
    ("poisson_nll", ONES, BELOW, {}, "target: got -0.5, want values of at least 0"),
    ("gamma_deviance", ZERO, ONES, {}, "input: got 0, want values above 0"),
    ("gamma_deviance", ONES, ZERO, {}, "target: got 0, want values above 0"),
    ("tweedie_deviance", BELOW, ONES, {}, "input: got -0.5, want values above 0"),
    ("tweedie_deviance", ONES, BELOW, {}, "target: got -0.5, want values of at least 0"),
    ("tweedie_deviance", ONES, ZERO, {"p": 2.0}, "target: got 0, want values above 0"),
]


@pytest.mark.parametrize(("name", "x", "t", "hyper", "message"), REFUSED)
def test_values_outside_the_domain_are_refused(name, x, t, hyper, message):
    for sides in ((x, t), (x.numpy(), t.numpy()), (x.float().requires_grad_(), t.float())):
        with pytest.raises(ValueError, match=message):
            losses.get(name)(*sides, **hyper)


def test_missing_values_pass_and_make_the_loss_missing():
    hole = torch.tensor([1.0, float("nan")])
    for name in ("msle", "poisson_nll", "gamma_deviance", "tweedie_deviance"):
        got = losses.get(name)(torch.ones(2), hole, reduction="none")
        assert got.isnan().tolist() == [False, True]
