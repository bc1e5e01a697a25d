"""Cross-entropies of cosines with a margin for the label: losses for faces, and whatever is told apart by direction."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.margin.directions import are_ordinary, check_directions, sine, turn, unit
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

_SIDES = (
    Side("embeddings", "N D", "One vector for each example; its length does not matter.", symbol="x"),
    Side("target", "N", "The label of each example.", kind="labels", below="C", symbol="y"),
    Side("weight", "C D", "One direction for each class, to be learnt; its length does not matter.", symbol="W"),
)
_SCALE = Parameter(
    "scale",
    64.0,
    "What the cosines are multiplied by: the inverse of a temperature.",
    low=0.0,
    open_low=True,
    open_high=True,
    symbol="s",
    slider=(1.0, 64.0),
    log=True,
)
_LETTERS = {
    r"\theta": "angle between the embedding and the direction of a class",
    "k": "a class",
    r"\cos": "the cosine",
}
_ZEROS = "A vector of zeros has no direction: all its cosines are taken as 0, and no margin is added to them."
_LEARNT = "weight belongs to the loss, one row a class: hand it to the optimizer, and keep it out of weight decay."
_UNFAIR = (
    "The probabilities of the softmax are not those of the classes: the margin is there in training only. At test time "
    "compare cosines."
)


def _turning(s):
    """An embedding that turns away from the direction of its class; two others stand at 90 and at 200 degrees."""
    angles = torch.tensor([0.0, 90.0, 200.0], dtype=s.dtype).deg2rad()
    turned = s * (math.pi / 180)
    embedding = torch.stack([torch.cos(turned), torch.sin(turned)]).unsqueeze(0)
    return embedding, torch.zeros(1, dtype=torch.int64), torch.stack([angles.cos(), angles.sin()], 1)


_PATH = Path(
    "angle to the direction of the label, in degrees",
    -160.0,
    180.0,
    _turning,
    "The embedding turns away from the direction of its class; those of the two other classes stay at 90 and 200 "
    "degrees.",
    40.0,
)


def _fast(loss_of):
    """The same with lengths by torch's kernel, and the margin added to the logits in place, without a copy of them."""

    def fused(embeddings, target, *, weight, margin, scale):
        lengths = [torch.linalg.vector_norm(v, dim=1, keepdim=True) for v in (embeddings, weight)]
        if not all(map(are_ordinary, lengths)):
            return loss_of().definition(embeddings, target, weight=weight, margin=margin, scale=scale)
        e, w = embeddings / lengths[0], weight / lengths[1]
        logits, label = F.linear(scale * e, w), target.unsqueeze(1)
        if loss_of() is cosface:
            change = torch.zeros_like(label, dtype=e.dtype) - margin
        else:
            w = w.index_select(0, target)
            own = (e * w).sum(1, keepdim=True)
            change = turn(own, sine(e, own, w), margin) - own
        return F.cross_entropy(logits.scatter_add_(1, label, scale * change), target, reduction="none")

    return fused


