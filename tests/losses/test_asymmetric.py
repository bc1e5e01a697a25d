"""The asymmetric loss: 50-digit values, extremes, its siblings, the formula of other code, what it drops."""

import math

import mpmath as mp
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_cases import ASYMMETRIC_CASES, case_id, definition, derivatives, public
from loss_latex import evaluate

from lossbook import losses

RECORD = losses.asymmetric.record
each = pytest.mark.parametrize("case", ASYMMETRIC_CASES, ids=case_id)
forms = pytest.mark.parametrize("form", [public, definition], ids=["public", "definition"])


def closed(x, t, gamma_pos=0.0, gamma_neg=4.0, clip=0.05):
    """Value and slope from the paper's equations 4 to 7, each as two terms."""
    x, m, a, b = (mp.mpf(v) for v in (x, clip, gamma_pos, gamma_neg))
    p, q = 1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))
    over = max(p - m, mp.mpf(0))
    no = -mp.log(1 - over) if m else mp.log1p(mp.exp(x))
    yes = mp.log1p(mp.exp(-x))
    raised = over**b * no if over else mp.mpf(0)
    rises = p * q * (b * over ** (b - 1) * no + over**b / (1 - over)) if over else mp.mpf(0)
    falls = -(q**a) * (q + a * p * yes)
    return ((1 - t) * raised, t * q**a * yes), ((1 - t) * rises, t * falls)


@pytest.fixture
def logits():
    sizes = 10 ** torch.linspace(-20, 2.4, 60, dtype=torch.float64)
    return torch.cat([sizes, -sizes, torch.linspace(-9, 9, 91, dtype=torch.float64)])


@each
def test_formula_says_what_the_code_computes(case):
    letters = {"gamma_+": case[1]["gamma_pos"], "gamma_-": case[1]["gamma_neg"]}
    for x in (-4.0, -0.3, 0.0, 6.0):
        over = max(1 / (1 + math.exp(-x)) - case[1]["clip"], 0.0)
        for t in (0.0, 0.3, 1.0):
            said = evaluate(RECORD.formula, x=x, t=t, p_m=over, **letters)
            got = losses.asymmetric(*torch.tensor([[x], [t]], dtype=torch.float64), **case[1])
            assert got.item() == pytest.approx(said, rel=1e-11)


@each
@forms
@pytest.mark.parametrize("target", [0.0, 1.0, 0.3])
def test_exact_from_1e_minus_20_to_250(case, form, target, logits):
    x = logits.clone().requires_grad_()
    value = form(*case)(x, torch.full_like(x, target))
    got = value.detach(), torch.autograd.grad(value.sum(), x)[0]  # the kernel's own slope
    clip, gamma = case[1]["clip"], max(case[1]["gamma_pos"], case[1]["gamma_neg"])
    with mp.workdps(300):
        for k, x in enumerate(logits.tolist()):
            over = abs(1 / (1 + math.exp(-x)) - clip) if clip else 1.0  # p - clip is rounded to a unit of p
            grown = 8e-15 * (1 + gamma * (abs(x) + 1) / max(over, 1e-15))
            for ours, terms in zip(got, closed(x, mp.mpf(target), **case[1]), strict=True):
                assert abs(ours[k].item() - sum(terms)) <= grown * max(map(abs, terms)) + mp.mpf(1e-300), x


@pytest.mark.parametrize("gamma", [0.0, 1e-8, 0.5, 1.0, 1.5, 4.0, 30.0, 1e4])
@pytest.mark.parametrize("clip", [0.0, 1e-30, 1e-3, 0.05, 0.5, 0.999])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_finite_in_value_slope_and_curvature(gamma, clip, dtype):
    x = torch.cat([torch.logspace(-40, 4, 200, dtype=torch.float64), torch.linspace(0, 200, 401).double()])
    x = torch.cat([x, -x]).to(dtype)
    for target in (0.0, 0.5, 1.0):
        for form in (public, definition)[: 1 if dtype is torch.bfloat16 else 2]:
            fn = form("asymmetric", {"gamma_pos": gamma / 2, "gamma_neg": gamma, "clip": clip})
            got = derivatives(lambda v, f=fn, t=target: f(v, torch.full_like(v, t)), x)
            assert all(g.isfinite().all() for g in got)
            assert (got[0] >= 0).all()


def test_siblings():
    gen = torch.Generator().manual_seed(0)
    x, t = 4 * torch.randn(2, 300, generator=gen, dtype=torch.float64)
    t, same = torch.sigmoid(t), torch.testing.assert_close
    for gamma in (0.0, 0.7, 2.0, 4.0):
        for form in (public, definition):
            ours = form("asymmetric", {"gamma_pos": gamma, "gamma_neg": gamma, "clip": 0.0})
            theirs = form("focal", {"gamma": gamma})
            pair = [derivatives(lambda v, f=f: f(v, t), x) for f in (ours, theirs)]
            for a, b in zip(*pair, strict=True):
                same(a, b, rtol=1e-10, atol=1e-14)
    bce = losses.binary_cross_entropy_with_logits(x, t, reduction="none")
    assert torch.equal(losses.asymmetric(x, t, gamma_neg=0.0, clip=0.0, reduction="none"), bce)


