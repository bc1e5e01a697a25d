"""Unit deviances of the power family, 2 times the integral of (t - s) / s^p over s from x to t, without cancellation.

With g = log(t / x) and a = 2 - p, the deviance is 2 x^a B(g), where

    B(g) = ((e^(a g) - 1) / a - (e^g - 1)) / (a - 1) = sum over k >= 2 of (1 + a + ... + a^(k - 2)) g^k / k!

The series serves where |g| < 0.1. Farther out B is computed in one of two forms, the one that does not divide by
what vanishes: p = 1 and p = 2 are limits.
"""

import math

import torch

_NEAR, _LAST = 0.1, 13  # up to |g| = 0.1 the terms beyond g^13 are below the last digit for every p in [1, 2]


def log_ratio(t, x):
    """log(t / x) = 2 asinh((t - x) / (2 sqrt(t x))): exact where the ratio is near 1, and where it is huge."""
    return 2 * torch.asinh((t - x) / (2 * torch.sqrt(x) * torch.sqrt(t)))


def bend(g, p):
    """B(g) for a number or a 0-d tensor p."""
    p = torch.as_tensor(p, dtype=g.dtype, device=g.device)
    near, low = g.abs() < _NEAR, p < 1.5
    a, m = 2 - p, p - 1
    a1, m1 = torch.where(a == 0, 1.0, a), torch.where(m == 0, 1.0, m)
    far = torch.where(near, 1.0, g)  # a harmless stand-in where the series is used, and the other way round below
    rise = torch.expm1(far)
    by_m = torch.exp(a * far) * torch.where(m == 0, far, torch.expm1(m1 * far) / m1) - rise
    by_a = rise - torch.where(a == 0, far, torch.expm1(a1 * far) / a1)
    beyond = torch.where(low, by_m / a1, by_a / m1)
    return torch.where(near, _series(torch.where(near, g, 0.0), a), beyond)


def _series(g, a):
    total = torch.zeros_like(g)
    for c in _coefficients(a):
        total = total * g + c
    return g * g * total


def _coefficients(a):
    """(1 + a + ... + a^(k - 2)) / k! for k = 13 down to 2."""
    sums = [a**0]
    for _ in range(3, _LAST + 1):
        sums.append(sums[-1] * a + 1)
    return [s / math.factorial(k) for k, s in enumerate(sums, 2)][::-1]


def _gap(d, x, t):
    """log(t / x), where d = t - x: the same in fewer steps, and with a logarithm that the processor has in vectors.

    log(h / l) = 2 log(sqrt(h) / sqrt(l)) = 2 log1p((h - l) / ((sqrt(h) + sqrt(l)) sqrt(l))) for h above l.
    """
    x, t = torch.sqrt(x), torch.sqrt(t)
    low = torch.minimum(x, t)
    return torch.copysign((d / low.mul_(x + t)).abs_().log1p_().mul_(2), d)


def value(x, t, p):
    """The unit deviance for a plain number p: the same, in fewer steps."""
    if (
        x.dtype == torch.float32 and p != 2
    ):  # the powers lose digits that float32 cannot spare, and float64 costs no more
        return value(x.double(), t.double(), p).float()
    zero = t == 0
    some = bool(zero.any()) if _seen(zero) else True
    safe = torch.where(zero, x, t) if some else t
    d = safe - x
    g = _gap(d, x, safe)
    a, m = 2 - p, p - 1
    rise = d.div_(x)  # e^g - 1
    if p < 1.5:
        far = (torch.expm1(g * m).div_(m) if m else g).mul(torch.exp(g * a)).sub_(rise).div_(a)
    else:
        far = rise.sub_(torch.expm1(g * a).div_(a) if a else g).div_(m)
    full = g.dtype == torch.float64
    # in float32 the series reaches farther, since just beyond 0.1 the other forms lose a digit that float64 can spare;
    # up to |g| = 1 the terms beyond g^11 are below its last digit
    first, *rest = _coefficients(a)[0 if full else 2 :]
    total = torch.full_like(g, first)
    for c in rest:
        total.mul_(g).add_(c)
    near = g.abs() < (_NEAR if full else 1.0)
    out = torch.where(near, total.mul_(g).mul_(g), far).mul_(2)
    power = torch.pow(x, a) if a else 1
    out = out.mul_(power)
    return torch.where(zero, power * (2 / a), out) if some and a else out


def _seen(flags):
    return not torch._C._functorch.is_functorch_wrapped_tensor(flags)


def slope(x, t, p):
    """2 (x - t) / x^p."""
    return (x - t).mul_(2).div_(x if p == 1 else x * x if p == 2 else torch.pow(x, p))
