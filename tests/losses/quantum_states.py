"""Quantum states, random and pure, and the losses that compare them."""

import pytest
import torch

NAMES = ["infidelity", "relative_entropy"]
both = pytest.mark.parametrize("name", NAMES)


def state(size, seed, rank=None, dtype=torch.complex128):
    """A random state of given rank."""
    a = torch.randn(size, rank or size, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    square = a @ a.mH
    return square / square.diagonal().real.sum()


def pure(*amplitudes):
    psi = torch.tensor(amplitudes, dtype=torch.complex128)
    psi = psi / torch.linalg.vector_norm(psi)
    return torch.outer(psi, psi.conj())
