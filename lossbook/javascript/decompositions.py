"""Which ATen operations are recorded as simpler ones.

torch's own table is used wherever it has an entry and the compiler has none; the entries below are those that
torch lacks, or that lose digits in the tails.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch._decomp import core_aten_decompositions, decomposition_table

from lossbook.javascript.operations import TABLE

aten = torch.ops.aten


def hypotenuse(x, y):
    """sqrt(x^2 + y^2), scaled by the larger one so that no square overflows."""
    high, low = torch.maximum(x.abs(), y.abs()), torch.minimum(x.abs(), y.abs())
    ratio = low / torch.where(high == 0, 1.0, high)
    return high * torch.sqrt(1 + ratio * ratio)


def soft_margin_slope(grad, input, target, reduction):
    """-y sigmoid(-y x), where torch's entry subtracts two numbers close to one."""
    slope = -target * torch.sigmoid(-target * input) * grad
    return slope / input.numel() if reduction == 1 else slope


def multi_margin_slope(grad, input, target, p, margin, weight=None, reduction=1):
    """sum over j != y of max(0, margin - x_y + x_j)^p / classes: its slope is p max(...)^(p - 1) on j, less on y."""
    x, y = torch.atleast_2d(input), torch.atleast_1d(target)
    own = y.unsqueeze(1) == torch.arange(x.shape[1])
    z = margin - torch.gather(x, 1, y.unsqueeze(1)) + x
    slope = torch.where((z > 0) & ~own, p * z ** (p - 1), 0.0) / x.shape[1]
    if weight is not None:
        slope = slope * torch.gather(weight, 0, y).unsqueeze(1)
    slope = slope - torch.where(own, slope.sum(1, keepdim=True), 0.0)
    if reduction == 1:
        slope = slope / x.shape[0]
    upstream = grad.reshape(-1, 1) if reduction == 0 else grad
    return (slope * upstream).reshape(input.shape)


def distances(x1, x2, p, compute_mode=None):
    """Every distance between a row of `x1` and a row of `x2`."""
    return torch.linalg.vector_norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, dim=-1)


def distances_slope(grad, x1, x2, p, dist):
    """d dist_ij / d x1_i = sign(difference) (|difference| / dist_ij)^(p - 1), zero where the distance is."""
    difference = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    nonzero = dist.unsqueeze(-1) != 0
    safe = torch.where(nonzero, dist.unsqueeze(-1), 1.0)
    if p == 2:
        slope = difference / safe
    elif p == 1:
        slope = torch.sign(difference)
    else:
        slope = torch.sign(difference) * (difference.abs() / safe) ** (p - 1)
    return (torch.where(nonzero, slope, 0.0) * grad.unsqueeze(-1)).sum(-2)


_OURS: dict[object, Callable] = {
    aten.hypot.default: hypotenuse,
    aten.soft_margin_loss_backward.default: soft_margin_slope,
    aten.multi_margin_loss_backward.default: multi_margin_slope,
    aten._cdist_forward.default: distances,
    aten._cdist_backward.default: distances_slope,
}


@functools.cache
def decompositions() -> dict:
    """Operation -> function that computes it from simpler ones."""
    further = {op: simpler for op, simpler in decomposition_table.items() if _is_needed(op)}
    return {**further, **core_aten_decompositions(), **_OURS}


def _is_needed(op) -> bool:
    """Whether `op` is one that neither the compiler nor torch's dispatcher takes apart.

    Random ones stay visible, to be refused; writes in place become operations of the table later.
    """
    name = op.__name__.split(".")[0]
    if not isinstance(op, torch._ops.OpOverload) or name in TABLE or name.endswith("_"):
        return False
    composite = torch._C._dispatch_has_kernel_for_dispatch_key(op.name(), "CompositeImplicitAutograd")
    return not composite and torch.Tag.nondeterministic_seeded not in op.tags
