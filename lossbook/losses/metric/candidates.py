"""Contrastive losses as a classification: each embedding is to pick its partner among the candidates of the batch."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.metric.geometry import quick_unit, unit
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def circle(degrees):
    """Points of the unit circle"""
    angles = torch.deg2rad(degrees)
    return torch.stack([angles.cos(), angles.sin()], -1)


def turned(s):
    """Three pairs of directions: the first ones 120 degrees apart, each partner s degrees farther"""
    first = torch.tensor([0.0, 120.0, 240.0], dtype=torch.float64)
    return circle(first + 0 * s), circle(first + s)


def temperature(default, meaning="What cosines are divided by."):
    return Parameter(
        "temperature",
        default,
        f"{meaning} A tensor of shape () may be learned.",
        low=0.0,
        high=float("inf"),
        open_low=True,
        open_high=True,
        symbol=r"\tau",
        slider=(0.02, 2.0),
        log=True,
    )


ZERO = "A vector of zeros has no direction: its cosines are taken as 0, and so is its slope."
SIZE = (
    "The slope is across the vector and inversely proportional to its length: long embeddings learn slowly, though "
    "their length costs nothing."
)


def _fast_info_nce(query, key, temperature):
    logits = (quick_unit(query) / temperature) @ quick_unit(key).T
    return F.cross_entropy(logits, torch.arange(len(query), device=query.device), reduction="none")


@loss(
    title="InfoNCE",
    short="InfoNCE",
    family="metric",
    formula=r"\ell_i = -\log \frac{e^{c(q_i, k_i) / \tau}}{\sum_{j=1}^{N} e^{c(q_i, k_j) / \tau}}, \qquad "
    r"c(q, k) = \frac{q \cdot k}{\lVert q \rVert \, \lVert k \rVert}",
    symbols={"c": "cosine", "N": "number of pairs", "i, j": "rows of the batch"},
    parameters=[temperature(0.1)],
    sides=[
        Side("query", "N D", "One embedding of each pair.", symbol="q"),
        Side("key", "N D", "Its partner; the keys of the other rows are the negatives.", symbol="k"),
    ],
    gives="N",
    path=Path(
        "angle of query and key, degrees",
        0.0,
        180.0,
        turned,
        "Three queries 120 degrees apart; each key turns away from its query, until at 120 degrees it is where the "
        "next query is.",
        start=30.0,
    ),
    convex=False,
    smoothness="Cinf",
    bounded_gradient=False,
    invariant=("permutation", "scale", "common scale", "rotation"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "pytorch-metric-learning": "losses.NTXentLoss, from labels",
        "open_clip": "open_clip.ClipLoss, the mean of both directions",
        "optax": "optax.losses.ntxent, from labels",
    },
    traps=[
        "From queries to keys only. CLIP takes the mean of info_nce(x, y) and info_nce(y, x).",
        "Embeddings are normalized inside; the temperature divides cosines, so 0.1 lets logits reach 10 and no more.",
        "log N minus the loss bounds the mutual information of query and key from below, and cannot exceed log N: "
        "small batches cannot tell more.",
        "Values of batches of different sizes do not compare: chance level is log N.",
        "Rows that are alike but not partners, such as duplicates, are pushed apart as negatives.",
        ZERO,
        SIZE,
    ],
    primary="van den Oord, Li and Vinyals (2018), Representation Learning with Contrastive Predictive Coding; with "
    "cosines and a temperature as in Radford et al. (2021), CLIP.",
    cite=["oord2018representation", "radford2021learning"],
    look=Look(4),
    fused=_fast_info_nce,
)
def info_nce(query, key, *, temperature=0.1):
    """The cross-entropy of picking a query's own key among all keys of the batch, by cosine.

    A batch of one pair costs 0: there is nothing to pick from.

    >>> import torch
    >>> query, key = torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    >>> info_nce(query, key, temperature=1.0, reduction="none")
    tensor([0.5574, 0.4008])
    """
    # scaled before the product, where there are N D numbers and not N N
    logits = (unit(query) / temperature) @ unit(key).T
    return F.cross_entropy(logits, torch.arange(len(query), device=query.device), reduction="none")


def _fast_nt_xent(z1, z2, temperature):
    n = len(z1)
    z = quick_unit(torch.cat([z1, z2]))
    logits = (z / temperature) @ z.T
    logits.diagonal().fill_(-torch.inf)
    each = F.cross_entropy(logits, torch.arange(2 * n, device=z.device).roll(n), reduction="none")
    return 0.5 * (each[:n] + each[n:])


@loss(
    title="Normalized temperature-scaled cross-entropy",
    short="NT-Xent",
    family="metric",
    formula=r"\ell_i = -\tfrac{1}{2} \log \frac{e^{c(a_i, b_i) / \tau}}{\sum_{z \ne a_i} e^{c(a_i, z) / \tau}} "
    r"- \tfrac{1}{2} \log \frac{e^{c(b_i, a_i) / \tau}}{\sum_{z \ne b_i} e^{c(b_i, z) / \tau}}",
    symbols={"c": "cosine", "z": "each of the 2 N embeddings of both sides", "i": "row of the batch"},
    parameters=[temperature(0.5)],
    sides=[
        Side("z1", "N D", "Embeddings of one view of each example.", symbol="a"),
        Side("z2", "N D", "Embeddings of another view of the same examples.", symbol="b"),
    ],
    gives="N",
    path=Path(
        "angle of the two views, degrees",
        0.0,
        180.0,
        turned,
        "Three examples 120 degrees apart; the second view of each turns away from the first, until at 120 degrees it "
        "is where the first view of the next example is.",
        start=30.0,
    ),
    convex=False,
    smoothness="Cinf",
    bounded_gradient=False,
    invariant=("permutation", "scale", "common scale", "rotation", "exchange"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "pytorch-metric-learning": "losses.SelfSupervisedLoss(losses.NTXentLoss(temperature=...))",
        "lightly": "lightly.loss.NTXentLoss(temperature=...)",
        "optax": "optax.losses.ntxent, from labels",
    },
    traps=[
        "Each of the 2 N embeddings has one positive, and the denominator is over all others: the positive is in it, "
        "the embedding itself is not. Code that leaves it in cannot get below log 2.",
        "One value for each pair, the mean of its two directions; the mean over pairs is that over all 2 N.",
        "Exponentials of cosines / temperature overflow float32 at a temperature of 0.01, and ratios of them saturate; "
        "as a cross-entropy of logits it does neither.",
        "Chance level is log(2 N - 1); values of batches of different sizes do not compare.",
        "Over several devices the negatives are those of one device unless embeddings are gathered, with gradients.",
        ZERO,
        SIZE,
    ],
    primary="Chen, Kornblith, Norouzi and Hinton (2020), A Simple Framework for Contrastive Learning of Visual "
    "Representations, equation 1.",
    cite=["chen2020simple"],
    look=Look(5, "dashed"),
    fused=_fast_nt_xent,
)
def nt_xent(z1, z2, *, temperature=0.5):
    """The cross-entropy of picking the other view of the same example among all other embeddings of the batch.

    Equal to sup_con of both views together, with the row of each as its label. A batch of one pair costs 0.

    >>> import torch
    >>> z1, z2 = torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    >>> nt_xent(z1, z2, temperature=1.0, reduction="none")
    tensor([0.7486, 0.8924])
    """
    n = len(z1)
    z = unit(torch.cat([z1, z2]))
    itself = torch.eye(2 * n, dtype=torch.bool, device=z.device)
    logits = torch.where(itself, -torch.inf, (z / temperature) @ z.T)
    other_view = torch.arange(2 * n, device=z.device).roll(n)
    each = F.cross_entropy(logits, other_view, reduction="none")
    return 0.5 * (each[:n] + each[n:])
