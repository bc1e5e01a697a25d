"""Losses of quantum states: digits, closed forms, slopes at pure and equal states, support rules, the door's states."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses.composite.spectral import INVERSE_ROOT, LOG, ROOT, spectral

NAMES = ["infidelity", "relative_entropy"]
both = pytest.mark.parametrize("name", NAMES)
same = torch.testing.assert_close


def state(size, seed, rank=None, dtype=torch.complex128):
    """A random state of given rank."""
    a = torch.randn(size, rank or size, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    square = a @ a.mH
    return square / square.diagonal().real.sum()


def pure(*amplitudes):
    psi = torch.tensor(amplitudes, dtype=torch.complex128)
    psi = psi / torch.linalg.vector_norm(psi)
    return torch.outer(psi, psi.conj())


def eigh(matrix):
    """Eigenvalues and vectors in 50 digits."""
    rows = [[mp.mpc(complex(v)) for v in row] for row in matrix.tolist()]
    return mp.eighe(mp.matrix(rows))


def function(values, vectors, fn):
    return vectors * mp.diag([fn(mp.re(v)) for v in values]) * vectors.H


def closed(name, rho, sigma):
    with mp.workdps(50):
        matrices = []
        for m in (rho, sigma):  # of trace 1 to 50 digits
            values, vectors = eigh(m)
            total = sum(values)
            matrices.append(([mp.re(v / total) for v in values], vectors))
        (p, a), (q, b) = matrices
        if name == "relative_entropy":
            low = function(p, a, lambda v: v * mp.log(v) if v > 1e-20 else mp.mpf(0))
            mixed = function(p, a, lambda v: v) * function(q, b, mp.log)
            return mp.re(sum(low[k, k] - mixed[k, k] for k in range(len(p))))
        root = function(p, a, lambda v: mp.sqrt(max(v, 0)))
        inner = root * function(q, b, lambda v: v) * root
        values = mp.eighe((inner + inner.H) / 2, eigvals_only=True)
        return 1 - sum(mp.sqrt(max(mp.re(v), 0)) for v in values) ** 2


@both
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [torch.complex128, torch.float64])
def test_values(name, size, dtype):
    for seed in range(3):
        rho, sigma = state(size, seed, dtype=dtype), state(size, seed + 10, dtype=dtype)
        got = losses.get(name)(rho, sigma)
        assert got.dtype == torch.float64
        assert abs(got.item() - closed(name, rho, sigma)) <= 1e-13 * (1 + abs(got.item()))


def test_a_qubit_in_closed_form():
    for seed in range(20):
        rho, sigma = state(2, seed), state(2, seed + 50)
        fidelity = (rho @ sigma).diagonal().sum().real + 2 * (torch.det(rho).real * torch.det(sigma).real).sqrt()
        same(losses.infidelity(rho, sigma), 1 - fidelity, rtol=0, atol=1e-14)
        # log sigma = log(det) / 2 + artanh(|s|) s.sigma / |s|, with Bloch vectors r and s
        bloch = [torch.stack([2 * m[0, 1].real, -2 * m[0, 1].imag, (m[0, 0] - m[1, 1]).real]) for m in (rho, sigma)]
        r, s = (v.norm() for v in bloch)
        own = torch.special.xlogy((1 + r) / 2, (1 + r) / 2) + torch.special.xlogy((1 - r) / 2, (1 - r) / 2)
        cross = 0.5 * torch.log((1 - s**2) / 4) + torch.atanh(s) * (bloch[0] @ bloch[1]) / s
        same(losses.relative_entropy(rho, sigma), own - cross, rtol=1e-11, atol=1e-13)


def test_pure_states():
    up, plus = pure(1, 0), pure(1, 1j)
    same(losses.infidelity(up, plus), torch.tensor(0.5).double())
    same(losses.infidelity(up, pure(0, 1)), torch.tensor(1.0).double())
    for seed in range(5):
        psi, phi = (state(4, seed + k, 1) for k in (0, 30))
        overlap = (psi @ phi).diagonal().sum().real
        same(losses.infidelity(psi, phi), 1 - overlap, rtol=0, atol=1e-14)
        mixed = state(4, seed + 60)
        expected = 1 - (psi @ mixed).diagonal().sum().real
        same(losses.infidelity(psi, mixed), expected, rtol=0, atol=1e-14)
        same(losses.infidelity(mixed, psi), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("angle", [1e-2, 1e-4, 1e-6, 1e-8])
def test_small_infidelities_keep_their_digits(angle):
    """1 - F from a difference would be 0 or noise below 1e-16."""
    turned = pure(math.cos(angle), math.sin(angle))
    assert losses.infidelity(turned, pure(1, 0)).item() == pytest.approx(math.sin(angle) ** 2, rel=5e-15 / angle)
    p, q = (torch.diag(torch.tensor([0.5 + e, 0.5 - e]).double()) for e in (0.0, angle))
    with mp.workdps(40):
        a = [mp.mpf(v) for v in (q[0, 0].item(), q[1, 1].item())]
        want = 1 - (mp.sqrt(a[0] / 2) + mp.sqrt(a[1] / 2)) ** 2 / sum(a)
    assert losses.infidelity(p, q).item() == pytest.approx(float(want), rel=5e-15 / angle)


def test_states_that_commute_cost_what_their_eigenvalues_do():
    gen = torch.Generator().manual_seed(3)
    p, q = torch.softmax(torch.randn(2, 5, generator=gen, dtype=torch.float64), -1)
    basis = torch.linalg.qr(torch.randn(5, 5, generator=gen, dtype=torch.complex128))[0]
    rho, sigma = ((basis * v) @ basis.mH for v in (p, q))
    same(losses.infidelity(rho, sigma), 1 - (p * q).sqrt().sum() ** 2, rtol=1e-12, atol=1e-14)
    same(losses.relative_entropy(rho, sigma), (p * (p / q).log()).sum(), rtol=1e-12, atol=1e-14)
    same(losses.relative_entropy(rho, torch.eye(5).double() / 5), math.log(5) + (p * p.log()).sum())


# --- slopes


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


# --- support


def test_support_rules_of_the_relative_entropy():
    a, b, ab = (torch.diag(torch.tensor(v).double()) for v in ([1.0, 0, 0], [0, 0, 1.0], [0.25, 0.75, 0]))
    eye = torch.eye(3).double() / 3
    entropy = losses.relative_entropy
    for rho, sigma in ((eye, ab), (a, b), (ab, a), (eye, a)):
        leaves = [m.clone().requires_grad_() for m in (rho, sigma)]
        value = entropy(*leaves)
        assert value == math.inf
        assert all(s.isfinite().all() for s in torch.autograd.grad(value, leaves))
    assert entropy(a, ab).item() == pytest.approx(math.log(4), rel=1e-15)
    assert entropy(ab, eye).item() == pytest.approx(math.log(3) - 0.5623351446188083, rel=1e-14)
    assert entropy(a, a) == entropy(ab, ab) == 0
    each = entropy(torch.stack([a, a]), torch.stack([ab, b]), reduction="none")
    assert each.isfinite().tolist() == [True, False]
    assert entropy(torch.stack([a, a]), torch.stack([ab, b])) == math.inf
    # turned away, where the zeros are none but for rounding
    basis = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(4), dtype=torch.complex128))[0]
    a, ab = (basis @ m.to(basis) @ basis.mH for m in (a, ab))
    assert entropy(a, ab).item() == pytest.approx(math.log(4), rel=1e-12)
    assert entropy(ab, a) == math.inf
    assert losses.infidelity(ab, a).item() == pytest.approx(0.75, rel=1e-13)


# --- properties


@given(
    size=st.integers(2, 6),
    ranks=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    seed=st.integers(0, 10_000),
    real=st.booleans(),
)
def test_inequalities_and_invariances(size, ranks, seed, real):
    kind = torch.float64 if real else torch.complex128
    rho, sigma = (state(size, seed + 20_000 * k, min(r, size), kind) for k, r in enumerate(ranks))
    turn = torch.linalg.qr(torch.randn(size, size, generator=torch.Generator().manual_seed(seed), dtype=kind))[0]
    gap, entropy = losses.infidelity(rho, sigma), losses.relative_entropy(rho, sigma)
    assert 0 <= gap <= 1
    assert entropy >= 0
    same(losses.infidelity(sigma, rho), gap, rtol=0, atol=1e-10)
    moved = [turn @ m @ turn.mH for m in (rho, sigma)]
    same(losses.infidelity(*moved), gap, rtol=0, atol=1e-10)
    same(losses.relative_entropy(*moved), entropy, rtol=1e-8, atol=1e-10)
    distance = 0.5 * torch.linalg.svdvals(rho - sigma).sum()
    root = (1 - gap).sqrt()
    assert 1 - root <= distance + 1e-10
    assert distance <= gap.sqrt() + 1e-10
    assert entropy >= 2 * distance**2 - 1e-10  # Pinsker
    assert entropy >= -2 * torch.log(root) - 1e-10  # the entropy of order 1/2 is less


@given(seed=st.integers(0, 10_000), ranks=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_looking_at_a_part_only_never_costs_more(seed, ranks):
    rho, sigma = (state(6, seed + 20_000 * k, r) for k, r in enumerate(ranks))
    parts = [m.reshape(2, 3, 2, 3).diagonal(dim1=1, dim2=3).sum(-1) for m in (rho, sigma)]
    for name in NAMES:
        assert losses.get(name)(*parts) <= losses.get(name)(rho, sigma) + 1e-10


# --- the door


def test_dtypes_of_states():
    rho, sigma = state(3, 1), state(3, 2)
    for name in NAMES:
        fn = losses.get(name)
        want = fn(rho, sigma)
        narrow = fn(rho.to(torch.complex64), sigma.to(torch.complex64))
        assert narrow.dtype == torch.float32
        same(narrow.double(), want, rtol=1e-4, atol=1e-6)
        assert fn(rho.to(torch.complex64), sigma).dtype == torch.float64
        ours = fn(rho.numpy(), sigma.numpy())
        assert isinstance(ours, np.float64)
        assert ours == want.item()
        real = state(3, 3, dtype=torch.float64)
        same(fn(real, sigma), fn(real.to(rho.dtype), sigma))
        leaf = real.clone().requires_grad_()
        fn(leaf, sigma).backward()
        assert leaf.grad.dtype == torch.float64
        half = fn(real.half(), torch.eye(3).half() / 3)
        assert half.dtype == torch.float16
        assert losses.examples(fn.record, dtype=torch.float32)["rho"].dtype == torch.float32


def test_what_is_no_state_is_refused():
    rho = state(2, 1)

    def refused(error, message, other):
        with pytest.raises(error, match=message):
            losses.infidelity(rho, other)

    skew = rho.clone()
    skew[0, 1] += 0.2
    refused(ValueError, "sigma: differs from its conjugate transpose by up to 0.2; want Hermitian", skew)
    refused(ValueError, "sigma: traces are off 1 by up to 1; want density matrices", 2 * rho)
    refused(ValueError, "sigma: has the eigenvalue -0.5; want none below 0", torch.diag(torch.tensor([1.5, -0.5])))
    refused(TypeError, "sigma: got torch.int64", torch.eye(2, dtype=torch.int64))
    refused(TypeError, "sigma: got torch.complex32, want complex64 or complex128", rho.to(torch.complex32))
    refused(ValueError, r"sigma has shape \(2,\), want \(..., D, D\)", rho[0])
    refused(ValueError, r"want \(..., D, D\) with the same D", state(3, 1))
    refused(ValueError, r"want \(..., D, D\) with the same D", rho[:, :1])
    for odd in (math.nan, math.inf):
        refused(ValueError, "sigma: holds values that are infinite or NaN", torch.full_like(rho, odd))


def test_what_is_off_by_rounding_does_not_count():
    rho, sigma = state(4, 1, 2), state(4, 2)
    noise = 1e-9 * torch.randn(4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.complex128)
    for name in NAMES:
        want = losses.get(name)(rho, sigma)
        assert losses.get(name)(1.001 * rho, sigma).item() == pytest.approx(want.item(), rel=1e-12)
        assert losses.get(name)(rho + noise - noise.mH, sigma).item() == pytest.approx(want.item(), rel=1e-9)
