"""The slope of a critic in its samples, and the norm of it."""

import math

import torch

from lossbook.losses.chunks import wrapped
from lossbook.losses.generative.samples import rows


def slope_of(critic, points):
    """The critic's slope at each point, in rows."""
    return rows(torch.func.grad(lambda samples: critic(samples).sum())(points))


def quick_slope(critic, points):
    """The same by torch.autograd, which takes less of Python, unless the critic does not look at the points."""
    if wrapped(points):
        return slope_of(critic, points)
    further = torch.is_grad_enabled()
    samples = points if points.requires_grad else points.detach().requires_grad_()
    try:
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(critic(samples).sum(), samples, create_graph=further)
    except RuntimeError:
        return slope_of(critic, points)
    # a point that nobody gave is no reason to ask for derivatives
    return rows(slope if points.requires_grad or _of_others(slope, samples) else slope.detach())


def _of_others(out, leaf) -> bool:
    """Whether derivatives of ``out`` in anything but the leaf are asked for."""
    nodes, seen = [out.grad_fn], {None}
    while nodes:
        node = nodes.pop()
        if node not in seen:
            seen.add(node)
            if getattr(node, "variable", leaf) is not leaf:
                return True
            nodes += [before for before, _ in node.next_functions]
    return False


def norm_of(slope):
    """The Euclidean norm of each row, with derivatives of all orders.

    The norm is m |slope / m| for any m: with the largest entry as m no square overflows or vanishes. Where the slope
    is 0 the norm has a corner; there sqrt(1 + |slope|^2) - 1 stands for it, which is 0 too, and flat.
    """
    largest = torch.linalg.vector_norm(slope.detach(), math.inf, 1, keepdim=True)
    zero = (largest == 0).to(slope.dtype)
    m = largest.clamp(min=torch.finfo(slope.dtype).tiny) * (1 - zero) + zero
    unit = slope / m
    return m[:, 0] * (torch.sqrt((unit * unit).sum(1) + zero[:, 0]) - zero[:, 0])


def norm_in_one_pass(slope):
    """The same by torch's own norm, unless a square may have been lost, or there is nothing to look at."""
    norm = torch.linalg.vector_norm(slope, 2, 1)
    try:
        least, most = (v.item() for v in torch.aminmax(norm.detach())) if norm.numel() else (1.0, 1.0)
    except RuntimeError:  # under vmap
        return norm_of(slope)
    return norm if torch.finfo(slope.dtype).tiny ** 0.25 < least and most < torch.inf else norm_of(slope)
