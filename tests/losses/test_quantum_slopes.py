"""Losses of quantum states: slopes and curvatures, also at pure, equal and degenerate states."""

import math

import pytest
import torch
from quantum_states import NAMES, both, pure, state

from lossbook import losses
from lossbook.losses.composite.spectral import INVERSE_ROOT, LOG, ROOT, spectral

same = torch.testing.assert_close


def slopes(name, rho, sigma):
    leaves = [m.clone().requires_grad_() for m in (rho, sigma)]
    return torch.autograd.grad(losses.get(name)(*leaves), leaves)


def test_slopes_of_the_fidelity_with_a_pure_state():
    """F = <psi|sigma|psi> is linear in sigma: its slope is the pure state itself, in all directions."""
    eye = torch.eye(3).to(torch.complex128)
    psi = pure(1, 2j, -0.5)
    for other in (state(3, 1), state(3, 2, 2), state(3, 3, 1), psi):
        fidelity = (psi @ other).diagonal().sum().real
        same(slopes("infidelity", psi, other)[1], fidelity * eye - psi, rtol=0, atol=1e-9)
        same(slopes("infidelity", other, psi)[0], fidelity * eye - psi, rtol=0, atol=1e-9)
    up, down = pure(1, 0), pure(0, 1)
    for got, want in zip(slopes("infidelity", up, down), (-down, -up), strict=True):
        same(got, want)


@both
def test_equal_states_have_slope_zero(name):
    for size in (2, 4):
        mixed = torch.eye(size, dtype=torch.float64) / size
        for rho in (state(size, 5), mixed):
            assert 0 <= losses.get(name)(rho, rho) <= 1e-28
            for slope in slopes(name, rho, rho):
                same(slope, torch.zeros_like(slope), rtol=0, atol=1e-12)


@both
@pytest.mark.parametrize("dtype", [torch.complex128, torch.complex64, torch.float64, torch.float32])
def test_pure_and_equal_states_are_finite(name, dtype):
    up = torch.zeros(4, 4, dtype=dtype)
    up[0, 0] = 1
    turned = state(4, 7, 1, dtype)
    mixed, half = torch.eye(4, dtype=dtype) / 4, torch.diag(torch.tensor([0.5, 0.5, 0, 0])).to(dtype)
    pairs = [(m, m) for m in (up, turned, mixed, half)] + [(m, mixed) for m in (up, turned, half)]
    pairs += [(up, turned), (mixed, up), (turned, half), (up, torch.flip(up, (0, 1)))]
    for rho, sigma in pairs:
        leaves = [m.clone().requires_grad_() for m in (rho, sigma)]
        value = losses.get(name)(*leaves)
        assert value >= 0
        assert value.isfinite() or (name == "relative_entropy" and not same_support(rho, sigma))
        first = torch.autograd.grad(value, leaves, create_graph=True)
        again = torch.autograd.grad(sum((s.real * (k + 1)).sum() for k, s in enumerate(first)), leaves)
        for out in (*first, *again):
            assert torch.isfinite(torch.view_as_real(out) if out.is_complex() else out).all()
        if torch.equal(rho, sigma):
            assert value <= 1e-5 if dtype in (torch.float32, torch.complex64) else value <= 1e-14


def same_support(rho, sigma):
    return torch.equal(rho, sigma) or torch.linalg.matrix_rank(sigma) == 4


@both
@pytest.mark.parametrize("case", ["complex", "real", "equal", "mixed", "degenerate"])
def test_gradcheck_and_gradgradcheck(name, case):
    kind = torch.float64 if case == "real" else torch.complex128
    rho, sigma = state(3, 1, dtype=kind), state(3, 2, dtype=kind)
    eye = torch.eye(3).to(kind) / 3
    if case == "equal":
        sigma = rho
    elif case == "mixed":
        sigma = eye
    elif case == "degenerate":
        rho, sigma = eye, torch.diag(torch.tensor([0.4, 0.4, 0.2])).to(kind)
    leaves = [m.clone().requires_grad_() for m in (rho, sigma)]
    core = losses.get(name).core
    assert torch.autograd.gradcheck(core, leaves, eps=1e-6, atol=1e-7)
    assert torch.autograd.gradgradcheck(core, leaves, eps=1e-6, atol=1e-5)


