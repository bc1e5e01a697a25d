"""Lengths and directions of vectors that neither overflow nor lose their slope: what losses of embeddings are made of.

The largest entry m of a vector is taken out first and held constant, since m |x / m| = |x| whatever m is. So 1e30 and
1e-30 in float32 have a length and a direction, with their exact derivatives. Of the zero vector, which has no
direction, length, direction and all slopes are 0.
"""

import torch

from lossbook.losses.chunks import wrapped

_PLAIN = 1e-9, 1e9  # lengths between which squares, and second derivatives, are far from over- and underflow


def largest_entry(x):
    """The largest absolute entry of each vector, 1 for the zero vector."""
    size = x.detach().abs().amax(-1, keepdim=True)
    return torch.where(size > 0, size, 1.0)


def length(x, p=2):
    """(sum_k |x_k|^p)^(1/p) along the last axis. Where an entry is 0, a p other than 2 takes its slope as 0."""
    size = largest_entry(x)
    z = x / size
    if isinstance(p, (int, float)) and p == 2:
        powers = z * z
    else:
        at_zero = z == 0  # where |z|^p has no second derivative for p < 2
        powers = torch.where(at_zero, 0.0, torch.where(at_zero, 1.0, z).abs() ** p)
    total = powers.sum(-1)  # at least 1, or 0 for the zero vector
    none = total == 0
    return size.squeeze(-1) * torch.where(none, 0.0, torch.where(none, 1.0, total) ** (1 / p))


class _Length(torch.autograd.Function):
    """The length of vectors of which none is 0: the slope x / |x| in one pass, without a look for those."""

    @staticmethod
    def forward(ctx, x):
        d = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        ctx.save_for_backward(x, d)
        return d

    @staticmethod
    def backward(ctx, grad):
        x, d = ctx.saved_tensors
        return x * (grad / d)


def plain_length(x, keepdim=False):
    """The same for p = 2 in one pass, or None unless all lengths are well between what over- and underflows."""
    if torch.is_grad_enabled() and x.requires_grad and not wrapped(x):
        d = _Length.apply(x) if keepdim else _Length.apply(x).squeeze(-1)
    else:
        d = torch.linalg.vector_norm(x, dim=-1, keepdim=keepdim)
    return d if _is_plain(d.detach()) else None


def _is_plain(d) -> bool:
    """Whether there are lengths, and numbers to see, all of them plain."""
    if not d.numel() or d.is_meta or torch.compiler.is_compiling():
        return False
    try:
        least, most = (v.item() for v in torch.aminmax(d))
    except RuntimeError:  # under vmap
        return False
    return least > _PLAIN[0] and most < _PLAIN[1]


def unit(x):
    """x / |x| along the last axis; 0 for the zero vector."""
    z = x / largest_entry(x)
    square = (z * z).sum(-1, keepdim=True)
    none = square == 0
    return z * torch.where(none, 0.0, torch.where(none, 1.0, square) ** -0.5)


def quick_unit(x):
    """The same in fewer passes where all lengths are plain."""
    d = plain_length(x, keepdim=True)
    return unit(x) if d is None else x / d
