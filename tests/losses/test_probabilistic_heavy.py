"""Student's t, evidential regression and the beta likelihood: digits, relations, what they elicit, what they hold."""

import math

import mpmath as mp
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_latex import evaluate

from lossbook import losses

DF = [0.05, 1.0, 4.0, 39.9, 40.1, 1e3, 1e6]


def double(*values):
    return [torch.as_tensor(v, dtype=torch.float64) for v in values]


def student(r, s, df, dps=80):
    """Value, slope in loc, slope in log_scale."""
    with mp.workdps(dps):
        r, s, v = mp.mpf(r), mp.mpf(s), mp.mpf(df)
        k = (r * mp.exp(-s)) ** 2 / v
        constant = mp.log(v * mp.pi) / 2 + mp.loggamma(v / 2) - mp.loggamma((v + 1) / 2)
        slope = (v + 1) * k / (1 + k) / r if r else mp.mpf(0)
        return s + (v + 1) / 2 * mp.log1p(k) + constant, slope, 1 - (v + 1) * k / (1 + k)


def evidence(r, nu, alpha, beta, coef):
    with mp.workdps(80):
        r, nu, alpha, beta, coef = map(mp.mpf, (r, nu, alpha, beta, coef))
        omega = 2 * beta * (1 + nu)
        gap = mp.loggamma(alpha) - mp.loggamma(alpha + mp.mpf(1) / 2)
        tail = (alpha + mp.mpf(1) / 2) * mp.log(r**2 * nu + omega)
        return mp.log(mp.pi / nu) / 2 - alpha * mp.log(omega) + tail + gap + coef * abs(r) * (2 * nu + alpha)


@pytest.mark.parametrize("df", DF)
def test_student_t_is_exact(df):
    sizes = [10.0**k for k in range(-20, 21, 2)] + [0.3, 1.0, 2.5, 6.0]
    for s in (-300.0, -40.0, -1.0, 0.0, 2.0, 40.0, 300.0):
        r = torch.tensor([0.0, *sizes, *(-v for v in sizes)], dtype=torch.float64, requires_grad=True)
        scale = torch.full_like(r, s).requires_grad_()
        value = losses.student_t_nll(r, torch.zeros_like(r), log_scale=scale, df=df, reduction="none")
        slopes = torch.autograd.grad(value.sum(), (r, scale))
        for k, x in enumerate(r.tolist()):
            want = student(x, s, df)
            # the logarithms of residual and scale are rounded, then multiplied by df + 1
            size = 1 + abs(s) * (2 + df) + abs(want[0])
            assert abs(value[k].item() - want[0]) <= 4e-15 * size, (x, s)
            grown = 1 + abs(s) + abs(math.log(df))
            assert abs(slopes[0][k].item() - want[1]) <= 4e-15 * grown * abs(want[1]) + mp.mpf(1e-300), (x, s)
            assert abs(slopes[1][k].item() - want[2]) <= 4e-15 * grown * (1 + df), (x, s)


def test_student_t_far_from_every_scale():
    """Where the square of the quotient, or the quotient, does not fit in the dtype."""
    for dtype in (torch.float64, torch.float32):
        for x, s in ((1e30, -200.0), (1e-30, -1e4), (1e4, -1e4), (1e30, 1e4), (1e-4, 1e4), (3.0, -88.0)):
            r, scale = (torch.tensor(v, dtype=dtype, requires_grad=True) for v in (x, s))
            value = losses.student_t_nll(r, torch.zeros_like(r), log_scale=scale, df=3.0)
            slopes = torch.autograd.grad(value, (r, scale))
            want = student(x, s, 3.0, 12_000)
            got = [value.item(), *(v.item() for v in slopes)]
            for a, b in zip(got, want, strict=True):
                assert a == pytest.approx(float(b), rel=40 * torch.finfo(dtype).eps * (1 + abs(s)), abs=1e-30)


