"""SSIM and MS-SSIM against sums over windows; equal pictures, tiny differences, data ranges, sizes, extremes."""

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from lossbook import losses
from lossbook.losses.image.similarity import WEIGHTS

same = torch.testing.assert_close
BOTH = pytest.mark.parametrize("name", ["ssim_loss", "ms_ssim_loss"])


def pictures(*shape, seed=0, noise=0.2, dtype=torch.float64):
    """A picture of slopes and waves, and the same one with noise, between 0 and 1"""
    gen = torch.Generator().manual_seed(seed)
    h, w = shape[-2:]
    rows, columns = torch.meshgrid(torch.linspace(0, 1, h), torch.linspace(0, 1, w), indexing="ij")
    x = (0.5 + 0.2 * torch.sin(9 * rows + 5 * columns) + 0.1 * torch.rand(shape, generator=gen)).to(torch.float64)
    y = (x + noise * (torch.rand(shape, generator=gen, dtype=torch.float64) - 0.5)).clamp(0, 1)
    return x.to(dtype), y.to(dtype)


def maps(x, y, window=11, sigma=1.5, data_range=1.0, k1=0.01, k2=0.03):
    """(luminance, contrast and structure) of each window of two planes, as the paper defines them"""
    offsets = np.arange(window) - window // 2
    weights = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    a, b = (sliding_window_view(v, (window, window)) for v in (x, y))

    def mean(v):
        return np.einsum("ijkl,kl->ij", v, weights)

    mu_x, mu_y = mean(a), mean(b)
    off_x, off_y = a - mu_x[..., None, None], b - mu_y[..., None, None]
    c1, c2 = (k1 * data_range) ** 2, (k2 * data_range) ** 2
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    structure = (2 * mean(off_x * off_y) + c2) / (mean(off_x**2) + mean(off_y**2) + c2)
    return luminance, structure


def planes(x, y):
    return [[(u, v) for u, v in zip(a, b, strict=True)] for a, b in zip(x.numpy(), y.numpy(), strict=True)]


def ssim(x, y, **hyper):
    each = []
    for channels in planes(x, y):
        each.append(np.mean([np.mean(np.multiply(*maps(u, v, **hyper))) for u, v in channels]))
    return 1 - np.array(each)


