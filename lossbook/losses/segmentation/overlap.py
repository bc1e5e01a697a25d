"""Losses of the overlap of two regions: Dice and Jaccard."""

from lossbook.look import Look
from lossbook.losses.parameters import Choice
from lossbook.losses.registry import loss
from lossbook.losses.segmentation.regions import (
    ACTIVATION,
    FOUND,
    PIXELS,
    REGION,
    SIDES,
    SMOOTH,
    check,
    pixels,
    probabilities,
    share,
)
from lossbook.losses.segmentation.sums import overlap


def _dice(input, target, *, reduction, **hyper):
    return overlap(dice.definition, input, target, hyper, reduction, weight=2.0, squared=hyper["squared"])


def _jaccard(input, target, *, reduction, **hyper):
    return overlap(jaccard.definition, input, target, hyper, reduction, weight=1.0)


_dice.reduces = _jaccard.reduces = True  # see given.py
_BATCH = (
    "The overlap is taken in each picture and class, then averaged: a picture with a small region weighs as much as "
    "one with a large region. Libraries that sum over the batch first compute another number."
)


@loss(
    title="Dice loss",
    short="Dice",
    family="segmentation",
    formula=r"\ell(p, t) = 1 - \frac{2 \sum_i p_i t_i + s}{\sum_i p_i + \sum_i t_i + s}",
    symbols=REGION,
    parameters=[
        Choice("squared", False, "Whether the lower half adds up squares: p_i^2 and t_i^2.", (False, True)),
        SMOOTH,
        ACTIVATION,
    ],
    sides=SIDES,
    gives="N C",
    sizes=PIXELS,
    check=check,
    fused=_dice,
    path=FOUND,
    convex=False,
    proper=False,
    smoothness="Cinf",
    invariant=["permutation", "exchange"],
    bounds=(0.0, 1.0),
    elsewhere={
        "keras": "keras.losses.Dice, over the whole batch",
        "MONAI": "monai.losses.DiceLoss, with smooth_nr=1e-5 and no activation by default",
        "segmentation-models-pytorch": "segmentation_models_pytorch.losses.DiceLoss, over the whole batch",
        "kornia": "kornia.losses.dice_loss",
    },
    traps=[
        "Nothing is assumed of the input: for logits say activation='sigmoid' or 'softmax'. Values outside 0 to 1 "
        "raise when activation is None; a formula that takes them anyway returns losses below 0.",
        "With smooth = 0 a class that is absent costs 1 as soon as anything at all is predicted for it, with slope 0: "
        "nothing says in which direction to go. With smooth > 0 it costs less, and has a slope.",
        "Nothing predicted for a class that is absent costs 0, and its slope is taken as 0.",
        "The best answer to doubt is yes or no: for a pixel that belongs to the region 7 times in 10 it is 1, not 0.7. "
        "With squared=True the best answer to a target of 0.7 is 0.7.",
        _BATCH,
    ],
    primary="Milletari, Navab and Ahmadi (2016), V-Net, 3DV, for squares below; the coefficient is of Dice (1945), "
    "Ecology 26(3).",
    cite=["milletari2016vnet", "dice1945measures"],
    look=Look(1),
)
def dice(input, target, *, squared=False, smooth=0.0, activation=None):
    """One minus twice the overlap of two regions over the sum of their sizes.

    Equal to tversky(alpha=0.5, beta=0.5), whose smooth counts twice; with the jaccard loss j (at smooth = 0) it is
    j / (2 - j) for targets and predictions of 0 and 1. For these it is also one minus the F1 score.

    Also raises ValueError for input outside 0 to 1 when activation is None, and for a softmax over one class.

    >>> import torch
    >>> input, target = torch.tensor([[[0.8, 0.4, 0.0, 0.0]]]), torch.tensor([[[1.0, 0.0, 0.0, 0.0]]])
    >>> dice(input, target)
    tensor(0.2727)
    """
    p = probabilities(input, activation)
    # 1 - 2 right / size, with the size as error + 2 right: no digits cancel where the loss is small
    right = pixels(p * target)
    error = pixels((p - target) ** 2 if squared else p * (1 - target) + target * (1 - p))
    return share(error, 2 * right + smooth)


@loss(
    title="Jaccard loss",
    short="Jaccard",
    family="segmentation",
    formula=r"\ell(p, t) = 1 - \frac{\sum_i p_i t_i + s}{\sum_i \left( p_i + t_i - p_i t_i \right) + s}",
    symbols=REGION,
    parameters=[SMOOTH, ACTIVATION],
    sides=SIDES,
    gives="N C",
    sizes=PIXELS,
    check=check,
    fused=_jaccard,
    path=FOUND,
    convex=False,
    proper=False,
    smoothness="Cinf",
    invariant=["permutation", "exchange"],
    bounds=(0.0, 1.0),
    elsewhere={
        "MONAI": "monai.losses.DiceLoss(jaccard=True)",
        "segmentation-models-pytorch": "segmentation_models_pytorch.losses.JaccardLoss, over the whole batch",
    },
    traps=[
        "For logits say activation='sigmoid' or 'softmax'; values outside 0 to 1 raise when activation is None.",
        "It is the measure IoU only for predictions of 0 and 1. In between it is one of several ways to go from one "
        "to the other; lovasz_hinge and lovasz_softmax are the convex one.",
        "With smooth = 0 a class that is absent costs 1 as soon as anything at all is predicted for it, with slope 0; "
        "nothing predicted for it costs 0.",
        _BATCH,
    ],
    primary="Rahman and Wang (2016), Optimizing Intersection-over-Union in Deep Neural Networks for Image "
    "Segmentation, ISVC; the coefficient is of Jaccard (1912), New Phytologist 11(2).",
    cite=["rahman2016optimizing", "jaccard1912distribution"],
    look=Look(2, "dashed"),
)
def jaccard(input, target, *, smooth=0.0, activation=None):
    """One minus the overlap of two regions over the region that they cover together.

    Equal to tversky(alpha=1, beta=1); with the dice loss d (at smooth = 0) it is 2 d / (1 + d) for targets and
    predictions of 0 and 1, and never below d. For these it is one minus IoU.

    Also raises ValueError for input outside 0 to 1 when activation is None, and for a softmax over one class.

    >>> import torch
    >>> input, target = torch.tensor([[[0.8, 0.4, 0.0, 0.0]]]), torch.tensor([[[1.0, 0.0, 0.0, 0.0]]])
    >>> jaccard(input, target)
    tensor(0.4286)
    """
    p = probabilities(input, activation)
    return share(pixels(p * (1 - target) + target * (1 - p)), pixels(p * target) + smooth)
