"""Unit deviances of the power family, 2 times the integral of (t - s) / s^p over s from x to t, without cancellation.

With g = log(t / x) and a = 2 - p, the deviance is 2 x^a B(g), where

    B(g) = ((e^(a g) - 1) / a - (e^g - 1)) / (a - 1) = sum over k >= 2 of (1 + a + ... + a^(k - 2)) g^k / k!

The series serves where |g| < 0.1. Farther out B is computed in one of two forms, the one that does not divide by
what vanishes: p = 1 and p = 2 are limits.
"""

import math

import torch

from lossbook.losses.chunks import wrapped

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
    short = _short(x, t, p)
    return _whole(x, t, p) if short is None else short


def _short(x, t, p):
    """p = 1, 1.5 and 2 as ratios and roots; None for another p, and for numbers whose ratio does not fit."""
    if p == 2:
        out = _excess(t, x)
        return None if out is None else out.mul_(2)
    if p == 1.5:
        # 4 (sqrt x - sqrt t)^2 / sqrt x
        root = torch.sqrt(x)
        apart = (x - t).div_(torch.sqrt(t) + root)  # sqrt x - sqrt t, to the last digit
        return (apart * apart).mul_(4).div_(root)
    if wrapped(x, t) or not t.numel():
        return None
    if p != 1:
        return _doubled(x, t, p) if x.dtype == torch.float32 and x.is_cpu else None
    if bool(t.amin() > 0):
        out = _excess(x, t)
        return None if out is None else out.mul_(t).mul_(2)
    zero = (t == 0).to(t.dtype)
    safe = torch.addcmul(t, zero, x)  # where t = 0 the deviance is 2 x
    out = _excess(x, safe)
    return None if out is None else out.mul_(safe).addcmul_(zero, x).mul_(2)


def _doubled(x, t, p):
    """For float32, in float64: two numbers that differ do so by 6e-8 of their size, and there B(g) keeps 8 digits."""
    x, t, a = x.double(), t.double(), 2 - p
    zero = None if bool(t.amin() > 0) else (t == 0).to(t.dtype)
    d = ((t if zero is None else torch.addcmul(t, zero, x)) - x).div_(x)
    if not bool((d.amin() > -1 + 1e-8) & (d.amax() < math.inf)):
        return None
    power = torch.pow(x, a)
    out = _beyond(torch.log1p(d), d, p).mul_(power)
    return (out if zero is None else out.addcmul_(zero, power, value=1 / a)).mul_(2).float()


def _beyond(g, rise, p):
    """B(g) where it is not small beside g; rise is e^g - 1, and overwritten."""
    a, m = 2 - p, p - 1
    if p < 1.5:
        return (torch.expm1(g * m).div_(m) if m else g).mul(torch.exp(g * a)).sub_(rise).div_(a)
    return rise.sub_(torch.expm1(g * a).div_(a) if a else g).div_(m)


def _excess(a, b):
    """a / b - 1 - log(a / b); None where one of the numbers on the way does not fit.

    Near a = b, by w = (a - b) / (a + b), it is w (a - b) / b - 2 (w^3 / 3 + w^5 / 5 + ...).
    """
    if wrapped(a, b) or not a.numel():
        return None
    if a.dtype == torch.float32 and a.is_cpu:
        # two float32 that differ do so by 6e-8 of their size, which float64 sees with 8 digits in d - log(1 + d)
        b = b.double()
        d = (a.double() - b).div_(b)
        fits = bool((d.amin() > -1 + 1e-8) & (d.amax() < math.inf))
        return d.sub_(torch.log1p(d)).float() if fits else None
    ratio, total = a / b, a + b
    if not bool((ratio.amin() > 0) & (ratio.amax() < math.inf) & (total.amax() < math.inf)):
        return None
    near, terms = (0.125, 8) if a.dtype == torch.float64 else (0.2, 5)  # the next term is below the last digit
    gap = a - b
    w = torch.div(gap, total, out=total)
    square = w * w
    series = torch.full_like(w, 2 / (2 * terms + 1))
    for k in reversed(range(terms - 1)):
        series.mul_(square).add_(2 / (2 * k + 3))
    close = gap.div_(b).sub_(series.mul_(square)).mul_(w)
    logarithm = torch.log(ratio)
    far = ratio.sub_(1).sub_(logarithm)
    return torch.lerp(far, close, _below(square, near * near))


def _below(size, bound):
    """1 where size is below the bound, else 0: as a steep ramp, whose foot is at the bound and whose top at the next
    number below it; comparisons are not done in vectors."""
    return torch.sub(size, bound).mul_(-1e30).clamp_(0, 1)


def _whole(x, t, p):
    if (
        x.dtype == torch.float32 and p != 2
    ):  # the powers lose digits that float32 cannot spare, and float64 costs no more
        return value(x.double(), t.double(), p).float()
    zero = t == 0
    some = True if wrapped(zero) else bool(zero.any())
    safe = torch.where(zero, x, t) if some else t
    d = safe - x
    g = _gap(d, x, safe)
    a = 2 - p
    far = _beyond(g, d.div_(x), p)
    full = g.dtype == torch.float64
    # in float32 the series reaches farther, since just beyond 0.1 the other forms lose a digit that float64 can spare;
    # up to |g| = 1 the terms beyond g^11 are below its last digit
    first, *rest = _coefficients(a)[0 if full else 2 :]
    total = torch.full_like(g, first)
    for c in rest:
        total.mul_(g).add_(c)
    size, near = g.abs(), _NEAR if full else 1.0
    total = total.mul_(g).mul_(g)
    # a straight line between the two at 0 or 1 is one of them, in a fraction of the time of a choice
    fits = not wrapped(far) and g.numel() and bool((far.amax() < math.inf) & (far.amin() > -math.inf))
    out = (torch.lerp(far, total, _below(size, near)) if fits else torch.where(size < near, total, far)).mul_(2)
    power = torch.pow(x, a) if a else 1
    out = out.mul_(power)
    return torch.where(zero, power * (2 / a), out) if some and a else out


def slope(x, t, p):
    """2 (x - t) / x^p."""
    powers = {1: lambda: x, 1.5: lambda: x * torch.sqrt(x), 2: lambda: x * x}
    return (x - t).mul_(2).div_(powers.get(p, lambda: torch.pow(x, p))())
