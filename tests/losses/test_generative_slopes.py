"""Slopes of the evidence lower bound that are written by hand, against those of its definition."""

import itertools

import pytest
import torch

from lossbook import losses

same = torch.testing.assert_close


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
@pytest.mark.parametrize("asked", [c for k in range(1, 5) for c in itertools.combinations(range(4), k)])
def test_elbo_slopes_in_any_of_its_sides(likelihood, asked):
    weights, found = torch.arange(1.0, 5, dtype=torch.float64), []
    beta = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    for fn in (lambda *a, **k: losses.elbo(*a, **k, reduction="none"), losses.elbo.definition):
        sides = normal(4, 3), torch.sigmoid(normal(4, 3, seed=1)), normal(4, 2, seed=2), normal(4, 2, seed=3)
        leaves = [sides[k].requires_grad_() for k in asked]
        for factor, further in ((0.7, False), (0.7, True), (beta, False)):
            values = fn(*sides[:2], mean=sides[2], log_var=sides[3], likelihood=likelihood, beta=factor)
            slopes = torch.autograd.grad((values * weights).sum(), leaves, create_graph=further)
            found.append([values, *slopes])
    for many, one in zip(found[:3], found[3:], strict=True):
        for a, b in zip(many, one, strict=True):
            same(a, b)