def test_gap_of_log_gamma_is_exact_for_every_size():
    from lossbook.losses.probabilistic.kernels import gamma_gap

    for x in (1e-6, 0.3, 1.0, 7.7, 19.99, 20.0, 20.01, 50.0, 1e3, 1e8, 1e200):
        with mp.workdps(400):
            want = mp.loggamma(mp.mpf(x) + mp.mpf(1) / 2) - mp.loggamma(mp.mpf(x))
        assert gamma_gap(torch.tensor(x, dtype=torch.float64)).item() == pytest.approx(
            float(want), rel=1e-14, abs=2e-14
        )


@pytest.mark.parametrize("coef", [0.0, 0.01, 1.0])
def test_evidential_is_exact(coef):
    draw = torch.Generator().manual_seed(0)
    rows = [(0.0, 1.0, 2.0, 1.0), (1e-12, 1e-6, 1.001, 1e-6), (1e6, 1e6, 50.0, 1e-3), (-1e-3, 40.0, 400.0, 1e8)]
    noise = torch.randn(60, 4, generator=draw, dtype=torch.float64)
    rows += [(3 * a, math.exp(b), 1 + math.exp(c), math.exp(2 * d)) for a, b, c, d in noise.tolist()]
    for r, nu, alpha, beta in rows:
        gamma, n, a, b = double(r, nu, alpha, beta)
        got = losses.evidential_nig(gamma, torch.zeros_like(gamma), nu=n, alpha=a, beta=b, coef=coef)
        want = evidence(r, nu, alpha, beta, coef)
        size = 1 + alpha * (1 + abs(math.log(nu)) + abs(math.log(beta))) + abs(want)
        assert abs(got.item() - want) <= 1e-14 * size


def test_formulas_say_what_the_code_computes():
    for x, t, s, v in ((0.3, -1.0, 0.2, 4.0), (2.0, 2.0, -1.0, 1.5), (-4.0, 1.0, 0.7, 30.0)):
        a, b, c = double(x, t, s)
        letters = {"x": x, "t": t, "s": s, "nu": v, "pi": math.pi}
        said = evaluate(losses.student_t_nll.record.formula, **letters)
        assert losses.student_t_nll(a, b, log_scale=c, df=v).item() == pytest.approx(said, rel=1e-12)
        letters = {"gamma": x, "t": t, "nu": 0.7, "alpha": v, "Omega": 2 * 1.3 * 1.7, "c": 0.2, "pi": math.pi}
        said = evaluate(losses.evidential_nig.record.formula, **letters)
        n, al, be = double(0.7, v, 1.3)
        assert losses.evidential_nig(a, b, nu=n, alpha=al, beta=be, coef=0.2).item() == pytest.approx(said, rel=1e-12)
        said = evaluate(losses.beta_nll.record.formula, x=x, t=t, s=s, beta=0.4, pi=math.pi)
        assert losses.beta_nll(a, b, log_var=c, beta=0.4).item() == pytest.approx(said, rel=1e-12)


@pytest.fixture
def sides():
    gen = torch.Generator().manual_seed(1)
    return torch.randn(3, 100, generator=gen, dtype=torch.float64)


def test_relations(sides):
    x, t, s = sides
    same, none = torch.testing.assert_close, {"reduction": "none"}
    for df in (0.7, 4.0, 90.0):
        theirs = -torch.distributions.StudentT(df, x, s.exp()).log_prob(t)
        same(losses.student_t_nll(x, t, log_scale=s, df=df, **none), theirs, rtol=1e-11, atol=1e-12)
        unit = losses.student_t_nll(x, t, log_scale=0 * s, df=df, **none)
        least = losses.student_t_nll(t, t, log_scale=0 * s, df=df, **none)
        same(unit - least, (df + 1) / df * losses.cauchy(x, t, c=math.sqrt(df), **none))
    normal = losses.gaussian_nll(x, t, log_var=2 * s, **none)
    same(losses.student_t_nll(x, t, log_scale=s, df=1e9, **none), normal, rtol=1e-6, atol=1e-6)
    nu, alpha, beta = s.exp(), torch.full_like(s, 3.5), t.exp()
    wanted = losses.student_t_nll(x, t, log_scale=0.5 * torch.log(beta * (1 + nu) / (nu * alpha)), df=7.0, **none)
    plain = losses.evidential_nig(x, t, nu=nu, alpha=alpha, beta=beta, coef=0.0, **none)
    same(plain, wanted)
    full = losses.evidential_nig(x, t, nu=nu, alpha=alpha, beta=beta, coef=0.3, **none)
    same(full - plain, 0.3 * (x - t).abs() * (2 * nu + alpha))


