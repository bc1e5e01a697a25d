"""What losses of regions take and refuse, in any number of axes, and under torch.func."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_segmentation import each, pictures
from test_segmentation_lovasz import NAMES as LOVASZ

from lossbook import losses
from lossbook.losses import dice, focal_tversky, lovasz_hinge, lovasz_softmax

same = torch.testing.assert_close


@each
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_number_of_axes_and_the_order_of_pixels(name, data):
    shape = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32]))
    p, t = (v.to(dtype) for v in pictures(data.draw(st.integers(0, 99)), tuple(shape)))
    fn = losses.get(name)
    got = fn(p, t, reduction="none")
    assert got.shape == tuple(shape[:2])
    assert got.dtype == dtype
    flat = [v.reshape(*shape[:2], math.prod(shape[2:])) for v in (p, t)]
    order = torch.randperm(flat[0].shape[-1], generator=torch.Generator().manual_seed(0))
    same(fn(*(v[..., order] for v in flat), reduction="none"), got)
    twin = fn(p.numpy(), t.numpy(), reduction="none")
    np.testing.assert_array_equal(twin, got.numpy())


@each
def test_refusals(name):
    fn, (p, t) = losses.get(name), pictures()
    with pytest.raises(ValueError, match=r"input: got -0.5, want values from 0; for logits pass activation='sigmoid'"):
        fn(p - p.min() - 0.5, t)
    with pytest.raises(ValueError, match=r"input: got 1.5, want values up to 1; for logits pass activation="):
        fn(p - p.max() + 1.5, t)
    with pytest.raises(ValueError, match=r"target: got 1.5, want values up to 1"):
        fn(p, t - t.max() + 1.5)
    with pytest.raises(ValueError, match=r"activation: got 'softmax' for an input of one class.*want 'sigmoid'"):
        fn(p[:, :1], t[:, :1], activation="softmax")
    with pytest.raises(ValueError, match=r"activation: got 'relu', want None, 'sigmoid' or 'softmax'"):
        fn(p, t, activation="relu")
    with pytest.raises(ValueError, match=r"target has shape \(3, 4, 5\)"):
        fn(p, t[:, 0])
    with pytest.raises(ValueError, match=r"input has shape \(20,\), want \(N, C, ...\)"):
        fn(p[0, 0].reshape(-1), t[0, 0].reshape(-1))
    with pytest.raises(TypeError, match=r"target: got torch.bool, want float64"):
        fn(p, t > 0.5)


def test_gamma_below_one_is_refused():
    p, t = pictures()
    with pytest.raises(ValueError, match=r"gamma: got 0.75, want a value in \[1, inf\)"):
        focal_tversky(p, t, gamma=0.75)
    with pytest.raises(ValueError, match=r"squared: got 1, want False or True"):
        dice(p, t, squared=1)


@each
def test_torch_func_and_learnable_hyper_parameters(name):
    p, t = pictures(seed=9)
    fn = losses.get(name)
    same(torch.vmap(lambda a, b: fn(a[None], b[None]))(p, t), fn(p, t, reduction="none").mean(1))
    leaf = p.clone().requires_grad_()
    same(torch.func.grad(fn)(p, t), torch.autograd.grad(fn(leaf, t), leaf)[0])
    smooth = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: fn(p, t, smooth=s), smooth)


def test_refusals_of_lovasz_losses():
    p, labels = torch.full((2, 3, 4), 1 / 3), torch.zeros(2, 4, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"input: got -2, want values from 0; for logits pass activation="):
        lovasz_softmax(p - 2 - 1 / 3, labels)
    with pytest.raises(ValueError, match=r"sums over the classes are off 1 by up to 0.5; want .* activation='softmax'"):
        lovasz_softmax(p / 2, labels)
    with pytest.raises(ValueError, match=r"target holds the label 3; C is 3, so labels are 0 to 2"):
        lovasz_softmax(p, labels + 3)
    with pytest.raises(ValueError, match=r"activation: got 'sigmoid', want None or 'softmax'"):
        lovasz_softmax(p, labels, activation="sigmoid")
    with pytest.raises(ValueError, match=r"classes: got 'some', want 'all' or 'present'"):
        lovasz_softmax(p, labels, classes="some")
    with pytest.raises(ValueError, match=r"target holds 0.5, want 0 or 1 only"):
        lovasz_hinge(p, torch.full_like(p, 0.5))
    with pytest.raises(ValueError, match=r"target has shape"):
        lovasz_hinge(p, labels)


@pytest.mark.parametrize("name", LOVASZ)
def test_torch_func_of_lovasz_losses(name):
    gen = torch.Generator().manual_seed(8)
    x = torch.softmax(torch.randn(3, 4, 5, generator=gen, dtype=torch.float64), 1)
    target = torch.randint(0, 4, (3, 5), generator=gen) if name == "lovasz_softmax" else (x > 0.3).double()
    fn = losses.get(name)
    each = torch.vmap(lambda a, b: fn(a[None], b[None]))(x, target)
    same(each, fn(x, target, reduction="none").mean(1))
    leaf = x.clone().requires_grad_()
    same(torch.func.grad(fn)(x, target), torch.autograd.grad(fn(leaf, target), leaf)[0])
    assert not torch.func.hessian(fn)(x, target).any()  # straight pieces
