"""Averages over a window that slides over a picture: in both directions one after the other, without padding.

The weights of a Gaussian window are products of one factor for the row and one for the column, so that 11 x 11 weights
cost 11 + 11 products. Each is a sum of shifted pictures, which runs at the speed of memory.
"""

import math
from functools import partial

import torch


def window_mean(window: int, sigma, like: torch.Tensor):
    """The function x -> its averages over a Gaussian window, in the fastest form that the standard deviation allows."""
    if isinstance(sigma, torch.Tensor):  # learned, or traced
        return partial(smooth, weights=gaussian(window, sigma, like))
    steps = [(k - (window - 1) / 2) / sigma for k in range(window)]
    weights = [math.exp(-0.5 * z * z) for z in steps]
    return partial(quick_smooth, weights=[weight / sum(weights) for weight in weights])


def gaussian(window: int, sigma, like: torch.Tensor) -> torch.Tensor:
    """Weights that fall like the normal density with this standard deviation, and add up to 1."""
    offsets = torch.arange(window, dtype=like.dtype, device=like.device) - (window - 1) / 2
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    return weights / weights.sum()


def smooth(x, weights):
    """Weighted averages over all windows inside the last two axes, which become shorter by len(weights) - 1."""
    for dim in (-2, -1):
        count = x.shape[dim] - len(weights) + 1
        x = sum(weights[k] * x.narrow(dim, k, count) for k in range(len(weights)))
    return x


def quick_smooth(x, weights: list[float]):
    """The same for weights that are plain numbers, in place."""
    return _Gather.apply(_Gather.apply(x, weights, -2), weights, -1)


class _Gather(torch.autograd.Function):
    """out_i = sum_k w_k x_(i + k) along one axis"""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, weights, dim):
        count = x.shape[dim] - len(weights) + 1
        out = x.narrow(dim, 0, count) * weights[0]
        for k in range(1, len(weights)):
            out.add_(x.narrow(dim, k, count), alpha=weights[k])
        return out

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.weights, ctx.dim = inputs

    @staticmethod
    def backward(ctx, grad):
        return _Scatter.apply(grad, ctx.weights, ctx.dim), None, None


class _Scatter(torch.autograd.Function):
    """The transpose of _Gather: out_(i + k) = sum_k w_k x_i"""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, weights, dim):
        shape = list(x.shape)
        shape[dim] += len(weights) - 1
        out = x.new_zeros(shape)
        for k, weight in enumerate(weights):
            out.narrow(dim, k, x.shape[dim]).add_(x, alpha=weight)
        return out

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.weights, ctx.dim = inputs

    @staticmethod
    def backward(ctx, grad):
        return _Gather.apply(grad, ctx.weights, ctx.dim), None, None
