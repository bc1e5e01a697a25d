"""Lovász hinge and Lovász-softmax: the extension by all orders of the pixels, hard predictions, absent classes."""

import itertools
import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook.losses import hinge, jaccard, lovasz_hinge, lovasz_softmax
from lossbook.losses.segmentation.extension import extension, sorted_extension

same = torch.testing.assert_close
NAMES = ["lovasz_hinge", "lovasz_softmax"]


def of_wrong(wrong, region):
    """The Jaccard loss of a region (0 and 1 for each pixel) if exactly the pixels ``wrong`` are."""
    found = {i for i, r in enumerate(region) if bool(r) != (i in wrong)}
    true = {i for i, r in enumerate(region) if r}
    return Fraction(len(found ^ true), len(found | true)) if found | true else Fraction(0)


def in_order(order, region):
    """What each pixel adds to the Jaccard loss as they become wrong one after the other."""
    steps = [of_wrong(set(order[:k]), region) for k in range(len(order) + 1)]
    return {i: steps[k + 1] - steps[k] for k, i in enumerate(order)}


def by_hand(errors, region):
    """(value, weights) with the errors in falling order, in exact fractions."""
    weights = in_order(sorted(range(len(errors)), key=lambda i: -errors[i]), region)
    return sum(Fraction(e) * weights[i] for i, e in enumerate(errors)), [weights[i] for i in range(len(errors))]


def drawn(seed, pixels=6):
    gen = torch.Generator().manual_seed(seed)
    x = 2 * torch.randn(pixels, generator=gen, dtype=torch.float64)
    return x, (torch.rand(pixels, generator=gen) < 0.5).double()


@pytest.mark.parametrize("form", [extension, sorted_extension])
def test_values_and_slopes_are_those_of_the_extension(form):
    for seed in range(40):
        e, region = drawn(seed, 9)
        e = e.abs().requires_grad_()
        value = form(e, region)
        (slope,) = torch.autograd.grad(value, e)
        want, weights = by_hand(e.tolist(), region.tolist())
        assert value.item() == pytest.approx(float(want), rel=1e-14)
        same(slope, torch.tensor([float(w) for w in weights], dtype=e.dtype), rtol=1e-14, atol=0)


@pytest.mark.parametrize("form", [extension, sorted_extension])
def test_the_falling_order_is_the_greatest_of_all_orders(form):
    """The extension of a submodular function is the maximum over all orders: this is why it is convex."""
    for seed in range(12):
        e, region = drawn(seed, 5)
        e = e.abs()
        orders = itertools.permutations(range(5))
        every = [sum(e[i].item() * float(w) for i, w in in_order(o, region.tolist()).items()) for o in orders]
        assert form(e, region).item() == pytest.approx(max(every), rel=1e-13)


@pytest.mark.parametrize("form", [extension, sorted_extension])
def test_at_right_and_wrong_pixels_it_is_the_jaccard_loss(form):
    for region in itertools.product([0.0, 1.0], repeat=4):
        for wrong in itertools.product([0.0, 1.0], repeat=4):
            got = form(*(torch.tensor(v, dtype=torch.float64) for v in (wrong, region)))
            want = of_wrong({i for i, w in enumerate(wrong) if w}, region)
            assert got.item() == pytest.approx(float(want), abs=1e-15)


def test_sorted_and_compared_agree_with_equal_errors():
    gen = torch.Generator().manual_seed(0)
    e = torch.randint(0, 3, (50, 12), generator=gen).double().requires_grad_()
    region = (torch.rand(50, 12, generator=gen) < 0.4).double()
    slopes = [torch.autograd.grad(form(e, region).sum(), e)[0] for form in (extension, sorted_extension)]
    same(*slopes, rtol=1e-14, atol=0)
    same(extension(e, region), sorted_extension(e, region), rtol=1e-14, atol=1e-15)


