"""Losses of two boxes by areas and centers: distance IoU, and complete IoU, which adds the shape."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.boxes.areas import (
    CORNERS,
    INVARIANT,
    SHIFTED,
    SIDES,
    areas,
    around,
    check,
    in_one_unit,
    longer_side,
    share,
    unlike,
)
from lossbook.losses.boxes.slopes import fused
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss


def apartness(input, target):
    """The squared distance of the centers over the squared diagonal of the box around both."""
    twice = (input[:, :2] - target[:, :2]) + (input[:, 2:] - target[:, 2:])
    squared = (around(input, target) ** 2).sum(-1)  # at least 1, or 0 for the same points
    return 0.25 * (twice**2).sum(-1) / torch.where(squared < 0.5, 1.0, squared)


def angle(input, target):
    """The angle between the diagonals of two boxes; 0 if one of them is a point.

    atan(w / h) - atan(w' / h') = atan2(w h' - w' h, w w' + h h'): no division by a height of 0, and no difference of
    nearly equal angles. Each box is measured by its longer side, held constant: its shape does not depend on it.
    """
    size, size_t = input[:, 2:] - input[:, :2], target[:, 2:] - target[:, :2]
    (w, h), (w_t, h_t) = ((v / longer_side(v)).unbind(-1) for v in (size, size_t))
    across, along = w * h_t - w_t * h, w * w_t + h * h_t
    point = across.abs() + along < 0.5  # the diagonals are at least 1 long otherwise
    return torch.atan2(torch.where(point, 0.0, across), torch.where(point, 1.0, along))


def _stretched(s):
    w, h = torch.sqrt(s), torch.rsqrt(s)
    box = torch.stack([0.65 - w / 2, 0.6 - h / 2, 0.65 + w / 2, 0.6 + h / 2])
    return box.unsqueeze(0), torch.tensor([[0.0, 0.0, 1.0, 1.0]], dtype=s.dtype)


@loss(
    title="Distance intersection-over-union loss",
    short="DIoU",
    family="boxes",
    formula=r"\ell(A, B) = 1 - \frac{|A \cap B|}{|A \cup B|} + \frac{\rho^2}{c^2}",
    symbols={
        r"|\cdot|": "area",
        r"\rho": "distance between the centers of the boxes",
        "c": "diagonal of the least box that holds both",
    },
    sides=SIDES,
    gives="N",
    check=check,
    fused=fused(lambda a, b: diou_loss.definition(a, b), "apartness"),
    path=SHIFTED,
    convex=False,
    smoothness="C0",
    invariant=INVARIANT,
    bounds=(0.0, 2.0),
    elsewhere={
        "torchvision": "torchvision.ops.distance_box_iou_loss",
    },
    traps=[
        "Boxes with the same center cost iou_loss only: it says nothing of the shape. ciou_loss does.",
        "The distance counts squared: the pull is strong from far away and fades as the centers meet.",
        CORNERS,
        "The same boxes cost exactly 0, with slope 0. Boxes without area are drawn together by their centers.",
    ],
    primary="Zheng, Wang, Liu, Li, Ye and Ren (2020), Distance-IoU Loss: Faster and Better Learning for Bounding Box "
    "Regression, AAAI.",
    cite=["zheng2020distance"],
    look=Look(3, "dashdot"),
)
def diou_loss(input, target):
    """The intersection-over-union loss, plus the squared distance of the centers over that of the farthest corners.

    Equal to iou_loss for boxes with the same center, and never below it.

    Also raises ValueError for a box with x2 < x1 or y2 < y1; the message says which.

    >>> import torch
    >>> input = torch.tensor([[0.0, 0.0, 2.0, 1.0], [3.0, 3.0, 4.0, 4.0]])
    >>> target = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    >>> diou_loss(input, target, reduction="none")
    tensor([0.5500, 1.5625])
    """
    input, target = in_one_unit(input, target)
    both, apart, _ = areas(input, target)
    return share(apart, both, unlike(input, target)) + apartness(input, target)


@loss(
    title="Complete intersection-over-union loss",
    short="CIoU",
    family="boxes",
    formula=r"\ell(A, B) = 1 - \frac{|A \cap B|}{|A \cup B|} + \frac{\rho^2}{c^2} + \alpha v, \quad "
    r"v = \frac{4}{\pi^2} \left( \arctan \frac{w'}{h'} - \arctan \frac{w}{h} \right)^2, \quad "
    r"\alpha = \frac{v}{\left( 1 - \mathrm{IoU} \right) + v}",
    symbols={
        r"|\cdot|": "area",
        r"\rho": "distance between the centers of the boxes",
        "c": "diagonal of the least box that holds both",
        "w, h": "sides of A",
        "w', h'": "sides of B",
        r"\mathrm{IoU}": "the fraction of the areas",
        "v": "difference in shape, from 0 to 1",
        r"\alpha": "weight of v, held constant in the gradient",
    },
    sides=SIDES,
    gives="N",
    check=check,
    fused=fused(lambda a, b: ciou_loss.definition(a, b), "apartness", "shape"),
    path=Path(
        "width over height of the predicted box",
        0.2,
        5.0,
        _stretched,
        "The shape of a box with the right area moves around a square target; its center is held a little off.",
        3.0,
    ),
    convex=False,
    smoothness="C0",
    invariant=INVARIANT,
    bounds=(0.0, 2.5),
    held="alpha, the weight of the difference in shape",
    elsewhere={
        "torchvision": "torchvision.ops.complete_box_iou_loss",
        "keras-cv": "keras_cv.losses.CIoULoss",
    },
    traps=[
        "alpha is held constant in the gradient, as the authors say: what is followed is not the slope of the value. "
        "A comparison with finite differences fails unless alpha is held there as well.",
        "The authors' code also drops the factor 1 / (w^2 + h^2) from the slope of v, for boxes in units of the "
        "picture; here the slope is that of v.",
        "Only the ratio of the sides counts in v: boxes of the same shape cost what they do in diou_loss.",
        CORNERS,
        "The same boxes cost exactly 0, with slope 0. A box without height has the shape of a line; a point has none, "
        "and v is then 0.",
    ],
    primary="Zheng, Wang, Liu, Li, Ye and Ren (2020), Distance-IoU Loss: Faster and Better Learning for Bounding Box "
    "Regression, AAAI.",
    cite=["zheng2020distance"],
    look=Look(4, "long"),
)
def ciou_loss(input, target):
    """The distance-IoU loss, plus a term for the difference in shape that counts more the better the boxes overlap.

    Equal to diou_loss for boxes of the same shape, and never below it.

    Also raises ValueError for a box with x2 < x1 or y2 < y1; the message says which.

    >>> import torch
    >>> input = torch.tensor([[0.0, 0.0, 2.0, 1.0], [3.0, 3.0, 4.0, 4.0]])
    >>> target = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    >>> ciou_loss(input, target, reduction="none")
    tensor([0.5532, 1.5625])
    """
    input, target = in_one_unit(input, target)
    both, apart, _ = areas(input, target)
    overlap = share(apart, both, unlike(input, target))
    v = (2 / math.pi * angle(input, target)) ** 2
    alpha = share(v, overlap).detach()
    return overlap + apartness(input, target) + alpha * v
