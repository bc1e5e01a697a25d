"""Barron's general loss for a plain number alpha: one branch is chosen in Python, so only one formula is computed."""

import math

import torch


def kernel(input, target, slope, alpha, c):
    """Value and slope, with z = u^2 and u = r / c: the slope is u / c times (1 + z / b)^(alpha / 2 - 1)."""
    u = (input - target).div_(c)
    values, factor = _branch(u * u, slope, alpha)
    return values, u.mul_(factor).div_(c) if slope else None


def _branch(z, slope, alpha):
    """(the loss, the slope divided by u / c) as functions of z, the square of the residual in widths."""
    if alpha == 2:
        return 0.5 * z, torch.ones_like(z) if slope else None
    if abs(alpha) < 1e-20:
        half = z.mul_(0.5)
        return torch.log1p(half), half.add_(1).reciprocal_() if slope else None
    if abs(alpha) > 1e20:
        sign = math.copysign(1.0, alpha)
        exponent = z.mul_(0.5 * sign)
        return torch.expm1(exponent).mul_(sign), exponent.exp_() if slope else None
    if alpha == 1:
        root = (z + 1).sqrt_()
        return z.div_(root + 1), root.reciprocal_() if slope else None  # sqrt(1 + z) - 1 without cancellation
    b = abs(alpha - 2)
    z.div_(b)
    base = z + 1
    power = z.log1p_().mul_(0.5 * alpha)
    # A power is exact where its base is; exp(power), whose error grows with power, where rounding 1 + z/b tells more.
    small = abs(alpha) < 8
    factor = base.pow(0.5 * alpha - 1) if small else (power * (1 - 2 / alpha)).exp_()
    if small and alpha > 0:
        # s - 1 for s = base^(alpha/2): by expm1 up to s = e, and what s has beyond e from the power itself
        rest = base.mul_(factor).sub_(math.e).relu_()
        values = power.clamp(max=1).expm1_().add_(rest)
    else:
        values = power.expm1_()
    return values.mul_(b / alpha), factor
