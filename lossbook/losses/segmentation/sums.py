"""Losses of overlaps from sums over pixels, piece by piece: what autograd would keep an array for each operation of.

A piece stays in the processor's cache while it is worked on, from logits to sums and, on the way back, from the slopes
in the probabilities to those in the logits; nothing is kept but the sides and the probabilities. With

    part = alpha sum p (1 - t) + beta sum t (1 - p),   or sum (p - t)^2 if squared,      rest = weight sum p t + smooth,

the loss is part / (part + rest), whose slopes in the two, rest / whole^2 and -part / whole^2, cancel no digits; in p it
is a + b t, or a p + b t if squared. Anything beyond that slope (second derivatives, the slope in t, forward mode) is
left to the definition.
"""

import torch

from lossbook.losses import door
from lossbook.losses.chunks import wrapped
from lossbook.losses.segmentation.regions import least_size

_PIECE = 1048576  # elements
_SMALL = 0.05  # of the sizes; below it their difference loses more digits


def overlap(definition, input, target, hyper, reduction, *, weight, alpha=1.0, beta=1.0, squared=False):
    """``definition(input, target, **hyper)``, reduced, as the fraction above; tensors in hyper are left to it.

    hyper: smooth, activation and whatever else the definition takes.
    """

    def define(input, target):
        return door.reduce(definition(input, target, **hyper), reduction)

    if wrapped(input, target) or any(map(torch.is_tensor, hyper.values())):
        return define(input, target)
    factors = weight, alpha, beta, squared
    return _Overlap.apply(input, target, define, factors, hyper["smooth"], hyper["activation"], reduction)


class _Overlap(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, target, define, factors, smooth, activation, reduction):
        weight, alpha, beta, squared = factors
        x, t = _flat(input), _flat(target)
        p = x if activation is None else x.new_empty(x.shape)
        pieces = _pieces(x, p, t)
        right, *sizes = _over(pieces, lambda x, p, t: _right_and_sizes(_activated(x, activation, p), t, squared))
        part, margin = _difference(right, *sizes, alpha, beta)
        smallest, nothing = door.least(margin), least_size(margin.dtype)
        if smallest is None or not smallest >= 0:  # or NaN
            (part,) = _over(pieces, lambda x, p, t: (_error(p, t, alpha, beta, squared),))
        rest = torch.rsub(right, smooth, alpha=-weight)  # weight right + smooth
        whole = part + rest
        if smallest is None or not smallest >= nothing:
            whole.masked_fill_(whole < nothing, torch.inf)  # nothing there costs 0, with slope 0
        if any(ctx.needs_input_grad):
            ctx.define, ctx.factors, ctx.activation, ctx.mean = define, factors, activation, reduction == "mean"
            ctx.save_for_backward(input, target, None if activation is None else p, part, rest, whole)
        return door.reduce(part / whole, reduction)

    @staticmethod
    def backward(ctx, grad):
        input, target, p, part, rest, whole = ctx.saved_tensors
        if torch.is_grad_enabled() or ctx.needs_input_grad[1]:
            return *torch.func.vjp(ctx.define, input, target)[1](grad), *[None] * 5
        weight, alpha, beta, squared = ctx.factors
        scale = (grad / whole.numel() if ctx.mean else grad) / whole / whole
        # in p: rest / whole^2 times that of the part, less part / whole^2 times that of the rest
        in_t = torch.add(part, rest, alpha=(alpha + beta) / weight) * (scale * -weight)
        level = rest * scale * (2.0 if squared else alpha)
        p, t = _flat(input) if p is None else p, _flat(target)
        out = p.new_empty(p.shape)
        for row in _pieces(out, p, t, in_t.unsqueeze(-1), level.unsqueeze(-1)):
            for piece in row:
                _pull(*piece, squared, ctx.activation)
        return out.view(input.shape), *[None] * 6


def _pull(out, p, t, in_t, level, squared, activation):
    """The slope in the logits, in out, which holds that in the probabilities first."""
    torch.mul(t, in_t, out=out).add_(level * p if squared else level)
    if activation == "sigmoid":
        torch.ops.aten.sigmoid_backward(out, p, grad_input=out)
    elif activation == "softmax" and out.is_cpu and out.is_contiguous():
        # it adds up a column before it writes there, and reads each number before it writes in its place
        torch._softmax_backward_data(out, p, 1, p.dtype, grad_input=out)
    elif activation == "softmax":
        out.copy_(torch._softmax_backward_data(out, p, 1, p.dtype))


def _flat(values):
    """(N, C, ...) to (N, C, pixels)"""
    return values.flatten(2) if values.ndim > 2 else values.unsqueeze(-1)


def _activated(x, activation, p):
    """The probabilities of x, in p."""
    if activation is None:
        return x
    if activation == "sigmoid":
        return torch.sigmoid(x, out=p)
    return torch.softmax(x, 1, out=p) if p.is_contiguous() else p.copy_(torch.softmax(x, 1))  # out needs whole rows


def _right_and_sizes(p, t, squared):
    """sum p t and, of p and of t, the sum or the sum of squares"""
    right = (p * t).sum(-1)
    return (right, (p * p).sum(-1), (t * t).sum(-1)) if squared else (right, p.sum(-1), t.sum(-1))


def _difference(right, size, size_t, alpha, beta):
    """The part as sizes less what is right, and by how much it is too large for that to cost digits."""
    sizes = torch.add(size if alpha == 1 else alpha * size, size_t, alpha=beta)
    part = torch.sub(sizes, right, alpha=alpha + beta)
    return part, torch.sub(part, sizes, alpha=_SMALL)


def _error(p, t, alpha, beta, squared):
    """The part, from the errors themselves."""
    if squared:
        off = p - t
        return (off * off).sum(-1)
    if alpha == beta:
        return alpha * torch.lerp(p, 1 - p, t).sum(-1)  # p + t ((1 - p) - p)
    return alpha * ((1 - t) * p).sum(-1) + beta * ((1 - p) * t).sum(-1)


def _pieces(*arrays):
    """Rows of pieces of the pictures, (N, C, pixels) or (N, C, 1); on the processor only, and only if large."""
    first, step = arrays[0], _PIECE * torch.get_num_threads()
    if first.numel() < 2 * step or not first.is_cpu:
        return [[arrays]]
    count, classes, pixels = first.shape
    across = min(pixels, max(1, step // classes))
    rows = zip(*(v.chunk(-(-count * classes * across // step)) for v in arrays), strict=True)
    if across == pixels:
        return [[row] for row in rows]
    times = -(-pixels // across)
    return [
        list(zip(*(v.split(across, 2) if v.shape[2] > 1 else times * [v] for v in row), strict=True)) for row in rows
    ]


def _over(pieces, sums):
    """The sums of all pictures and classes, from those of the pieces."""
    rows = [[_added(parts) for parts in zip(*(sums(*piece) for piece in row), strict=True)] for row in pieces]
    return [torch.cat(parts) for parts in zip(*rows, strict=True)] if len(rows) > 1 else rows[0]


def _added(parts):
    return parts[0] if len(parts) == 1 else torch.stack(parts).sum(0)
