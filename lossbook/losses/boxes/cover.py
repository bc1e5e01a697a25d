"""Losses of two boxes by areas: intersection over union, and its generalized form."""

from lossbook.look import Look
from lossbook.losses.boxes.areas import CORNERS, INVARIANT, SHIFTED, SIDES, areas, check, in_one_unit, share, unlike
from lossbook.losses.boxes.slopes import fused
from lossbook.losses.registry import loss


@loss(
    title="Intersection-over-union loss",
    short="IoU",
    family="boxes",
    formula=r"\ell(A, B) = 1 - \frac{|A \cap B|}{|A \cup B|}",
    symbols={r"|\cdot|": "area"},
    sides=SIDES,
    gives="N",
    check=check,
    fused=fused(lambda a, b: iou_loss.definition(a, b)),
    path=SHIFTED,
    convex=False,
    smoothness="C0",
    invariant=INVARIANT,
    bounds=(0.0, 1.0),
    elsewhere={
        "torchvision": "none; torchvision.ops.box_iou is the measure, for all pairs",
        "keras-cv": "keras_cv.losses.IoULoss(mode='linear')",
    },
    traps=[
        "Boxes that do not meet cost 1 wherever they are, with slope 0: nothing draws them together. giou_loss and "
        "diou_loss do.",
        "Some texts take -log IoU instead, which is infinite for boxes that do not meet.",
        CORNERS,
        "The same boxes cost exactly 0, with slope 0. Two boxes without area cost 0 if they are the same and 1 if not, "
        "with slope 0.",
    ],
    primary="Yu, Jiang, Wang, Cao and Huang (2016), UnitBox, ACM Multimedia, as -log IoU; as 1 - IoU in Rezatofighi et "
    "al. (2019), Generalized Intersection over Union, CVPR.",
    cite=["yu2016unitbox", "rezatofighi2019generalized"],
    look=Look(1),
)
def iou_loss(input, target):
    """One minus the area that two boxes share over the area that they cover together.

    It is the jaccard loss of the two boxes as regions.

    Also raises ValueError for a box with x2 < x1 or y2 < y1; the message says which.

    >>> import torch
    >>> input = torch.tensor([[0.0, 0.0, 2.0, 1.0], [5.0, 5.0, 6.0, 6.0]])
    >>> target = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    >>> iou_loss(input, target, reduction="none")
    tensor([0.5000, 1.0000])
    """
    input, target = in_one_unit(input, target)
    both, apart, _ = areas(input, target)
    return share(apart, both, unlike(input, target))


@loss(
    title="Generalized intersection-over-union loss",
    short="GIoU",
    family="boxes",
    formula=r"\ell(A, B) = 1 - \frac{|A \cap B|}{|A \cup B|} + \frac{|C| - |A \cup B|}{|C|}",
    symbols={r"|\cdot|": "area", "C": "the least box that holds both"},
    sides=SIDES,
    gives="N",
    check=check,
    fused=fused(lambda a, b: giou_loss.definition(a, b), "emptiness"),
    path=SHIFTED,
    convex=False,
    smoothness="C0",
    invariant=INVARIANT,
    bounds=(0.0, 2.0),
    elsewhere={
        "torchvision": "torchvision.ops.generalized_box_iou_loss",
        "keras-cv": "keras_cv.losses.GIoULoss",
    },
    traps=[
        "Between 0 and 2: boxes that do not meet cost 1 and more, up to 2 far apart.",
        "If one box lies inside the other it is iou_loss, wherever inside: the place in it has slope 0.",
        "Boxes that do not meet are drawn together at first by making the predicted one larger.",
        CORNERS,
        "The same boxes cost exactly 0, with slope 0. Where the box around both has no area, only whether they are the "
        "same counts.",
    ],
    primary="Rezatofighi, Tsoi, Gwak, Sadeghian, Reid and Savarese (2019), Generalized Intersection over Union: A "
    "Metric and a Loss for Bounding Box Regression, CVPR.",
    cite=["rezatofighi2019generalized"],
    look=Look(2, "dashed"),
)
def giou_loss(input, target):
    """The intersection-over-union loss, plus the share of the box around both that neither covers.

    Equal to iou_loss if one box lies inside the other, and never below it.

    Also raises ValueError for a box with x2 < x1 or y2 < y1; the message says which.

    >>> import torch
    >>> input = torch.tensor([[0.0, 0.0, 2.0, 1.0], [3.0, 0.0, 4.0, 1.0]])
    >>> target = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    >>> giou_loss(input, target, reduction="none")
    tensor([0.5000, 1.5000])
    """
    input, target = in_one_unit(input, target)
    both, apart, waste = areas(input, target)
    return share(apart, both, unlike(input, target)) + share(waste, both + apart)
