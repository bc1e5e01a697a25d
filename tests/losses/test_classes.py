"""Losses over classes beside cross-entropy: values, slopes, targets of both kinds, refusals, and what they elicit."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from loss_cases import CLASSES, case_id
from loss_latex import evaluate

from lossbook import losses

CASES = [
    *(("softmax_focal", {"gamma": g}) for g in (2.0, 0.0, 0.5, 5.0)),
    *(("poly1", {"epsilon": e}) for e in (1.0, -1.0, 0.0, 4.0)),
    *(("generalized_cross_entropy", {"q": q}) for q in (0.7, 1.0, 0.01)),
    *(("symmetric_cross_entropy", {"alpha": a, "beta": b}) for a, b in ((0.1, 1.0), (2.0, 0.3), (0.5, 0.0))),
    *(("logit_adjusted", {"tau": t}) for t in (1.0, 0.0)),
]
SOFT = [c for c in CASES if c[0] != "symmetric_cross_entropy"]
NAMES = list(dict.fromkeys(name for name, _ in CASES))
OF_P = {  # written from the papers
    "softmax_focal": lambda p, gamma: -((1 - p) ** mp.mpf(gamma)) * mp.log(p),
    "poly1": lambda p, epsilon: -mp.log(p) + mp.mpf(epsilon) * (1 - p),
    "generalized_cross_entropy": lambda p, q: (1 - p ** mp.mpf(q)) / mp.mpf(q),
    "symmetric_cross_entropy": lambda p, alpha, beta: -mp.mpf(alpha) * mp.log(p) + mp.mpf(beta) * 4 * (1 - p),
    "logit_adjusted": lambda p, tau: -mp.log(p),  # without a prior
}
each = pytest.mark.parametrize("case", CASES, ids=case_id)
soft = pytest.mark.parametrize("case", SOFT, ids=case_id)


def fn_of(case, reduction="none"):
    return lambda x, y: losses.get(case[0])(x, y, reduction=reduction, **case[1])


@pytest.fixture
def batch():
    gen = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(12, 4, generator=gen, dtype=torch.float64)
    return x, torch.randint(0, 4, (12,), generator=gen)


def test_every_loss_over_classes_is_here():
    assert set(NAMES) | {"cross_entropy"} == set(CLASSES)


@each
def test_formula_says_what_the_code_computes(case):
    x = torch.tensor([0.3, -1.2, 2.0, 0.7], dtype=torch.float64)
    letters = {"epsilon": "varepsilon"}
    values = {letters.get(k, k): v for k, v in case[1].items()}
    for y in (1, 2, 3, 4):
        formula = losses.get(case[0]).record.formula
        said = evaluate(formula, p=x.softmax(0).tolist(), x=x.tolist(), y=y, C=4, pi=[0.25] * 4, **values)
        assert fn_of(case)(x, torch.tensor(y - 1)).item() == pytest.approx(said, rel=1e-12)


@pytest.mark.parametrize("size", [1e-20, 1e-3, 1.0, 8.0, 40.0])
@each
def test_exact_to_the_rounding_of_one(case, size):
    gen = torch.Generator().manual_seed(1)
    x = size * torch.randn(20, 5, generator=gen, dtype=torch.float64)
    y = torch.randint(0, 5, (20,), generator=gen)
    want, slope = [], []
    with mp.workdps(300):
        for row, label in zip(x.tolist(), y.tolist(), strict=True):
            powers = [mp.exp(mp.mpf(v)) for v in row]
            p = [v / sum(powers) for v in powers]
            h = p[label] * (1 - p[label]) * mp.mpf(10) ** -40
            of_p = OF_P[case[0]]
            want.append(float(of_p(p[label], **case[1])))
            pull = (of_p(p[label] + h, **case[1]) - of_p(p[label] - h, **case[1])) / (2 * h) * p[label]
            slope.append([float(pull * ((k == label) - p[k])) for k in range(5)])
    x.requires_grad_()
    for form in (fn_of(case), lambda v, t: losses.get(case[0]).definition(v, t, **case[1])):
        got = form(x, y)
        (grad,) = torch.autograd.grad(got.sum(), x)
        torch.testing.assert_close(got.detach(), torch.tensor(want, dtype=x.dtype), rtol=4e-15, atol=4e-15)
        close = 4e-15 * (1 + min(size, 40))
        torch.testing.assert_close(grad, torch.tensor(slope, dtype=x.dtype), rtol=close, atol=2 * close)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("case", [*CASES, *(("softmax_focal", {"gamma": g}) for g in (1e-3, 1e4))], ids=case_id)
def test_finite_in_value_slope_and_curvature(case, dtype):
    sizes = [0.0, *(s * v for v in (1e-30, 1e-6, 1.0, 15.0, 17.0, 36.0, 37.5, 100.0, 1e4) for s in (1, -1))]
    for size in sizes:
        for at in (0, 1):
            x = torch.zeros(3, dtype=dtype)
            x[at] = size
            value = fn_of(case)(x, torch.tensor(0))
            assert value.isfinite()
            assert value >= 0
            assert torch.func.grad(fn_of(case))(x, torch.tensor(0)).isfinite().all()
            assert torch.func.hessian(fn_of(case))(x, torch.tensor(0)).isfinite().all()


@each
def test_gradcheck_and_gradgradcheck(case, batch):
    x, y = batch[0].requires_grad_(), batch[1]
    assert torch.autograd.gradcheck(lambda v: fn_of(case)(v, y), x)
    assert torch.autograd.gradgradcheck(lambda v: fn_of(case)(v, y), x)
    if case in SOFT:
        p = torch.softmax(x.detach().flip(0), 1).requires_grad_()
        assert torch.autograd.gradcheck(fn_of(case), (x, p))
        assert torch.autograd.gradgradcheck(fn_of(case), (x, p))


@soft
def test_probabilities_mix_the_costs_of_the_classes(case, batch):
    x, y = batch
    fn = fn_of(case)
    torch.testing.assert_close(fn(x, F.one_hot(y, 4).double()), fn(x, y), rtol=1e-12, atol=1e-14)
    t = torch.softmax(x.flip(0), 1)
    costs = torch.stack([fn(x, torch.full_like(y, k)) for k in range(4)], 1)
    torch.testing.assert_close(fn(x, t), (t * costs).sum(1), rtol=1e-12, atol=1e-14)
    images, shares = torch.stack([x, x + 1], 2), torch.stack([t, t], 2)
    torch.testing.assert_close(fn(images, shares)[:, 0], fn(x, t))
    torch.testing.assert_close(fn(images, torch.stack([y, y], 1))[:, 1], fn(x + 1, y))


@each
def test_reductions_order_parts_and_numpy(case, batch):
    x, y = batch
    none = fn_of(case)(x, y)
    for reduction in ("mean", "sum"):
        torch.testing.assert_close(fn_of(case, reduction)(x, y), getattr(none, reduction)())
    order = torch.randperm(12, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(fn_of(case)(x[order], y[order]), none[order])
    torch.testing.assert_close(fn_of(case)(x[3], y[3]), none[3])
    got = fn_of(case)(x.numpy(), y.numpy())
    assert isinstance(got, np.ndarray)
    np.testing.assert_array_equal(got, none.numpy())
    rows = torch.stack([x, x - 2])
    torch.testing.assert_close(torch.vmap(fn_of(case), (0, None))(rows, y)[1], fn_of(case)(rows[1], y))


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_dtypes_and_empty_batches(case, dtype, batch):
    x, y = batch[0].to(dtype).requires_grad_(), batch[1]
    want = fn_of(case, "mean")(x.detach().double(), y).item()
    for labels in (y, y.int(), y.to(torch.uint8)):
        got = fn_of(case, "mean")(x, labels)
        assert got.dtype == dtype
        assert got.item() == pytest.approx(want, rel=4 * torch.finfo(dtype).eps)
    got.backward()
    assert x.grad.dtype == dtype
    assert torch.isnan(fn_of(case, "mean")(x[:0], y[:0]))
    assert fn_of(case, "sum")(x[:0], y[:0]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_refused(name):
    fn, x = losses.get(name), torch.zeros(4, 3)
    for bad in (3, -1, -100):
        with pytest.raises(ValueError, match=f"target holds the label {bad}; there are 3 classes.* 0 to 2$"):
            fn(x, torch.tensor([0, 1, bad, 9]))
    with pytest.raises(ValueError, match=r"class indices must have shape \(4,\)"):
        fn(x, torch.tensor([0, 1]))
    with pytest.raises(TypeError, match="no argument 'ignore_index'"):
        fn(x, torch.zeros(4, dtype=torch.long), ignore_index=1)
    with pytest.raises(TypeError, match="target: got"):
        fn(x, torch.zeros(4, dtype=torch.bool))
    if name == "symmetric_cross_entropy":
        with pytest.raises(TypeError, match=r"target: got torch\.float32, want integer class indices"):
            fn(x, x)


@each
def test_a_class_ruled_out_costs_nothing_where_it_is_not_the_label(case):
    x = torch.tensor([[0.5, -math.inf, 1.0]], dtype=torch.float64).requires_grad_()
    rest = x.detach()[:, [0, 2]]
    got = fn_of(case)(x, torch.tensor([2]))
    torch.testing.assert_close(got, fn_of(case)(rest, torch.tensor([1])))
    targets = [torch.tensor([2])]
    if case in SOFT:
        targets.append(torch.tensor([[0.25, 0.0, 0.75]], dtype=torch.float64))
        torch.testing.assert_close(fn_of(case)(x, targets[1]), fn_of(case)(rest, targets[1][:, [0, 2]]))
    for target in targets:
        (slope,) = torch.autograd.grad(fn_of(case)(x, target).sum(), x)
        assert slope.isfinite().all()
        assert slope[0, 1] == 0


def test_special_cases_are_their_siblings(batch):
    x, y = batch
    same = torch.testing.assert_close
    ce, p = losses.cross_entropy(x, y, reduction="none"), x.softmax(1)
    of_label = p.gather(1, y[:, None])[:, 0]
    for dtype in (torch.float64, torch.float32):
        plain = losses.cross_entropy(x.to(dtype), y, reduction="none")
        assert torch.equal(losses.softmax_focal(x.to(dtype), y, gamma=0.0, reduction="none"), plain)
        assert torch.equal(losses.poly1(x.to(dtype), y, epsilon=0.0, reduction="none"), plain)
    same(losses.generalized_cross_entropy(x, y, q=1e-9, reduction="none"), ce, rtol=1e-7, atol=0)
    robust = losses.generalized_cross_entropy(x, y, q=1.0, reduction="none")
    same(robust, 1 - of_label)
    same(robust, (p - F.one_hot(y, 4)).abs().sum(1) / 2)
    clipped = F.one_hot(y, 4).double().clamp(min=math.exp(-4))
    want = 0.3 * ce - 0.7 * (p * clipped.log()).sum(1)
    same(losses.symmetric_cross_entropy(x, y, alpha=0.3, beta=0.7, reduction="none"), want)
    same(want, 0.3 * losses.poly1(x, y, epsilon=4 * 0.7 / 0.3, reduction="none"))
    s = x[:, 0]
    two = torch.stack([torch.zeros_like(s), s], 1)
    yes = (y % 2).double()
    same(losses.softmax_focal(two, y % 2, gamma=1.3), losses.focal(s, yes, gamma=1.3), rtol=1e-12, atol=0)
    alpha = torch.tensor([0.5, 1.0, 2.0, 3.0], dtype=torch.float64)
    got = losses.softmax_focal(x, y, gamma=0.0, alpha=alpha)
    same(got, (alpha[y] * ce).mean())
    same(losses.softmax_focal(x, F.one_hot(y, 4).double(), gamma=0.0, alpha=alpha), got)
    same(losses.logit_adjusted(x, y, prior=alpha, tau=0.4), F.cross_entropy(x + 0.4 * alpha.log(), y))
    same(losses.logit_adjusted(x, y, prior=7 * alpha), losses.logit_adjusted(x, y, prior=alpha))
    same(losses.logit_adjusted(x, y, prior=torch.full((4,), 0.25).double(), tau=2.0), ce.mean())
    pair, spots = torch.stack([x, x], 2), torch.stack([y, y], 1)
    same(losses.logit_adjusted(pair, spots, prior=alpha), losses.logit_adjusted(x, y, prior=alpha))


@each
def test_convexity_and_lipschitz_constant(case):
    name, hyper = case
    record = losses.get(name).record
    v = torch.linspace(-30, 30, 20_001, dtype=torch.float64).requires_grad_()
    x = torch.stack([v, torch.zeros_like(v), torch.full_like(v, -40.0)], 1)
    (slope,) = torch.autograd.grad(fn_of(case, "sum")(x, torch.zeros(len(v), dtype=torch.long)), v)
    assert record.at("convex", **hyper) == bool((slope.diff() >= -1e-13).all())
    constant = record.at("lipschitz", **hyper)
    assert 0.95 * constant <= slope.abs().max() <= constant * (1 + 1e-9) or hyper.get("gamma", 0) > 3


@soft
def test_what_the_best_logits_are(case):
    name, hyper = case
    t = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    step = torch.optim.LBFGS([x], max_iter=300, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def expected(**more):
        step.zero_grad()
        value = losses.get(name)(x, t, **hyper, **more)
        value.backward()
        return value

    if hyper.get("q") == 1.0:
        return  # the best probabilities are 1, 0, 0: there are no best logits
    step.step(expected)
    found = x.detach().softmax(0)
    assert torch.allclose(found, t, atol=1e-4) == losses.get(name).record.at("proper", **hyper)
    assert found.argsort().tolist() == t.argsort().tolist()
    if name == "generalized_cross_entropy":
        sharp = t ** (1 / (1 - hyper["q"]))
        torch.testing.assert_close(found, sharp / sharp.sum(), rtol=1e-4, atol=1e-6)
    if name == "logit_adjusted":
        prior = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
        step.step(lambda: expected(prior=prior))
        even = t / prior ** hyper["tau"]
        torch.testing.assert_close(x.detach().softmax(0), even / even.sum(), rtol=1e-4, atol=1e-6)
