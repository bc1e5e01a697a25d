"""Losses that compare two pictures by what a function makes of them: features, or another loss at several scales."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _layers(features, pictures) -> list[torch.Tensor]:
    """What ``features`` makes of the pictures, as a list of tensors with one row for each picture."""
    found = features(pictures)
    found = list(found) if isinstance(found, (list, tuple)) else [found]
    for layer in found:
        if not isinstance(layer, torch.Tensor) or not layer.ndim or len(layer) != len(pictures):
            got = f"a tensor of shape {tuple(layer.shape)}" if isinstance(layer, torch.Tensor) else type(layer).__name__
            raise ValueError(
                f"features: returned {got}, want a tensor, or a list of them, with {len(pictures)} rows: one for each "
                "picture"
            )
    return found


def _pairs(features, x, y):
    both = _layers(features, x), _layers(features, y)
    shapes = [[tuple(layer.shape) for layer in found] for found in both]
    if shapes[0] != shapes[1] or not shapes[0]:
        raise ValueError(f"features: returned shapes {shapes[0]} for x and {shapes[1]} for y, want the same, and some")
    return list(zip(*both, strict=True))


def _edges(pictures):
    """Steps to the right, which a change of brightness leaves alone, and their averages over two pixels"""
    steps = torch.tanh(2 * (pictures[..., 1:] - pictures[..., :-1]))
    return steps, (steps[..., 1:] + steps[..., :-1]) / 2


def _blurred_stripe(s):
    """A bright stripe on black, and the same one with s of its light moved to the pixels beside it"""
    stripe = torch.tensor([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    spread = torch.tensor([0.0, 0.0, 1.0, -1.0, -1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    return stripe[None, None, None], (stripe + s * spread)[None, None, None], _edges


def _fast_perceptual(x, y, features):
    each = [F.mse_loss(a, b, reduction="none") for a, b in _pairs(features, x, y)]
    return sum(v.flatten(1).mean(1) if v.ndim > 1 else v for v in each)


@loss(
    title="Perceptual loss",
    short="Perceptual",
    family="image",
    formula=r"\ell = \sum_{k} \frac{1}{n_k} \lVert \varphi_k(x) - \varphi_k(y) \rVert_2^2",
    symbols={r"\varphi_k": "the k-th tensor that features returns", "n_k": "how many numbers it holds for a picture"},
    sides=[
        Side("x", "N C H W", "The pictures.", symbol="x"),
        Side("y", "N C H W", "What they are compared with.", symbol="y"),
        Side(
            "features",
            "",
            "Takes pictures and returns a tensor, or a list of tensors, with a row for each: layers of a trained "
            "network, as a rule.",
            kind="function",
            symbol=r"\varphi",
            example=lambda: _edges,
        ),
    ],
    gives="N",
    sizes={"H": 2, "W": 5},
    path=Path(
        "light that is moved",
        -0.5,
        1.0,
        _blurred_stripe,
        "A bright stripe, and the same one with part of its light moved to the pixels beside it; the features are "
        "steps from pixel to pixel, which do not see brightness.",
        start=0.3,
    ),
    smoothness="C0",
    invariant=("permutation", "exchange"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "torchvision": "none; torchvision.models.feature_extraction.create_feature_extractor makes the features",
        "torchmetrics": "torchmetrics.image.LearnedPerceptualImagePatchSimilarity, with trained weights of the layers",
        "lpips": "lpips.LPIPS, with trained weights of the layers",
    },
    traps=[
        "No network comes with it: pass one, in eval mode and with requires_grad_(False) on its weights, and scale "
        "pictures as it was trained.",
        "Each tensor counts by the mean of its squares, and all alike: layers of large numbers decide. To weigh them, "
        "multiply inside features by the root of the weight.",
        "Pictures that features cannot tell apart cost 0: it comes beside a loss of pixels.",
        "Slopes flow through features to y too, if y asks for them; with a detached y only to x.",
        "features is given tensors: float32 for half precision, and for numpy arrays tensors too. It is called twice.",
    ],
    primary="Johnson, Alahi and Fei-Fei (2016), Perceptual Losses for Real-Time Style Transfer and Super-Resolution, "
    "ECCV, equation 2.",
    cite=["johnson2016perceptual"],
    look=Look(4, "dotted"),
    fused=_fast_perceptual,
)
def perceptual(x, y, *, features):
    """The squared distance of two pictures in the features of a network, each layer averaged over its numbers.

    With features that return the picture itself it is mse. Its slope, smoothness and range are those of the features.

    Also raises ValueError for features that return anything but tensors with a row for each picture.

    >>> import torch
    >>> x, y = torch.zeros(1, 1, 2, 4), torch.ones(1, 1, 2, 4)
    >>> steps = lambda pictures: pictures[..., 1:] - pictures[..., :-1]
    >>> perceptual(x, y, features=steps), perceptual(x, y, features=lambda pictures: [steps(pictures), pictures])
    (tensor(0.), tensor(1.))
    """
    squares = [(a - b) ** 2 for a, b in _pairs(features, x, y)]
    return sum(v.flatten(1).mean(1) if v.ndim > 1 else v for v in squares)


def _halved(pictures):
    """Means over 2 x 2 pixels; an odd last row or column is left out."""
    h, w = (n // 2 * 2 for n in pictures.shape[-2:])
    rows = pictures[..., :h:2, :w] + pictures[..., 1:h:2, :w]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def _one_number(loss, x, y):
    value = loss(x, y)
    if not isinstance(value, torch.Tensor) or value.ndim:
        got = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        raise ValueError(f"loss: returned {got}, want one number: a tensor of shape ()")
    return value


def _check_levels(loss, x, y, levels):
    least = 2 ** (levels - 1)
    if min(x.shape[-2:]) < least:
        raise ValueError(f"x has shape {tuple(x.shape)}; H and W must be at least {least} for {levels} levels")


def _fast_multi_scale(loss, x, y, levels):
    total = _one_number(loss, x, y)
    for _ in range(levels - 1):
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        total = total + _one_number(loss, x, y)
    return total / levels


def _squared_error(x, y):
    return ((x - y) ** 2).mean()


def _spots(s):
    """A spot of light, and the same one s pixels to the right"""
    k = torch.arange(12, dtype=torch.float64)
    spots = (torch.exp(-0.5 * (k - 2.5 - move) ** 2) for move in (0 * s, s))
    return _squared_error, *(v.expand(1, 1, 4, 12) for v in spots)


@loss(
    title="Multi-scale loss",
    short="Multi-scale",
    family="image",
    formula=r"\ell_K = \frac{1}{K} \sum_{k=0}^{K-1} \ell(h^k(x), h^k(y))",
    symbols={"h": "halves a picture, each pixel the mean of 2 x 2; k times", "k": "level, from 0"},
    parameters=[
        Parameter("levels", 3, "How many sizes are compared; 1 is the loss itself.", low=1, integer=True, symbol="K")
    ],
    sides=[
        Side(
            "loss",
            "",
            "Takes two batches of pictures and returns one number.",
            kind="function",
            symbol=r"\ell",
            example=lambda: _squared_error,
        ),
        Side("x", "N C H W", "The pictures.", symbol="x"),
        Side("y", "N C H W", "What they are compared with.", symbol="y"),
    ],
    gives="",
    sizes={"H": 5, "W": 6},
    path=Path(
        "shift of the spot, pixels",
        0.0,
        7.0,
        _spots,
        "A spot of light and the same one moved to the right, under the squared error: pixels alone no longer see how "
        "far it moved once the spots are apart, coarser levels do for longer.",
        start=2.0,
    ),
    smoothness="C0",
    bounds=(float("-inf"), float("inf")),
    elsewhere={"kornia": "kornia.geometry.transform.build_pyramid makes the levels, with another filter"},
    traps=[
        "The mean over the levels, so that it stays in units of the loss; a sum is as common.",
        "loss returns one number, such as any loss here with its default reduction: its mean over fewer pixels weighs "
        "as much as that over all.",
        "Pictures must be at least 2^(levels - 1) high and wide; the last row or column of an odd number is dropped by "
        "the halving.",
        "A loss with a least size of its own, such as ssim_loss, needs that at the coarsest level.",
    ],
    primary="Pyramids of pictures: Burt and Adelson (1983), The Laplacian Pyramid as a Compact Image Code, IEEE "
    "Transactions on Communications 31(4).",
    cite=["burt1983laplacian"],
    look=Look(5, "long"),
    check=_check_levels,
    fused=_fast_multi_scale,
)
def multi_scale(loss, x, y, *, levels=3):
    """Any loss of two pictures, averaged over the pictures and ever smaller copies of them.

    With levels=1 it is the loss itself. Its slope, smoothness and range are those of the loss.

    Also raises ValueError for pictures that are too small and for a loss that returns anything but one number.

    >>> import torch
    >>> import lossbook as lb
    >>> x, y = torch.zeros(1, 1, 4, 4), torch.eye(4)[None, None]
    >>> lb.losses.mse(x, y), multi_scale(lb.losses.mse, x, y, levels=2)
    (tensor(0.2500), tensor(0.1875))
    """
    values = [_one_number(loss, x, y)]
    for _ in range(levels - 1):
        x, y = _halved(x), _halved(y)
        values.append(_one_number(loss, x, y))
    return sum(values) / levels
