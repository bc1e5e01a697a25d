"""Losses over the pairs of lists, a few lists at a time: slopes are found on the way in, and no array of pairs is kept.

Autograd would keep several arrays of N x L x L numbers. Here they exist for as many lists as fit in the processor's
cache, and what remains is the slope in each score, N x L. Further derivatives are those of the definition.
"""

import torch

_ROOM = 1 << 17  # numbers in an array


def by_lists(compute, definition, *, pairs: bool = True):
    """A fused form of a loss of lists.

    compute: a function (scores, relevance, mask, slopes: bool, **hyper) of lists (N, L), with 0 under the mask, that
    returns the values (N,), whether they count (N,), and the slopes in the scores (N, L), any numbers unless wanted.
    definition: a function that returns the definition, of which all other derivatives are taken. pairs: whether compute
    makes arrays of pairs; else a list takes no more than L numbers.
    """

    def fused(scores, relevance, *, mask, **hyper):
        def define(scores, relevance):
            return definition()(scores, relevance, mask=mask, **hyper)

        if mask is not None:  # no number under the mask is computed with
            scores, relevance = scores.masked_fill(~mask, 0.0), relevance.masked_fill(~mask, 0.0)
        if relevance.requires_grad or any(isinstance(v, torch.Tensor) for v in hyper.values()) or not _seen(scores):
            return define(scores, relevance)
        wanted = torch.is_grad_enabled()
        values, counted, _ = _Lists.apply(
            scores,
            relevance,
            mask,
            lambda *lists: compute(*lists, wanted, **hyper),
            lambda s: define(s, relevance)[0],
            pairs,
        )
        return values, counted

    return fused


def _seen(scores) -> bool:
    """Whether there are numbers that may be looked at; not so under vmap, where nothing can be written in place."""
    try:
        return bool(scores.detach().reshape(-1)[:1].tolist())
    except RuntimeError:
        return False


def _in_parts(scores, relevance, mask, compute, pairs):
    """The columns of what compute returns of a few lists at a time, joined."""
    length, lead = scores.shape[-1], scores.shape[:-1]
    lists = [v if v is None else v.reshape(-1, length) for v in (scores, relevance, mask)]
    step = (
        max(_ROOM * torch.get_num_threads() // length ** (2 if pairs else 1), 1) if scores.is_cpu else lists[0].shape[0]
    )
    parts = [
        compute(*(v if v is None else v[start : start + step] for v in lists))
        for start in range(0, lists[0].shape[0], step)
    ]
    joined = [v[0] if len(v) == 1 else torch.cat(v) for v in zip(*parts, strict=True)]
    return joined[0].reshape(lead), joined[1].reshape(lead), joined[2].reshape(scores.shape)


class _Lists(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(scores, relevance, mask, compute, define, pairs):
        return _in_parts(scores, relevance, mask, compute, pairs)

    @staticmethod
    def setup_context(ctx, inputs, output):
        scores, _, _, _, ctx.define, _ = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(scores, output[2])
        ctx.save_for_forward(scores)

    @staticmethod
    def backward(ctx, grad, *_):
        scores, slopes = ctx.saved_tensors
        if torch.is_grad_enabled():
            _, pull = torch.func.vjp(ctx.define, scores)
            return *pull(grad), None, None, None, None, None
        return grad.unsqueeze(-1) * slopes, None, None, None, None, None

    @staticmethod
    def jvp(ctx, tangent, *_):
        (scores,) = ctx.saved_tensors
        return torch.func.jvp(ctx.define, (scores,), (tangent,))[1], None, None
