"""Definition, public function and autograd agree: in value, in slope, in curvature, under torch.func, at kinks."""

import pytest
import torch
import torch.nn.functional as F
from loss_cases import (
    ASYMMETRIC_CASES,
    BINARY_CASES,
    FOCAL_CASES,
    MARGIN_CASES,
    POSITIVE_CASES,
    RESIDUAL_CASES,
    case_id,
    definition,
    derivatives,
    fitting,
    fitting_input,
    public,
)
from torch.fx.experimental.proxy_tensor import make_fx

from lossbook import losses

SOFT_CASES = BINARY_CASES + FOCAL_CASES + ASYMMETRIC_CASES  # targets are probabilities
CASES = RESIDUAL_CASES + SOFT_CASES + MARGIN_CASES + POSITIVE_CASES


def _sides(case, n=40, seed=0):
    """Float64 inputs of ordinary size, with the residual 0, the logit 0 and the margins 0 and 1 among them."""
    gen = torch.Generator().manual_seed(seed)
    x, t = torch.randn(2, n, generator=gen, dtype=torch.float64)
    if case in SOFT_CASES:
        t = torch.sigmoid(t)
        t[0], t[1], x[2] = 0.0, 1.0, 0.0
    elif case in MARGIN_CASES:
        t = fitting(case[0], t)
        x[0], x[1] = 0.0, t[1]
    else:
        x, t = fitting_input(case[0], x), fitting(case[0], t)
        t[0] = x[0]
        t = fitting(case[0], t) if case[0] == "poisson_nll" else t
    return x, t


