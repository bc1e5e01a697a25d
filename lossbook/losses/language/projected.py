"""Cross-entropy of a matrix product, chunk by chunk of its rows, with the gradient computed on the way in.

The logits of a chunk serve three products while they are there: themselves, the gradient in the hidden states and that
in the weight. Kept for the way back, or computed again there, they would cost memory or a fourth product.
"""

import torch
import torch.nn.functional as F


def defined(hidden, weight, target, ignore_index):
    """-log of the softmax of hidden weight^T at the target, 0 where it is ignored: all logits at once."""
    return F.cross_entropy(hidden @ weight.T, target, ignore_index=ignore_index, reduction="none")


def chunked(hidden, weight, target, ignore_index, chunk):
    """``defined``, holding the logits of ``chunk`` rows at a time."""
    wanted = tuple(torch.is_grad_enabled() and x.requires_grad for x in (hidden, weight))
    return _Projected.apply(hidden, weight, target, ignore_index, chunk, wanted)[0]


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


class _Projected(torch.autograd.Function):
    """The gradients are computed for equal weights of all rows, as in a sum or a mean, and scaled on the way back.

    For other weights the chunks are gone through again. Derivatives of derivatives, forward mode and vmap go by way of
    the definition.
    """

    @staticmethod
    def forward(hidden, weight, target, ignore_index, chunk, wanted):
        values, *gradients = _swept(hidden.detach(), weight.detach(), target, ignore_index, chunk, wanted)
        return values, *(hidden.new_empty(0) if g is None else g for g in gradients)

    @staticmethod
    def setup_context(ctx, inputs, output):
        hidden, weight, target, ctx.ignore_index, ctx.chunk, ctx.wanted = inputs
        _, *gradients = output
        ctx.mark_non_differentiable(*gradients)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(hidden, weight, target, *gradients)
        ctx.save_for_forward(hidden, weight, target)

    @staticmethod
    def backward(ctx, upstream, *_):
        hidden, weight, target, *gradients = ctx.saved_tensors
        if upstream is None:
            return None, None, None, None, None, None
        if torch.is_grad_enabled():
            _, pull = torch.func.vjp(lambda h, w: defined(h, w, target, ctx.ignore_index), hidden, weight)
            return *pull(upstream), None, None, None, None
        wanted = ctx.needs_input_grad[:2]
        if wanted == ctx.wanted and _equal(upstream):
            scale = upstream[:1].sum()
            found = [g * scale if need else None for g, need in zip(gradients, wanted, strict=True)]
        else:
            _, *found = _swept(hidden, weight, target, ctx.ignore_index, ctx.chunk, wanted, upstream)
        return *found, None, None, None, None

    @staticmethod
    def jvp(ctx, hidden_t, weight_t, *_):
        hidden, weight, target = ctx.saved_tensors
        # of the logits x = hidden weight^T, and then of -x_y + log(sum of e^x)
        moved = 0 if hidden_t is None else hidden_t @ weight.T
        moved = moved if weight_t is None else moved + hidden @ weight_t.T
        kept = target != ctx.ignore_index
        own = moved.gather(1, torch.where(kept, target, 0).unsqueeze(1))[:, 0]
        along = ((torch.softmax(hidden @ weight.T, 1) * moved).sum(1) - own).masked_fill(~kept, 0)
        return along, None, None

    @staticmethod
    def vmap(info, in_dims, hidden, weight, target, ignore_index, chunk, wanted):
        values = torch.vmap(lambda h, w, t: defined(h, w, t, ignore_index), in_dims[:3])(hidden, weight, target)
        return (values, values.new_empty(0), values.new_empty(0)), (0, None, None)


def _equal(upstream):
    """Whether all rows weigh the same: seen from the strides for a sum or a mean, without a look at the numbers."""
    return len(upstream) < 2 or upstream.stride(0) == 0 or bool((upstream == upstream[0]).all())
