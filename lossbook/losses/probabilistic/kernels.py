"""Values and slopes of the likelihoods in few steps over large arrays, see chunks.several.

With r = center - target, and z = r / s for a scale s that is given itself or as a logarithm: value, and slopes in the
center and in the given spread,

    gaussian   1/2 (w (v + log 2 pi) + q^2), q = r e^((b - 1) v / 2), and w = e^(b v), which is held
               r e^((b - 1) v)     (w - q^2) / 2
    laplace    log s + |z| + log 2
               sign(r) / s     1 - |z|
    student t  log s + (n + 1) / 2 log(1 + k) + const, k = z^2 / n
               (n + 1) / n z / (s (1 + k))     1 - (n + 1) k / (1 + k)
    crps       r erf(z / sqrt 2) + s (2 phi(z) - 1 / sqrt pi)
               erf(z / sqrt 2)     2 phi(z) - 1 / sqrt pi
    evidence   1/2 log(pi u) + (a + 1/2) log(1 + k) - gap(a) + c |r| (2 n + a), u = 2 b (1 + n) / n, k = r^2 / u,
               with h = (a + 1/2) k / (1 + k):
               (2 a + 1) r / (u + r^2) + c sign(r) (2 n + a), and in n, a, b
               (h - 1/2) / (n (1 + n)) + 2 c |r|     log(1 + k) - gap'(a) + c |r|     (1/2 - h) / b

An exponential that would overflow is taken in parts, one factor at a time, so that a residual of 0 stays 0.
"""

import math

import torch

_LARGEST = {torch.float32: 85.0}  # exp of it fits in the dtype; else 700


def _part(log_scale, times, count):
    """exp(-times * log_scale / count), of which ``count`` factors make the whole; beyond its floor a residual that is
    not 0 overflows with it as without."""
    if not times:
        return torch.ones_like(log_scale)
    floor = -count * _LARGEST.get(log_scale.dtype, 700.0) / times
    return log_scale.clamp(min=floor).mul_(-times / count).exp_()


def gaussian(mean, target, log_var, beta=0.0):
    square = _quotient(mean, target, log_var, 0.5 * (1 - beta))[0]
    return _gaussian(square.mul_(square), log_var, beta)


def gaussian_both(mean, target, log_var, needed, beta=0.0):
    z, part = _quotient(mean, target, log_var, 0.5 * (1 - beta))
    square = z * z
    bend = None
    if needed[2]:
        bend = torch.mul(log_var, beta).exp_().sub_(square).mul_(0.5) if beta else torch.rsub(square, 1).mul_(0.5)
    return _gaussian(square, log_var, beta), _ways(z.mul_(part).mul_(part), needed, bend)


def _gaussian(square, log_var, beta):
    plain = log_var + math.log(2 * math.pi)
    return square.add_(plain.mul_(torch.mul(log_var, beta).exp_()) if beta else plain).mul_(0.5)


def _quotient(center, target, log_scale, times):
    """(r exp(-times * log_scale), and the root of the exponential)"""
    part = _part(log_scale, times, 2)
    return (center - target).mul_(part).mul_(part), part


def laplace(loc, target, log_scale):
    return _quotient(loc, target, log_scale, 1.0)[0].abs_().add_(log_scale).add_(math.log(2))


def laplace_both(loc, target, log_scale, needed):
    part = _part(log_scale, 1.0, 2)
    r = loc - target
    size = torch.abs(r).mul_(part).mul_(part)
    bend = torch.rsub(size, 1) if needed[2] else None
    return size.add_(log_scale).add_(math.log(2)), _ways(r.sign_().mul_(part).mul_(part), needed, bend)


def crps(mean, target, std):
    return crps_both(mean, target, std, (False, False, False))[0]


def crps_both(mean, target, std, needed):
    r = mean - target
    z = r / std
    pull = torch.mul(z, math.sqrt(0.5)).erf_()
    bend = z.mul_(z).mul_(-0.5).exp_().mul_(math.sqrt(2 / math.pi)).sub_(1 / math.sqrt(math.pi))
    return r.mul_(pull).addcmul_(std, bend), _ways(pull, needed, bend)


def student_t(loc, target, log_scale, df):
    k = _squared(loc, target, log_scale, df)[1]
    return None if k is None else _student_t(k, log_scale, df)


def student_t_both(loc, target, log_scale, needed, df):
    z, k, over = _squared(loc, target, log_scale, df)
    if k is None:
        return None
    rest = torch.add(k, 1)
    bend = torch.div(k, rest).mul_(-(df + 1)).add_(1) if needed[2] else None
    pull = z.mul_(over).div_(rest).mul_((df + 1) / df)
    return _student_t(k, log_scale, df), _ways(pull, needed, bend)


