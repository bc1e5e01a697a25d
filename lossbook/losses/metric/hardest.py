"""The triplet loss of the hardest triplets that a batch holds."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.metric.geometry import largest_entry, length, plain_length
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _partners(far, labels):
    """For each anchor the farthest of its own label, the nearest of another, and whether it has both.

    far: how far apart any two are, in any units that keep the order.
    """
    alike = labels[:, None] == labels
    own = alike & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    positive = torch.where(own, far, -1.0).argmax(1)
    negative = torch.where(alike, torch.inf, far).argmin(1)
    return positive, negative, own.any(1) & ~alike.all(1)


def _cost(apart_positive, apart_negative, margin, counted):
    return torch.where(counted, F.relu(apart_positive - apart_negative + margin), 0.0)


def _fast(embeddings, labels, margin):
    if embeddings.dtype is torch.float64 or not len(labels):
        return batch_hard_triplet.definition(embeddings, labels, margin=margin)
    # |x - y|^2 = |x|^2 - 2 x.y + |y|^2 is one matrix product. In float32 it would lose points that are closer than
    # 3e-4 of their length; the product in float64 is finer than float32 resolves. It only chooses the pairs.
    z = embeddings.detach().double()
    squares = (z * z).sum(1)
    far = torch.addmm(squares, z, z.T, alpha=-2).add_(squares[:, None])
    positive, negative, counted = _partners(far, labels)
    x = embeddings
    differences = x - x.index_select(0, positive), x - x.index_select(0, negative)
    lengths = [plain_length(v) for v in differences]
    if any(d is None for d in lengths):
        lengths = [length(v) for v in differences]
    return _cost(*lengths, margin, counted), counted


def _batch(s):
    """Two points of one label, one apart, and two of another that are s away from them"""
    zero = 0 * s
    return (
        torch.stack([torch.stack(p) for p in ((zero, zero), (zero, zero + 1), (s, zero), (s, zero + 1))]),
        torch.tensor([0, 0, 1, 1]),
    )


@loss(
    title="Batch-hard triplet loss",
    short="Batch-hard triplet",
    family="metric",
    formula=r"\ell_i = \max \left( 0, \max_{j \ne i, \, y_j = y_i} \lVert x_i - x_j \rVert_2 "
    r"- \min_{j: \, y_j \ne y_i} \lVert x_i - x_j \rVert_2 + m \right)",
    symbols={"i, j": "anchor and partner, rows of the batch"},
    parameters=[
        Parameter(
            "margin",
            1.0,
            "How much farther than the farthest positive the nearest negative must be to cost nothing.",
            low=0.0,
            open_high=True,
            symbol="m",
            slider=(0.0, 2.0),
        )
    ],
    sides=[
        Side("embeddings", "N D", "The embeddings of a batch.", symbol="x"),
        Side("labels", "N", "Which ones are alike: those of equal label.", kind="labels", symbol="y"),
    ],
    gives="N",
    path=Path(
        "distance of the two labels",
        0.0,
        3.0,
        _batch,
        "Two points of one label, 1 apart, and two of another: the second pair moves away from the first.",
        start=1.0,
    ),
    convex=False,
    smoothness="C0",
    bounded_gradient=True,
    invariant=("permutation", "common shift", "rotation"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "pytorch-metric-learning": "miners.BatchHardMiner with losses.TripletMarginLoss",
        "TensorFlow Addons": "tfa.losses.triplet_hard_loss",
    },
    traps=[
        "An anchor without a positive (a label that occurs once) or without a negative does not count: it costs 0 and "
        "the mean is over the others. If none counts the mean is 0, with slope 0.",
        "The batch must hold several of each label, such as 8 labels with 4 examples each: random batches of many "
        "labels hold hardly any positives.",
        "The hardest examples are often mislabelled ones, and every anchor near one is pulled there.",
        "All embeddings in one point cost exactly the margin. With a high learning rate training falls into it and "
        "stays there.",
        "Embeddings are taken as they are; normalized ones are at most 2 apart, which wants a margin below 1.",
    ],
    primary="Hermans, Beyer and Leibe (2017), In Defense of the Triplet Loss for Person Re-Identification, equation 5.",
    cite=["hermans2017defense", "schroff2015facenet"],
    look=Look(3, "dotted"),
    fused=_fast,
)
def batch_hard_triplet(embeddings, labels, *, margin=1.0):
    """The triplet loss of each anchor with its farthest positive and its nearest negative in the batch.

    Equal to triplet over the triplets it picks. Of partners that are equally far, the first one carries the slope.

    >>> import torch
    >>> embeddings = torch.tensor([[0.0], [1.0], [1.5], [9.0]])
    >>> batch_hard_triplet(embeddings, torch.tensor([0, 0, 1, 2]), reduction="none")
    tensor([0.5000, 1.5000, 0.0000, 0.0000])
    """
    if not len(labels):
        return embeddings.sum(1), labels
    z = embeddings.detach()
    z = z / largest_entry(z.reshape(1, -1))  # only the order of the distances matters: squares must fit
    far = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist")
    positive, negative, counted = _partners(far, labels)
    farthest, nearest = (embeddings.gather(0, k[:, None].expand_as(embeddings)) for k in (positive, negative))
    return _cost(length(embeddings - farthest), length(embeddings - nearest), margin, counted), counted
