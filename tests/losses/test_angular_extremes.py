"""Losses with a margin on the angle or the cosine: cosines of -1 and 1, lengths, vectors of zeros."""

import math

import pytest
import torch
import torch.nn.functional as F
from angular_batches import D, at_angle, batch, each

from lossbook import losses


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cosines_of_1_and_minus_1_have_finite_slopes_and_curvatures(name, dtype):
    draw = torch.Generator().manual_seed(1)
    w = torch.randn(4, 6, generator=draw, dtype=D).to(dtype)
    y = torch.arange(4)
    for factor in (1.0, -1.0, 3.0, -0.7, 1 / 3):
        for margin in (0.0, 0.5, math.pi / 2):
            x = (factor * w).clone().requires_grad_()
            weight = w.clone().requires_grad_()
            value = losses.get(name)(x, y, weight=weight, margin=margin)
            first = torch.autograd.grad(value, (x, weight), create_graph=True)
            second = torch.autograd.grad(sum((g * g.detach().sign()).sum() for g in first), (x, weight))
            assert torch.isfinite(value)
            for g in first:
                # the slope in an angle is at most 2 scale, and an angle turns by 1 / length
                assert g.norm(dim=1).max() <= 1.01 * 2 * 64 * 2 / min(x.norm(dim=1).min(), w.norm(dim=1).min())
            assert not any(g.isnan().any() for g in second)
    naive = torch.tensor(1.0, requires_grad=True)
    assert torch.autograd.grad(torch.arccos(naive), naive)[0].isinf()


def test_one_example_exactly_along_its_class():
    """cos = 1: the slope of the sine is taken as 0, and that of the cosine is 0, so only the other classes pull."""
    x, y, w = at_angle(0)
    leaf = x.clone().requires_grad_()
    value = losses.arcface(leaf, y, weight=w, scale=1.0)
    logits = torch.stack([torch.cos(torch.tensor(0.5, dtype=D)), *(x @ w.T)[0, 1:]])
    torch.testing.assert_close(value, F.cross_entropy(logits, y[0]))
    (slope,) = torch.autograd.grad(value, leaf)
    p = logits.softmax(0)
    across = (p[1] * w[1, 1] + p[2] * w[2, 1]).item()
    assert slope[0].tolist() == pytest.approx([0.0, across], abs=1e-15)


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lengths_do_not_matter_however_large_or_small(name, dtype):
    x, y, w = batch(6, dtype=dtype)
    want = losses.get(name)(x, y, weight=w, reduction="none")
    for a, b in ((1e30, 1.0), (1e-30, 1.0), (1.0, 1e30), (1.0, 1e-30), (3e37, 1e-35), (7.0, 0.1)):
        leaf, weight = (a * x).requires_grad_(), (b * w).requires_grad_()
        got = losses.get(name)(leaf, y, weight=weight, reduction="none")
        torch.testing.assert_close(got, want, rtol=1e-4 if dtype == torch.float32 else 1e-12, atol=1e-4)
        for g, v in zip(torch.autograd.grad(got.sum(), (leaf, weight)), (leaf, weight), strict=True):
            assert torch.isfinite(g).all()
            # a slope along the vector itself would be one in its length
            along = (g.double() * v.detach().double()).sum(1)
            assert along.abs().max() <= 1e-3 * (g.double().norm(dim=1) * v.detach().double().norm(dim=1)).max()


@each
def test_vectors_of_zeros_have_cosines_of_zero(name):
    x, y, w = batch(7)
    x[2] = 0
    x.requires_grad_()
    values = losses.get(name)(x, y, weight=w, scale=2.0, reduction="none")
    own = 0.0 if name == "arcface" else -0.35
    logits = torch.zeros(5, dtype=D)
    logits[y[2]] = 2 * own
    torch.testing.assert_close(values[2], F.cross_entropy(logits, y[2]))
    assert torch.isfinite(torch.autograd.grad(values.sum(), x)[0]).all()
    dead = losses.get(name)(x.detach(), y, weight=torch.zeros_like(w), reduction="none")
    assert torch.isfinite(dead).all()
