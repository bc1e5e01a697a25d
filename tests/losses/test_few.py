"""Softmax over few classes, turned around: the same numbers as torch's own, in every mode of differentiation."""

import math

import pytest
import torch
import torch.nn.functional as F

from lossbook import losses
from lossbook.losses import few

SHAPES = [(300, 10), (300, 2), (300, 1), (300, 7), (20, 20, 5)]  # the last axis holds the classes


def _numbers(*shape, dtype=torch.float64):
    return 3 * torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)), dtype=dtype)


def _labels(*shape, classes):
    return torch.randint(0, classes, shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_log_softmax_is_torch_s(shape, dtype):
    x = _numbers(*shape, dtype=dtype).requires_grad_()
    assert few._few(x, -1) == (dtype is torch.float32 or shape[-1] < 8)
    weights = _numbers(*shape, dtype=dtype)
    got, want = few.log_softmax(x, -1), F.log_softmax(x, -1)
    tiny = 8 * torch.finfo(dtype).eps
    torch.testing.assert_close(got, want, rtol=tiny, atol=tiny)
    slopes = [torch.autograd.grad((weights * out).sum(), x)[0] for out in (got, want)]
    torch.testing.assert_close(*slopes, rtol=tiny, atol=20 * tiny)


def test_short_rows_of_few_examples_and_other_axes_are_left_alone():
    assert not few._few(_numbers(100, 5), 1)
    assert not few._few(_numbers(5, 300), 0)
    assert not few._few(_numbers(300, 8), 1)
    assert not few._few(_numbers(0, 5), 1)
    assert few.log_softmax(_numbers(0, 5), 1).shape == (0, 5)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("options", [{}, {"weight": True}, {"label_smoothing": 0.1}, {"ignore_index": 2}])
def test_cross_entropy_is_torch_s(reduction, options):
    x, y = _numbers(300, 5), _labels(300, classes=5)
    options = {**options, "reduction": reduction}
    if "weight" in options:
        options["weight"] = torch.linspace(0.5, 2.0, 5, dtype=x.dtype)
    torch.testing.assert_close(few.cross_entropy(x, y, **options), F.cross_entropy(x, y, **options))
    options.pop("ignore_index", None)
    shares = torch.softmax(_numbers(300, 5), 1)
    torch.testing.assert_close(few.cross_entropy(x, shares, **options), F.cross_entropy(x, shares, **options))


@pytest.mark.parametrize("name", ["cross_entropy", "softmax_focal", "poly1", "generalized_cross_entropy"])
def test_a_large_batch_is_many_small_ones(name):
    """Batches of 100 go torch's way, one of 500 is turned around: values, slopes and second derivatives agree."""
    loss, x, y = getattr(losses, name), _numbers(500, 5), _labels(500, classes=5)

    def parts(x):
        return torch.cat([loss(a, b, reduction="none") for a, b in zip(x.split(100), y.split(100), strict=True)])

    def whole(x):
        return loss(x, y, reduction="none")

    step = _numbers(500, 5)
    torch.testing.assert_close(whole(x), parts(x))
    for order in (1, 2):
        got, want = (_along(fn, x, step, order) for fn in (whole, parts))
        torch.testing.assert_close(got, want)
    for got, want in zip(torch.func.jvp(whole, (x,), (step,)), torch.func.jvp(parts, (x,), (step,)), strict=True):
        torch.testing.assert_close(got, want)
    stacked = torch.stack([x, x + step])
    torch.testing.assert_close(torch.func.vmap(whole)(stacked), torch.stack([whole(v) for v in stacked]))


def _along(fn, x, step, order):
    x = x.clone().requires_grad_()
    slope = torch.autograd.grad(fn(x).sum(), x, create_graph=True)[0]
    return slope if order == 1 else torch.autograd.grad((slope * step).sum(), x)[0]


def test_impossible_classes_and_bad_labels():
    x, y = _numbers(300, 5), torch.zeros(300, dtype=torch.int64)
    x[:, 3] = -math.inf
    x.requires_grad_()
    losses.cross_entropy(x, y).backward()
    assert x.grad.isfinite().all()
    assert not x.grad[:, 3].any()
    y[7] = 5
    with pytest.raises(ValueError, match="label 5"):
        losses.cross_entropy(x, y)
