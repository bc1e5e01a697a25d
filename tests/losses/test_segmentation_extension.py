"""How Lovász losses sort: the order of many errors, and regions that are worked on in groups."""

import math

import pytest
import torch
from test_segmentation_lovasz import NAMES

from lossbook import losses
from lossbook.losses.segmentation.extension import falling, sorted_extension

same = torch.testing.assert_close


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_long_rows_are_put_in_the_same_order(dtype):
    gen = torch.Generator().manual_seed(3)
    e = torch.rand(2, 3, 40_000, generator=gen, dtype=dtype)
    e = torch.where(e < 0.3, (8 * e).round() / 8, e)  # many equal ones, also 0
    e[..., ::7], e[..., 5], e[..., 6], e[..., 8] = 0.0, -0.0, 1e30, 1e-40
    assert torch.equal(falling(e), e.argsort(dim=-1, descending=True, stable=True))
    region = (torch.rand(2, 3, 40_000, generator=gen) < 0.3).to(dtype)
    each = torch.vmap(torch.vmap(sorted_extension))(e, region)
    same(each, sorted_extension(e, region))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("shape", [(7, 3, 2000), (70_000, 1), (2, 20_000), (300, 4, 30)])
def test_many_short_rows_are_put_in_the_same_order(dtype, shape):
    gen = torch.Generator().manual_seed(4)
    e = torch.rand(shape, generator=gen, dtype=dtype)
    e = torch.where(e < 0.3, (8 * e).round() / 8, torch.exp2(200 * (e - 0.5)))
    e[0], e[1, ..., ::3], e[1, ..., :1] = 0.0, -0.0, math.nan
    assert torch.equal(falling(e), e.argsort(dim=-1, descending=True, stable=True))


@pytest.mark.parametrize("name", NAMES)
def test_several_groups_of_regions_have_the_values_and_slopes_of_the_definition(name, monkeypatch):
    monkeypatch.setattr("lossbook.losses.segmentation.extension._LONG", 50)
    monkeypatch.setattr("lossbook.losses.segmentation.extension._GROUP", 64)
    gen, fn = torch.Generator().manual_seed(9), losses.get(name)
    x = torch.randint(-3, 4, (5, 3, 4, 6), generator=gen).float()  # equal errors, and some at the corner of the hinge
    target = torch.randint(0, 3, (5, 4, 6), generator=gen)
    options = {"activation": "softmax"} if name == "lovasz_softmax" else {}
    target = target if options else (x + target.unsqueeze(1) > 0.5)
    found = []
    for form in (lambda v: fn(v, target, reduction="none", **options), lambda v: _defined(fn, v, target, options)):
        leaf, along = x.clone().requires_grad_(), torch.linspace(-1, 2, 15).reshape(5, 3).requires_grad_()
        value = form(leaf)
        (slope,) = torch.autograd.grad(value, leaf, along, create_graph=True)
        found.append((value, slope, *torch.autograd.grad((slope * x.cos()).sum(), (leaf, along))))
    for ours, theirs in zip(*found, strict=True):
        same(ours, theirs)


def _defined(fn, x, target, options):
    return fn.definition(x, target if options else target.to(x.dtype), **options)