def test_hard_predictions_cost_the_jaccard_loss():
    gen = torch.Generator().manual_seed(1)
    labels = torch.randint(0, 4, (5, 3, 4), generator=gen)
    found = torch.randint(0, 4, (5, 3, 4), generator=gen)
    p, t = (torch.nn.functional.one_hot(v, 4).movedim(-1, 1).double() for v in (found, labels))
    want = jaccard(p, t, reduction="none")
    same(lovasz_softmax(p, labels, reduction="none"), want, rtol=1e-13, atol=1e-15)
    same(lovasz_hinge(2 * p - 1, t, reduction="none"), 2 * want, rtol=1e-13, atol=1e-15)
    right = torch.where(p == t, 5.0 * (2 * t - 1), 0.0)  # the wrong ones are undecided: an error of 1
    same(lovasz_hinge(right, t, reduction="none"), want, rtol=1e-13, atol=1e-15)
    assert (lovasz_softmax(t, labels, reduction="none") == 0).all()
    assert (lovasz_hinge(3 * (2 * t - 1), t, reduction="none") == 0).all()


def test_one_pixel_is_the_hinge_loss():
    x, t = drawn(3, 20)
    same(lovasz_hinge(x.reshape(20, 1), t.reshape(20, 1)), hinge(x, 2 * t - 1), rtol=1e-14, atol=0)


def test_values_of_pictures_by_hand():
    for seed in range(5):
        gen = torch.Generator().manual_seed(seed)
        p = torch.softmax(torch.randn(2, 3, 2, 4, generator=gen, dtype=torch.float64), 1)
        labels = torch.randint(0, 3, (2, 2, 4), generator=gen)
        x, yes = (
            torch.randn(2, 3, 2, 4, generator=gen, dtype=torch.float64),
            torch.rand(2, 3, 2, 4, generator=gen) < 0.5,
        )
        softmax, hinges = lovasz_softmax(p, labels, reduction="none"), lovasz_hinge(x, yes, reduction="none")
        for n, c in itertools.product(range(2), range(3)):
            region = (labels[n] == c).reshape(-1).double().tolist()
            errors = [abs(r - v) for r, v in zip(region, p[n, c].reshape(-1).tolist(), strict=True)]
            assert softmax[n, c].item() == pytest.approx(float(by_hand(errors, region)[0]), rel=1e-13)
            region = yes[n, c].reshape(-1).double().tolist()
            errors = [max(0.0, 1 - (2 * r - 1) * v) for r, v in zip(region, x[n, c].reshape(-1).tolist(), strict=True)]
            assert hinges[n, c].item() == pytest.approx(float(by_hand(errors, region)[0]), rel=1e-13)


def test_a_million_pixels_keep_their_digits_in_float32():
    gen = torch.Generator().manual_seed(2)
    e = torch.rand(1_000_000, generator=gen)
    region = (torch.rand(1_000_000, generator=gen) < 0.2).float()
    exact = e.double().requires_grad_()
    want = sorted_extension(exact, region.double())
    (slopes,) = torch.autograd.grad(want, exact)
    single = e.clone().requires_grad_()
    got = sorted_extension(single, region)
    (ours,) = torch.autograd.grad(got, single)
    assert got.item() == pytest.approx(want.item(), rel=1e-6)
    same(ours.double(), slopes, rtol=2e-7, atol=0)
    # differences of the Jaccard loss, as the usual code takes them, are off by percents
    right = region[e.argsort(descending=True)]
    usual = (1 - (right.sum() - right.cumsum(0)) / (right.sum() + (1 - right).cumsum(0))).diff()
    placed = slopes[exact.argsort(descending=True)][1:]
    assert ((usual.double() - placed).abs() / placed).median() > 0.02


def test_absent_classes():
    labels = torch.zeros(1, 4, dtype=torch.int64)
    p = torch.tensor([[0.6, 0.1, 0.3, 0.2], [0.3, 0.9, 0.6, 0.8], [0.1, 0.0, 0.1, 0.0]], dtype=torch.float64)[None]
    same(lovasz_softmax(p, labels, reduction="none")[0, 1:], torch.tensor([0.9, 0.1], dtype=p.dtype))  # the largest
    costs = lovasz_softmax(p, labels, classes="present", reduction="none")
    assert costs[0, 0] > 0
    assert (costs[0, 1:] == 0).all()
    assert lovasz_softmax(p, labels, classes="present") == costs[0, 0]  # the mean over what is present
    assert lovasz_softmax(p, labels, classes="present", reduction="sum") == costs[0, 0]
    everywhere = torch.nn.functional.one_hot(labels + 1, 3).movedim(-1, 1).double()
    assert lovasz_softmax(everywhere, labels, reduction="none").tolist() == [[1.0, 1.0, 0.0]]
    x = torch.tensor([[[3.0, -4.0, 0.5]]], dtype=torch.float64, requires_grad=True)
    cost = lovasz_hinge(x, torch.zeros(1, 1, 3))
    cost.backward()
    assert cost == 4  # the largest error alone
    assert x.grad.tolist() == [[[1.0, 0.0, 0.0]]]


