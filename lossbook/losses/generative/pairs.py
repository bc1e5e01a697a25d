"""Sums of a Gaussian kernel over all pairs of two samples, with their slopes, and without an array of differences.

The definition holds N x M x D numbers. Here the squared distances come from one product of matrices, N x M; where the
points are so far from their middle, in bandwidths, that this product would lose digits, from the differences of a few
points at a time.
"""

import torch

from lossbook.losses.byhand import by_hand

# squared distances from the middle, in bandwidths, up to which the digits that a product of matrices loses do no harm
_NEAR = {torch.float32: 30.0, torch.float64: 1e3}
_NEAR_ENOUGH = 1e7  # in float64, for an answer in float32
_HELD = 1 << 20  # differences at a time


def quick(define):
    """A fused form of mmd. define: a function that returns its definition."""

    def fused(x, y, bandwidth, unbiased):
        bandwidth = _number(bandwidth)
        if isinstance(bandwidth, torch.Tensor):
            return define()(x, y, bandwidth=bandwidth, unbiased=unbiased)

        def compute(x, y, wanted):
            return _discrepancy(x, y, bandwidth, unbiased, wanted)

        def pull(sides, fixed, kept, upstream, wanted):
            kept = iter(kept)
            return [next(kept) * upstream if need else None for need in wanted]

        return by_hand(lambda x, y: define()(x, y, bandwidth=bandwidth, unbiased=unbiased), compute, pull, (x, y))

    return fused


def _number(bandwidth):
    """A bandwidth that nothing is differentiated in as a number; else, or if it cannot be looked at, the tensor."""
    if isinstance(bandwidth, torch.Tensor) and not bandwidth.requires_grad:
        try:
            return bandwidth.item()
        except RuntimeError:
            return bandwidth
    return bandwidth


def _discrepancy(x, y, bandwidth, unbiased, wanted):
    """The value, and the slopes in x and in y as far as they are wanted."""
    middle = torch.cat([x, y]).mean(0)
    u, v = (x - middle) / bandwidth, (y - middle) / bandwidth
    farthest = max((p * p).sum(1).max().item() for p in (u, v))
    if farthest <= _NEAR[x.dtype]:
        return _joined(u, v, bandwidth, unbiased, wanted, _by_product)
    if x.dtype is torch.float32 and farthest <= _NEAR_ENOUGH:
        found = _joined(u.double(), v.double(), bandwidth, unbiased, wanted, _by_product)
        return tuple(out.float() for out in found)
    # the middle of points far apart may lie beyond the largest number
    return _joined(x / bandwidth, y / bandwidth, bandwidth, unbiased, wanted, _by_differences)


def _joined(u, v, bandwidth, unbiased, wanted, sums):
    """The same, of points in bandwidths."""
    n, m = len(u), len(v)
    xx, dx, _ = sums(u, u, wanted[0], False)
    yy, dy, _ = sums(v, v, wanted[1], False)
    xy, dxy, dyx = sums(u, v, *wanted)
    value = xx / (n * (n - unbiased)) + yy / (m * (m - unbiased)) - 2 * xy / (n * m)
    # each pair of one sample is in its sum twice
    slopes = [
        2 * (d / (k * (k - unbiased)) - c / (n * m)) / bandwidth if w else None
        for d, c, k, w in ((dx, dxy, n, wanted[0]), (dy, dyx, m, wanted[1]))
    ]
    return value, *(s for s in slopes if s is not None)


def _by_product(a, b, of_a, of_b):
    """The sum of k - 1 over all pairs, and its slopes in the points of a and of b.

    -|a - b|^2 / 2 = a b - |a|^2 / 2 - |b|^2 / 2, and the slope in a is the sum of k (b - a).
    """
    k = torch.addmm((b * b).sum(1).mul_(-0.5), a, b.T).sub_((a * a).sum(1, keepdim=True).mul_(0.5)).clamp_(max=0)
    if a is b:
        k.diagonal().zero_()
    total = k.expm1_().sum()
    if not (of_a or of_b):
        return total, None, None
    k.add_(1)
    in_a = torch.addmm(a * k.sum(1, keepdim=True), k, b, beta=-1) if of_a else None
    in_b = torch.addmm(b * k.sum(0).unsqueeze(1), k.T, a, beta=-1) if of_b else None
    return total, in_a, in_b


def _by_differences(a, b, of_a, of_b):
    """The same, some points of a at a time."""
    total = a.new_zeros(())
    in_a, in_b = torch.empty_like(a) if of_a else None, torch.zeros_like(b) if of_b else None
    step = max(_HELD // max(b.numel(), 1), 1)
    for start in range(0, len(a), step):
        apart = b - a[start : start + step].unsqueeze(1)
        k = (apart * apart).sum(2).mul_(-0.5).expm1_()
        total += k.sum()
        if of_a or of_b:
            apart.mul_(k.add_(1).unsqueeze(2))
        if of_a:
            in_a[start : start + step] = apart.sum(1)
        if of_b:
            in_b -= apart.sum(0)
    return total, in_a, in_b
