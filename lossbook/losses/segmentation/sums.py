"""Sums over the pixels of a region, piece by piece: what autograd would keep an array for each operation of.

A piece stays in the processor's cache while it is worked on, and nothing is kept but the two sides: a sum of p, t and
p t has the slope a + b t in p, which one pass makes when it is asked for. Anything beyond that slope (second
derivatives, the slope in t, forward mode) is left to the plain sums, so that both agree.
"""

import torch

from lossbook.losses import door
from lossbook.losses.segmentation.regions import pixels

_PIECE = 524288  # elements


def error_and_right(p, t):
    """sum p (1 - t) + t (1 - p), sum p t"""
    return pixels(p * (1 - t) + t * (1 - p)), pixels(p * t)


def square_error_and_right(p, t):
    """sum (p - t)^2, sum p t"""
    return pixels((p - t) ** 2), pixels(p * t)


def right_excess_missed(p, t):
    """sum p t, sum p (1 - t), sum t (1 - p)"""
    return pixels(p * t), pixels(p * (1 - t)), pixels(t * (1 - p))


def _error(p, t):
    return (torch.lerp(p, 1 - p, t).sum(-1),)  # p + t ((1 - p) - p)


def _square_error(p, t):
    off = p - t
    return ((off * off).sum(-1),)


def _right_and_size(p, t):
    return (p * t).sum(-1), p.sum(-1) + t.sum(-1)


def _right_and_square_size(p, t):
    return (p * t).sum(-1), (p * p).sum(-1) + (t * t).sum(-1)


def _right_excess_missed(p, t):
    return (p * t).sum(-1), ((1 - t) * p).sum(-1), ((1 - p) * t).sum(-1)


# sums -> what is right and the size, from which the error is size - 2 right; the error itself; and, given a factor for
# each sum, the slope in p as factors of 1, t and p
_FAST = {
    error_and_right: (_right_and_size, _error, lambda g, h: (g, h - 2 * g, None)),
    square_error_and_right: (_right_and_square_size, _square_error, lambda g, h: (None, h - 2 * g, 2 * g)),
    right_excess_missed: (_right_excess_missed, None, lambda g, h, k: (h, g - h - k, None)),
}
_SMALL = 0.02  # of the size; below it size - 2 right loses more than two digits


def summed(plain, p, t):
    """``plain(p, t)``, one of the functions above, piece by piece."""
    return _Summed.apply(p, t, plain)


def _pieces(p, t):
    """Rows of pieces of the pictures and classes, each flat; on the processor only, and only if they are large."""
    p, t = (x.reshape(x.shape[0] * x.shape[1], x.shape[2:].numel()) for x in (p, t))
    step = _PIECE * torch.get_num_threads()
    if not p.is_cpu or p.numel() < 2 * step:
        return [[(p, t)]]
    across = min(p.shape[1], step)
    rows = [(x.split(step // across) for x in (p, t))]
    return [list(zip(*(x.split(across, 1) for x in row), strict=True)) for row in zip(*rows[0], strict=True)]


def _over(pieces, sums):
    """The sums of all pictures and classes, from those of the pieces."""
    rows = [[_added(parts) for parts in zip(*(sums(*piece) for piece in row), strict=True)] for row in pieces]
    return [torch.cat(parts) for parts in zip(*rows, strict=True)] if len(rows) > 1 else rows[0]


def _added(parts):
    return parts[0] if len(parts) == 1 else torch.stack(parts).sum(0)


class _Summed(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(p, t, plain):
        cheap, exact, _ = _FAST[plain]
        pieces = _pieces(p, t)
        found = [v.reshape(p.shape[:2]) for v in _over(pieces, cheap)]
        if exact is None:
            return tuple(found)
        right, size = found
        error = size - 2 * right
        smallest = door.least(error - _SMALL * size)
        if smallest is None or smallest < 0:
            error = _over(pieces, exact)[0].reshape(p.shape[:2])
        return error, right

    @staticmethod
    def setup_context(ctx, inputs, output):
        p, t, ctx.plain = inputs
        ctx.save_for_backward(p, t)
        ctx.save_for_forward(p, t)

    @staticmethod
    def backward(ctx, *grads):
        p, t = ctx.saved_tensors
        if torch.is_grad_enabled() or ctx.needs_input_grad[1]:
            return *torch.func.vjp(ctx.plain, p, t)[1](grads), None
        level, in_t, in_p = (
            None if f is None else f.reshape(*f.shape, *[1] * (p.ndim - 2)) for f in _FAST[ctx.plain][2](*grads)
        )
        slope = t * in_t
        return slope.add_(level if in_p is None else p * in_p), None, None

    @staticmethod
    def jvp(ctx, p_t, t_t, _):
        sides = ctx.saved_tensors
        tangents = [torch.zeros_like(x) if v is None else v for x, v in zip(sides, (p_t, t_t), strict=True)]
        return torch.func.jvp(ctx.plain, tuple(sides), tuple(tangents))[1]
