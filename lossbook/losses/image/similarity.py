"""Losses of structural similarity: SSIM, and the same over five scales."""

from functools import partial

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.image.pictures import by_pictures
from lossbook.losses.image.structure import (
    at_least,
    in_range,
    luminance,
    moments,
    structure,
    two_pictures,
    window_parameters,
)
from lossbook.losses.image.windows import window_mean
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, from fine to coarse


def _stripes(s, size):
    """Stripes of 3 pixels around a middle gray, and the same ones with s times their contrast"""
    side = (torch.arange(size, dtype=torch.float64) // 3 % 2 * 0.6 - 0.3).expand(1, 1, size, size)
    return 0.5 + side, 0.5 + side * s


@loss(
    title="Structural similarity loss",
    short="SSIM",
    family="image",
    formula=r"\ell = 1 - \frac{1}{M} \sum_{w} \frac{(2 \mu_x \mu_y + (K_1 L)^2) (2 \sigma_{x y} + (K_2 L)^2)}"
    r"{(\mu_x^2 + \mu_y^2 + (K_1 L)^2) (\sigma_x^2 + \sigma_y^2 + (K_2 L)^2)}",
    symbols={
        r"\mu, \sigma^2, \sigma_{x y}": "mean, variance and covariance in a window, with Gaussian weights",
        "w": "each of the M windows that lie inside the picture, in each channel",
    },
    parameters=window_parameters(),
    sides=two_pictures(),
    gives="N",
    sizes={"N": 1, "C": 1, "H": 12, "W": 11},
    path=Path(
        "contrast of the second picture",
        -1.0,
        2.0,
        partial(_stripes, size=11),
        "The second picture is the first one, of stripes, with its contrast changed: 1 leaves it as it is, 0 makes it "
        "gray, and below 0 it becomes a negative.",
        start=0.5,
    ),
    convex=False,
    smoothness="Cinf",
    bounded_gradient=True,
    invariant=("permutation", "exchange"),
    bounds=(0.0, 2.0),
    elsewhere={
        "TensorFlow": "1 - tf.image.ssim(x, y, max_val), channels last",
        "pytorch-msssim": "1 - pytorch_msssim.ssim(x, y, data_range=..., size_average=False)",
        "kornia": "kornia.losses.SSIMLoss(11), half of it and with padding",
        "scikit-image": "1 - skimage.metrics.structural_similarity(gaussian_weights=True, sigma=1.5, "
        "use_sample_covariance=False, data_range=...), whose default is a flat window of 7 pixels",
    },
    traps=[
        "data_range is that of the pixels: 1 for pixels from 0 to 1, 255 for bytes, 2 for -1 to 1. With 1 for bytes "
        "the constants vanish and noise in flat regions decides.",
        "1 - SSIM, from 0 to 2; others halve it (kornia). Below an SSIM of 0 structures are opposite.",
        "Only windows inside the picture count. Others pad, and differ along the borders.",
        "Each channel is compared on its own and all are averaged; the paper compares gray values.",
        "It hardly sees small shifts of brightness and color where a picture is bright: mix it with mae.",
        "Equal pictures cost exactly 0, with slope 0.",
    ],
    primary="Wang, Bovik, Sheikh and Simoncelli (2004), Image Quality Assessment: From Error Visibility to Structural "
    "Similarity, IEEE Transactions on Image Processing 13(4), equation 13.",
    cite=["wang2004image"],
    look=Look(1),
    check=at_least(lambda window: window),
    fused=by_pictures(lambda: ssim_loss.definition),
)
def ssim_loss(x, y, *, window=11, sigma=1.5, data_range=1.0, k1=0.01, k2=0.03):
    """1 minus the structural similarity of two pictures: how alike their windows are in mean, contrast and pattern.

    Also raises ValueError for a window that is even, or wider than the pictures.

    >>> import torch
    >>> x = torch.linspace(0, 1, 256).reshape(1, 1, 16, 16)
    >>> ssim_loss(x, x), ssim_loss(x, 1 - x)
    (tensor(0.), tensor(1.8262))
    """
    mean = window_mean(window, sigma, x)
    x, y, c1, c2 = in_range(x, y, data_range, k1, k2)
    mean_s, mean_d, var_s, var_d = moments(x, y, mean)
    a, b = luminance(mean_s, mean_d, c1), structure(var_s, var_d, c2)
    return (a + b - a * b).mean((1, 2, 3))  # 1 - (1 - a) (1 - b)


def _waves(s):
    """Waves 32 pixels long around a middle gray, and the same ones moved by s"""
    k = torch.arange(176, dtype=torch.float64)
    both = (0.5 + 0.4 * torch.sin((k - move) * (torch.pi / 16)) for move in (0 * s, s))
    return tuple(v.expand(1, 1, 176, 176) for v in both)


@loss(
    title="Multi-scale structural similarity loss",
    short="MS-SSIM",
    family="image",
    formula=r"\ell = 1 - l_5^{\alpha_5} \prod_{k=1}^{5} s_k^{\alpha_k}",
    symbols={
        "l_5": "mean likeness in mean, the first factor of SSIM, at the coarsest scale (taken together with s_5)",
        "s_k": "mean likeness in contrast and pattern, the second factor of SSIM, after k - 1 halvings",
        r"\alpha_k": "weight of a scale: 0.0448, 0.2856, 0.3001, 0.2363, 0.1333",
    },
    parameters=window_parameters(),
    sides=two_pictures(),
    gives="N",
    sizes={"N": 1, "C": 1, "H": 176, "W": 176},
    path=Path(
        "shift of the second picture, pixels",
        0.0,
        16.0,
        _waves,
        "Waves that are 32 pixels long; the second picture is the first one moved sideways, at 16 pixels its negative.",
        start=3.0,
    ),
    uncompiled="Its least pictures have 176 x 176 pixels.",
    smoothness="C0",
    bounded_gradient=False,
    invariant=("permutation", "exchange"),
    bounds=(0.0, 1.0),
    elsewhere={
        "TensorFlow": "1 - tf.image.ssim_multiscale(x, y, max_val), channels last",
        "pytorch-msssim": "1 - pytorch_msssim.ms_ssim(x, y, data_range=..., size_average=False), which pads odd sizes",
        "kornia": "none of its own: kornia.losses.MS_SSIMLoss mixes it with mae",
    },
    traps=[
        "Pictures must be at least 16 windows high and wide, 176 pixels for the window of 11: each scale halves them. "
        "The last row or column of an odd number is dropped by that.",
        "A scale whose mean is below 0 counts as 0: the loss is 1, with slope 0, whatever the other scales say. "
        "Pictures of noise are often there, so begin with mae.",
        "The slope grows without bound as the mean of a scale nears 0 from above.",
        "data_range is that of the pixels, as for ssim_loss.",
        "The weights are those of the paper, which add up to 1.0001; they were measured at one viewing distance.",
        "Each channel is compared on its own and all are averaged; the paper compares gray values.",
    ],
    primary="Wang, Simoncelli and Bovik (2003), Multiscale Structural Similarity for Image Quality Assessment, "
    "Asilomar Conference on Signals, Systems and Computers.",
    cite=["wang2003multiscale"],
    look=Look(2, "dashed"),
    check=at_least(lambda window: window * 2 ** (len(WEIGHTS) - 1)),
)
def ms_ssim_loss(x, y, *, window=11, sigma=1.5, data_range=1.0, k1=0.01, k2=0.03):
    """1 minus the structural similarity of two pictures at five scales, multiplied with weights as exponents.

    Each scale is the one before with 2 x 2 pixels averaged.

    Also raises ValueError for a window that is even, or pictures smaller than 16 windows.

    >>> import torch
    >>> x = torch.linspace(0, 1, 176 * 176).reshape(1, 1, 176, 176)
    >>> ms_ssim_loss(x, x), ms_ssim_loss(x, 0.5 * x)
    (tensor(0.), tensor(0.1482))
    """
    mean = window_mean(window, sigma, x)
    x, y, c1, c2 = in_range(x, y, data_range, k1, k2)
    pyramid = [(x, y)]
    for _ in WEIGHTS[1:]:
        pyramid.append(tuple(F.avg_pool2d(v, 2) for v in pyramid[-1]))
    short = []  # by how much the mean of each scale is below 1
    for pair in pyramid:
        mean_s, mean_d, var_s, var_d = moments(*pair, mean)
        b = structure(var_s, var_d, c2)
        short.append(b.mean((2, 3)))
    a = luminance(mean_s, mean_d, c1)  # at the coarsest scale only
    short[-1] = (a + b - a * b).mean((2, 3))
    short = torch.stack(short, -1)
    # 1 - prod_k (1 - b_k)^(w_k) = -expm1(sum_k w_k log1p(-b_k)); a scale below 0 has no power, and counts as 0
    alive = short < 1
    weights = torch.tensor(WEIGHTS, dtype=x.dtype, device=x.device)
    logs = (weights * torch.log1p(-torch.where(alive, short, 0.0))).sum(-1)
    return torch.where(alive.all(-1), -torch.expm1(logs), 1.0).mean(1)
