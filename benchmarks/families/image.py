"""Losses of 4 color pictures of 256 x 256 pixels: kornia, MONAI, and the usual formulas."""

from __future__ import annotations

import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import beside, having
from lossbook import losses

SHAPE = (4, 3, 256, 256)


def rows():
    draw = Draw()
    x, y = draw.uniform(*SHAPE, leaf=True), draw.uniform(*SHAPE)

    def row(loss, ours, **peers):
        return Row(loss, "4 x 3 x 256 x 256", [x], ours, having(**peers))

    def monai_ssim(m):
        fn = m.SSIMLoss(spatial_dims=2)
        return lambda: fn(x, y)

    def kornia_ms_ssim(m):
        fn = m.MS_SSIMLoss(alpha=1.0, compensation=1.0)
        return lambda: fn(x, y)

    def differences():
        return ((x[..., 1:, :] - x[..., :-1, :]).abs().sum() + (x[..., 1:] - x[..., :-1]).abs().sum()) / len(x)

    def slanted():
        down, right = x.diff(dim=2, append=x[:, :, -1:]), x.diff(dim=3, append=x[..., -1:])
        return (down * down + right * right + 1e-12).sqrt().sum() / len(x)

    yield row(
        "ssim_loss",
        lambda: losses.ssim_loss(x, y),
        kornia=beside("kornia.losses", lambda m: lambda: m.ssim_loss(x, y, 11)),
        MONAI=beside("monai.losses", monai_ssim),
    )
    yield row(
        "ms_ssim_loss",
        lambda: losses.ms_ssim_loss(x, y),
        kornia=beside("kornia.losses", kornia_ms_ssim),
    )
    yield row(
        "total_variation",
        lambda: losses.total_variation(x),
        formula=differences,
        kornia=beside("kornia.losses", lambda m: lambda: m.total_variation(x).mean()),
    )
    yield row("total_variation, isotropic", lambda: losses.total_variation(x, isotropic=True), formula=slanted)
    edges = draw.normal(8, 3, 3, 3)

    def features(pictures):
        return F.relu(F.conv2d(pictures, edges, padding=1))

    yield row(
        "perceptual",
        lambda: losses.perceptual(x, y, features=features),
        torch=lambda: F.mse_loss(features(x), features(y)),
    )

    def pyramid():
        a, b, values = x, y, []
        for _ in range(3):
            values.append(F.l1_loss(a, b))
            a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
        return sum(values) / 3

    yield row("multi_scale, mae", lambda: losses.multi_scale(losses.mae, x, y), torch=pyramid)
