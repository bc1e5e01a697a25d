"""Cross-entropy of a matrix product, chunk by chunk of its rows, with the gradient computed on the way in.

The logits of a chunk serve three products while they are there: themselves, the gradient in the hidden states and that
in the weight. Kept for the way back, or computed again there, they would cost memory or a fourth product.
"""

import torch
import torch.nn.functional as F

from lossbook.losses.byhand import by_hand


def defined(hidden, weight, target, ignore_index):
    """-log of the softmax of hidden weight^T at the target, 0 where it is ignored: all logits at once."""
    return F.cross_entropy(hidden @ weight.T, target, ignore_index=ignore_index, reduction="none")


def chunked(hidden, weight, target, ignore_index, chunk):
    """``defined``, holding the logits of ``chunk`` rows at a time.

    The gradients are computed for equal weights of all rows, as in a sum or a mean, and scaled on the way back. For
    other weights the chunks are gone through again.
    """

    def define(hidden, weight, target):
        return defined(hidden, weight, target, ignore_index)

    def compute(hidden, weight, target, wanted):
        values, *slopes = _swept(hidden, weight, target, ignore_index, chunk, wanted)
        return values, *(slope for slope in slopes if slope is not None)

    def pull(sides, fixed, kept, upstream, wanted):
        if len(kept) == sum(wanted) and _equal(upstream):
            scale, kept = upstream[:1].sum(), iter(kept)
            return [next(kept) * scale if need else None for need in wanted]
        return _swept(*sides, *fixed, ignore_index, chunk, wanted, upstream)[1:]

    return by_hand(define, compute, pull, (hidden, weight), (target,))


def _swept(hidden, weight, target, ignore_index, chunk, wanted, upstream=None):
    """Values and, where wanted, gradients in hidden and weight of their sum (weighted by ``upstream``); else None."""
    count = len(hidden)
    values = hidden.new_empty(count)
    of_hidden = torch.empty_like(hidden, memory_format=torch.contiguous_format) if wanted[0] else None
    of_weight = torch.zeros_like(weight, memory_format=torch.contiguous_format) if wanted[1] else None
    held = hidden.new_empty(min(chunk, count), len(weight))
    for start in range(0, count, chunk):
        rows = slice(start, min(start + chunk, count))
        h, t = hidden[rows], target[rows].unsqueeze(1)
        kept = t != ignore_index
        t = torch.where(kept, t, 0)
        x = torch.mm(h, weight.T, out=held[: len(h)])
        largest = x.amax(1, keepdim=True)
        below = largest - x.gather(1, t)
        x = x.sub_(largest).exp_()
        total = x.sum(1, keepdim=True)
        values[rows] = (below + total.log()).masked_fill(~kept, 0)[:, 0]
        if not any(wanted):
            continue
        # the gradient in the logits is (x - total at the target) / total; the division is left to the narrow factors
        x.scatter_add_(1, t, -total)
        scale = kept / total if upstream is None else kept / total * upstream[rows].unsqueeze(1)
        if wanted[0]:
            torch.mm(x, weight, out=of_hidden[rows]).mul_(scale)
        if wanted[1]:
            of_weight.addmm_(x.T, h * scale)
    return values, of_hidden, of_weight


def _equal(upstream):
    """Whether all rows weigh the same: seen from the strides for a sum or a mean, without a look at the numbers."""
    return len(upstream) < 2 or upstream.stride(0) == 0 or bool((upstream == upstream[0]).all())
