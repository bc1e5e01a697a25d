"""The windows of SSIM and MS-SSIM: means over them, and pictures too small for them."""

import pytest
import torch

from lossbook import losses
from lossbook.losses.image.windows import gaussian, quick_smooth, smooth, window_mean

same = torch.testing.assert_close


def test_windows():
    x = torch.randn(2, 3, 9, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weights = gaussian(5, 1.5, x)
    square = torch.nn.functional.conv2d(x.reshape(6, 1, 9, 8), (weights[:, None] * weights)[None, None])
    same(smooth(x, weights), square.reshape(2, 3, 5, 4))
    same(quick_smooth(x, weights.tolist()), smooth(x, weights))
    for sigma in (1.5, 0.3, 40.0):
        same(window_mean(5, sigma, x)(x), window_mean(5, torch.tensor(sigma, dtype=torch.float64), x)(x))
    for sigma in (1e-200, 5e-324):
        assert gaussian(3, sigma, x).tolist() == [0.0, 1.0, 0.0]
        assert torch.equal(window_mean(3, sigma, x)(x), x[..., 1:-1, 1:-1])
    each = torch.func.vmap(lambda v: quick_smooth(v, weights.tolist()))(x)
    same(each, smooth(x, weights))
    slopes = torch.func.vmap(torch.func.grad(lambda v: quick_smooth(v, weights.tolist()).square().sum()))(x)
    leaf = x.clone().requires_grad_()
    same(slopes, torch.autograd.grad(smooth(leaf, weights).square().sum(), leaf)[0])


def test_refusals_name_the_least_size():
    x = torch.rand(1, 1, 175, 10)
    with pytest.raises(
        ValueError, match=r"x has shape \(1, 1, 175, 10\); H and W must be at least 11 for a window of 11"
    ):
        losses.ssim_loss(x, x)
    with pytest.raises(ValueError, match=r"H and W must be at least 176 for a window of 11"):
        losses.ms_ssim_loss(torch.ones(1, 1, 300, 175), torch.ones(1, 1, 300, 175))
    with pytest.raises(ValueError, match=r"H and W must be at least 80 for a window of 5"):
        losses.ms_ssim_loss(torch.ones(1, 1, 79, 99), torch.ones(1, 1, 79, 99), window=5)
    assert losses.ms_ssim_loss(torch.ones(1, 1, 176, 176), torch.ones(1, 1, 176, 176)) == 0
    for fn in (losses.ssim_loss, losses.ms_ssim_loss):
        with pytest.raises(ValueError, match="window: got 4, want an odd number of pixels"):
            fn(x, x, window=4)
        with pytest.raises(ValueError, match="window: got 0"):
            fn(x, x, window=0)
        with pytest.raises(ValueError, match=r"y has shape \(1, 1, 175, 9\) and x \(1, 1, 175, 10\)"):
            fn(x, x[..., :9])
        with pytest.raises(ValueError, match=r"x has shape \(175, 10\), want \(N, C, H, W\)"):
            fn(x[0, 0], x[0, 0])