@pytest.mark.parametrize(("a", "b", "clip"), [(0.0, 4.0, 0.05), (1.0, 2.5, 0.2), (0.0, 1.0, 0.0)])
def test_labels_as_other_code_computes_them(a, b, clip):
    gen = torch.Generator().manual_seed(1)
    x = 3 * torch.randn(500, generator=gen, dtype=torch.float64)
    y = (torch.rand(500, generator=gen) < 0.2).double()
    p = torch.sigmoid(x)
    no = (1 - p + clip).clamp(max=1)
    want = -(y * p.log() + (1 - y) * no.log()) * (1 - p * y - no * (1 - y)) ** (a * y + b * (1 - y))
    got = losses.asymmetric(x, y, gamma_pos=a, gamma_neg=b, clip=clip, reduction="none")
    torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-14)


def test_easy_no_is_dropped_and_a_very_wrong_no_let_go():
    x = torch.tensor([-40.0, -2.95, -2.94, 0.0, 40.0], dtype=torch.float64)
    value, slope, curvature = derivatives(lambda v: losses.asymmetric(v, torch.zeros_like(v), reduction="none"), x)
    assert (value[:2] == 0).all()
    assert (slope[:2] == 0).all()
    assert (curvature[:2] == 0).all()
    assert (value[2:] > 0).all()
    assert slope[4] < 1e-12 < slope[3]  # and it is at most -log(clip) dear
    assert value[4].item() == pytest.approx(0.95**4 * -math.log(0.05))


def test_a_yes_far_below_keeps_its_slope_where_clamped_code_has_none():
    x = torch.tensor([-30.0], requires_grad=True)
    (clamped,) = torch.autograd.grad(-torch.sigmoid(x).clamp(min=1e-8).log().sum(), x)
    assert clamped == 0
    (ours,) = torch.autograd.grad(losses.asymmetric(x, torch.ones(1)), x)
    assert ours == -1


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 4.0, 20.0])
@pytest.mark.parametrize("clip", [0.0, 0.05, 0.5])
def test_convexity_and_lipschitz_constant(gamma, clip):
    x = torch.cat([torch.linspace(-30, 30, 20_001), torch.linspace(-1000, -30, 500)]).double().sort().values
    hyper = {"gamma_pos": 0.0, "gamma_neg": gamma, "clip": clip}
    slopes = [derivatives(lambda v, t=t: public("asymmetric", hyper)(v, torch.full_like(v, t)), x)[1] for t in (0, 1)]
    assert all((s.diff() >= -1e-15).all() for s in slopes) == RECORD.at("convex", **hyper)
    steepest, constant = max(s.abs().max().item() for s in slopes), RECORD.at("lipschitz", **hyper)
    assert steepest <= constant * (1 + 1e-12)
    assert steepest >= constant * (0.97 if gamma == 0 else 0.3)


@pytest.mark.parametrize(("gamma_neg", "jumps"), [(0.0, [1, 2]), (1.0, [2]), (2.0, []), (4.0, [])])
def test_where_the_clip_begins(gamma_neg, jumps):
    edge = math.log(0.2 / 0.8)
    x = torch.tensor([edge - 1e-9, edge + 1e-9], dtype=torch.float64)
    fn = public("asymmetric", {"gamma_pos": 0.0, "gamma_neg": gamma_neg, "clip": 0.2})
    got = derivatives(lambda v: fn(v, torch.zeros_like(v)), x)
    assert [k for k, g in enumerate(got) if abs(g[1] - g[0]) > 1e-2] == jumps


def test_the_best_score_rises_with_the_probability_and_is_it_without_gammas_and_clip():
    x = torch.linspace(-6, 6, 60_001, dtype=torch.float64)
    for hyper in ({}, {"gamma_pos": 1.0, "clip": 0.0}, {"gamma_neg": 0.0}, {"gamma_neg": 0.0, "clip": 0.0}):
        best = []
        for p in (0.05, 0.1, 0.4, 0.8):
            cost = losses.asymmetric(x, torch.full_like(x, p), reduction="none", **hyper)
            best.append(torch.sigmoid(x[cost.argmin()]).item())
        assert best == sorted(set(best))
        honest = all(abs(b - p) < 1e-3 for b, p in zip(best, (0.05, 0.1, 0.4, 0.8), strict=True))
        assert honest == RECORD.at("proper", **hyper)
        assert honest or hyper.get("gamma_pos") or best[0] > 0.0525 * (1 - 1e-9)  # too high


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(-1e4, 1e4),
    step=st.floats(1e-3, 10),
    t=st.sampled_from([0.0, 1.0]),
    gamma_pos=st.floats(0, 8),
    gamma_neg=st.floats(0, 8),
    clip=st.floats(0, 0.9),
)
def test_no_right_answer_costs_more_when_surer(x, step, t, gamma_pos, gamma_neg, clip):
    pair = torch.tensor([x, x + step], dtype=torch.float64)
    low, high = losses.asymmetric(
        pair, torch.full_like(pair, t), gamma_pos=gamma_pos, gamma_neg=gamma_neg, clip=clip, reduction="none"
    ).tolist()
    assert (low >= high) if t else (low <= high * (1 + 1e-9))


def test_the_slope_in_a_tensor_clip_at_0_is_finite():
    clip = torch.zeros((), dtype=torch.float64, requires_grad=True)
    x = torch.tensor([-700.0, -1.0, 0.0, 3.0, 800.0], dtype=torch.float64)
    (slope,) = torch.autograd.grad(losses.asymmetric(x, torch.zeros_like(x), clip=clip), clip)
    assert slope.isfinite()
