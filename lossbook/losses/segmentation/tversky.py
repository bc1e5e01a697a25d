"""Losses that weigh the two errors of a region differently: Tversky and its focal form."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.segmentation.regions import (
    ACTIVATION,
    PIXELS,
    REGION,
    SIDES,
    SMOOTH,
    check,
    least_size,
    pixels,
    probabilities,
    share,
)
from lossbook.losses.segmentation.sums import overlap


def _tversky(input, target, *, reduction, **hyper):
    alpha, beta = hyper["alpha"], hyper["beta"]
    return overlap(tversky.definition, input, target, hyper, reduction, weight=1.0, alpha=alpha, beta=beta)


_tversky.reduces = True  # see given.py


def _focal_tversky(input, target, *, gamma, **others):
    return power(_tversky(input, target, reduction="none", **others), 1 / gamma)


def power(cost, exponent):
    """cost ** exponent, with slope 0 at a cost of 0, where that of the power may be infinite."""
    perfect = cost < least_size(cost.dtype)
    return torch.where(perfect, 0.0, torch.where(perfect, 1.0, cost) ** exponent)


def _weight(name: str, default: float, meaning: str) -> Parameter:
    return Parameter(name, default, meaning, low=0.0, high=math.inf, open_high=True, symbol=name, slider=(0.0, 1.0))


def _weights(alpha: float, beta: float) -> list[Parameter]:
    return [
        _weight("alpha", alpha, "The weight of false positives: what is predicted beside the region."),
        _weight("beta", beta, "The weight of false negatives: what is missed of the region."),
    ]


def _swollen(s):
    region = torch.tensor([1.0] * 4 + [0.0] * 4, dtype=s.dtype).reshape(1, 1, 8)
    return region * (1 - torch.relu(-s)) + (1 - region) * torch.relu(s), region


SWOLLEN = Path(
    "how much is missed (left) or predicted in excess (right)",
    -1.0,
    1.0,
    _swollen,
    "Left of 0 the 4 pixels of the region are predicted with less than 1, right of 0 the 4 others with more than 0; "
    "at 0 the prediction is perfect.",
    -0.5,
)


@loss(
    title="Tversky loss",
    short="Tversky",
    family="segmentation",
    formula=r"\ell(p, t) = 1 - \frac{\sum_i p_i t_i + s}{\sum_i p_i t_i + \alpha \sum_i p_i (1 - t_i) + "
    r"\beta \sum_i t_i (1 - p_i) + s}",
    symbols=REGION | {r"\alpha": "alpha", r"\beta": "beta"},
    parameters=[*_weights(0.5, 0.5), SMOOTH, ACTIVATION],
    sides=SIDES,
    gives="N C",
    sizes=PIXELS,
    check=check,
    fused=_tversky,
    path=SWOLLEN,
    convex=False,
    proper=False,
    smoothness="Cinf",
    invariant=["permutation"],
    bounds=(0.0, 1.0),
    elsewhere={
        "keras": "keras.losses.Tversky, over the whole batch",
        "MONAI": "monai.losses.TverskyLoss",
        "segmentation-models-pytorch": "segmentation_models_pytorch.losses.TverskyLoss, over the whole batch",
        "kornia": "kornia.losses.tversky_loss",
    },
    traps=[
        "alpha weighs false positives, beta false negatives: raise beta for what is missed too often. Some papers and "
        "releases have the two letters the other way round.",
        "With alpha = 0 false positives are free: everything marked everywhere costs 0.",
        "For logits say activation='sigmoid' or 'softmax'; values outside 0 to 1 raise when activation is None.",
        "With smooth = 0 a class that is absent costs 1 as soon as anything at all is predicted for it (and alpha is "
        "above 0), with slope 0; nothing predicted for it costs 0.",
    ],
    primary="Salehi, Erdogmus and Gholipour (2017), Tversky Loss Function for Image Segmentation Using 3D Fully "
    "Convolutional Deep Networks, MLMI; the index is of Tversky (1977), Psychological Review 84(4).",
    cite=["salehi2017tversky", "tversky1977features"],
    look=Look(3, "dashdot"),
)
def tversky(input, target, *, alpha=0.5, beta=0.5, smooth=0.0, activation=None):
    """One minus the overlap over the overlap plus the weighted errors of either kind.

    Equal to dice for alpha = beta = 0.5 (whose smooth is twice this one), and to jaccard for alpha = beta = 1. With
    alpha + beta = 1 it is one minus an F-beta score for predictions of 0 and 1.

    Also raises ValueError for input outside 0 to 1 when activation is None, and for a softmax over one class.

    >>> import torch
    >>> input, target = torch.tensor([[[1.0, 1.0, 1.0, 0.0]]]), torch.tensor([[[1.0, 0.0, 0.0, 0.0]]])
    >>> tversky(input, target, alpha=0.3, beta=0.7)
    tensor(0.3750)
    >>> tversky(target, input, alpha=0.3, beta=0.7)  # now two of three are missed
    tensor(0.5833)
    """
    p = probabilities(input, activation)
    wrong = alpha * pixels(p * (1 - target)) + beta * pixels(target * (1 - p))
    return share(wrong, pixels(p * target) + smooth)


@loss(
    title="Focal Tversky loss",
    short="Focal Tversky",
    family="segmentation",
    formula=r"\ell(p, t) = \left( 1 - \frac{\sum_i p_i t_i + s}{\sum_i p_i t_i + \alpha \sum_i p_i (1 - t_i) + "
    r"\beta \sum_i t_i (1 - p_i) + s} \right)^{1 / \gamma}",
    symbols=REGION | {r"\alpha": "alpha", r"\beta": "beta", r"\gamma": "gamma"},
    parameters=[
        *_weights(0.3, 0.7),
        Parameter(
            "gamma",
            4 / 3,
            "How much more small losses count: the Tversky loss is raised to the power 1 / gamma.",
            low=1.0,
            high=math.inf,
            open_high=True,
            symbol=r"\gamma",
            slider=(1.0, 3.0),
        ),
        SMOOTH,
        ACTIVATION,
    ],
    sides=SIDES,
    gives="N C",
    sizes=PIXELS,
    check=check,
    fused=_focal_tversky,
    path=SWOLLEN,
    convex=False,
    proper=False,
    smoothness="C0",
    invariant=["permutation"],
    bounds=(0.0, 1.0),
    elsewhere={
        "segmentation-models-pytorch": "segmentation_models_pytorch.losses.TverskyLoss(gamma=3/4), over the batch: "
        "its gamma is the exponent itself",
    },
    traps=[
        "gamma is the paper's: the exponent is 1 / gamma, 3/4 by default. Where the exponent itself is called gamma, "
        "pass its reciprocal; a gamma below 1 raises.",
        "alpha weighs false positives and beta false negatives, as in tversky; the paper's letters are the other way "
        "round, and its 0.7 for what is missed is beta here.",
        "For gamma above 1 the slope grows without bound as the prediction becomes perfect: regions that are nearly "
        "right pull most, the opposite of focal. At a loss of 0 the slope is taken as 0.",
        "For logits say activation='sigmoid' or 'softmax'; values outside 0 to 1 raise when activation is None.",
    ],
    primary="Abraham and Khan (2019), A Novel Focal Tversky Loss Function with Improved Attention U-Net for Lesion "
    "Segmentation, ISBI.",
    cite=["abraham2019novel"],
    look=Look(4, "long"),
)
def focal_tversky(input, target, *, alpha=0.3, beta=0.7, gamma=4 / 3, smooth=0.0, activation=None):
    """The Tversky loss to the power 1 / gamma: what is nearly right still counts.

    Equal to tversky for gamma = 1.

    Also raises ValueError for input outside 0 to 1 when activation is None, and for a softmax over one class.

    >>> import torch
    >>> input, target = torch.tensor([[[1.0, 1.0, 1.0, 0.0]]]), torch.tensor([[[1.0, 0.0, 0.0, 0.0]]])
    >>> focal_tversky(input, target, gamma=2.0)  # the square root of 0.375
    tensor(0.6124)
    """
    p = probabilities(input, activation)
    wrong = alpha * pixels(p * (1 - target)) + beta * pixels(target * (1 - p))
    return power(share(wrong, pixels(p * target) + smooth), 1 / gamma)
