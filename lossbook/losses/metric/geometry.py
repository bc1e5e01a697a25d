"""Lengths and directions of vectors that neither overflow nor lose their slope: what losses of embeddings are made of.

The largest entry m of a vector is taken out first and held constant, since m |x / m| = |x| whatever m is. So 1e30 and
1e-30 in float32 have a length and a direction, with their exact derivatives. Of the zero vector, which has no
direction, length, direction and all slopes are 0.
"""

import torch

from lossbook.losses import door

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


def plain_length(x, keepdim=False):
    """The same for p = 2 in one pass, or None unless all lengths are well between what over- and underflows."""
    d = torch.linalg.vector_norm(x, dim=-1, keepdim=keepdim)
    least, minus_most = door.least(d), door.least(-d)
    inside = least is not None and least > _PLAIN[0] and -minus_most < _PLAIN[1]
    return d if inside else None


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
