"""What losses of lists share: their sides, the documents that count, pairs of them, gains and ideal order."""

import math

import torch

from lossbook.losses.sides import Side

_SHORT = 12  # documents


def graded(draw, shape):
    """Grades 0 to L - 1 of L documents, each once, in any order: example values."""
    return torch.rand(shape, generator=draw, dtype=torch.float64).argsort(-1).double() + 0.5


LIST = (
    Side("scores", "... L", "One score for each document of a list; the highest comes first.", symbol="s"),
    Side("relevance", "... L", "How much each document matters; higher is better.", symbol="r", example=graded),
    Side("mask", "... L", "True for a document, False for what only fills the list up.", kind="mask", optional=True),
)
PADDING = (
    "Padding is said by mask and by nothing else: a relevance of 0 or -1 is a relevance. What stands under the mask "
    "(even NaN) changes nothing."
)


def check_finite(*, relevance, mask, **_):
    """Raise ValueError for NaN or infinite relevance of a document."""
    _within(relevance, mask, -math.inf, "finite numbers")


def check_gains(*, relevance, mask, **_):
    """Raise ValueError for a document's relevance that is below 0, infinite or NaN: its gain is 2^relevance - 1."""
    _within(relevance, mask, 0.0, "finite numbers from 0")


def _within(relevance, mask, low, want):
    relevance = relevance.detach() if mask is None else relevance.detach().masked_fill(~mask, 0.0)
    if not relevance.numel() or relevance.is_meta:
        return
    try:
        if low == -math.inf and math.isfinite(relevance.sum().item()):  # so are its terms; quicker than the extremes
            return
        least, most = (v.item() for v in torch.aminmax(relevance))
    except RuntimeError:  # under vmap no number may be looked at
        return
    for value in (least, most):
        if not math.isfinite(value):
            raise ValueError(f"relevance: got {value}, want {want}")
    if least < low:
        raise ValueError(f"relevance: got {least:g}, want {want}")


def kept(scores, relevance, mask):
    """Scores, 0 under the mask, and relevance, NaN under it.

    No comparison with NaN is true, so no pair holds a document under the mask.
    """
    if mask is None:
        return scores, relevance
    return scores.masked_fill(~mask, 0.0), relevance.masked_fill(~mask, math.nan)


def gaps(scores):
    """s_i - s_j at [..., i, j]."""
    return scores.unsqueeze(-1) - scores.unsqueeze(-2)


def better(relevance):
    """Whether i is more relevant than j, at [..., i, j]."""
    return relevance.unsqueeze(-1) > relevance.unsqueeze(-2)


def shares(relevance, mask):
    """(1 / number of pairs for each pair i, j of which i is the better one, else 0; whether there is a pair).

    Of lists (N, L), as numbers in one pass: booleans, and what is made of them, take five times as long.
    """
    i, j = relevance.unsqueeze(2), relevance.unsqueeze(1)
    pairs = torch.gt(i, j, out=relevance.new_empty((*relevance.shape, relevance.shape[1])))
    if mask is not None:
        pairs *= mask.unsqueeze(2)
        pairs *= mask.unsqueeze(1)
    count = pairs.sum((1, 2))
    return pairs.div_(count.clamp(min=1)[:, None, None]), count > 0


def pulled(slope):
    """Slopes in the scores, from slopes in s_j - s_i at [:, i, j]."""
    return slope.sum(1) - slope.sum(2)


def gains(relevance):
    """2^r - 1, all divided by 2^(highest r of the list), so that none overflows; NaN (under the mask) gains 0."""
    relevance = relevance.nan_to_num(nan=0.0)
    zero = relevance.new_zeros((*relevance.shape[:-1], 1))
    highest = torch.cat([relevance.detach(), zero], -1).amax(-1, keepdim=True)  # of an empty list: 0
    # (2^r - 1) / 2^h = (1 - 2^-r) 2^(r - h)
    return -torch.expm1(-math.log(2) * relevance) * torch.exp2(relevance - highest)


def ideal(gain):
    """The discounted gain of the best order: the k-th place, from 1 on, is worth 1 / log2(1 + k) of its gain."""
    length = gain.shape[-1]
    places = torch.arange(1.0, length + 1.0, dtype=gain.dtype, device=gain.device)
    if length > _SHORT:
        return (gain.sort(-1, descending=True).values / torch.log2(1 + places)).sum(-1)
    # without sorting, so that it can be written in JavaScript: the place of i is how many come no later, equals as
    # they stand
    g_i, g_j = gain.unsqueeze(-1), gain.unsqueeze(-2)
    no_later = (g_j > g_i) | ((g_j == g_i) & (places <= places.unsqueeze(-1)))
    return (gain / torch.log2(1 + no_later.sum(-1).to(gain.dtype))).sum(-1)
