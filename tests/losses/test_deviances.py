"""Deviances over large arrays and at the ends of the range: the short forms, and where the long one takes over."""

import mpmath as mp
import pytest
import torch
from loss_cases import POSITIVE_CASES, case_id

from lossbook import losses

DEVIANCES = [c for c in POSITIVE_CASES if "deviance" in c[0]]


def closed(x, t, p):
    """The unit deviance as the literature writes it, for numbers above 0."""
    x, t, p = mp.mpf(x), mp.mpf(t), mp.mpf(p)
    if p == 1:
        return 2 * (t * mp.log(t / x) - t + x)
    if p == 2:
        return 2 * (t / x - 1 - mp.log(t / x))
    return 2 * (t ** (2 - p) / ((1 - p) * (2 - p)) - t * x ** (1 - p) / (1 - p) + x ** (2 - p) / (2 - p))


@pytest.mark.parametrize(
    "case", [*DEVIANCES, *(("tweedie_deviance", {"p": p}) for p in (1 + 1e-9, 1.4999, 1.7, 1.99))], ids=case_id
)
def test_every_digit_of_float32_is_right(case):
    """From neighbors to 30 orders of magnitude apart, over more than one chunk, and with targets of 0."""
    name, hyper = case
    gen = torch.Generator().manual_seed(0)
    x = torch.exp(3 * torch.randn(200_000, generator=gen))
    apart = 10 ** (-8 * torch.rand(200_000, generator=gen)) * torch.randn(200_000, generator=gen).sign()
    t = (x * torch.exp(apart)).clamp(min=1e-30)
    x[:3], t[:3] = torch.tensor([1e-15, 1e15, 1e15]), torch.tensor([1e15, 1e-15, 1e-15])
    if hyper.get("p", 2.0) < 2:
        t[150_000:150_100] = 0.0
    got = losses.get(name)(x, t, reduction="none", **hyper)
    want = losses.get(name).definition(x.double(), t.double(), **hyper)
    fits = want < 3e38
    assert ((got.double() - want).abs() <= 8 * torch.finfo(torch.float32).eps * want)[fits].all()
    assert (got[~fits] == torch.inf).all()


@pytest.mark.parametrize("case", DEVIANCES, ids=case_id)
def test_ratios_that_do_not_fit(case):
    name, hyper = case
    p = hyper.get("p", 2.0)
    x, t = torch.tensor([[1e200, 1e-200, 1e-160, 3.0], [1e-200, 1e-160, 1e-200, 3.0]], dtype=torch.float64)
    with mp.workdps(60):
        want = [float(closed(a, b, p)) for a, b in zip(x.tolist(), t.tolist(), strict=True)]
    got = losses.get(name)(x, t, reduction="none", **hyper)
    torch.testing.assert_close(got, torch.tensor(want, dtype=torch.float64), rtol=1e-12, atol=1e-50)


@pytest.mark.parametrize("case", DEVIANCES, ids=case_id)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_forward_mode_over_chunks_is_that_of_the_definition(case, reduction):
    name, hyper = case
    gen = torch.Generator().manual_seed(1)
    x, t = torch.rand(2, 140_000, generator=gen, dtype=torch.float64) + 0.1
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        pushed = torch.autograd.forward_ad.unpack_dual(losses.get(name)(dual, t, reduction=reduction, **hyper)).tangent
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(losses.get(name)(leaf, t, reduction=reduction, **hyper), leaf)
    torch.testing.assert_close(pushed, slope.sum())