@pytest.mark.parametrize("n", [40, 200_001], ids=["whole", "chunked"])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_public_equals_definition_in_value_and_slope(case, reduction, n):
    name, hyper = case
    x, t = _sides(case, n)
    forms = {
        "public": lambda v: losses.get(name)(v, t, reduction=reduction, **hyper),
        "definition": lambda v: getattr(torch, reduction, lambda w: w)(definition(name, hyper)(v, t)),
    }
    results = {}
    for form, fn in forms.items():
        v = x.clone().requires_grad_()
        out = fn(v)
        weights = torch.linspace(-1, 2, out.numel(), dtype=out.dtype).reshape(out.shape)
        (slope,) = torch.autograd.grad((weights * out).sum(), v)
        results[form] = (out.detach(), slope)
    for got, want in zip(*results.values(), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_gradcheck_and_gradgradcheck(case):
    name, hyper = case
    x, t = _sides(case, 12, seed=3)
    x, t = (x + 0.05)[3:].requires_grad_(), t[3:]  # away from kinks
    for fn in (public(name, hyper), definition(name, hyper)):
        # a label moved by a little is no label: only the definition has a slope there
        t.requires_grad_(case not in MARGIN_CASES or fn.__qualname__.startswith("definition"))
        assert torch.autograd.gradcheck(fn, (x, t), eps=1e-7, atol=1e-5)
        assert torch.autograd.gradgradcheck(fn, (x, t), eps=1e-7, atol=1e-4)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_slope_against_central_differences(case):
    name, hyper = case
    x, t = _sides(case, 30, seed=5)
    fn, h = public(name, hyper), 1e-6
    kink = next((hyper[k] for k in ("delta", "beta", "epsilon", "c") if k in hyper), 1e9)
    smooth = ((x - t).abs() > 1e-2) & (((x - t).abs() - kink).abs() > 1e-3)
    if case in MARGIN_CASES:
        smooth = ((x * t)[:, None] - torch.tensor([-1, 0, 1])).abs().min(1).values > 1e-3
    numeric = (fn(x + h, t) - fn(x - h, t)) / (2 * h)
    slope = derivatives(lambda v: fn(v, t), x)[1]
    torch.testing.assert_close(slope[smooth], numeric[smooth], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_torch_func_sees_the_definition(case):
    name, hyper = case
    x, t = _sides(case, 7)

    def ours(v, w):
        return losses.get(name)(v, w, **hyper)

    def theirs(v, w):
        return losses.get(name).definition(v, w, **hyper).mean()

    same = torch.testing.assert_close
    for argument in (0, 1):
        same(torch.func.grad(ours, argument)(x, t), torch.func.grad(theirs, argument)(x, t))
    same(torch.func.hessian(ours)(x, t), torch.func.hessian(theirs)(x, t))
    ones = torch.ones_like(x)
    same(torch.func.jvp(ours, (x, t), (ones, 2 * ones)), torch.func.jvp(theirs, (x, t), (ones, 2 * ones)))
    rows = torch.stack([x, x + 1])
    for sides, axes in (((rows, t), (0, None)), ((x, rows - 1), (None, 0)), ((rows, rows - 1), (0, 0))):
        if case in SOFT_CASES:
            sides = sides[0], torch.sigmoid(sides[1])
        sides = sides[0], fitting(name, sides[1])
        same(torch.vmap(ours, axes)(*sides), torch.vmap(theirs, axes)(*sides))
        same(torch.vmap(torch.func.grad(ours), axes)(*sides), torch.vmap(torch.func.grad(theirs), axes)(*sides))


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_definition_can_be_traced_and_differentiated_twice(case):
    """With every hyper-parameter a 0-d tensor, as the compiler to JavaScript does it."""
    name, hyper = case
    x, t = (float(v[5]) for v in _sides(case))
    names = [k for k, v in hyper.items() if v is not None]
    args = [torch.tensor(v, dtype=torch.float64) for v in (x, t, *(hyper[k] for k in names))]

    def fn(*a):
        return losses.get(name).definition(*a[:2], **dict(zip(names, a[2:], strict=True)))

    for order in (lambda f: f, torch.func.grad, lambda f: torch.func.grad(torch.func.grad(f))):
        graph = make_fx(order(fn), tracing_mode="fake")(*[torch.full_like(a, 0.7) for a in args])
        torch.testing.assert_close(graph(*args), order(fn)(*args))


@pytest.mark.parametrize("case", [c for c in CASES if c[1] and None not in c[1].values()], ids=case_id)
def test_tensor_hyper_parameters_give_the_same_and_learn(case):
    name, hyper = case
    x, t = _sides(case)
    tensors = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in hyper.items()}
    got = losses.get(name)(x, t, **tensors)
    torch.testing.assert_close(got, losses.get(name)(x, t, **hyper), rtol=1e-12, atol=1e-15)
    for k, v in hyper.items():
        (slope,) = torch.autograd.grad(got, tensors[k], retain_graph=True)
        assert torch.isfinite(slope)
        if (v == 0.0 and name in ("focal", "asymmetric")) or (k == "p" and v in (1.0, 2.0)):
            continue  # at the end of its range
        if name != "general_robust" or k != "alpha" or abs(v) in (0.5, 1.0, 1.5, 3.0):
            h = 1e-6 * max(v, 1e-3)
            moved = [losses.get(name)(x, t, **hyper | {k: v + s}).item() for s in (-h, h)]
            assert slope.item() == pytest.approx((moved[1] - moved[0]) / (2 * h), rel=1e-4, abs=1e-6)


def test_slopes_at_kinks_follow_the_documented_convention():
    zero = torch.zeros(1, dtype=torch.float64)
    for name in [n for n in losses.names("regression") if losses.get(n).record.axis == "residual"]:
        for form in (public, definition):
            assert derivatives(lambda v, f=form, n=name: f(n, {})(v, zero), zero)[1] == 0
    # at the end of the parabola the two pieces have the same slope, delta
    at = torch.tensor([-2.0, 2.0], dtype=torch.float64)
    for form in (public, definition):
        slope = derivatives(lambda v, f=form: f("huber", {"delta": 2.0})(v, torch.zeros(2, dtype=v.dtype)), at)[1]
        assert slope.tolist() == [-2.0, 2.0]
    # a logit of 0 is where training starts: slope 1/2 - t, from either side of the sign function
    for form in (public, definition):
        for x in (0.0, -0.0):
            sides = torch.full((3,), x, dtype=torch.float64), torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
            got = derivatives(lambda v, f=form, t=sides[1]: f("binary_cross_entropy_with_logits", {})(v, t), sides[0])
            assert got[1].tolist() == [0.5, 0.25, -0.5]
            assert got[2].tolist() == [0.25] * 3


def test_values_and_slopes_are_those_of_torch():
    x, t = _sides(CASES[0], 100)
    y = torch.sigmoid(t)
    kernels = [
        ("mse", {}, F.mse_loss, t),
        ("mae", {}, F.l1_loss, t),
        ("huber", {"delta": 0.7}, F.huber_loss, t),
        ("smooth_l1", {"beta": 0.7}, F.smooth_l1_loss, t),
        ("binary_cross_entropy_with_logits", {}, F.binary_cross_entropy_with_logits, y),
        ("binary_cross_entropy_with_logits", {"pos_weight": 3.0}, F.binary_cross_entropy_with_logits, y),
    ]
    for name, hyper, kernel, target in kernels:
        options = {k: torch.tensor(v) if k == "pos_weight" else v for k, v in hyper.items()}
        for reduction in ("none", "mean", "sum"):
            want = derivatives(lambda v, k=kernel, o=options, r=reduction, t=target: k(v, t, reduction=r, **o), x)
            got = derivatives(
                lambda v, n=name, h=hyper, r=reduction, t=target: losses.get(n)(v, t, reduction=r, **h), x
            )
            for a, b in zip(got, want, strict=True):
                torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if c[0] in ("quantile", "general_robust")][:4]
    + BINARY_CASES
    + FOCAL_CASES[:2]
    + ASYMMETRIC_CASES[:2]
    + MARGIN_CASES[:2],
    ids=case_id,
)
def test_vmap_over_batches_that_are_cut_into_chunks(case):
    name, hyper = case
    x, t = _sides(case, 300_000)
    fn = losses.get(name)
    rows = torch.stack([t, t.flip(0)])
    for reduction in ("mean", "none"):
        got = torch.vmap(lambda v, w, r=reduction: fn(v, w, reduction=r, **hyper), (None, 0))(x, rows)
        torch.testing.assert_close(got, torch.stack([fn(x, w, reduction=reduction, **hyper) for w in rows]))
    slopes = torch.vmap(torch.func.grad(lambda v, w: fn(v, w, **hyper)), (None, 0))(x, rows)
    torch.testing.assert_close(slopes[1], torch.func.grad(lambda v: fn(v, rows[1], **hyper))(x))


def test_backward_twice_through_one_graph_and_without_one():
    x, t = _sides(CASES[0])
    x.requires_grad_()
    out = losses.log_cosh(x, t)
    first = torch.autograd.grad(out, x, retain_graph=True)[0]
    assert torch.equal(first, torch.autograd.grad(out, x)[0])
    with torch.no_grad():
        assert not losses.log_cosh(x, t).requires_grad
    assert torch.equal(out.detach(), losses.log_cosh(x.detach(), t))


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_large_arrays_in_chunks_are_the_definition(case):
    name, hyper = case
    x, t = _sides(case, 300_000)
    fn, x = losses.get(name), x.requires_grad_()
    for reduction in ("none", "mean"):
        got = fn(x, t, reduction=reduction, **hyper)
        want = fn.definition(x, t, **hyper)
        want = want if reduction == "none" else want.mean()
        torch.testing.assert_close(got, want)
        weights = torch.linspace(0.5, 2.0, got.numel(), dtype=x.dtype).reshape(got.shape)
        slopes = [torch.autograd.grad((weights * out).sum(), x)[0] for out in (got, want)]
        torch.testing.assert_close(*slopes, rtol=1e-9, atol=1e-15)
