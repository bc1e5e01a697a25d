"""Losses of distances: contrastive for pairs, triplet, and the hardest triplets of a batch."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.metric.geometry import length, plain_length
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

_DIAGONAL = (0.6, 0.8)  # a direction in the plane


def _along(*distances):
    """Points of the plane at these distances from the origin"""
    return torch.stack(distances)[:, None] * torch.tensor([_DIAGONAL], dtype=torch.float64)


def _fast_contrastive(x1, x2, similar, margin):
    d = plain_length(x1 - x2)
    if d is None:
        return contrastive.definition(x1, x2, similar=similar, margin=margin)
    return 0.5 * torch.where(similar > 0, d, F.relu(margin - d)) ** 2


@loss(
    title="Contrastive loss",
    short="Contrastive",
    family="metric",
    formula=r"\ell = \tfrac{1}{2} y d^2 + \tfrac{1}{2} (1 - y) \max(0, m - d)^2, \qquad d = \lVert x_1 - x_2 \rVert_2",
    symbols={"d": "distance of the two"},
    parameters=[
        Parameter(
            "margin",
            1.0,
            "How far apart what is not alike must be to cost nothing.",
            low=0.0,
            open_high=True,
            symbol="m",
            slider=(0.2, 2.0),
        )
    ],
    sides=[
        Side("x1", "N D", "One embedding of each pair.", symbol="x_1"),
        Side("x2", "N D", "The other one.", symbol="x_2"),
        Side("similar", "N", "1 for a pair that is alike, 0 for one that is not.", kind="yes_no", symbol="y"),
    ],
    gives="N",
    sizes={"D": 2},
    path=Path(
        "distance",
        0.0,
        2.0,
        lambda s: (
            _along(0 * s, 0 * s),
            _along(s, s),
            torch.tensor([1.0, 0.0], dtype=torch.float64),
        ),
        "Two pairs, one alike and one not, are the same distance apart: the first pulls together with a force that "
        "grows, the second pushes apart up to the margin.",
        start=0.5,
    ),
    convex=False,
    smoothness="C0",
    bounded_gradient=False,
    invariant=("permutation", "common shift", "rotation", "exchange"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "pytorch-metric-learning": "losses.ContrastiveLoss, without squares unless power=2, over all pairs of a batch",
        "TensorFlow Addons": "tfa.losses.contrastive_loss(similar, distance), without the halves",
    },
    traps=[
        "similar = 1 means alike. Hadsell, Chopra and LeCun write Y = 0 for alike, and code that is copied from "
        "there has every label the wrong way round.",
        "Both halves are in it, as in the paper; much code drops them, which doubles the loss.",
        "The margin is a distance, in units of the embeddings: without a normalization the network reaches it by "
        "scaling.",
        "Two points in the same place that are not alike have no direction to part in: the slope there is taken as 0. "
        "A square root of a sum of squares gives NaN.",
    ],
    primary="Hadsell, Chopra and LeCun (2006), Dimensionality Reduction by Learning an Invariant Mapping, CVPR.",
    cite=["hadsell2006dimensionality"],
    look=Look(1),
    fused=_fast_contrastive,
)
def contrastive(x1, x2, *, similar, margin=1.0):
    """Half the squared distance of a pair that is alike, half the squared shortfall from the margin of one that is not.

    For pairs that are alike it is half of mse, summed over the D entries.

    >>> import torch
    >>> x1, x2 = torch.zeros(3, 2), torch.tensor([[0.3, 0.4], [0.3, 0.4], [3.0, 4.0]])
    >>> contrastive(x1, x2, similar=torch.tensor([1, 0, 0]), reduction="none")
    tensor([0.1250, 0.1250, 0.0000])
    """
    apart = x1 - x2
    square = (apart * apart).sum(-1)  # not the square of the length: its slope is right at 0 and finite far out
    return 0.5 * torch.where(similar > 0, square, F.relu(margin - length(apart)) ** 2)


def _fast_triplet(anchor, positive, negative, margin, p):
    both = None if p != 2 else (plain_length(anchor - positive), plain_length(anchor - negative))
    if both is None or both[0] is None or both[1] is None:
        return triplet.definition(anchor, positive, negative=negative, margin=margin, p=p)
    return F.relu(both[0] - both[1] + margin)


@loss(
    title="Triplet loss",
    short="Triplet",
    family="metric",
    formula=r"\ell = \max(0, \lVert x_a - x_p \rVert_p - \lVert x_a - x_n \rVert_p + m)",
    symbols={},
    parameters=[
        Parameter(
            "margin",
            1.0,
            "How much farther than the positive the negative must be to cost nothing.",
            low=0.0,
            open_high=True,
            symbol="m",
            slider=(0.0, 2.0),
        ),
        Parameter(
            "p",
            2,
            "Which norm measures distances: 2 is the Euclidean one, 1 the sum of absolute differences.",
            low=1.0,
            high=float("inf"),
            open_high=True,
            symbol="p",
        ),
    ],
    sides=[
        Side("anchor", "N D", "The embeddings that distances are taken from.", symbol="x_a"),
        Side("positive", "N D", "For each anchor, one that is alike.", symbol="x_p"),
        Side("negative", "N D", "For each anchor, one that is not.", symbol="x_n"),
    ],
    gives="N",
    path=Path(
        "distance of the negative",
        0.0,
        3.0,
        lambda s: (_along(0 * s), _along(1 + 0 * s), _along(s)),
        "The negative moves away from the anchor; the positive stays at a distance of 1.",
        start=1.0,
    ),
    convex=False,
    smoothness="C0",
    bounded_gradient=True,
    invariant=("permutation", "common shift", "rotation"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "torch": "torch.nn.functional.triplet_margin_loss(anchor, positive, negative, margin=..., p=...)",
        "pytorch-metric-learning": "losses.TripletMarginLoss, over triplets mined from labels",
        "optax": "optax.losses.triplet_margin_loss",
        "TensorFlow Addons": "tfa.losses.triplet_hard_loss, tfa.losses.triplet_semihard_loss",
    },
    traps=[
        "Distances, not squared distances: FaceNet squares them, and a margin does not carry over.",
        "torch adds eps = 1e-6 to every difference, so that identical points are 1e-6 sqrt(D) apart; here they are 0 "
        "apart, and their slope is 0.",
        "All embeddings in one point cost exactly the margin and teach nothing: a loss that stands at the margin has "
        "collapsed.",
        "Most triplets of a batch soon cost 0, and the mean over all of them fades: batch_hard_triplet picks the "
        "hardest.",
        "The invariance to rotation is that of p = 2.",
    ],
    primary="Weinberger and Saul (2009), Distance Metric Learning for Large Margin Nearest Neighbor Classification, "
    "JMLR 10; for networks Schroff, Kalenichenko and Philbin (2015), FaceNet, CVPR.",
    cite=["weinberger2009distance", "schroff2015facenet"],
    look=Look(2, "dashed"),
    fused=_fast_triplet,
)
def triplet(anchor, positive, *, negative, margin=1.0, p=2):
    """By how much the negative fails to be farther from the anchor than the positive by the margin.

    For p below 2 the slope at a difference of exactly 0 in one entry is taken as 0.

    >>> import torch
    >>> anchor, positive = torch.zeros(2, 2), torch.tensor([[0.6, 0.8], [0.6, 0.8]])
    >>> triplet(anchor, positive, negative=torch.tensor([[1.2, 1.6], [0.3, 0.4]]), reduction="none")
    tensor([0.0000, 1.5000])
    """
    return F.relu(length(anchor - positive, p) - length(anchor - negative, p) + margin)
