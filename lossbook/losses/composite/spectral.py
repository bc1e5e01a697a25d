"""Functions of Hermitian matrices by their eigenvalues, with first and second derivatives that stay finite.

The usual derivative goes through the eigenvectors and divides by differences of eigenvalues: NaN as soon as two are
equal, as in every pure state of three levels or more. Here it goes through divided differences of the function, which
have no such holes. With f[a, b] = (f(a) - f(b)) / (a - b) and, in the basis of the eigenvectors, a step H of A,

    (D f(A) H)_ij = f[a_i, a_j] H_ij,
    (D^2 f(A) (H, K))_ij = sum over k of f[a_i, a_k, a_j] (H_ik K_kj + K_ik H_kj).

An eigenvalue that is 0 within rounding is 0, and so are f, its slope and its bend between such: infinite slopes out of
the support of A are taken as 0, and those along it are right.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.autograd.function import once_differentiable

from lossbook.losses.chunks import wrapped


@dataclass(frozen=True)
class Rule:
    """A function of an eigenvalue above 0, and its divided differences: slope (a, b), bend (a, b, c) with a >= b >= c.

    slope is given values above 0, bend values of which at least a and b are.
    """

    value: Callable
    slope: Callable
    bend: Callable


def spectral(matrix, rule, size=None):
    """``rule`` of a batch of Hermitian matrices, of shape (..., D, D).

    size: the magnitude that rounding errors of ``matrix`` go with, by default its largest eigenvalue.
    """
    return _Spectral.apply(matrix, size, rule)


def slope_of(matrix, step, rule, size=None):
    """The derivative of ``rule`` along ``step``, differentiable once more in both."""
    return _Slope.apply(matrix, step, size, rule)


def eigen(matrix, size=None):
    """(eigenvalues, eigenvectors); eigenvalues within rounding of 0, and those below, are 0."""
    values, vectors = torch.linalg.eigh(matrix)
    size = values[..., -1] if size is None else size
    return torch.where(values > rounding(matrix) * size[..., None], values, 0.0), vectors


def full(values) -> bool:
    """Whether all are above 0, as far as can be seen (not under vmap, not on meta): the usual case."""
    return not (wrapped(values) or values.is_meta) and bool((values > 0).all())


def applied(rule, values, vectors):
    """The matrix of f of the eigenvalues."""
    if full(values):
        made = rule.value(values)
    else:
        made = torch.where(values > 0, rule.value(torch.where(values > 0, values, 1.0)), 0.0)
    return (vectors * made[..., None, :]) @ vectors.mH


def rounding(matrix) -> float:
    """How large rounding errors of eigenvalues are, relative to the largest one."""
    return matrix.shape[-1] * torch.finfo(matrix.dtype).eps


def slopes(rule, a):
    """f[a_i, a_j] of all pairs of eigenvalues."""
    one, two = a[..., :, None], a[..., None, :]
    if full(a):
        return rule.slope(torch.maximum(one, two), torch.minimum(one, two))
    return _slope(rule, one, two)


def _slope(rule, a, b):
    a, b = torch.broadcast_tensors(a, b)
    high, low = torch.maximum(a, b), torch.minimum(a, b)
    some = torch.where(high > 0, high, 1.0)
    one = torch.where(high > 0, rule.value(some) / some, 0.0)  # f(0) = 0
    return torch.where(low > 0, rule.slope(some, torch.where(low > 0, low, 1.0)), one)


def bends(rule, a):
    """f[a_i, a_j, a_k] of all triples of eigenvalues."""
    a, b, c = torch.broadcast_tensors(a[..., :, None, None], a[..., None, :, None], a[..., None, None, :])
    high, low = torch.maximum(torch.maximum(a, b), c), torch.minimum(torch.minimum(a, b), c)
    middle = torch.maximum(torch.minimum(a, b), torch.minimum(torch.maximum(a, b), c))
    top = torch.where(high > 0, high, 1.0)
    edge = torch.where(high > 0, (_slope(rule, high, middle) - _slope(rule, middle, torch.zeros_like(low))) / top, 0.0)
    return torch.where(low > 0, rule.bend(*(torch.where(low > 0, v, 1.0) for v in (high, middle, low))), edge)


def conjugated(vectors, matrix):
    """``matrix`` in the basis of the vectors: V* M V."""
    return vectors.mH @ matrix @ vectors


class _Spectral(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(matrix, size, rule):
        return applied(rule, *eigen(matrix, size))

    @staticmethod
    def setup_context(ctx, inputs, output):
        matrix, ctx.size, ctx.rule = inputs
        ctx.save_for_backward(matrix)

    @staticmethod
    def backward(ctx, grad):
        return _Slope.apply(*ctx.saved_tensors, grad, ctx.size, ctx.rule), None, None


class _Slope(torch.autograd.Function):
    """D f(A) H; linear in H and, for real inner products, its own adjoint."""

    generate_vmap_rule = True

    @staticmethod
    def forward(matrix, step, size, rule):
        values, vectors = eigen(matrix, size)
        return vectors @ (slopes(rule, values) * conjugated(vectors, step)) @ vectors.mH

    @staticmethod
    def setup_context(ctx, inputs, output):
        matrix, step, ctx.size, ctx.rule = inputs
        ctx.save_for_backward(matrix, step)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        matrix, step = ctx.saved_tensors
        values, vectors = eigen(matrix, ctx.size)
        h, g = conjugated(vectors, step).mH, conjugated(vectors, grad)
        f = bends(ctx.rule, values).to(g.dtype)
        # the slope in A of <G, D f(A) H>:  sum_r f[p, q, r] (H*_pr G_rq + G_pr H*_rq)
        m = torch.einsum("...pqr,...pr,...rq->...pq", f, h, g) + torch.einsum("...pqr,...pr,...rq->...pq", f, g, h)
        linear = vectors @ (slopes(ctx.rule, values) * g) @ vectors.mH
        return vectors @ m @ vectors.mH, linear, None, None


def _root_bend(a, b, c):
    x, y, z = a.sqrt(), b.sqrt(), c.sqrt()
    return -1 / ((x + y) * (y + z) * (x + z))


def _inverse_root_bend(a, b, c):
    x, y, z = a.sqrt(), b.sqrt(), c.sqrt()
    return (x + y + z) / (x * y * z * (x + y) * (y + z) * (x + z))


def _log_slope(a, b):
    # log1p(x) / x, which is 1 for all x from 0 to less than eps
    gap = ((a - b) / b).clamp(min=torch.finfo(a.dtype).eps ** 2)
    return torch.log1p(gap) / gap / b


def _log_bend(a, b, c):
    wide = (a - c) > 1e-3 * a
    far = (_log_slope(a, b) - _log_slope(b, c)) / torch.where(wide, a - c, 1.0)
    # close together the difference loses its digits; the series around the mean m, with power sums p of (value - m) / m
    m = (a + b + c) / 3
    x, y, z = (a - m) / m, (b - m) / m, (c - m) / m
    p2, p3, p4 = (x**k + y**k + z**k for k in (2, 3, 4))
    near = (-1 / 2 - p2 / 8 + p3 / 15 - (p4 / 4 + p2 * p2 / 8) / 6) / m**2
    return torch.where(wide, far, near)


ROOT = Rule(torch.sqrt, lambda a, b: 1 / (a.sqrt() + b.sqrt()), _root_bend)
INVERSE_ROOT = Rule(torch.rsqrt, lambda a, b: -1 / (a.sqrt() * b.sqrt() * (a.sqrt() + b.sqrt())), _inverse_root_bend)
LOG = Rule(torch.log, _log_slope, _log_bend)
