"""Losses of quantum states: digits, closed forms, support rules, inequalities, the door's states."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from quantum_states import NAMES, both, pure, state

from lossbook import losses

same = torch.testing.assert_close


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
