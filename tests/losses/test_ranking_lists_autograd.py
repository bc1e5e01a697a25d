"""What all losses of lists have in common: functional transforms, second derivatives, lists taken a few at a time."""

import pytest
import torch
from ranking_batches import every, lists, slope

from lossbook import losses


@every
def test_a_batch_of_lists_under_vmap_and_second_derivatives(name):
    scores, relevance, _ = lists(12, tied=False)
    each = torch.vmap(losses.get(name))(scores, relevance)
    torch.testing.assert_close(each, losses.get(name)(scores, relevance, reduction="none"))
    curved = torch.func.hessian(lambda s: losses.get(name)(s, relevance[0]))(scores[0])
    assert torch.isfinite(curved).all()
    torch.testing.assert_close(curved.sum(-1), torch.zeros(6, dtype=torch.float64), rtol=0, atol=1e-9)  # of a shift


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("masked", [False, True])
def test_a_few_lists_at_a_time_is_the_definition(name, dtype, masked):
    scores, relevance, mask = lists(13, (2, 90, 40), dtype, tied=masked)  # more pairs than go in one piece
    mask = mask if masked else None
    weights = torch.linspace(0.5, 2.0, 90, dtype=dtype)
    found = []
    for fast in (True, False):
        leaf = scores.clone().requires_grad_()
        if fast:
            values = losses.get(name)(leaf, relevance, mask=mask, reduction="none")
        else:
            values, counted = losses.get(name).definition(leaf, relevance, mask=mask)
            assert counted.all()
        (first,) = torch.autograd.grad((values * weights).sum(), leaf, retain_graph=True)
        (again,) = torch.autograd.grad((values * weights).sum(), leaf, create_graph=True)
        (second,) = torch.autograd.grad((again * relevance).sum(), leaf, materialize_grads=True)
        tangent = torch.func.jvp(
            lambda s: losses.get(name)(s, relevance, mask=mask, reduction="none"), (scores,), (relevance,)
        )[1]
        torch.testing.assert_close(first, again, rtol=1e-4, atol=1e-4 if dtype == torch.float32 else 1e-10)
        slanted = (first * relevance).sum((0, 2)) / weights
        torch.testing.assert_close(tangent.sum(0), slanted, rtol=1e-3, atol=2e-3)
        found.append((values, first, second))
    for a, b in zip(*found, strict=True):
        tight = {"rtol": 1e-10, "atol": 1e-11} if dtype == torch.float64 else {"rtol": 2e-4, "atol": 2e-4}
        torch.testing.assert_close(a, b, **tight)


@every
def test_gradients_of_functional_transforms_and_without_autograd(name):
    scores, relevance, mask = lists(14)
    value, slopes = slope(name, scores, relevance, mask=mask)
    torch.testing.assert_close(torch.func.grad(lambda s: losses.get(name)(s, relevance, mask=mask))(scores), slopes)
    both = torch.vmap(torch.func.grad(lambda s: losses.get(name)(s, relevance, mask=mask)))(torch.stack([scores] * 2))
    torch.testing.assert_close(both, torch.stack([slopes] * 2))
    with torch.no_grad():
        assert losses.get(name)(scores, relevance, mask=mask) == value
