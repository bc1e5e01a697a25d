"""Losses of regions: MONAI, segmentation-models-pytorch, kornia, and the usual formulas."""

from __future__ import annotations

import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import beside, having
from lossbook import losses

SHAPE, SIDE = (16, 4), 128
SMP = "segmentation_models_pytorch.losses"


def rows():
    draw = Draw()
    z = draw.normal(*SHAPE, SIDE, SIDE, leaf=True)
    labels = draw.labels(SHAPE[1], SHAPE[0], SIDE, SIDE)
    hot = F.one_hot(labels, SHAPE[1]).movedim(-1, 1).float().contiguous()
    size = "16 x 4 x 128 x 128"

    def row(loss, ours, **peers):
        return Row(loss, size, [z], ours, having(**peers))

    def monai(name, **options):
        return beside(
            "monai.losses",
            lambda m: (lambda fn: lambda: fn(z, hot))(getattr(m, name)(softmax=True, smooth_dr=1e-5, **options)),
        )

    def smp(name, **options):
        return beside(SMP, lambda m: (lambda fn: lambda: fn(z, labels))(getattr(m, name)("multiclass", **options)))

    def kornia(name, *options):
        return beside("kornia.losses", lambda m: lambda: getattr(m, name)(z, labels, *options))

    def formula(score):
        def value():
            p = z.softmax(1)
            return 1 - score((p * hot).sum((2, 3)), p.sum((2, 3)), hot.sum((2, 3))).mean()

        return value

    act = {"activation": "softmax"}
    yield row(
        "dice",
        lambda: losses.dice(z, hot, **act),
        formula=formula(lambda both, p, t: 2 * both / (p + t)),
        MONAI=monai("DiceLoss"),
        segmentation_models=smp("DiceLoss"),
        kornia=kornia("dice_loss"),
    )
    yield row(
        "jaccard",
        lambda: losses.jaccard(z, hot, **act),
        formula=formula(lambda both, p, t: both / (p + t - both)),
        MONAI=monai("DiceLoss", jaccard=True),
        segmentation_models=smp("JaccardLoss"),
    )
    yield row(
        "tversky",
        lambda: losses.tversky(z, hot, alpha=0.3, beta=0.7, **act),
        formula=formula(lambda both, p, t: both / (both + 0.3 * (p - both) + 0.7 * (t - both))),
        MONAI=monai("TverskyLoss", alpha=0.3, beta=0.7),
        segmentation_models=smp("TverskyLoss", alpha=0.3, beta=0.7),
        kornia=kornia("tversky_loss", 0.3, 0.7),
    )
    yield row(
        "focal_tversky",
        lambda: losses.focal_tversky(z, hot, **act),
        segmentation_models=smp("TverskyLoss", alpha=0.3, beta=0.7, gamma=4 / 3),
    )
    yield from _lovasz(z, labels, size)


def _lovasz(z, labels, size):
    draw = Draw(1)
    x, yes = draw.normal(16, 1, SIDE, SIDE, leaf=True), draw.yes(16, 1, SIDE, SIDE)
    yield Row(
        "lovasz_hinge",
        "16 x 1 x 128 x 128",
        [x],
        lambda: losses.lovasz_hinge(x, yes),
        having(
            kornia=beside("kornia.losses", lambda m: lambda: m.lovasz_hinge_loss(x, yes[:, 0].long())),
            segmentation_models=beside(
                SMP, lambda m: (lambda fn: lambda: fn(x, yes))(m.LovaszLoss("binary", per_image=True))
            ),
        ),
    )
    yield Row(
        "lovasz_softmax",
        size,
        [z],
        lambda: losses.lovasz_softmax(z, labels, activation="softmax"),
        having(
            kornia=beside("kornia.losses", lambda m: lambda: m.lovasz_softmax_loss(z, labels)),
            segmentation_models=beside(
                SMP, lambda m: (lambda fn: lambda: fn(z, labels))(m.LovaszLoss("multiclass", per_image=True))
            ),
        ),
    )
