"""Perceptual and multi-scale losses: relations to what they are made of, what functions may return, sizes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def network(seed=0):
    gen = torch.Generator().manual_seed(seed)
    kernels = [torch.randn(s, generator=gen, dtype=torch.float64) for s in ((4, 3, 3, 3), (5, 4, 3, 3))]

    def features(pictures):
        layers = []
        for kernel in kernels:
            pictures = torch.tanh(F.conv2d(pictures, kernel.to(pictures.dtype), padding=1, stride=2))
            layers.append(pictures)
        return layers

    return features


def test_perceptual_is_the_sum_over_layers_of_mean_squares():
    x, y = drawn(2, 3, 3, 8, 8)
    features = network()
    want = np.zeros(3)
    for a, b in zip(features(x), features(y), strict=True):
        for row in range(3):
            want[row] += np.mean((a[row].numpy() - b[row].numpy()) ** 2)
    got = losses.perceptual(x, y, features=features, reduction="none")
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-13)
    assert losses.perceptual(x, x, features=features) == 0
    leaf = x.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda v: losses.perceptual(v, y, features=features), leaf)
    assert torch.autograd.gradgradcheck(lambda v: losses.perceptual(v, y, features=features), leaf, fast_mode=True)


def test_perceptual_of_the_pictures_themselves_is_mse():
    x, y = drawn(2, 3, 2, 4, 5)
    same(losses.perceptual(x, y, features=lambda v: v), losses.mse(x, y))
    same(losses.perceptual(x, y, features=lambda v: (v, 2 * v)), 5 * losses.mse(x, y))
    means = losses.perceptual(x, y, features=lambda v: v.mean((1, 2, 3)), reduction="none")  # one number a picture
    same(means, (x - y).mean((1, 2, 3)) ** 2)


def test_slopes_reach_y_only_if_it_asks():
    x, y = (v.requires_grad_() for v in drawn(2, 2, 3, 8, 8))
    features = network()
    in_x, in_y = torch.autograd.grad(losses.perceptual(x, y, features=features), (x, y))
    swapped = torch.autograd.grad(losses.perceptual(y, x, features=features), (x, y))
    same((in_x, in_y), swapped)
    (alone,) = torch.autograd.grad(losses.perceptual(x, y.detach(), features=features), x)
    same(alone, in_x)


def test_layers_of_any_shape_and_transforms():
    x, y = drawn(2, 3, 2, 4, 5)

    def features(v):
        return [v, v.flatten(1), v.sum((1, 2, 3)), v.mean((2, 3)), v[..., None]]

    leaves = [[v.clone().requires_grad_() for v in (x, y)] for _ in range(2)]
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    fast = losses.perceptual(*leaves[0], features=features, reduction="none")
    plain = losses.perceptual.definition(*leaves[1], features=features)
    same(fast, plain)
    found = []
    for value, pair in ((fast, leaves[0]), (plain, leaves[1])):
        slopes = torch.autograd.grad((weights * value).sum(), pair, create_graph=True)
        found.append((*slopes, *torch.autograd.grad(sum(s.pow(3).sum() for s in slopes), pair)))
    for ours, theirs in zip(*found, strict=True):
        same(ours, theirs)
    each = torch.func.vmap(torch.func.grad(lambda u, v: losses.perceptual(u[None], v[None], features=lambda w: w)))(
        x, y
    )
    same(each, 2 * (x - y) / 40)


def test_features_are_given_tensors_that_they_can_compute_in():
    seen = []

    def features(v):
        seen.append((type(v), v.dtype))
        return v

    x = drawn(1, 1, 2, 2)
    losses.perceptual(x.half(), x.half(), features=features)
    out = losses.perceptual(x.numpy(), x.numpy(), features=features)
    assert isinstance(out, np.floating)
    assert seen == [(torch.Tensor, torch.float32)] * 2 + [(torch.Tensor, torch.float64)] * 2


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (
            lambda v: v.sum(),
            r"features: returned a tensor of shape \(\), want a tensor, or a list of them, with 2 rows",
        ),
        (lambda v: v[:1], r"features: returned a tensor of shape \(1, 3, 8, 8\), want .* with 2 rows"),
        (lambda v: v.numpy(), r"features: returned ndarray, want a tensor"),
        (lambda v: {"a": v}, r"features: returned dict, want a tensor"),
        (lambda v: [v, None], r"features: returned NoneType, want a tensor"),
        (lambda v: [], r"features: returned shapes \[\] for x and \[\] for y, want the same, and some"),
    ],
)
def test_what_features_must_not_return(features, message):
    x, y = drawn(2, 2, 3, 8, 8)
    with pytest.raises(ValueError, match=message):
        losses.perceptual(x, y, features=features)


def test_features_that_depend_on_the_picture_are_refused():
    counted = iter((2, 3))
    with pytest.raises(ValueError, match=r"returned shapes \[\(2, 2\)\] for x and \[\(2, 3\)\] for y"):
        losses.perceptual(*drawn(2, 2, 1, 4, 4), features=lambda v: v.flatten(1)[:, : next(counted)])
    with pytest.raises(TypeError, match="features: got Tensor, want a function"):
        losses.perceptual(*drawn(2, 2, 1, 4, 4), features=drawn(2))


def pyramid(x, levels):
    x, found = x.numpy(), []
    for _ in range(levels):
        found.append(x)
        h, w = x.shape[-2] // 2, x.shape[-1] // 2
        smaller = np.zeros((*x.shape[:-2], h, w))
        for i in range(h):
            for j in range(w):
                smaller[..., i, j] = x[..., 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean((-2, -1))
        x = smaller
    return found


@given(st.integers(1, 3), st.integers(1, 4), st.integers(0, 5), st.integers(0, 5), st.integers(0, 99))
def test_multi_scale_is_the_mean_over_the_pyramid(n, levels, more_h, more_w, seed):
    least = 2 ** (levels - 1)
    x, y = drawn(2, n, 2, least + more_h, least + more_w, seed=seed)
    want = np.mean([np.abs(a - b).mean() for a, b in zip(pyramid(x, levels), pyramid(y, levels), strict=True)])
    assert losses.multi_scale(losses.mae, x, y, levels=levels).item() == pytest.approx(want, rel=1e-12)
    same(losses.multi_scale.core(losses.mae, x, y, levels=levels), losses.multi_scale(losses.mae, x, y, levels=levels))


def test_one_level_is_the_loss_itself():
    x, y = drawn(2, 2, 1, 16, 16)
    for loss in (losses.mse, losses.huber, losses.ssim_loss):
        assert losses.multi_scale(loss, x, y, levels=1) == loss(x, y)
    constant = torch.full_like(x, 0.7)
    same(losses.multi_scale(losses.mse, constant, 0 * x, levels=4), losses.mse(constant, 0 * x))


def test_derivatives_of_a_pyramid():
    leaves = [v.requires_grad_() for v in drawn(2, 1, 2, 5, 7)]
    assert torch.autograd.gradcheck(lambda x, y: losses.multi_scale(losses.log_cosh, x, y), leaves)
    assert torch.autograd.gradgradcheck(lambda x, y: losses.multi_scale(losses.log_cosh, x, y), leaves)


def test_coarse_levels_see_how_far_things_are_apart():
    def at(s, levels):
        fn = losses.multi_scale.record.path.at
        loss, x, y = fn(torch.tensor(float(s), dtype=torch.float64))
        return losses.multi_scale(loss, x, y, levels=levels).item()

    fine, coarse = ([at(s, levels) for s in (4.0, 6.0)] for levels in (1, 3))
    assert coarse[1] / coarse[0] - 1 > 3 * (fine[1] / fine[0] - 1)  # still grows where pixels alone hardly do


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (
            lambda x, y: x - y,
            r"loss: returned a tensor of shape \(2, 1, 8, 8\), want one number: a tensor of shape \(\)",
        ),
        (lambda x, y: 1.0, r"loss: returned float, want one number"),
        (lambda x, y: None, r"loss: returned NoneType, want one number"),
    ],
)
def test_what_a_loss_must_not_return(loss, message):
    with pytest.raises(ValueError, match=message):
        losses.multi_scale(loss, *drawn(2, 2, 1, 8, 8))


def test_refusals():
    x = torch.zeros(1, 1, 7, 100)
    with pytest.raises(ValueError, match=r"x has shape \(1, 1, 7, 100\); H and W must be at least 8 for 4 levels"):
        losses.multi_scale(losses.mse, x, x, levels=4)
    assert losses.multi_scale(losses.mse, x, x, levels=3) == 0
    with pytest.raises(ValueError, match="levels: got 0"):
        losses.multi_scale(losses.mse, x, x, levels=0)
    with pytest.raises(TypeError, match="loss: got str, want a function"):
        losses.multi_scale("mse", x, x)
    with pytest.raises(TypeError, match="has no argument 'reduction'"):
        losses.multi_scale(losses.mse, x, x, reduction="sum")
