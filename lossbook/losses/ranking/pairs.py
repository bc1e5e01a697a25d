"""Losses of pairs of documents: the more relevant one should have the higher score."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.ranking.chunks import by_lists
from lossbook.losses.ranking.lists import LIST, PADDING, better, check_finite, gaps, kept, pulled, shares
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

_PAIRS = {"P": "pairs of documents i, j of one list, r_i above r_j", "i, j": "places in the list"}
_MEAN = (
    "The loss of a list is the mean over its pairs, so that long lists weigh no more than short ones; others "
    "add the pairs up, or average over all pairs of the batch."
)
_NONE = (
    "A list without two documents of different relevance (all alike, one document, none, all masked) has no pair: its "
    "value is 0 and the mean leaves it out."
)


def one_moves(s):
    """The score of the most relevant document of four moves; the others stay at -1, 0 and 1."""
    still = [torch.full_like(s, score) for score in (-1.0, 0.0, 1.0)]
    return torch.stack([s, *still]), torch.tensor([3.0, 0.0, 2.0, 1.0], dtype=s.dtype), None


MOVES = "The score of the most relevant of four documents moves; the other scores stay at -1, 0 and 1."


def _logistic_lists(scores, relevance, mask, slopes):
    share, some = shares(relevance, mask)
    behind = scores.unsqueeze(1) - scores.unsqueeze(2)  # s_j - s_i
    # beyond 40, log(1 + e^x) is x in any dtype
    values = torch.linalg.vecdot(F.softplus(behind, threshold=40.0).flatten(1), share.flatten(1))
    return values, some, pulled(behind.sigmoid_().mul_(share)) if slopes else torch.zeros_like(scores)


def _hinge_lists(scores, relevance, mask, slopes, margin):
    share, some = shares(relevance, mask)
    short = (scores.unsqueeze(1) - scores.unsqueeze(2)).add_(margin).relu_()
    values = torch.linalg.vecdot(short.flatten(1), share.flatten(1))
    return values, some, pulled(short.sign_().mul_(share)) if slopes else torch.zeros_like(scores)


def _two_move(s):
    return s.reshape(1), torch.zeros_like(s).reshape(1)


@loss(
    title="Bayesian personalized ranking",
    short="BPR",
    family="ranking",
    formula=r"\ell(s, u) = -\log \sigma(s - u)",
    symbols={r"\sigma": "the sigmoid function"},
    sides=[
        Side("positive_scores", "...", "The score of an item that was chosen.", symbol="s"),
        Side("negative_scores", "...", "The score of an item that was not, by the same user.", symbol="u"),
    ],
    gives="...",
    path=Path(
        "score of the chosen item",
        -6.0,
        6.0,
        _two_move,
        "The score of the chosen item moves; that of the other one stays at 0.",
        -1.0,
    ),
    elicits="the difference of the scores whose sigmoid is the probability that the first item is chosen",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=True,
    smoothness="Cinf",
    invariant=["common shift"],
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "-torch.nn.functional.logsigmoid(positive - negative).mean()",
        "implicit": "implicit.bpr.BayesianPersonalizedRanking minimizes it",
    },
    traps=[
        "Chosen first: the other way round it learns the opposite order, without an error.",
        "An item that was not chosen is one that was not seen, most of the time: how the negative ones are drawn "
        "decides what is learnt.",
        "-log(sigmoid(d)) written out is inf from d = -104 on in float32; here it is 104.",
        "The penalty on the weights that belongs to the method is not part of it.",
    ],
    primary="Rendle, Freudenthaler, Gantner and Schmidt-Thieme (2009), BPR: Bayesian Personalized Ranking from "
    "Implicit Feedback, UAI.",
    cite=["rendle2009bpr"],
    look=Look(1),
    # beyond 40, log(1 + e^x) is x in any dtype
    fused=lambda positive_scores, negative_scores: F.softplus(negative_scores - positive_scores, threshold=40.0),
)
def bpr(positive_scores, negative_scores):
    """The negative logarithm of the probability that the chosen item beats the other one.

    Equal to logistic of the difference of the scores with the label +1, and to pairwise_logistic of the two as a list.

    >>> import torch
    >>> bpr(torch.tensor([2.0, 0.0]), torch.tensor([1.0, 3.0]), reduction="none")
    tensor([0.3133, 3.0486])
    """
    return -F.logsigmoid(positive_scores - negative_scores)


@loss(
    title="Pairwise logistic loss",
    short="RankNet",
    family="ranking",
    formula=r"\ell(s, r) = \frac{1}{|P|} \sum_{(i, j) \in P} \log \left( 1 + e^{-(s_i - s_j)} \right)",
    symbols=_PAIRS,
    sides=LIST,
    gives="...",
    path=Path("score of the most relevant document", -4.0, 4.0, one_moves, MOVES, 0.5),
    convex=True,
    bounded_gradient=True,
    smoothness="Cinf",
    invariant=["shift"],
    bounds=(0.0, math.inf),
    elsewhere={
        "rax": "rax.pairwise_logistic_loss",
        "TensorFlow Ranking": "tfr.keras.losses.PairwiseLogisticLoss",
        "XGBoost": "objective='rank:pairwise' minimizes it",
    },
    traps=[
        _MEAN,
        _NONE,
        PADDING,
        "Only the order of the relevances counts: 3 over 0 is worth no more than 1 over 0. lambda_rank weighs them.",
        "Time and memory grow with the square of the length of the list.",
    ],
    primary="Burges, Shaked, Renshaw, Lazier, Deeds, Hamilton and Hullender (2005), Learning to Rank Using Gradient "
    "Descent, ICML.",
    cite=["burges2005learning"],
    look=Look(2),
    check=check_finite,
    fused=by_lists(_logistic_lists, lambda: pairwise_logistic.definition),
)
def pairwise_logistic(scores, relevance, *, mask=None):
    """The mean, over the pairs of a list, of the cross-entropy of which document comes first.

    The order of the documents changes nothing, and a mask is the same as leaving them out. A list of one relevant and
    one other document costs what bpr does.

    >>> import torch
    >>> scores, relevance = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 2.0])
    >>> pairwise_logistic(scores, relevance)
    tensor(1.2512)
    """
    scores, relevance = kept(scores, relevance, mask)
    pairs = better(relevance)
    count = pairs.sum((-2, -1))
    share = pairs.to(scores.dtype) / count.clamp(min=1)[..., None, None]  # first: a sum of costs may overflow
    return -(share * F.logsigmoid(gaps(scores))).sum((-2, -1)), count > 0


@loss(
    title="Pairwise hinge loss",
    short="Rank hinge",
    family="ranking",
    formula=r"\ell(s, r) = \frac{1}{|P|} \sum_{(i, j) \in P} \max(0, m - (s_i - s_j))",
    symbols=_PAIRS,
    sides=LIST,
    gives="...",
    parameters=[
        Parameter(
            "margin",
            1.0,
            "The lead that the more relevant document should have.",
            low=0.0,
            open_high=True,
            symbol="m",
            slider=(0.0, 3.0),
        )
    ],
    path=Path("score of the most relevant document", -4.0, 4.0, one_moves, MOVES, 0.5),
    convex=True,
    bounded_gradient=True,
    smoothness="C0",
    invariant=["shift"],
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "torch.nn.functional.margin_ranking_loss(s_i, s_j, ones, margin=margin), of pairs picked by hand",
        "rax": "rax.pairwise_hinge_loss",
        "TensorFlow Ranking": "tfr.keras.losses.PairwiseHingeLoss",
    },
    traps=[
        _MEAN,
        _NONE,
        PADDING,
        "torch's margin_ranking_loss has a margin of 0 by default, for which equal scores cost nothing.",
        "The slope at a lead of exactly the margin is reported as 0.",
        "Time and memory grow with the square of the length of the list.",
    ],
    primary="Herbrich, Graepel and Obermayer (2000), Large Margin Rank Boundaries for Ordinal Regression, in Advances "
    "in Large Margin Classifiers; for search in Joachims (2002), Optimizing Search Engines Using Clickthrough Data.",
    cite=["herbrich2000large", "joachims2002optimizing"],
    look=Look(3, "dashed"),
    check=check_finite,
    fused=by_lists(_hinge_lists, lambda: pairwise_hinge.definition),
)
def pairwise_hinge(scores, relevance, *, mask=None, margin=1.0):
    """The mean, over the pairs of a list, of what the more relevant document lacks of a lead of the margin.

    The order of the documents changes nothing, and a mask is the same as leaving them out. A pair alone costs what
    torch's margin_ranking_loss does.

    >>> import torch
    >>> scores, relevance = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 2.0])
    >>> pairwise_hinge(scores, relevance)
    tensor(1.6667)
    """
    scores, relevance = kept(scores, relevance, mask)
    pairs = better(relevance)
    count = pairs.sum((-2, -1))
    share = pairs.to(scores.dtype) / count.clamp(min=1)[..., None, None]  # first: a sum of costs may overflow
    return (share * F.relu(margin - gaps(scores))).sum((-2, -1)), count > 0
