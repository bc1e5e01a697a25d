"""Losses over classes beside cross-entropy: values, slopes, targets of both kinds, refusals."""

import mpmath as mp
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from loss_cases import CLASSES, case_id
from loss_classes import CASES, NAMES, SOFT, each, fn_of, sample, soft
from loss_latex import evaluate

from lossbook import losses

OF_P = {  # written from the papers
    "softmax_focal": lambda p, gamma: -((1 - p) ** mp.mpf(gamma)) * mp.log(p),
    "poly1": lambda p, epsilon: -mp.log(p) + mp.mpf(epsilon) * (1 - p),
    "generalized_cross_entropy": lambda p, q: (1 - p ** mp.mpf(q)) / mp.mpf(q),
    "symmetric_cross_entropy": lambda p, alpha, beta: -mp.mpf(alpha) * mp.log(p) + mp.mpf(beta) * 4 * (1 - p),
    "logit_adjusted": lambda p, tau: -mp.log(p),  # without a prior
}


@pytest.fixture
def batch():
    return sample()


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
