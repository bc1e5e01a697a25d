"""Sums of the sizes of parameters, piece by piece, and their slopes: the fast forms of l1, l2, group_lasso."""

import math

import torch

_PIECE = 1 << 18  # elements: absolute values of so many stay in the cache until they are summed


class Absolute(torch.autograd.Function):
    """The sum of absolute values, piece by piece; its slope is made in place, once it is asked for."""

    @staticmethod
    def forward(ctx, w, strength):
        ctx.save_for_backward(w)
        ctx.strength = strength
        return strength * torch.stack([piece.abs().sum() for piece in w.reshape(-1).split(_PIECE)]).sum()

    @staticmethod
    def backward(ctx, grad):
        (w,), grad = ctx.saved_tensors, ctx.strength * grad
        # nothing in place under a second derivative, or for several grads at once (is_grads_batched)
        many = torch.is_grad_enabled() or torch._C._functorch.is_legacy_batchedtensor(grad)
        return torch.sgn(w) * grad if many else torch.sgn(w).mul_(grad), None


class Squares(torch.autograd.Function):
    """The sum of squares, piece by piece; its slope is one product, which is differentiable once more."""

    @staticmethod
    def forward(ctx, w, strength):
        ctx.save_for_backward(w)
        ctx.strength = strength
        return strength * torch.stack([(piece * piece).sum() for piece in w.reshape(-1).split(_PIECE)]).sum()

    @staticmethod
    def backward(ctx, grad):
        (w,) = ctx.saved_tensors
        return 2 * (ctx.strength * grad) * w, None


class Norms(torch.autograd.Function):
    """The sum of the norms of rows, given their squares; a slope of one product, 0 for rows of zeros."""

    @staticmethod
    def forward(ctx, rows, squares, scale, definition):
        norms = squares.sqrt()
        ctx.scale, ctx.definition = scale, definition
        ctx.save_for_backward(rows, norms)
        return scale * norms.sum()

    @staticmethod
    def backward(ctx, grad):
        rows, norms = ctx.saved_tensors
        if torch.is_grad_enabled():
            strength = ctx.scale / math.sqrt(rows.shape[1])
            pull = torch.func.vjp(lambda w: ctx.definition(w, strength=strength), rows)[1]
            return *pull(grad), None, None, None
        return rows * (ctx.scale * grad / norms).masked_fill_(norms == 0, 0.0)[:, None], None, None, None


def squared(rows):
    """The sum of the squares of each row."""
    return torch.cat([(part * part).sum(1) for part in rows.split(max(1, _PIECE // rows.shape[1]))])


def seen(rows, squares):
    """Whether no digits were lost in squares, save for groups of zeros; False if that cannot be told (on meta)."""
    tiny = torch.finfo(rows.dtype).tiny / torch.finfo(rows.dtype).eps
    try:
        least, most = torch.aminmax(squares)
        if least > tiny and most < math.inf:
            return True
        odd = ~((squares > tiny) & (squares < math.inf))
        return not bool((rows[odd] != 0).any())
    except RuntimeError:
        return False
