"""The fast forms of losses of quantum states beside their definitions: dtypes, ranks, second and many derivatives."""

import pytest
import torch

from lossbook import losses

NAMES = ["infidelity", "relative_entropy"]
REAL, COMPLEX = torch.float64, torch.complex128


def states(count, rank, dtype, seed):
    a = torch.randn(count, 4, rank, dtype=dtype, generator=torch.Generator().manual_seed(seed))
    square = a @ a.mH
    return square / square.diagonal(dim1=-2, dim2=-1).real.sum(-1)[:, None, None]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kinds", [(COMPLEX, COMPLEX), (REAL, COMPLEX), (COMPLEX, REAL), (REAL, REAL)])
@pytest.mark.parametrize("rank", [4, 2])
def test_the_fast_form_is_the_definition(name, kinds, rank):
    fn = losses.get(name)
    rho = (1.005 * states(3, rank, kinds[0], 0)).requires_grad_()  # what is off by rounding has no slope in either
    sigma = states(3, 4, kinds[1], 1).requires_grad_()
    weights = torch.tensor([1.0, -0.5, 2.0], dtype=REAL)
    found = []
    for form in (lambda a, b: fn(a, b, reduction="none"), fn.definition):
        value = form(rho, sigma)
        first = torch.autograd.grad((value * weights).sum(), (rho, sigma), retain_graph=True)
        again = torch.autograd.grad((value * weights).sum(), (rho, sigma), create_graph=True)
        second = torch.autograd.grad(sum((g.abs() ** 2).sum() for g in again), (rho, sigma))
        found.append([value.detach(), *first, *again, *second])
    for got, want in zip(*found, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_many_slopes_at_once_meta_and_nothing(name):
    fn = losses.get(name)
    rho, sigma = states(3, 4, COMPLEX, 2), states(3, 4, COMPLEX, 3).requires_grad_()
    values = fn(rho, sigma, reduction="none")
    (rows,) = torch.autograd.grad(values, sigma, torch.eye(3, dtype=REAL), is_grads_batched=True, retain_graph=True)
    (whole,) = torch.autograd.grad(values.sum(), sigma)
    torch.testing.assert_close(rows.sum(0), whole)
    assert (rows[0, 1:] == 0).all()
    assert fn(rho.to("meta"), sigma.to("meta")).shape == ()
    none = rho[:0].clone().requires_grad_()
    (slope,) = torch.autograd.grad(fn(none, sigma[:0], reduction="sum"), none)
    assert slope.shape == (0, 4, 4)
