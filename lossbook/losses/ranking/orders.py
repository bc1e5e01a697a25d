"""Losses of whole lists: a distribution over the first place, and the likelihood of the order."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.given import reduced
from lossbook.losses.paths import Path
from lossbook.losses.ranking.chunks import by_lists
from lossbook.losses.ranking.lists import LIST, PADDING, better, check_finite, gaps, kept
from lossbook.losses.ranking.pairs import MOVES, one_moves
from lossbook.losses.registry import loss

_NARROW = {torch.float32: 24.0, torch.float64: 200.0}  # spreads s of scores for which even e^3s, in curvatures, fits


def _in_order(scores, relevance, *, mask):
    """list_mle by sorting, in O(L log L), where the scores of no list are far apart."""
    if not scores.numel() or not _are_narrow(scores.detach(), mask):
        return list_mle.definition(scores, relevance, mask=mask)
    return _SORTED(scores, relevance, mask=mask)


def _are_narrow(scores, mask) -> bool:
    """Whether no list has scores far apart; where all scores are near each other, one look is enough."""
    room = _NARROW[scores.dtype]
    try:
        low, high = (v.item() for v in torch.aminmax(scores))
        if high - low < room:
            return True
        low, high = (scores if mask is None else scores.masked_fill(~mask, v) for v in (math.inf, -math.inf))
        return bool((high.amax(-1) - low.amin(-1) < room).all())
    except RuntimeError:  # under vmap no number may be looked at
        return False


def _sorted_lists(scores, relevance, mask, slopes):
    """Of lists (N, L), the least relevant first: what is worse, or better, ends where a group of equals does."""
    if mask is not None:
        relevance = relevance.masked_fill(~mask, -math.inf)
        highest = scores.masked_fill(~mask, -math.inf).amax(1, keepdim=True)
        scores = torch.where(mask, scores, highest.masked_fill(highest == -math.inf, 0.0))
    grade, order = relevance.sort(-1)
    e = torch.exp(scores - scores.amax(1, keepdim=True)).gather(1, order)
    there = e if mask is None else e * mask.gather(1, order)
    edge = torch.gt(grade[:, 1:], grade[:, :-1], out=torch.empty_like(e[:, 1:]))
    worse = _up_to(there, edge)
    values, some = torch.log1p(worse / e).sum(1), worse[:, -1] > 0
    if not slopes:
        return values, some, torch.zeros_like(scores)
    # log(e_i + worse_i) - s_i in s_j: e_j / (e_i + worse_i) for each better i, and its own, -worse_j / (e_j + worse_j)
    part = (e + worse).reciprocal_()
    ahead = _up_to(part.flip(1), edge.flip(1)).flip(1)
    return values, some, torch.empty_like(e).scatter_(1, order, there.mul_(ahead).sub_(worse.mul_(part)))


def _up_to(x, edge):
    """The sum of what stands before the group of each place; edge: 1 where a group begins, from the second place on."""
    out = torch.empty_like(x)
    out[:, :1] = 0
    torch.cumsum(x[:, :-1], 1, out=out[:, 1:])
    if bool((edge > 0).all()):
        return out
    out[:, 1:] *= edge  # sums grow: within a group the largest so far is that at its beginning
    return out.cummax(1).values


_SORTED = by_lists(_sorted_lists, lambda: list_mle.definition, pairs=False)


def _as_classes(scores, relevance, mask, reduction):
    """listnet by torch's cross-entropy, where there is no padding and each list has a choice."""
    length = scores.shape[-1]
    if mask is not None or length < 2 or not scores.numel():
        return reduced(listnet.definition(scores, relevance, mask=mask), reduction)
    target = torch.softmax(relevance, -1).reshape(-1, length)
    values = F.cross_entropy(scores.reshape(-1, length), target, reduction=reduction)
    return values.reshape(scores.shape[:-1]) if reduction == "none" else values


_as_classes.reduces = True  # see given.py


