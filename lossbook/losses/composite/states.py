"""What losses of quantum states share: states as they compute with them, examples, and a qubit that turns."""

import torch

STEPS = "JavaScript here has no loops, and eigenvectors of a matrix need them."


def _qubit(x, z):
    """The state of a qubit with Bloch vector (x, 0, z)."""
    return 0.5 * torch.stack([torch.stack([1 + z, x]), torch.stack([x, 1 - z])])


def turned(s):
    return _qubit(0.9 * torch.sin(s), 0.9 * torch.cos(s)), _qubit(0 * s, 0 * s + 0.9)


def example(generator, shape):
    """Random real states: a a^T of trace 1, mixed a little with the one that knows nothing."""
    a = torch.randn(shape, generator=generator, dtype=torch.float64)
    square = a @ a.mT
    pure = square / square.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
    return 0.9 * pure + 0.1 * torch.eye(shape[-1], dtype=torch.float64) / shape[-1]


def states(rho, sigma):
    """Both as Hermitian matrices of trace 1 and of one dtype: what is off by rounding does not count, nor its slope."""
    kind = torch.promote_types(rho.dtype, sigma.dtype)
    twice = [(m + m.mH).to(kind) for m in (rho, sigma)]
    return [m / m.diagonal(dim1=-2, dim2=-1).real.sum(-1)[..., None, None] for m in twice]


def stacked(rho, sigma):
    """(both states, the traces of M + M* that they were divided by), along a new first axis: half the calls."""
    kind = torch.promote_types(rho.dtype, sigma.dtype)
    both = torch.stack([rho.to(kind), sigma.to(kind)])
    both = both + both.mH
    traces = both.diagonal(dim1=-2, dim2=-1).real.sum(-1)[..., None, None]
    return both.div_(traces), traces


def pulled(slope, state, trace, given):
    """The slope in the given matrix M of what has the Hermitian slope S in the state (M + M*) / trace: 2 S / trace,
    without its part along the state, tr(S state) on the diagonal."""
    slope = slope * (2 / trace)
    slope.diagonal(dim1=-2, dim2=-1).sub_(inner(state, slope)[..., None])
    return slope if given.is_complex() else slope.real


def inner(a, b):
    """The real inner product of two matrices, Re tr(A* B)."""
    return (a.conj() * b).real.sum((-2, -1))
