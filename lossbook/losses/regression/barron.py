"""Barron's general loss for a plain number alpha: one branch is chosen in Python, so only one formula is computed."""

import math

import torch


def value(input, target, alpha, c):
    """The unreduced loss as a function of z = (r / c)^2."""
    z = (input - target).div_(c)
    z.mul_(z)
    if alpha == 2:
        return z.mul_(0.5)
    if abs(alpha) < 1e-20:
        return z.mul_(0.5).log1p_()
    if abs(alpha) > 1e20:
        sign = math.copysign(1.0, alpha)
        return z.mul_(0.5 * sign).expm1_().mul_(sign)
    if alpha == 1:
        return z.div_((z + 1).sqrt_().add_(1))  # sqrt(1 + z) - 1 without cancellation
    b = abs(alpha - 2)
    z.div_(b)
    if not 0 < alpha < 8:
        return z.log1p_().mul_(0.5 * alpha).expm1_().mul_(b / alpha)
    # s - 1 for s = (1 + z / b)^(alpha / 2): by expm1 up to s = e, and what s has beyond e from the power itself,
    # because the error of expm1(power) grows with the power
    beyond = (z + 1).pow_(0.5 * alpha).sub_(math.e).relu_()
    return z.log1p_().mul_(0.5 * alpha).clamp(max=1).expm1_().add_(beyond).mul_(b / alpha)


def slope(input, target, alpha, c):
    """r / c^2 times (1 + z / b)^(alpha / 2 - 1), with z = (r / c)^2 and b = |alpha - 2|."""
    u = (input - target).div_(c)
    z = u * u
    if alpha == 2:
        factor = torch.ones_like(z)
    elif abs(alpha) < 1e-20:
        factor = z.mul_(0.5).add_(1).reciprocal_()
    elif abs(alpha) > 1e20:
        factor = z.mul_(math.copysign(0.5, alpha)).exp_()
    elif abs(alpha) < 8:
        factor = z.div_(abs(alpha - 2)).add_(1).pow_(0.5 * alpha - 1)
    else:  # rounding 1 + z / b would tell more than the error of the exponential
        factor = z.div_(abs(alpha - 2)).log1p_().mul_(0.5 * alpha - 1).exp_()
    return u.mul_(factor).div_(c)
