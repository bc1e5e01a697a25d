"""A loss that compares two pictures by what a function makes of them, such as the layers of a trained network."""

import torch

from lossbook.look import Look
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


class _MeanSquares(torch.autograd.Function):
    """The mean of (a - b)^2 in each row, in few passes; b may need no slope"""

    generate_vmap_rule = True

    @staticmethod
    def forward(a, b):
        rows = a - b if a.ndim > 1 else (a - b)[..., None]
        return rows.mul_(rows).flatten(1).mean(1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved_tensors
        count = a[:1].numel()
        slope = (a - b) * (grad * 2 / count).reshape(-1, *[1] * (a.ndim - 1))
        return slope, -slope if ctx.needs_input_grad[1] else None


def _fast_perceptual(x, y, features):
    return sum(_MeanSquares.apply(a, b) for a, b in _pairs(features, x, y))


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