def halved(v):
    v = v[: v.shape[0] // 2 * 2, : v.shape[1] // 2 * 2]
    return (v[::2, ::2] + v[1::2, ::2] + v[::2, 1::2] + v[1::2, 1::2]) / 4


def ms_ssim(x, y, **hyper):
    each = []
    for channels in planes(x, y):
        products = []
        for u, v in channels:
            product = 1.0
            for scale, weight in enumerate(WEIGHTS):
                luminance, structure = maps(u, v, **hyper)
                last = scale == len(WEIGHTS) - 1
                product *= max(0.0, np.mean(luminance * structure if last else structure)) ** weight
                u, v = halved(u), halved(v)
            products.append(product)
        each.append(np.mean(products))
    return 1 - np.array(each)


HYPER = [
    {},
    {"window": 7, "sigma": 0.8},
    {"data_range": 255.0, "k1": 0.02, "k2": 0.05},
    {"window": 1},
    {"window": 3, "sigma": 40.0, "k2": 0.3},
]


@pytest.mark.parametrize("hyper", HYPER, ids=str)
def test_ssim_values_are_those_of_the_paper(hyper):
    x, y = (hyper.get("data_range", 1.0) * v for v in pictures(3, 2, 14, 17))
    np.testing.assert_allclose(
        losses.ssim_loss(x, y, reduction="none", **hyper).numpy(), ssim(x, y, **hyper), rtol=1e-12
    )
    assert losses.ssim_loss(x, y, **hyper).item() == pytest.approx(ssim(x, y, **hyper).mean(), rel=1e-12)


@given(st.integers(1, 3), st.integers(1, 2), st.integers(0, 6), st.integers(0, 6), st.sampled_from([1, 3, 5]))
def test_ssim_of_pictures_of_any_size(n, c, more_h, more_w, window):
    x, y = pictures(n, c, window + more_h, window + more_w, seed=more_h)
    got = losses.ssim_loss(x, y, window=window, reduction="none")
    np.testing.assert_allclose(got.numpy(), ssim(x, y, window=window), rtol=1e-11, atol=1e-13)
    narrow = losses.ssim_loss(x.float(), y.float(), window=window, reduction="none")
    np.testing.assert_allclose(narrow.numpy(), got.numpy(), rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize(("h", "w"), [(48, 48), (49, 61), (63, 55)])
def test_ms_ssim_values_are_those_of_the_paper(h, w):
    x, y = pictures(2, 2, h, w)
    got = losses.ms_ssim_loss(x, y, window=3, reduction="none")
    np.testing.assert_allclose(got.numpy(), ms_ssim(x, y, window=3), rtol=1e-12)
    assert 0.01 < got.min() < got.max() < 0.9


def test_ms_ssim_at_its_defaults():
    x, y = pictures(1, 1, 176, 180, noise=0.5)
    np.testing.assert_allclose(losses.ms_ssim_loss(x, y).item(), ms_ssim(x, y)[0], rtol=1e-12)
    assert sum(WEIGHTS) == pytest.approx(1.0001, rel=1e-12)


@BOTH
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_equal_pictures_cost_exactly_nothing(name, dtype):
    x = pictures(2, 2, 176, 176, dtype=dtype)[0]
    for other in (x, torch.zeros_like(x), torch.ones_like(x), 200 * x):
        leaf = other.clone().requires_grad_()
        value = losses.get(name)(leaf, other.clone(), reduction="none")
        assert (value == 0).all()
        assert (torch.autograd.grad(value.sum(), leaf)[0] == 0).all()


@BOTH
def test_curvature_at_equal_pictures_is_that_of_differences(name):
    x = pictures(1, 1, 48, 48)[0]
    step = torch.randn(x.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(losses.get(name)(leaf, x, window=3), leaf, create_graph=True)
    (curve,) = torch.autograd.grad((slope * step).sum(), leaf)
    tiny = 1e-5
    both = [losses.get(name)(x + e * step, x, window=3) for e in (tiny, -tiny)]
    assert (curve * step).sum().item() == pytest.approx(float(sum(both)) / tiny**2, rel=1e-3)
    assert (curve * step).sum() > 0


@pytest.mark.parametrize("size", [1e-2, 1e-5, 1e-8])
def test_tiny_differences_keep_their_digits(size):
    """As 1 minus a ratio the loss would be noise from differences of 1e-8 on; values go down to 1e-17 here."""
    x = pictures(1, 1, 11, 11)[0]
    gen = torch.Generator().manual_seed(1)
    y = x + size * torch.randn(x.shape, generator=gen, dtype=torch.float64)
    with mp.workdps(50):
        offsets = [mp.mpf(k - 5) for k in range(11)]
        line = [mp.exp(-(o**2) / (2 * mp.mpf("1.5") ** 2)) for o in offsets]
        line = [v / sum(line) for v in line]
        a, b = ([[mp.mpf(v) for v in row] for row in p[0, 0].tolist()] for p in (x, y))
        w = [[u * v for v in line] for u in line]
        rows = [(w[i][j], a[i][j], b[i][j]) for i in range(11) for j in range(11)]
        mu_a, mu_b = sum(k * u for k, u, _ in rows), sum(k * v for k, _, v in rows)
        aa, bb = sum(k * u * u for k, u, _ in rows) - mu_a**2, sum(k * v * v for k, _, v in rows) - mu_b**2
        ab = sum(k * u * v for k, u, v in rows) - mu_a * mu_b
        c1, c2 = mp.mpf(0.01) ** 2, mp.mpf(0.03) ** 2
        want = 1 - (2 * mu_a * mu_b + c1) * (2 * ab + c2) / ((mu_a**2 + mu_b**2 + c1) * (aa + bb + c2))
        assert abs(losses.ssim_loss(x, y).item() - want) <= 1e-6 * want  # x - y has rounding errors of its own
    assert float(want) < 20 * size**2 / 0.03**2


def test_opposite_structures_cost_more_than_1():
    x = pictures(1, 1, 20, 20)[0]
    assert losses.ssim_loss(x, 1 - x) > 1
    assert losses.ssim_loss(x, 0.5 + 0 * x) < 1


@BOTH
def test_the_data_range_is_the_unit_of_pixels(name):
    x, y = pictures(2, 1, 48, 48)
    fn = losses.get(name)
    for scale in (2.0, 255.0, 1e-6, 1e20):
        same(fn(scale * x, scale * y, data_range=scale, window=3), fn(x, y, window=3), rtol=1e-10, atol=0)
    assert abs(fn(255 * x, 255 * y, window=3) - fn(x, y, window=3)) > 1e-3


def test_ms_ssim_is_1_where_a_scale_is_negative():
    x, _ = pictures(1, 1, 48, 48)
    leaf = (1 - x).requires_grad_()
    value = losses.ms_ssim_loss(leaf, x, window=3)
    (slope,) = torch.autograd.grad(value, leaf, create_graph=True)
    assert value == 1
    assert (slope == 0).all()
    assert (torch.autograd.grad(slope.sum(), leaf, materialize_grads=True)[0] == 0).all()
    both = losses.ms_ssim_loss(torch.cat([1 - x, x], 1), torch.cat([x, x], 1), window=3)
    assert both == 0.5  # one channel each


@BOTH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("sizes", [(1e37, 1e37), (1e20, 1.0), (1.0, 1e20), (1e-30, 1e-30), (0.0, 1e30), (1e30, 1e-30)])
def test_no_nan_at_any_size_of_pixels(name, dtype, sizes):
    x, y = pictures(1, 1, 48, 48, dtype=dtype)
    x, y = (sizes[0] * x).requires_grad_(), (sizes[1] * y).requires_grad_()
    for k in (0.01, 0.0):
        value = losses.get(name)(x, y, window=3, k1=k, k2=k)
        assert 0 <= value <= 2
        for slope in torch.autograd.grad(value, (x, y)):
            assert not slope.isnan().any()


def test_gradients_of_ms_ssim_of_pictures_that_are_alike():
    leaves = [v.requires_grad_() for v in pictures(1, 2, 48, 50)]
    for sigma in (1.5, torch.tensor(1.5, dtype=torch.float64, requires_grad=True)):
        inputs = [*leaves, sigma] if isinstance(sigma, torch.Tensor) else leaves

        def fn(x, y, s=1.5):
            return losses.ms_ssim_loss(x, y, window=3, sigma=s)

        assert torch.autograd.gradcheck(fn, inputs, fast_mode=True)
        assert torch.autograd.gradgradcheck(fn, inputs, fast_mode=True, atol=1e-4)


def test_gradients_of_ssim_pixel_by_pixel():
    leaves = [v.requires_grad_() for v in pictures(1, 1, 5, 6)]
    assert torch.autograd.gradcheck(lambda x, y: losses.ssim_loss(x, y, window=3), leaves)
    assert torch.autograd.gradgradcheck(lambda x, y: losses.ssim_loss(x, y, window=3), leaves, atol=1e-4)


def test_pictures_of_which_few_fit_into_the_cache():
    """Some pictures are taken at a time: values, slopes and slopes of slopes are those of all at once"""
    sides = [v.requires_grad_() for v in pictures(3, 1, 400, 400)]
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    each, want = losses.ssim_loss(*sides, reduction="none"), losses.ssim_loss.definition(*sides)
    same(each, want)
    for asked in (sides[:1], sides[1:], sides):
        found = [torch.autograd.grad((weights * v).sum(), asked, create_graph=True) for v in (each, want)]
        plain = torch.autograd.grad((weights * each).sum(), asked, retain_graph=True)
        for a, b, c in zip(*found, plain, strict=True):
            same(a, b)
            same(c, b)
    curves = [torch.autograd.grad(slopes[0][0, 0, 200].sum(), sides[1])[0] for slopes in found]
    same(*curves)