@loss(
    title="Additive angular margin loss",
    short="ArcFace",
    family="margin",
    formula=r"\ell(x, y, W) = -\log \frac{e^{s \cos(\theta_y + m)}}{e^{s \cos(\theta_y + m)} "
    r"+ \sum_{k \ne y} e^{s \cos \theta_k}}",
    symbols=_LETTERS,
    sides=_SIDES,
    gives="N",
    parameters=[
        Parameter(
            "margin",
            0.5,
            "The angle, in radians, that is added to the angle of the label.",
            low=0.0,
            high=math.pi / 2,
            symbol="m",
            slider=(0.0, 1.0),
        ),
        _SCALE,
    ],
    path=_PATH,
    convex=False,
    bounded_gradient=False,
    proper=False,
    smoothness="jumps",
    invariant=["permutation", "scale", "common scale", "rotation"],
    bounds=(0.0, math.inf),
    elsewhere={
        "pytorch-metric-learning": "pytorch_metric_learning.losses.ArcFaceLoss(num_classes, embedding_size, "
        "margin=28.6, scale=64), with the margin in degrees",
    },
    traps=[
        "The margin is in radians; 0.5 is 28.6 degrees.",
        "Beyond theta + m = pi, where the cosine would rise again, it is cos(theta) - m sin(m), as is usual: it falls "
        "on with the angle, but it jumps there, by 0.12 for m = 0.5.",
        "The slope of arccos is infinite at cosines of -1 and 1, and NaN beyond, where rounding may lead. Here neither "
        "is met: the sine is a length, with a slope of at most 1, taken as 0 where the two directions are the same.",
        "From random directions a scale of 64 and the full margin may not get off the ground; begin with a smaller "
        "margin.",
        _ZEROS,
        _LEARNT,
        _UNFAIR,
    ],
    primary="Deng, Guo, Xue and Zafeiriou (2019), ArcFace: Additive Angular Margin Loss for Deep Face Recognition, "
    "CVPR.",
    cite=["deng2019arcface"],
    look=Look(2, "dashed"),
    check=check_directions,
    fused=_fast(lambda: arcface),
)
def arcface(embeddings, target, *, weight, margin=0.5, scale=64.0):
    """The cross-entropy of scaled cosines, with the angle to the label's direction made larger by the margin.

    With a margin of 0 it is cross_entropy of the scaled cosines, and equal to cosface.

    >>> import torch
    >>> weight = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> arcface(torch.tensor([[3.0, 4.0]]), torch.tensor([1]), weight=weight, scale=4.0)
    tensor(1.1317)
    """
    e, w, label = unit(embeddings), unit(weight), target.unsqueeze(1)
    cosines = e @ w.T
    own = cosines.gather(1, label)
    turned = turn(own, sine(e, own, w.index_select(0, target)), margin)
    return F.cross_entropy(scale * cosines.scatter(1, label, turned), target, reduction="none")


@loss(
    title="Large margin cosine loss",
    short="CosFace",
    family="margin",
    formula=r"\ell(x, y, W) = -\log \frac{e^{s (\cos \theta_y - m)}}{e^{s (\cos \theta_y - m)} "
    r"+ \sum_{k \ne y} e^{s \cos \theta_k}}",
    symbols=_LETTERS,
    sides=_SIDES,
    gives="N",
    parameters=[
        Parameter(
            "margin",
            0.35,
            "What is taken off the cosine of the label.",
            low=0.0,
            open_high=True,
            symbol="m",
            slider=(0.0, 1.0),
        ),
        _SCALE,
    ],
    path=_PATH,
    convex=False,
    bounded_gradient=False,
    proper=False,
    smoothness="Cinf",
    invariant=["permutation", "scale", "common scale", "rotation"],
    bounds=(0.0, math.inf),
    elsewhere={
        "pytorch-metric-learning": "pytorch_metric_learning.losses.CosFaceLoss(num_classes, embedding_size, "
        "margin=0.35, scale=64)",
    },
    traps=[
        "The margin is taken off the cosine, not added to the angle: a margin of arcface means another thing.",
        "Of C directions some pair has a cosine of -1 / (C - 1) or more: a margin beyond C / (C - 1) cannot be met by "
        "all classes.",
        _ZEROS.replace(", and no margin is added to them", ""),
        _LEARNT,
        _UNFAIR,
    ],
    primary="Wang, Wang, Zhou, Ji, Gong, Zhou, Li and Liu (2018), CosFace: Large Margin Cosine Loss for Deep Face "
    "Recognition, CVPR.",
    cite=["wang2018cosface"],
    look=Look(4, "dashdot"),
    check=check_directions,
    fused=_fast(lambda: cosface),
)
def cosface(embeddings, target, *, weight, margin=0.35, scale=64.0):
    """The cross-entropy of scaled cosines, with the cosine of the label made smaller by the margin.

    With a margin of 0 it is cross_entropy of the scaled cosines, and equal to arcface.

    >>> import torch
    >>> weight = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> cosface(torch.tensor([[3.0, 4.0]]), torch.tensor([1]), weight=weight, scale=4.0)
    tensor(1.0375)
    """
    cosines, label = unit(embeddings) @ unit(weight).T, target.unsqueeze(1)
    own = cosines.gather(1, label)
    return F.cross_entropy(scale * cosines.scatter(1, label, own - margin), target, reduction="none")
