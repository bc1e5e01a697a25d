"""Connectionist temporal classification: derivatives by every road, and logits far away."""

import pytest
import torch
import torch.nn.functional as F
from test_language_ctc import case

from lossbook import losses

same = torch.testing.assert_close


def test_derivatives_by_every_road():
    logits, target, *_ = case(5, 2, 3, 2, 4)
    options = {"input_lengths": torch.tensor([5, 4]), "target_lengths": torch.tensor([2, 1])}
    leaf = logits.clone().requires_grad_()

    def fn(x):
        return losses.ctc(x, target, **options, reduction="none")

    def plain(x):
        return losses.ctc.definition(x, target, **options)

    assert torch.autograd.gradcheck(fn, leaf, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(fn, leaf)
    same(torch.func.jacrev(fn)(logits), torch.func.jacrev(plain)(logits))
    same(torch.func.hessian(lambda x: fn(x).sum())(logits), torch.func.hessian(lambda x: plain(x).sum())(logits))
    many = torch.stack([logits, 2 * logits])
    same(torch.vmap(fn)(many), torch.stack([plain(logits), plain(2 * logits)]))
    value = fn(leaf).sum()
    value.backward(retain_graph=True)
    once = leaf.grad.clone()
    value.backward()
    same(leaf.grad, 2 * once)


def test_it_is_not_convex_in_the_logits():
    sure = 8 * F.one_hot(torch.tensor([1, 0]), 2).double()[:, None]
    target = torch.tensor([[1]])
    ends = [losses.ctc(x, target).item() for x in (sure, sure.flip(0))]  # label and blank, blank and label
    assert losses.ctc((sure + sure.flip(0)) / 2, target).item() > max(ends)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1e2, 1e5, 1e15])
def test_far_logits(dtype, size):
    logits = size * F.one_hot(torch.tensor([[1], [0], [2], [2]]), 4).to(dtype)
    leaf = logits.requires_grad_()
    got = losses.ctc(leaf, torch.tensor([[1, 2]]))
    assert got.item() == pytest.approx(0, abs=1e-30 if size > 1e2 else 1e-12)
    wrong = losses.ctc(leaf, torch.tensor([[3, 3]]))  # three frames say something else
    assert wrong.item() == pytest.approx(3 * size, rel=1e-1)
    for value in (got, wrong):
        (slope,) = torch.autograd.grad(value, leaf, create_graph=True)
        assert slope.isfinite().all()
        assert torch.autograd.grad(slope.sum(), leaf)[0].isfinite().all()