def turning(t, size=3):
    """A pure state on its way, with more than one null direction."""
    psi = torch.stack([torch.cos(t), 0.6 * torch.sin(t), 0.8 * torch.sin(t)] + [0 * t] * (size - 3))
    return torch.outer(psi, psi)


def test_curvature_along_pure_states():
    start = turning(torch.tensor(0.0).double(), 4)
    mixed = state(4, 8, dtype=torch.float64)
    for at in (0.0, 0.3, 1.2, math.pi / 2):
        t = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        for value, slope, curve in (
            (losses.infidelity(turning(t, 4), start), math.sin(2 * at), 2 * math.cos(2 * at)),
            (losses.infidelity(start, turning(t, 4)), math.sin(2 * at), 2 * math.cos(2 * at)),
        ):
            (first,) = torch.autograd.grad(value, t, create_graph=True)
            (second,) = torch.autograd.grad(first, t)
            assert value.item() == pytest.approx(math.sin(at) ** 2, abs=1e-14)
            assert first.item() == pytest.approx(slope, abs=1e-7)
            assert second.item() == pytest.approx(curve, abs=1e-6)
        # pure rho: S = -<psi|log sigma|psi>
        log = spectral(mixed, LOG)
        value = losses.relative_entropy(turning(t, 4), mixed)
        (first,) = torch.autograd.grad(value, t, create_graph=True)
        (second,) = torch.autograd.grad(first, t)
        want = -(turning(t, 4) * log).sum()
        (slope,) = torch.autograd.grad(want, t, create_graph=True)
        (curve,) = torch.autograd.grad(slope, t)
        same(torch.stack([value, first, second]), torch.stack([want, slope, curve]), rtol=1e-9, atol=1e-9)


def test_slopes_are_those_of_torchs_own_eigenvectors_where_these_have_any():
    def usual(rho, sigma):
        p, a = torch.linalg.eigh(rho)
        root = (a * p.sqrt()) @ a.mH
        return 1 - torch.linalg.eigvalsh(root @ sigma @ root).sqrt().sum() ** 2

    rho, sigma = state(4, 1), state(4, 2)
    leaves = [m.clone().requires_grad_() for m in (rho, sigma)]
    eye = torch.eye(4).to(rho)
    for slope, want, m in zip(
        slopes("infidelity", rho, sigma), torch.autograd.grad(usual(*leaves), leaves), (rho, sigma), strict=True
    ):
        want = (want + want.mH) / 2
        along = (want.conj() * m).sum().real  # a state of trace 1 has no slope along itself
        same(slope, want - along * eye, rtol=1e-9, atol=1e-10)


def test_torch_func():
    rho, sigma = (torch.stack([state(3, k + s) for k in range(4)]) for s in (0, 9))
    for name in NAMES:
        fn = losses.get(name).core
        each = torch.vmap(fn)(rho, sigma)
        same(each, losses.get(name)(rho, sigma, reduction="none"))
        one = torch.vmap(torch.func.grad(fn))(rho, sigma)
        same(one[1], slopes(name, rho[1], sigma[1])[0])


@pytest.mark.parametrize("rule", [ROOT, INVERSE_ROOT, LOG], ids=["root", "inverse root", "log"])
def test_functions_of_matrices(rule):
    for values in ([0.2, 0.3, 1.0], [0.5, 0.5, 0.5], [0.5, 0.5 * (1 + 1e-4), 0.5], [1e-6, 1e-3, 1.0]):
        gen = torch.Generator().manual_seed(0)
        basis = torch.linalg.qr(torch.randn(3, 3, generator=gen, dtype=torch.complex128))[0]
        matrix = (basis * torch.tensor(values, dtype=torch.float64)) @ basis.mH
        made = spectral(matrix, rule)
        want = (basis * rule.value(torch.tensor(values, dtype=torch.float64))) @ basis.mH
        same(made, want, rtol=1e-9, atol=1e-9 * float(want.abs().max()))
        if min(values) > 0.1:
            leaf = matrix.clone().requires_grad_()

            def fn(m, rule=rule):
                return spectral((m + m.mH) / 2, rule)

            assert torch.autograd.gradcheck(fn, leaf, eps=1e-6, atol=1e-6)
            assert torch.autograd.gradgradcheck(fn, leaf, eps=1e-6, atol=1e-5)