def test_present_is_the_mean_over_the_classes_of_each_picture_that_hold_pixels():
    gen = torch.Generator().manual_seed(5)
    p = torch.softmax(torch.randn(4, 5, 6, generator=gen, dtype=torch.float64), 1)
    labels = torch.randint(0, 3, (4, 6), generator=gen)
    every = lovasz_softmax(p, labels, reduction="none")
    held = torch.tensor([[bool((row == c).any()) for c in range(5)] for row in labels])
    assert 0 < held.sum() < held.numel()
    same(lovasz_softmax(p, labels, classes="present"), every[held].mean(), rtol=1e-13, atol=0)


def test_activation_is_the_softmax_over_the_classes():
    gen = torch.Generator().manual_seed(6)
    x = 3 * torch.randn(2, 3, 4, generator=gen, dtype=torch.float64)
    labels = torch.randint(0, 3, (2, 4), generator=gen)
    same(lovasz_softmax(x, labels, activation="softmax"), lovasz_softmax(torch.softmax(x, 1), labels))
    leaf = x.requires_grad_()
    for options in ({}, {"classes": "present"}):
        assert torch.autograd.gradcheck(lambda v, o=options: lovasz_softmax(v, labels, activation="softmax", **o), leaf)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_no_nan_at_extremes(dtype):
    sizes = [0.0, 1e-45, 1e-30, 1e-7, 1.0, 90.0, 1e4, 1e30]
    x = torch.tensor([*sizes, *(-v for v in sizes)], dtype=dtype)
    for yes in (torch.zeros(16), torch.ones(16), torch.arange(16) % 2, torch.arange(16) % 5 == 0):
        leaf = x.clone().requires_grad_()
        value = lovasz_hinge(leaf.reshape(1, 1, 16), yes.reshape(1, 1, 16))
        (slope,) = torch.autograd.grad(value, leaf)
        assert value.isfinite()
        assert slope.isfinite().all()
        labels = yes.reshape(1, 16).long()
        leaf = torch.stack([x, -x])[None].requires_grad_()
        value = lovasz_softmax(leaf, labels, activation="softmax")
        (slope,) = torch.autograd.grad(value, leaf, create_graph=True)
        (curve,) = torch.autograd.grad(slope.sum(), leaf)
        assert 0 <= value <= 1
        assert slope.isfinite().all()
        assert curve.isfinite().all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_number_of_axes_and_the_order_of_pixels(data):
    shape = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    gen = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32]))
    x = torch.randn(shape, generator=gen).to(dtype)
    labels = torch.randint(0, shape[1], (shape[0], *shape[2:]), generator=gen)
    order = torch.randperm(math.prod(shape[2:]), generator=gen)
    row = x.reshape(*shape[:2], -1)[..., order]
    for fn, other, moved in (
        (lovasz_hinge, x > 0.3, (x > 0.3).reshape(*shape[:2], -1)[..., order]),
        (lovasz_softmax, labels, labels.reshape(shape[0], -1)[..., order]),
    ):
        inputs = (x, row) if fn is lovasz_hinge else (torch.softmax(x, 1), torch.softmax(row, 1))
        got = fn(inputs[0], other, reduction="none")
        assert got.shape == tuple(shape[:2])
        assert got.dtype == dtype
        assert (got >= 0).all()
        same(fn(inputs[1], moved, reduction="none"), got, rtol=1e-5 if dtype == torch.float32 else 1e-12, atol=1e-7)