def test_evidential_likelihood_cannot_tell_nu_from_beta_and_the_penalty_drives_nu_to_0(sides):
    x, t, s = sides
    alpha, ratio = torch.full_like(s, 2.5), s.exp()
    before = None
    for nu in (3.0, 0.5, 0.01):
        n = torch.full_like(s, nu)
        given = {"nu": n, "alpha": alpha, "beta": ratio * n / (1 + n)}
        plain = losses.evidential_nig(x, t, **given, coef=0.0)
        total = losses.evidential_nig(x, t, **given)
        if before:
            torch.testing.assert_close(plain, before[0])
            assert total < before[1]
        before = plain, total


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.5, 1.0])
def test_beta_nll_holds_its_factor(beta, sides):
    x, t, s = (v.clone().requires_grad_() for v in sides)
    value = losses.beta_nll(x, t, log_var=s, beta=beta, reduction="none")
    slopes = torch.autograd.grad(value.sum(), (x, t, s), create_graph=True)
    with torch.no_grad():
        var, r = s.exp(), x - t
        torch.testing.assert_close(value, var**beta * losses.gaussian_nll(x, t, log_var=s, reduction="none"))
        pulls = var**beta * r / var, -(var**beta) * r / var, var**beta * (1 - r**2 / var) / 2
        for got, want in zip(slopes, pulls, strict=True):
            torch.testing.assert_close(got, want)
        moved = [losses.beta_nll(x, t, log_var=s + h, beta=beta, reduction="none") for h in (-1e-6, 1e-6)]
        differences = (moved[1] - moved[0]) / 2e-6
    # the derivative of the value is another one, except where nothing is held
    assert torch.allclose(differences, slopes[2].detach(), atol=1e-6) == (beta == 0.0)
    for k in (0, 1):  # in the mean and in the target gradient and value agree
        assert torch.autograd.gradcheck(
            lambda v, k=k: losses.beta_nll(*[v, t.detach()][:: 1 - 2 * k], log_var=s.detach(), beta=beta), x
        )
    (twice,) = torch.autograd.grad(slopes[0].sum(), x)
    torch.testing.assert_close(twice, (var**beta / var))


def test_beta_nll_between_likelihood_and_squared_error(sides):
    x, t, s = sides
    none = {"reduction": "none"}
    torch.testing.assert_close(
        losses.beta_nll(x, t, log_var=s, beta=0.0, **none), losses.gaussian_nll(x, t, log_var=s, **none)
    )
    mean = x.clone().requires_grad_()
    (ours,) = torch.autograd.grad(losses.beta_nll(mean, t, log_var=s, beta=1.0), mean)
    (theirs,) = torch.autograd.grad(losses.mse(mean, t), mean)
    torch.testing.assert_close(ours, theirs / 2)
    far = torch.tensor([-1e4], dtype=torch.float64)  # the factor is 0 where the rest is infinite
    assert losses.beta_nll(far + 1e4 + 3, 0 * far, log_var=far, beta=1.0) == 4.5


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_beta_nll_elicits_mean_and_variance(beta):
    y = torch.tensor([0.0, 1.0, 2.0, 7.0, 10.0], dtype=torch.float64)
    mean, log_var = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (4.0, math.log(14.8)))
    cost = losses.beta_nll(mean.expand(5), y, log_var=log_var.expand(5), beta=beta)
    assert all(abs(g.item()) < 1e-12 for g in torch.autograd.grad(cost, (mean, log_var)))