def _student_t(k, log_scale, df):
    constant = 0.5 * math.log(math.pi * df) - gamma_gap(0.5 * df)
    return k.log1p_().mul_(0.5 * (df + 1)).add_(log_scale).add_(constant)


def _squared(loc, target, log_scale, df):
    """(r / s, its square over df, 1 / s); the second is None if one of them is too large"""
    over = torch.neg(log_scale).exp_()
    z = (loc - target).mul_(over)
    k = (z * z).div_(df)
    return z, k if bool(k.max() < math.inf) else None, over


def _ways(pull, needed, bend):
    """Slopes in the center, in the target, which is its opposite, and in the spread."""
    return pull, torch.neg(pull) if needed[1] else None, bend


def evidence(gamma, target, nu, alpha, beta, coef):
    r, u, k = _evident(gamma, target, nu, beta)
    return None if k is None else _evidence(r.abs_(), u, k.log1p_(), nu, alpha, coef)


def evidence_both(gamma, target, nu, alpha, beta, needed, coef):
    r, u, k = _evident(gamma, target, nu, beta)
    if k is None:
        return None
    size, rest, log1p_k = torch.abs(r), torch.add(k, 1), torch.log1p(k)
    excess = (alpha + 0.5).mul_(k).div_(rest).sub_(0.5)
    pull = (2 * alpha).add_(1).mul_(r).div_(rest.mul_(u))
    pull.add_(torch.mul(nu, 2).add_(alpha).mul_(r.sign_()), alpha=coef)
    in_nu = torch.add(nu, 1).mul_(nu).reciprocal_().mul_(excess).add_(size, alpha=2 * coef) if needed[2] else None
    in_alpha = (log1p_k - gamma_gap_slope(alpha)).add_(size, alpha=coef) if needed[3] else None
    in_beta = excess.div_(beta).neg_() if needed[4] else None
    away = torch.neg(pull) if needed[1] else None
    return _evidence(size, u, log1p_k, nu, alpha, coef), (pull, away, in_nu, in_alpha, in_beta)


def _evidence(size, u, log1p_k, nu, alpha, coef):
    penalty = torch.mul(nu, 2).add_(alpha).mul_(size).mul_(coef)
    return u.mul_(math.pi).log_().mul_(0.5).addcmul_(alpha + 0.5, log1p_k).sub_(gamma_gap(alpha)).add_(penalty)


def _evident(gamma, target, nu, beta):
    """r, u, k; the last is None if u or k is too large, or u too small"""
    r = gamma - target
    u = (nu + 1).mul_(beta).mul_(2).div_(nu)
    k = (r * r).div_(u)
    fits = bool((k.max() < math.inf) & (u.max() < math.inf) & (u.min() > 0))
    return r, u, k if fits else None


# log Gamma(x + 1/2) - log Gamma(x) = log(x) / 2 - 1 / (8 x) + 1 / (192 x^3) - ...: the terms after the logarithm
_SERIES = (-1 / 8, 1 / 192, -1 / 640, 17 / 14336, -31 / 18432, 691 / 180224)
_STEPS = 10  # the series is taken at x + 10, where its next term is below 2e-15


def gamma_gap(x):
    """log Gamma(x + 1/2) - log Gamma(x) for x > 0, a number or a tensor, with no large numbers that cancel.

    From Gamma(x + 1) = x Gamma(x): the gap at x is that at x + 10, less the logarithm of (y + 1/2) / y for
    y = x, ..., x + 9.
    """
    ratio = 1.0
    for k in range(_STEPS):
        ratio = ratio * ((x + k) / (x + (k + 0.5)))
    far = x + _STEPS
    inverse = 1 / far
    square, total = inverse * inverse, 0.0
    for c in reversed(_SERIES):
        total = total * square + c
    log = torch.log if isinstance(x, torch.Tensor) else math.log
    return 0.5 * log(far) + total * inverse + log(ratio)


def gamma_gap_slope(x):
    """The derivative of gamma_gap, a sum of numbers above 0 and a short series."""
    far = x + _STEPS
    inverse = 1 / far
    square, total = inverse * inverse, 0.0
    for k, c in reversed(list(enumerate(_SERIES))):
        total = total * square - (1 + 2 * k) * c
    total = (total * square).add_(inverse, alpha=0.5)
    for k in range(_STEPS):
        total.add_((x + k).mul_(x + (k + 0.5)).reciprocal_(), alpha=0.5)
    return total
