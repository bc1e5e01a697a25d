"""How far apart the best measurement finds two quantum states: the infidelity of density matrices."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.chunks import wrapped
from lossbook.losses.composite.spectral import INVERSE_ROOT, ROOT, eigen, rounding, spectral
from lossbook.losses.composite.states import STEPS, example, inner, pulled, stacked, states, turned
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


class _Infidelity(torch.autograd.Function):
    """1 - F of states, with its slopes. F = s^2, s the sum of the singular values of a c = u s v*, where a and c are
    the roots of rho and sigma. The slope of s in sigma is K / 2, K = a (a sigma a)^(-1/2) a = a u s^(-1) u* a: right
    where a sigma a has the rank of rho, whatever the rank of sigma. The same in rho, the other way around."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rho, sigma):
        a, c = spectral(rho, ROOT), spectral(sigma, ROOT)
        u, s, v = torch.linalg.svd(a @ c)
        apart = a @ (u @ v) - c  # by the unitary u v* that brings them closest: |apart|^2 / 2 = 1 - s
        gap = 0.5 * inner(apart, apart)
        return gap * (2 - gap), a @ u, s, c @ v.mH  # 1 - s^2 = (1 - s)(1 + s): exact where it is small, never negative

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*inputs, *output[1:])

    @staticmethod
    def backward(ctx, grad, *_):
        rho, sigma, in_sigma, s, in_rho = ctx.saved_tensors
        made = [None, None]
        for k, (own, other, half) in enumerate(((rho, sigma, in_rho), (sigma, rho, in_sigma))):
            if not ctx.needs_input_grad[k]:
                continue
            if torch.is_grad_enabled():
                slope = _slope_of_infidelity(other, own)
            else:
                slope = _slope(half, s, other, _size(rho, sigma))
            made[k] = grad[..., None, None] * slope
        return tuple(made)


def _slope(half, s, other, size):
    """The slope in a state by its half u / s u* (see above); between orthogonal states that of 1 - tr(rho sigma)."""
    seen = s * s > rounding(half) * size[..., None]
    factors = torch.where(seen, s.sum(-1, keepdim=True) / torch.where(seen, s, 1.0), 0.0)
    inside = (half * factors[..., None, :]) @ half.mH
    return -torch.where(seen.any(-1)[..., None, None], inside, other)


class _OfMatrices(torch.autograd.Function):
    """The same from the matrices as they were given, for a first derivative, which is made on the way in. Any a and c
    with a a* = rho and c c* = sigma will do for the roots: here eigenvectors times roots of eigenvalues."""

    @staticmethod
    def forward(ctx, rho, sigma):
        both, traces = stacked(rho, sigma)
        values, vectors = eigen(both)
        a, c = vectors.mul_(values.sqrt_()[..., None, :])
        u, s, v = torch.linalg.svd(a.mH @ c)
        apart = (a @ (u @ v)).sub_(c)
        gap = 0.5 * inner(apart, apart)
        del apart
        first = second = None
        if any(ctx.needs_input_grad):
            size = _size(*both)
        if ctx.needs_input_grad[0]:
            first = pulled(_slope(c @ v.mH, s, both[1], size), both[0], traces[0], rho)
        if ctx.needs_input_grad[1]:
            second = pulled(_slope(a @ u, s, both[0], size), both[1], traces[1], sigma)
        ctx.save_for_backward(rho, sigma, first, second)
        return gap * (2 - gap)

    @staticmethod
    def backward(ctx, grad):
        rho, sigma, *made = ctx.saved_tensors
        if torch.is_grad_enabled():
            return torch.func.vjp(infidelity.definition, rho, sigma)[1](grad)
        return tuple(None if slope is None else grad[..., None, None] * slope for slope in made)


def _fast(rho, sigma):
    if wrapped(rho, sigma):
        return infidelity.definition(rho, sigma)
    return _OfMatrices.apply(rho, sigma)


def _size(rho, sigma):
    """What rounding errors of products of two states go with."""
    rho, sigma = rho.detach(), sigma.detach()
    return (inner(rho, rho) * inner(sigma, sigma)).sqrt()


def _slope_of_infidelity(rho, sigma):
    """The slope in sigma, as a differentiable function of both."""
    a, size = spectral(rho, ROOT), _size(rho, sigma)
    middle = a @ sigma @ a
    s = spectral(middle, ROOT, size).diagonal(dim1=-2, dim2=-1).real.sum(-1)[..., None, None]
    return -torch.where(s > 0, s * (a @ spectral(middle, INVERSE_ROOT, size) @ a), rho)


@loss(
    title="Infidelity",
    short="Infidelity",
    family="composite",
    formula=r"\ell(\rho, \sigma) = 1 - \left( \operatorname{tr} \sqrt{\sqrt{\rho} \, \sigma \sqrt{\rho}} \right)^2",
    symbols={},
    sides=[
        Side("rho", "... D D", "The predicted state.", kind="density", symbol=r"\rho", example=example),
        Side("sigma", "... D D", "The state it should be.", kind="density", symbol=r"\sigma", example=example),
    ],
    gives="...",
    convex=True,
    smoothness="C0",
    bounds=(0.0, 1.0),
    invariant=["exchange"],
    path=Path(
        "angle between Bloch vectors",
        -math.pi,
        math.pi,
        turned,
        "The predicted state of a qubit, nearly pure, turns away from the one that it should be in.",
        start=1.0,
    ),
    uncompiled=STEPS,
    elsewhere={
        "QuTiP": "1 - qutip.fidelity(rho, sigma) ** 2",
        "Qiskit": "1 - qiskit.quantum_info.state_fidelity(rho, sigma)",
        "PennyLane": "1 - qml.math.fidelity(rho, sigma)",
    },
    traps=[
        "Fidelity is squared here, a probability; QuTiP and many texts call its square root fidelity.",
        "For pure states it is 1 minus the squared overlap; of states that are orthogonal, however near or far in "
        "other ways, it is 1.",
        "Where a state has eigenvalues of 0 the true slope can be infinite, out of its support: such parts of the "
        "slope are 0 here. Between orthogonal states the slope is that of 1 - tr(rho sigma).",
        "The slope belongs to states of trace 1: it has no part along the state itself.",
        "Eigenvalues below D times the precision of the dtype count as 0: in float32 that is about 1e-7 D.",
        "Random states of many qubits are all nearly orthogonal, and the slope nearly 0 (a barren plateau): in shallow "
        "circuits a loss of single qubits trains better.",
    ],
    primary="Uhlmann (1976), The Transition Probability in the State Space of a *-Algebra, Reports on Mathematical "
    "Physics 9(2); Jozsa (1994), Fidelity for Mixed Quantum States, Journal of Modern Optics 41(12).",
    cite=["uhlmann1976transition", "jozsa1994fidelity", "mcclean2018barren", "cerezo2021cost"],
    look=Look(8, "dotted"),
    fused=_fast,
)
def infidelity(rho, sigma):
    """One minus the fidelity of two quantum states: how far apart the best measurement finds them.

    Density matrices: Hermitian, of trace 1, without negative eigenvalues; real ones may be mixed with complex ones. For
    a qubit the fidelity is tr(rho sigma) + 2 sqrt(det rho det sigma). At a Bures distance of b the infidelity is
    1 - (1 - b^2 / 2)^2.

    >>> import torch
    >>> up, mixed = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.eye(2) / 2
    >>> infidelity(up, mixed)
    tensor(0.5000)
    >>> infidelity(up, torch.tensor([[0.5, -0.5j], [0.5j, 0.5]]))
    tensor(0.5000)
    """
    return _Infidelity.apply(*states(rho, sigma))[0]
