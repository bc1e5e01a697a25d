"""Losses of density matrices: how far a prepared or predicted quantum state is from another."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.composite.spectral import INVERSE_ROOT, LOG, ROOT, eigen, rounding, slope_of, slopes, spectral
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

STEPS = "JavaScript here has no loops, and eigenvectors of a matrix need them."


def _qubit(x, z):
    """The state of a qubit with Bloch vector (x, 0, z)."""
    return 0.5 * torch.stack([torch.stack([1 + z, x]), torch.stack([x, 1 - z])])


def _turned(s):
    return _qubit(0.9 * torch.sin(s), 0.9 * torch.cos(s)), _qubit(0 * s, 0 * s + 0.9)


def _example(generator, shape):
    """Random real states: a a^T of trace 1, mixed a little with the one that knows nothing."""
    a = torch.randn(shape, generator=generator, dtype=torch.float64)
    square = a @ a.mT
    pure = square / square.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
    return 0.9 * pure + 0.1 * torch.eye(shape[-1], dtype=torch.float64) / shape[-1]


def _states(rho, sigma):
    """Both as Hermitian matrices of trace 1 and of one dtype: what is off by rounding does not count, nor its slope."""
    kind = torch.promote_types(rho.dtype, sigma.dtype)
    halves = [0.5 * (m + m.mH).to(kind) for m in (rho, sigma)]
    return [m / m.diagonal(dim1=-2, dim2=-1).real.sum(-1)[..., None, None] for m in halves]


def _inner(a, b):
    """The real inner product of two matrices, Re tr(A* B)."""
    return (a.conj() * b).real.sum((-2, -1))


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
        gap = 0.5 * _inner(apart, apart)
        seen = s * s > rounding(rho) * _size(rho, sigma)[..., None]
        inverse = torch.where(seen, 1 / torch.where(seen, s, 1.0), 0.0)
        slopes = []
        for state, half in ((sigma, c @ v.mH), (rho, a @ u)):
            k = (half * (s.sum(-1, keepdim=True) * inverse)[..., None, :]) @ half.mH
            slopes.append(-torch.where(seen.any(-1)[..., None, None], k, state))
        return gap * (2 - gap), *slopes  # 1 - s^2 = (1 - s)(1 + s): exact also where it is small, and never negative

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*inputs, *output[1:])

    @staticmethod
    def backward(ctx, grad, *_):
        rho, sigma, *slopes = ctx.saved_tensors
        if torch.is_grad_enabled():
            slopes = [_slope_of_infidelity(sigma, rho), _slope_of_infidelity(rho, sigma)]
        return tuple(grad[..., None, None] * slope for slope in slopes)


def _size(rho, sigma):
    """What rounding errors of products of two states go with."""
    return torch.linalg.matrix_norm(rho.detach()) * torch.linalg.matrix_norm(sigma.detach())


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
        Side("rho", "... D D", "The predicted state.", kind="density", symbol=r"\rho", example=_example),
        Side("sigma", "... D D", "The state it should be.", kind="density", symbol=r"\sigma", example=_example),
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
        _turned,
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
        "Fidelity is squared here, a probability; half of the field, and QuTiP, call its square root fidelity.",
        "For pure states it is 1 minus the squared overlap; of states that are orthogonal, however near or far in "
        "other ways, it is 1.",
        "Where a state has eigenvalues of 0 the true slope can be infinite, out of its support: such parts of the "
        "slope are 0 here. Between orthogonal states the slope is that of 1 - tr(rho sigma).",
        "The slope belongs to states of trace 1: it has no part along the state itself.",
        "Eigenvalues below D times the precision of the dtype count as 0: in float32 that is about 1e-7 D.",
        "Random states of many qubits are all nearly orthogonal, and the slope nearly 0 (a barren plateau): a loss of "
        "single qubits trains better.",
    ],
    primary="Uhlmann (1976), The Transition Probability in the State Space of a *-Algebra, Reports on Mathematical "
    "Physics 9(2); Jozsa (1994), Fidelity for Mixed Quantum States, Journal of Modern Optics 41(12).",
    cite=["uhlmann1976transition", "jozsa1994fidelity"],
    look=Look(8, "dotted"),
)
def infidelity(rho, sigma):
    """One minus the fidelity of two quantum states, the most that a measurement can confuse them.

    Density matrices: Hermitian, of trace 1, without negative eigenvalues; real ones may be mixed with complex ones. For
    a qubit the fidelity is tr(rho sigma) + 2 sqrt(det rho det sigma). It relates to the Bures distance b by
    1 - (1 - b^2 / 2)^2.

    >>> import torch
    >>> up, mixed = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.eye(2) / 2
    >>> infidelity(up, mixed)
    tensor(0.5000)
    >>> infidelity(up, torch.tensor([[0.5, -0.5j], [0.5j, 0.5]]))
    tensor(0.5000)
    """
    return _Infidelity.apply(*_states(rho, sigma))[0]


class _RelativeEntropy(torch.autograd.Function):
    """tr rho (log rho - log sigma) of states, with its slopes log rho - log sigma and -D log(sigma) rho."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rho, sigma):
        (p, a), (q, b) = eigen(rho), eigen(sigma)
        same = (a.mH @ b).abs() ** 2  # how much of eigenvector i of rho lies along eigenvector j of sigma
        p_i, q_j = p[..., :, None], q[..., None, :]
        there = q_j > 0
        ratio = torch.where(there, (p_i - q_j) / torch.where(there, q_j, 1.0), 0.0)
        # p log(p / q) - p + q, none of which is negative, and which add up to the same, the traces being equal
        costs = torch.where(p_i > 0, p_i * torch.log1p(torch.where(p_i > 0, ratio, 0.0)), 0.0) - (p_i - q_j)
        value = (same * torch.where(there, costs, 0.0)).sum((-2, -1)).clamp(min=0)
        outside = (same * torch.where(there, 0.0, p_i)).sum((-2, -1)) > 8 * rounding(rho)
        logs = [torch.where(v > 0, torch.log(torch.where(v > 0, v, 1.0)), 0.0)[..., None, :] for v in (p, q)]
        in_rho = (a * logs[0]) @ a.mH - (b * logs[1]) @ b.mH
        in_sigma = -b @ (slopes(LOG, q) * (b.mH @ rho @ b)) @ b.mH
        return torch.where(outside, math.inf, value), in_rho, in_sigma

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*inputs, *output[1:])

    @staticmethod
    def backward(ctx, grad, *_):
        rho, sigma, *slopes = ctx.saved_tensors
        if torch.is_grad_enabled():
            slopes = [spectral(rho, LOG) - spectral(sigma, LOG), -slope_of(sigma, rho, LOG)]
        return tuple(grad[..., None, None] * slope for slope in slopes)


@loss(
    title="Quantum relative entropy",
    short="Relative entropy",
    family="composite",
    formula=r"\ell(\rho, \sigma) = \operatorname{tr} \rho \left( \log \rho - \log \sigma \right)",
    symbols={},
    sides=[
        Side("rho", "... D D", "The state it should be.", kind="density", symbol=r"\rho", example=_example),
        Side("sigma", "... D D", "The predicted state.", kind="density", symbol=r"\sigma", example=_example),
    ],
    gives="...",
    convex=True,
    smoothness="C0",
    bounds=(0.0, math.inf),
    path=Path(
        "angle between Bloch vectors",
        -math.pi,
        math.pi,
        lambda s: _turned(s)[::-1],
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
    return _RelativeEntropy.apply(*_states(rho, sigma))[0]
