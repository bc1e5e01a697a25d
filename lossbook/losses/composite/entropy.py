"""How fast measurements tell two quantum states apart: the relative entropy of density matrices."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.chunks import wrapped
from lossbook.losses.composite.spectral import (
    LOG,
    applied,
    conjugated,
    eigen,
    full,
    rounding,
    slope_of,
    slopes,
    spectral,
)
from lossbook.losses.composite.states import STEPS, example, pulled, stacked, states, turned
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _value(p, a, q, b, least):
    """tr rho (log rho - log sigma) by eigenvalues and eigenvectors; least: how much rho may have outside of sigma."""
    along = a.mH @ b
    same = (along * along.conj()).real  # how much of eigenvector i of rho lies along eigenvector j of sigma
    p_i, q_j = p[..., :, None], q[..., None, :]
    if full(p) and full(q):
        gap = p_i - q_j  # p log(p / q) - p + q, as below
        return (same * (gap / q_j).log1p_().mul_(p_i).sub_(gap)).sum((-2, -1)).clamp_(min=0)
    there = q_j > 0
    ratio = torch.where(there, (p_i - q_j) / torch.where(there, q_j, 1.0), 0.0)
    # p log(p / q) - p + q, none of which is negative, and which add up to the same, the traces being equal
    costs = torch.where(p_i > 0, p_i * torch.log1p(torch.where(p_i > 0, ratio, 0.0)), 0.0) - (p_i - q_j)
    value = (same * torch.where(there, costs, 0.0)).sum((-2, -1)).clamp(min=0)
    outside = (same * torch.where(there, 0.0, p_i)).sum((-2, -1)) > least
    return torch.where(outside, math.inf, value)


class _RelativeEntropy(torch.autograd.Function):
    """tr rho (log rho - log sigma) of states, with its slopes log rho - log sigma and -D log(sigma) rho."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rho, sigma):
        (p, a), (q, b) = eigen(rho), eigen(sigma)
        return _value(p, a, q, b, 8 * rounding(rho)), p, a, q, b

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*inputs, *output[1:])

    @staticmethod
    def backward(ctx, grad, *_):
        rho, sigma, p, a, q, b = ctx.saved_tensors
        grad = grad[..., None, None]
        made = [None, None]
        if torch.is_grad_enabled():
            made = [grad * (spectral(rho, LOG) - spectral(sigma, LOG)), -grad * slope_of(sigma, rho, LOG)]
        else:
            if ctx.needs_input_grad[0]:
                made[0] = grad * (applied(LOG, p, a) - applied(LOG, q, b))
            if ctx.needs_input_grad[1]:
                made[1] = -grad * (b @ (slopes(LOG, q) * conjugated(b, rho)) @ b.mH)
        return tuple(made)


class _OfMatrices(torch.autograd.Function):
    """The same from the matrices as they were given, for a first derivative."""

    @staticmethod
    def forward(ctx, rho, sigma):
        both, traces = stacked(rho, sigma)
        values, vectors = eigen(both)
        ctx.save_for_backward(rho, sigma, both, traces, values, vectors)
        (p, q), (a, b) = values, vectors
        return _value(p, a, q, b, 8 * rounding(both))

    @staticmethod
    def backward(ctx, grad):
        rho, sigma, (one, two), (t, u), (p, q), (a, b) = ctx.saved_tensors
        if torch.is_grad_enabled():
            return torch.func.vjp(relative_entropy.definition, rho, sigma)[1](grad)
        grad, made = grad[..., None, None], [None, None]
        if ctx.needs_input_grad[0]:
            made[0] = pulled(grad * (applied(LOG, p, a) - applied(LOG, q, b)), one, t, rho)
        if ctx.needs_input_grad[1]:
            slope = b @ (-grad * slopes(LOG, q) * conjugated(b, one)) @ b.mH
            made[1] = pulled(slope, two, u, sigma)
        return tuple(made)


def _fast(rho, sigma):
    if wrapped(rho, sigma):
        return relative_entropy.definition(rho, sigma)
    return _OfMatrices.apply(rho, sigma)


@loss(
    title="Quantum relative entropy",
    short="Relative entropy",
    family="composite",
    formula=r"\ell(\rho, \sigma) = \operatorname{tr} \rho \left( \log \rho - \log \sigma \right)",
    symbols={},
    sides=[
        Side("rho", "... D D", "The state it should be.", kind="density", symbol=r"\rho", example=example),
        Side("sigma", "... D D", "The predicted state.", kind="density", symbol=r"\sigma", example=example),
    ],
    gives="...",
    convex=True,
    smoothness="C0",
    bounds=(0.0, math.inf),
    path=Path(
        "angle between Bloch vectors",
        -math.pi,
        math.pi,
        lambda s: turned(s)[::-1],
        "The predicted state of a qubit, nearly pure, turns away from one that is as pure.",
        start=1.0,
    ),
    uncompiled=STEPS,
    elsewhere={
        "QuTiP": "qutip.entropy_relative(rho, sigma)",
        "PennyLane": "qml.math.relative_entropy(rho, sigma)",
    },
    traps=[
        "It is infinite as soon as rho has weight where sigma has none: a pure sigma costs infinity unless rho is the "
        "same. Mix sigma with a little of the identity, or use infidelity.",
        "The slope at an infinite value is that of the part inside the support of sigma: it is finite, and does not "
        "lead back.",
        "Not symmetric: rho is the truth, under which the mean is taken, and comes first. In nats: divide by log 2 for "
        "bits.",
        "At eigenvalues of 0 of rho its slope is minus infinity, out of the support: that part is 0 here.",
        "Eigenvalues below D times the precision of the dtype count as 0: a sigma with an eigenvalue of 1e-17 costs "
        "infinity, not 39.",
        "The slope belongs to states of trace 1: it has no part along the state itself.",
    ],
    primary="Umegaki (1962), Conditional Expectation in an Operator Algebra IV, Kodai Mathematical Seminar Reports "
    "14(2); Nielsen and Chuang (2010), Quantum Computation and Quantum Information, section 11.3.",
    cite=["umegaki1962conditional", "nielsen2010quantum"],
    look=Look(4, "long"),
    fused=_fast,
)
def relative_entropy(rho, sigma):
    """The divergence of Kullback and Leibler between quantum states: how fast measurements tell rho from sigma.

    Density matrices: Hermitian, of trace 1, without negative eigenvalues; real ones may be mixed with complex ones.
    States that commute, such as diagonal ones, cost the classical divergence of their eigenvalues.

    >>> import torch
    >>> rho, mixed = torch.diag(torch.tensor([0.9, 0.1])), torch.eye(2) / 2
    >>> relative_entropy(rho, mixed)
    tensor(0.3681)
    >>> relative_entropy(mixed, torch.diag(torch.tensor([1.0, 0.0])))
    tensor(inf)
    """
    return _RelativeEntropy.apply(*states(rho, sigma))[0]
