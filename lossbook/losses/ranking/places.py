"""Losses that aim at the normalized discounted cumulative gain: what counts is what stands near the top."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.ranking.chunks import by_lists
from lossbook.losses.ranking.lists import LIST, PADDING, better, check_gains, gains, gaps, ideal, kept, pulled
from lossbook.losses.ranking.pairs import MOVES, one_moves
from lossbook.losses.registry import loss

_GAIN = (
    "The gain of a document is 2^relevance - 1: a relevance of 3 is worth seven of 1, and one of 10 a thousand. "
    "Relevance may not be negative."
)


def _smooth_lists(scores, relevance, mask, slopes, temperature):
    ahead = (scores.unsqueeze(1) - scores.unsqueeze(2)).div_(temperature).sigmoid_()  # of j before i
    if mask is not None:
        ahead *= mask.unsqueeze(1)
    gain = gains(relevance)
    best = ideal(gain)
    some, share = best > 0, gain / torch.where(best > 0, best, 1.0)[:, None]
    after = 1.5 + ahead.sum(2)  # 1 + rank, its own sigmoid being 1/2
    values = torch.where(some, 1 - (share / torch.log2(after)).sum(1), 0.0)
    if not slopes:
        return values, some, torch.zeros_like(scores)
    # of -g / log2(1 + rank) in the rank, and of the sigmoid, a (1 - a)
    steep = (share / (temperature * math.log(2) * after * torch.log2(after).square())).unsqueeze(1)
    bend = ahead.addcmul_(ahead, ahead, value=-1)
    return values, some, ((steep @ bend) - steep * bend.sum(2).unsqueeze(1)).squeeze(1)


@loss(
    title="Approximate NDCG loss",
    short="ApproxNDCG",
    family="ranking",
    formula=r"\ell(s, r) = 1 - \frac{1}{N} \sum_{i=1}^{L} \frac{2^{r_i} - 1}{\log_2 (1 + \rho_i)}, \quad "
    r"\rho_i = 1 + \sum_{j \ne i} \sigma \left( \frac{s_j - s_i}{\tau} \right)",
    symbols={
        "L": "length of the list",
        "i, j": "places in it",
        "N": "the sum of the best order, in which the ranks are those of the relevances",
        r"\rho": "the smooth rank of a document, 1 for the first",
        r"\sigma": "the sigmoid function",
        r"\log_2": "the logarithm to base 2",
    },
    sides=LIST,
    gives="...",
    parameters=[
        Parameter(
            "temperature",
            0.1,
            "The difference of scores that is almost a difference in rank: the smaller, the nearer to the true ranks.",
            low=0.0,
            open_low=True,
            open_high=True,
            symbol=r"\tau",
            slider=(0.02, 2.0),
            log=True,
        )
    ],
    path=Path("score of the most relevant document", -4.0, 4.0, one_moves, MOVES, 0.5),
    convex=False,
    bounded_gradient=True,
    smoothness="Cinf",
    invariant=["shift"],
    bounds=(0.0, 1.0),
    elsewhere={
        "rax": "rax.approx_t12n(rax.ndcg_metric), to be maximized",
        "TensorFlow Ranking": "tfr.keras.losses.ApproxNDCGLoss(temperature=0.1); it is minus the approximate NDCG",
        "allRank": "allrank.models.losses.approxNDCGLoss(alpha=10), minus the NDCG; alpha is 1 / temperature",
    },
    traps=[
        "1 minus the approximate NDCG, from 0 to 1; others return minus the NDCG.",
        "Scores that are many temperatures apart have ranks that do not move: the slope is 0, in the wrong order too. "
        "Start with small scores, or a greater temperature.",
        "Equal scores share their ranks: each is taken to stand in the middle of them.",
        _GAIN,
        "A list without a document of relevance above 0 has no best order: its value is 0 and the mean leaves it out.",
        PADDING,
        "Time and memory grow with the square of the length of the list.",
    ],
    primary="Qin, Liu and Li (2010), A General Approximation Framework for Direct Optimization of Information "
    "Retrieval Measures, Information Retrieval 13(4); the temperature as in Bruch, Zoghi, Bendersky and Najork (2019), "
    "Revisiting Approximate Metric Optimization in the Age of Deep Neural Networks, SIGIR.",
    cite=["qin2010general", "bruch2019revisiting"],
    look=Look(6),
    check=check_gains,
    fused=by_lists(_smooth_lists, lambda: approx_ndcg.definition),
)
def approx_ndcg(scores, relevance, *, mask=None, temperature=0.1):
    """What the order by scores lacks of the best NDCG, with ranks made smooth: sums of sigmoids instead of counts.

    As the temperature goes to 0 it becomes 1 minus the NDCG. It is never below 0: the smooth ranks of a list are a
    mixture of its orders. The order of the documents changes nothing, and a mask is the same as leaving them out.

    >>> import torch
    >>> scores, relevance = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 2.0])
    >>> approx_ndcg(scores, relevance)
    tensor(0.3115)
    """
    scores, relevance = kept(scores, relevance, mask)
    ahead = torch.sigmoid(-gaps(scores) / temperature)  # of j before i
    rank = 0.5 + (ahead.sum(-1) if mask is None else (ahead * mask.unsqueeze(-2)).sum(-1))  # 1/2 is its own sigmoid
    gain = gains(relevance)
    best = ideal(gain)
    found = (gain / torch.log2(1 + rank)).sum(-1)
    some = best > 0
    return (best - found) / torch.where(some, best, 1.0), some


def _swaps(scores, relevance):
    """By how much the NDCG changes when i and j trade places, at [..., i, j].

    Equal scores are ranked against you, the less relevant first; documents equal in both share their ranks.
    """
    s_i, s_j, r_i, r_j = (v.unsqueeze(k) for v in (scores, relevance) for k in (-1, -2))
    tied = s_i == s_j
    ahead = (s_j > s_i) | (tied & (r_j < r_i))
    twins = tied & (r_i == r_j)  # itself among them
    rank = 0.5 + ahead.sum(-1) + 0.5 * twins.sum(-1)
    gain = gains(relevance)
    best = ideal(gain)
    discount = 1 / torch.log2(1 + rank.to(gain.dtype))
    share = gain / torch.where(best > 0, best, 1.0).unsqueeze(-1)
    return gaps(share) * gaps(discount)


def _ranks(scores, relevance):
    """The same ranks by sorting: by relevance, then by score, which leaves the less relevant first among equals."""
    order = relevance.argsort(-1)
    score, second = scores.gather(-1, order).sort(dim=-1, descending=True, stable=True)
    order = order.gather(-1, second)
    grade = relevance.gather(-1, order)
    new = (score[:, 1:] != score[:, :-1]) | (grade[:, 1:] != grade[:, :-1])  # from the one before
    rank = torch.arange(1.0, scores.shape[1] + 1, dtype=scores.dtype, device=scores.device).expand_as(scores)
    if not bool(new.all()):  # equal in both: the middle of their places
        first = torch.where(F.pad(new, (1, 0), value=True), rank, 0.0).cummax(1).values
        last = -torch.where(F.pad(new, (0, 1), value=True), -rank, -math.inf).flip(1).cummax(1).values.flip(1)
        rank = (first + last) / 2
    return torch.empty_like(scores).scatter_(-1, order, rank)


def _lambda_lists(scores, relevance, mask, slopes, sigma):
    low, high = relevance.aminmax(dim=1) if mask is None else _spread(relevance, mask)
    discount = 1 / torch.log2(1 + _ranks(scores if mask is None else scores.masked_fill(~mask, -math.inf), relevance))
    gain = gains(relevance)
    best = ideal(gain)
    share = gain / torch.where(best > 0, best, 1.0)[:, None]
    weight = (share.unsqueeze(2) - share.unsqueeze(1)).relu_()  # 0 unless i is the more relevant one
    weight *= (discount.unsqueeze(2) - discount.unsqueeze(1)).abs_()
    if mask is not None:
        weight *= mask.unsqueeze(1)
    behind = (scores.unsqueeze(1) - scores.unsqueeze(2)).mul_(sigma)
    values = torch.linalg.vecdot(F.softplus(behind, threshold=40.0).flatten(1), weight.flatten(1))
    return values, high > low, pulled(behind.sigmoid_().mul_(weight)) * sigma if slopes else torch.zeros_like(scores)


def _spread(relevance, mask):
    low = relevance.masked_fill(~mask, math.inf).amin(1)
    return low, relevance.masked_fill(~mask, -math.inf).amax(1)


@loss(
    title="LambdaRank loss",
    short="LambdaRank",
    family="ranking",
    formula=r"\ell(s, r) = \sum_{i, j : r_i > r_j} | \Delta_{ij} | \log \left( 1 + e^{-\sigma (s_i - s_j)} \right)",
    symbols={
        "i, j": "places in the list",
        r"\Delta": "the change of the NDCG when documents i and j trade places, a constant for the gradient",
    },
    sides=LIST,
    gives="...",
    parameters=[
        Parameter(
            "sigma",
            1.0,
            "How steep the sigmoid of a difference of scores is.",
            low=0.0,
            open_low=True,
            open_high=True,
            symbol=r"\sigma",
            slider=(0.1, 5.0),
            log=True,
        )
    ],
    path=Path("score of the most relevant document", -4.0, 4.0, one_moves, MOVES, 0.5),
    convex=False,
    bounded_gradient=True,
    smoothness="jumps",
    invariant=["shift"],
    bounds=(0.0, math.inf),
    held="The changes of the NDCG are constants for the gradient: it is the lambda of LambdaRank.",
    elsewhere={
        "LightGBM": "objective='lambdarank', gradient only",
        "XGBoost": "objective='rank:ndcg', gradient only",
        "TensorFlow Ranking": "tfr.keras.losses.PairwiseLogisticLoss(lambda_weight=w), with w = "
        "tfr.keras.losses.NDCGLambdaWeight()",
        "allRank": "allrank.models.losses.lambdaLoss(weighing_scheme='lambdaRank_scheme', reduction_log='natural'), "
        "added up over the batch; its logarithm is to base 2 by default",
    },
    traps=[
        "Its value jumps where two scores trade places, since the weights do: watch the NDCG and not the loss. Between "
        "jumps the gradient is the lambda, sigma |Delta| times a sigmoid, and the derivative of the value.",
        "Equal scores are ranked against you, the less relevant first, so that scores that are all 0 are told apart. "
        "Where others let the place in the list decide, the order of the documents changes the loss.",
        "A sum over pairs: the changes of the NDCG, which is at most 1, have set their size already.",
        _GAIN,
        "A list without two documents of different relevance (all alike, one document, none, all masked) has no pair: "
        "its value is 0 and the mean leaves it out.",
        PADDING,
        "Time and memory grow with the square of the length of the list.",
    ],
    primary="Burges, Ragno and Le (2006), Learning to Rank with Nonsmooth Cost Functions, NIPS 19; as a loss in Wang, "
    "Li, Golbandi, Bendersky and Najork (2018), The LambdaLoss Framework for Ranking Metric Optimization, CIKM.",
    cite=["burges2006learning", "wang2018lambdaloss"],
    look=Look(7, "dashdot"),
    check=check_gains,
    fused=by_lists(_lambda_lists, lambda: lambda_rank.definition),
)
def lambda_rank(scores, relevance, *, mask=None, sigma=1.0):
    """The pairwise logistic losses of a list, each weighted by what the NDCG would lose if the pair traded places.

    The order of the documents changes nothing, and a mask is the same as leaving them out.

    >>> import torch
    >>> scores, relevance = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 2.0])
    >>> lambda_rank(scores, relevance)
    tensor(0.7597)
    """
    shown = scores.detach() if mask is None else scores.detach().masked_fill(~mask, math.nan)  # equals no other
    scores, relevance = kept(scores, relevance, mask)
    pairs = better(relevance)
    weight = _swaps(shown, relevance.detach()).abs() * pairs
    return -(weight * F.logsigmoid(sigma * gaps(scores))).sum((-2, -1)), pairs.any(-1).any(-1)