@loss(
    title="ListNet loss",
    short="ListNet",
    family="ranking",
    formula=r"\ell(s, r) = -\sum_{k=1}^{L} \frac{\exp r_k}{\sum_{j=1}^{L} \exp r_j} "
    r"\log \frac{\exp s_k}{\sum_{j=1}^{L} \exp s_j}",
    symbols={"L": "length of the list", "k, j": "places in it"},
    sides=LIST,
    gives="...",
    path=Path("score of the most relevant document", -4.0, 4.0, one_moves, MOVES, 0.5),
    elicits="the relevances as scores, up to a number added to all",
    convex=True,
    bounded_gradient=True,
    smoothness="Cinf",
    invariant=["shift"],
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "torch.nn.functional.cross_entropy(scores, relevance.softmax(-1))",
        "rax": "rax.softmax_loss(scores, jax.nn.softmax(relevance))",
        "allRank": "allrank.models.losses.listNet",
    },
    traps=[
        "The target is the softmax of the relevances, as in the paper. Others divide the relevances by their sum, or "
        "take them as they are, so that a list with more relevant documents weighs more.",
        "The least loss is the entropy of that softmax and not 0: scores in the right order still cost, until their "
        "differences are those of the relevances. Multiplying all relevances changes the target.",
        "Relevances that are all alike are a target too, of equal scores. A list of fewer than two documents has "
        "nothing to say: its value is 0 and the mean leaves it out.",
        PADDING,
    ],
    primary="Cao, Qin, Liu, Tsai and Li (2007), Learning to Rank: From Pairwise Approach to Listwise Approach, ICML.",
    cite=["cao2007learning"],
    look=Look(4),
    check=check_finite,
    fused=_as_classes,
)
def listnet(scores, relevance, *, mask=None):
    """The cross-entropy between two ideas of which document comes first: that of the relevances and that of the scores.

    It is cross_entropy of the scores with the softmax of the relevances as target probabilities. The order of the
    documents changes nothing, and a mask is the same as leaving them out.

    >>> import torch
    >>> listnet(torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 2.0]))
    tensor(1.8281)
    """
    if mask is None:
        values = -(torch.softmax(relevance, -1) * F.log_softmax(scores, -1)).sum(-1)
        return values, torch.full_like(values, float(scores.shape[-1] > 1))
    lowest = torch.finfo(scores.dtype).min  # its exponential is 0 beside any other number
    target = torch.softmax(relevance.masked_fill(~mask, lowest), -1).masked_fill(~mask, 0.0)
    log_p = F.log_softmax(scores.masked_fill(~mask, lowest), -1).masked_fill(~mask, 0.0)
    return -(target * log_p).sum(-1), mask.sum(-1) > 1


@loss(
    title="Likelihood of a list",
    short="ListMLE",
    family="ranking",
    formula=r"\ell(s, r) = \sum_{i=1}^{L} \log \left( 1 + \sum_{j : r_j < r_i} e^{s_j - s_i} \right)",
    symbols={"L": "length of the list", "i, j": "places in it"},
    sides=LIST,
    gives="...",
    path=Path("score of the most relevant document", -4.0, 4.0, one_moves, MOVES, 0.5),
    convex=True,
    bounded_gradient=True,
    smoothness="Cinf",
    invariant=["shift"],
    bounds=(0.0, math.inf),
    elsewhere={
        "rax": "rax.listmle_loss",
        "TensorFlow Ranking": "tfr.keras.losses.ListMLELoss; it puts equals into an order by a draw",
        "allRank": "allrank.models.losses.listMLE, likewise",
    },
    traps=[
        "Equals do not compete: a document is compared with those that are less relevant, never with those of its own "
        "relevance. Others put equals into an order by chance or by where they stand, and then fit that order.",
        "The loss of a list is a sum over its documents, minus the logarithm of a probability: long lists weigh more.",
        "A list without two documents of different relevance (all alike, one document, none, all masked) has no order: "
        "its value is 0 and the mean leaves it out.",
        "Mistakes at the end of the list cost as much as those at its top. Only the order of the relevances counts.",
        "The cumulative sums of the usual formula are 0 for the last documents where scores are 90 apart in float32, "
        "and their logarithm infinite. Here lists with scores more than 24 (in float64 200) apart are computed by "
        "pairs, which takes memory for the square of the length.",
        PADDING,
    ],
    primary="Xia, Liu, Wang, Zhang and Li (2008), Listwise Approach to Learning to Rank: Theory and Algorithm, ICML; "
    "the probability of an order by Plackett (1975), The Analysis of Permutations, Applied Statistics 24(2).",
    cite=["xia2008listwise", "plackett1975analysis"],
    look=Look(5, "dashed"),
    check=check_finite,
    fused=_in_order,
)
def list_mle(scores, relevance, *, mask=None):
    """The negative logarithm of the probability of the right order, each place being drawn by a softmax of the scores.

    With one relevant document among others that are all alike it is cross_entropy of the scores with that document as
    the label. The order of the documents changes nothing, and a mask is the same as leaving them out.

    >>> import torch
    >>> list_mle(torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 2.0]))
    tensor(2.7209)
    """
    scores, relevance = kept(scores, relevance, mask)
    worse = better(relevance)  # whether j is worse than i
    # log(sum e^(s_j - s_i)) over the worse ones, by the largest of them; of none, a number whose exponential is 0
    behind = (-gaps(scores)).masked_fill(~worse, torch.finfo(scores.dtype).min).logsumexp(-1)
    return -F.logsigmoid(-behind).sum(-1), worse.any(-1).any(-1)