@pytest.mark.parametrize("df", [1.0, 4.0, 30.0])
def test_student_t_elicits_center_and_scale_and_its_slope_is_bounded(df):
    p = (torch.arange(40_000, dtype=torch.float64) + 0.5) / 40_000
    draw = [1.5 + 2.0 * q for q in _quantiles(df, p)]
    y = torch.stack(draw)
    at = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (1.5, math.log(2.0))]
    cost = losses.student_t_nll(at[0].expand_as(y).contiguous(), y, log_scale=at[1].expand_as(y).contiguous(), df=df)
    assert all(abs(g.item()) < 1e-3 for g in torch.autograd.grad(cost, at))
    for dx, ds in ((0.2, 0.0), (-0.2, 0.0), (0.0, 0.1), (0.0, -0.1)):
        moved = torch.full_like(y, 1.5 + dx), torch.full_like(y, math.log(2.0) + ds)
        assert losses.student_t_nll(moved[0], y, log_scale=moved[1], df=df) > cost
    r = torch.linspace(-60, 60, 40_001, dtype=torch.float64, requires_grad=True)
    value = losses.student_t_nll(r, torch.zeros_like(r), log_scale=torch.zeros_like(r), df=df, reduction="sum")
    (slope,) = torch.autograd.grad(value, r)
    assert slope.abs().max().item() == pytest.approx((df + 1) / (2 * math.sqrt(df)), rel=1e-6)
    assert abs(slope.abs().argmax().item() - 20_000) * 0.003 == pytest.approx(math.sqrt(df), abs=0.01)


def _quantiles(df, p):
    """Of the t distribution, by bisection of its distribution function, tabulated by the trapezoid rule."""
    z = torch.sinh(torch.linspace(-14, 14, 400_001, dtype=torch.float64))
    density = torch.exp(-losses.student_t_nll(z, 0 * z, log_scale=0 * z, df=df, reduction="none"))
    below = torch.cumulative_trapezoid(density, z)
    at = torch.searchsorted(below, p).clamp(1, len(below) - 1)
    share = (p - below[at - 1]) / (below[at] - below[at - 1])
    return z[at] + share * (z[at + 1] - z[at])


@settings(max_examples=40, deadline=None)
@given(
    r=st.floats(-1e6, 1e6),
    s=st.floats(-30, 30),
    df=st.floats(0.1, 1e4),
    move=st.floats(-100, 100),
    factor=st.floats(0.01, 100),
)
def test_student_t_moves_and_scales_with_its_target(r, s, df, move, factor):
    x, t, log_scale = (v.reshape(1) for v in double(r + 0.5, 0.5, s))
    base = losses.student_t_nll(x, t, log_scale=log_scale, df=df)
    moved = losses.student_t_nll(x + move, t + move, log_scale=log_scale, df=df)
    grown = losses.student_t_nll(x * factor, t * factor, log_scale=log_scale + math.log(factor), df=df)
    slack = 1e-6 * (1 + df) * (1 + abs(move) * math.exp(-s))
    assert moved.item() == pytest.approx(base.item(), rel=1e-9, abs=slack)
    assert grown.item() == pytest.approx(base.item() + math.log(factor), rel=1e-9, abs=slack)


def test_evidential_refuses_what_is_no_evidence():
    one = torch.ones(3)
    fine = {"nu": one, "alpha": 2 * one, "beta": one}
    for name, wrong, want in (("nu", 0 * one, "above 0"), ("alpha", one, "above 1"), ("beta", -one, "above 0")):
        with pytest.raises(ValueError, match=f"{name}: got .*want values {want}"):
            losses.evidential_nig(one, one, **{**fine, name: wrong})
