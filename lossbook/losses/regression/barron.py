"""Barron's general loss for a plain number alpha: one branch is chosen in Python, so only one formula is computed."""

import math

import torch

from lossbook.losses.door import reduce


def by_branch(input, target, reduction, alpha, c):
    """Equal to the definition of general_robust, for numbers alpha and c."""
    return reduce(_branch((input - target) / c, alpha), reduction)


def _branch(u, alpha):
    if alpha == 2:
        return 0.5 * u**2
    if abs(alpha) < 1e-20:
        return torch.log1p(0.5 * u**2)
    if abs(alpha) > 1e20:
        sign = math.copysign(1.0, alpha)
        return sign * torch.expm1(0.5 * sign * u**2)
    z, b = u**2, abs(alpha - 2)
    if alpha == 1:
        return z / (torch.sqrt(1 + z) + 1)  # sqrt(1 + z) - 1 without cancellation
    if alpha == -2:
        return 2 * z / (z + 4)
    power = 0.5 * alpha * torch.log1p(z / b)
    if alpha < 0:
        return b / alpha * torch.expm1(power)
    far = (power > 1) & (z > b)
    s = (1 + z / b) ** (0.5 * alpha)
    return b / alpha * torch.where(far, s - 1, torch.expm1(torch.where(far, 0.0, power)))
