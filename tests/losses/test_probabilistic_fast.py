"""The fast forms of scores: exact slopes, ties, second derivatives, forward mode, many slopes at once."""

import pytest
import torch

from lossbook import losses


def test_slopes_of_the_spherical_score_keep_their_digits_where_the_prediction_is_sure():
    gen = torch.Generator().manual_seed(3)
    p = torch.softmax(8 * torch.randn(500, 4, generator=gen), 1).requires_grad_()
    y = p.argmax(1)
    (slope,) = torch.autograd.grad(losses.spherical_score(p, y, reduction="sum"), p)
    exact, label = p.detach().double(), y[:, None]
    own, others = exact.gather(1, label), exact.scatter(1, label, 0.0).square().sum(1, keepdim=True)
    size = (own**2 + others).sqrt()
    want = (own * exact / size**3).scatter(1, label, -others / size**3)
    torch.testing.assert_close(slope.double(), want, rtol=2e-6, atol=1e-37)


def test_spherical_score_in_all_modes():
    p = torch.rand(3, 2, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64).requires_grad_()
    y = torch.tensor([[0, 3], [1, 1], [2, 0]])

    def fn(p):
        return losses.spherical_score(p / p.sum(-1, keepdim=True), y, reduction="none")

    assert torch.autograd.gradcheck(fn, p, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(fn, p)
    assert losses.spherical_score(torch.empty(0, 3), y[:0, 0], reduction="none").shape == (0,)


def test_crps_of_an_ensemble_in_all_modes():
    gen = torch.Generator().manual_seed(2)
    x = torch.randn(3, 6, generator=gen, dtype=torch.float64)
    x[0, 1] = x[0, 4]
    for rows in (x, x[1:]):  # with ties, and without
        leaves = rows.clone().requires_grad_(), torch.zeros(len(rows), dtype=torch.float64, requires_grad=True)
        for fair in (False, True):
            values = [f(*leaves, fair=fair) for f in (losses.crps_ensemble, losses.crps_ensemble.core)]
            first, second = (torch.autograd.grad(v, leaves, create_graph=True) for v in values)
            torch.testing.assert_close(first, second)
            curves = torch.autograd.grad(first[0].sum() + first[1].sum(), leaves, materialize_grads=True)
            assert all((curve == 0).all() for curve in curves)
            plain = torch.autograd.grad(losses.crps_ensemble(*leaves, fair=fair), leaves)
            torch.testing.assert_close(plain, second)

    def fn(*sides):
        return losses.crps_ensemble(*sides, reduction="none")

    leaves = x[1:].clone().requires_grad_(), torch.zeros(2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(fn, leaves, check_forward_ad=True, check_batched_grad=True)


@pytest.mark.parametrize("levels", [3, 1000])
def test_cox_in_all_modes(levels):
    gen = torch.Generator().manual_seed(5)
    x = torch.randn(7, generator=gen, dtype=torch.float64).requires_grad_()
    time = torch.randint(0, levels, (7,), generator=gen).double()
    event = torch.tensor([1, 0, 1, 1, 0, 1, 1]).double()

    def fn(x):
        return losses.cox_partial_likelihood(x, time, event=event, reduction="none")

    assert torch.autograd.gradcheck(fn, x, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(fn, x)
    hessians = [torch.func.hessian(f)(x) for f in (lambda v: fn(v).sum() / 5, _defined_cox(time, event))]
    torch.testing.assert_close(*hessians)
    event.requires_grad_()
    (slope,) = torch.autograd.grad(losses.cox_partial_likelihood(x, time, event=event, reduction="sum"), event)
    whole = losses.cox_partial_likelihood(x, time, event=torch.ones(7), reduction="none")
    torch.testing.assert_close(slope, whole.detach())


def _defined_cox(time, event):
    return lambda v: losses.cox_partial_likelihood.core(v, time, event=event)
