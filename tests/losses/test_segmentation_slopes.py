"""Slopes of the losses of overlaps: the fast form against the definition, in pieces, twice, in float32."""

import itertools

import pytest
import torch
from test_segmentation import VARIANTS, each, pictures, variants

from lossbook import losses
from lossbook.losses import door

same = torch.testing.assert_close


@variants
@pytest.mark.parametrize("activation", [None, "sigmoid", "softmax"])
def test_large_pictures_are_summed_in_pieces_with_the_same_result(name, hyper, activation, monkeypatch):
    monkeypatch.setattr("lossbook.losses.segmentation.sums._PIECE", 4000 // torch.get_num_threads())
    fn, hyper = losses.get(name), hyper | {"activation": activation}
    for shape in ((2, 3, 50, 90), (70, 5, 9, 10), (9, 3, 2000)):  # a picture in several pieces, several in one, one
        p, t = (v.requires_grad_() for v in pictures(8, shape))
        for form in (fn, fn.definition):
            values = form(p, t, **hyper, **({"reduction": "none"} if form is fn else {}))
            weights = torch.linspace(-1, 2, values.numel(), dtype=values.dtype).reshape(values.shape)
            # in p alone by hand, in both by the definition
            slopes = [torch.autograd.grad((weights * values).sum(), x, retain_graph=True)[0] for x in (p, t)]
            if form is fn:
                alone = fn(p, t.detach(), reduction="none", **hyper)
                ours = alone, *slopes, torch.autograd.grad((weights * alone).sum(), p)[0]
        for got, want in zip(ours, (values, *slopes, slopes[0]), strict=True):
            same(got, want, rtol=1e-11, atol=1e-16)


@each
def test_sum_mean_and_no_reduction_have_the_slopes_of_the_definition(name):
    p, t = pictures(12)
    for reduction, activation in itertools.product(("mean", "sum", "none"), (None, "sigmoid", "softmax")):
        found = []
        for fn in (losses.get(name), losses.get(name).definition):
            leaf = p.clone().requires_grad_()
            if fn is losses.get(name):
                value = fn(leaf, t, activation=activation, reduction=reduction)
            else:
                value = door.reduce(fn(leaf, t, activation=activation), reduction)
            (value * torch.linspace(1, 2, value.numel(), dtype=p.dtype).reshape(value.shape)).sum().backward()
            found.append((value.detach(), leaf.grad))
        for ours, theirs in zip(*found, strict=True):
            same(ours, theirs, rtol=1e-11, atol=1e-16)


@variants
def test_second_derivatives_and_forward_mode_of_the_fast_form(name, hyper):
    fn = losses.get(name)
    p, t = (v[:, :, :2, 0] for v in pictures(10))
    ones = torch.ones_like(p)
    for form in (fn, fn.core):
        got = [
            torch.func.hessian(lambda a, f=form: f(a, t, **hyper))(p),
            torch.func.hessian(lambda a, f=form: f(p, a, **hyper))(t),
            torch.func.jvp(lambda a, b, f=form: f(a, b, **hyper), (p, t), (ones, 0.3 * ones))[1],
        ]
        if form is fn:
            ours = got
    for a, b in zip(ours, got, strict=True):
        same(a, b, rtol=1e-10, atol=1e-13)


@variants
def test_slopes_keep_their_digits_in_float32(name, hyper):
    """Also where next to nothing is predicted, or nearly all is right: no slope is a difference of equal numbers."""
    p, t = pictures(seed=11, soft=False)
    for near in (1e-3 * p, t + 1e-3 * (1 - 2 * t) * p, 1e-3 * p + 0.998 * (1 - t)):
        exact, single = near.float().double().requires_grad_(), near.float().requires_grad_()
        for form in (losses.get(name), losses.get(name).core):
            (want,) = torch.autograd.grad(form(exact, t, **hyper), exact)
            (got,) = torch.autograd.grad(form(single, t.float(), **hyper), single)
            crossing = hyper.get("squared") or hyper.get("beta") == 0.0  # some slopes cross 0, or are nearly 0
            same(got.double(), want, rtol=3e-6, atol=1e-8 if crossing else 0)


@each
def test_gradients_through_the_activations_and_for_soft_targets(name):
    x, t = (v[:2, :, :2, 0].clone().requires_grad_() for v in pictures(seed=2))
    for activation in ("sigmoid", "softmax"):
        for hyper in [h for n, h in VARIANTS if n == name]:

            def fn(a, b, activation=activation, hyper=hyper):
                return losses.get(name)(4 * a - 2, b, activation=activation, **hyper)

            assert torch.autograd.gradcheck(fn, (x, t), eps=1e-6, atol=1e-6)
            assert torch.autograd.gradgradcheck(fn, (x, t), eps=1e-6, atol=1e-5)


@each
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
@pytest.mark.parametrize("shape", [(3, 5), (2, 40, 9), (2, 3, 4, 5)])
def test_slopes_through_the_activations_for_any_layout(name, activation, shape):
    p, t = pictures(13, shape)
    for x in (p, p.transpose(0, 1).contiguous().transpose(0, 1), p.movedim(1, -1).contiguous().movedim(-1, 1)):
        found = []
        for form in (losses.get(name), losses.get(name).core):
            leaf = x.clone().requires_grad_()
            value = form(leaf, t, activation=activation)
            found.append((value, *torch.autograd.grad(value, leaf)))
        for ours, theirs in zip(*found, strict=True):
            same(ours, theirs, rtol=1e-11, atol=1e-16)


@each
def test_a_region_of_nan_leaves_empty_regions_beside_it_at_0(name):
    p, t = torch.zeros(2, 2, 2, 4)
    p[0, 0, 0] = float("nan")
    values = losses.get(name)(p, t, reduction="none")
    assert values.isnan().tolist() == [[True, False], [False, False]]
    assert (values[1] == 0).all()
