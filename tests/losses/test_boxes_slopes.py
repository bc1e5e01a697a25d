"""Slopes of the losses of boxes: without area, where sides meet, twice, and what CIoU holds constant."""

import itertools
import math

import pytest
import torch
from test_boxes import KINDS, boxes, each

from lossbook import losses
from lossbook.losses import ciou_loss, diou_loss, iou_loss
from lossbook.losses.boxes.centers import angle

same = torch.testing.assert_close


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_boxes_without_area_are_finite_in_value_slope_and_curvature(name, dtype):
    """Every kind against every other; each pair's loss depends on that pair alone, so one pass serves them all."""
    fn, pairs = losses.get(name), list(itertools.product(KINDS, repeat=2))
    a, b = (torch.tensor([KINDS[pair[k]] for pair in pairs], dtype=dtype, requires_grad=True) for k in range(2))
    values = fn(a, b, reduction="none")
    slopes = torch.autograd.grad(values.sum(), (a, b), create_graph=True)
    fast = torch.autograd.grad(fn(a, b, reduction="sum"), (a, b))
    low, high = fn.record.bounds
    alike = torch.tensor([first == second for first, second in pairs])
    ordinary = torch.tensor([not {"dust", "sliver", "hair"} & set(pair) for pair in pairs])
    assert ((values >= low) & (values <= high)).all()
    assert ((values == 0) == alike).all()
    for slope in (*slopes, *fast):
        assert slope.isfinite().all()
        assert (slope[alike] == 0).all()
    for column in (c for slope in slopes for c in slope.unbind(-1)):
        for curve in torch.autograd.grad(column.sum(), (a, b), retain_graph=True):
            assert not curve.isnan().any()
            assert curve[ordinary].isfinite().all()


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_written_out_slopes_are_those_of_the_definition_even_where_sides_meet(name, dtype):
    # (against nearly no area both forms round away what is not of the order of 1 / area)
    kinds = [torch.tensor(v, dtype=dtype) for k, v in KINDS.items() if k not in ("dust", "sliver", "hair")]
    pairs = torch.stack([torch.stack([x, y]) for x in kinds for y in kinds])
    gen = torch.Generator().manual_seed(9)
    corners = torch.randint(0, 5, (500, 2, 2, 2), generator=gen).to(dtype)  # sides meet, boxes without area
    pairs = torch.cat([pairs, torch.cat([corners.amin(2), corners.amax(2)], -1)])
    unit = (pairs[..., 2:].amax(1) - pairs[..., :2].amin(1)).amax(-1, keepdim=True)  # slopes are per this length
    fn, found = losses.get(name), []
    for form in (lambda x, y: fn(x, y, reduction="none"), fn.definition):
        a, b = pairs[:, 0].clone().requires_grad_(), pairs[:, 1].clone().requires_grad_()
        value = form(a, b)
        weights = torch.linspace(-1, 2, len(value), dtype=dtype)
        slopes = torch.autograd.grad((weights * value).sum(), (a, b))
        (alone,) = torch.autograd.grad((weights * form(a, b.detach())).sum(), a)
        (single,) = torch.autograd.grad((weights * form(a.detach(), b)).sum(), b)
        found.append((value, *(slope * unit for slope in (*slopes, alone, single))))
    tolerance = {torch.float64: 1e-12, torch.float32: 2e-5}[dtype]
    for ours, theirs in zip(*found, strict=True):
        assert ours.isfinite().all()
        same(ours, theirs, rtol=tolerance, atol=tolerance)


@each
def test_second_derivatives_and_forward_mode_of_the_fast_form(name):
    a, b = boxes(seed=10, count=4, spread=0.6)
    fn, ones = losses.get(name), torch.ones(4, 4, dtype=torch.float64)
    found = []
    for form in (fn, fn.core):
        found.append(
            [
                torch.func.hessian(form)(a, b),
                torch.func.hessian(form, argnums=1)(a, b),
                torch.func.jvp(form, (a, b), (ones, -0.3 * a))[1],
            ]
        )
    for ours, theirs in zip(*found, strict=True):
        same(ours, theirs, rtol=1e-11, atol=1e-12)


def test_the_gradient_of_ciou_holds_alpha():
    """Closed form: that of diou_loss, and alpha times the slope of v, which the paper writes out."""
    a, b = boxes(seed=6, spread=0.6)
    leaf = a.clone().requires_grad_()
    (slope,) = torch.autograd.grad(ciou_loss(leaf, b, reduction="sum"), leaf)
    other = a.clone().requires_grad_()
    (rest,) = torch.autograd.grad(diou_loss(other, b, reduction="sum"), other)
    (w, h), (w_t, h_t) = ((v[:, 2:] - v[:, :2]).unbind(-1) for v in (a, b))
    gap = torch.atan(w_t / h_t) - torch.atan(w / h)
    v = 4 / math.pi**2 * gap**2
    alpha = v / (iou_loss(a, b, reduction="none") + v)
    in_w = -8 / math.pi**2 * gap * h / (w**2 + h**2)
    in_h = 8 / math.pi**2 * gap * w / (w**2 + h**2)
    want = rest + alpha[:, None] * torch.stack([-in_w, -in_h, in_w, in_h], -1)
    same(slope, want, rtol=1e-11, atol=1e-13)
    # it is not the slope of the value
    step = 1e-6 * torch.eye(4, dtype=a.dtype)[2]
    numeric = (ciou_loss(a + step, b, reduction="none") - ciou_loss(a - step, b, reduction="none")) / 2e-6
    assert (numeric - slope[:, 2]).abs().max() > 1e-3
    assert ciou_loss.record.held


def test_gradcheck_of_ciou_with_alpha_held():
    a, b = (v[:6].requires_grad_() for v in boxes(seed=7, spread=0.6))
    v = (2 / math.pi * angle(a, b).detach()) ** 2
    alpha = v / (iou_loss(a, b, reduction="none").detach() + v)

    def held(x, y):
        return diou_loss(x, y, reduction="none") + alpha * (2 / math.pi * angle(x, y)) ** 2

    assert torch.autograd.gradcheck(held, (a, b), eps=1e-7, atol=1e-6)
    assert torch.autograd.gradgradcheck(held, (a, b), eps=1e-7, atol=1e-5)
    weights = torch.linspace(-1, 2, 6, dtype=a.dtype)
    first = [torch.autograd.grad((weights * f(a, b)).sum(), (a, b), create_graph=True) for f in (held, _ciou)]
    for ours, theirs in zip(*first, strict=True):
        same(ours, theirs, rtol=1e-11, atol=1e-13)
    second = [torch.autograd.grad((s[0] * a.detach()).sum() + (s[1] * b.detach()).sum(), (a, b)) for s in first]
    for ours, theirs in zip(*second, strict=True):
        same(ours, theirs, rtol=1e-10, atol=1e-12)


def _ciou(x, y):
    return ciou_loss(x, y, reduction="none")


@each
def test_torch_func(name):
    a, b = boxes(seed=8, count=5)
    fn = losses.get(name)
    same(torch.vmap(lambda x, y: fn(x[None], y[None]))(a, b), fn(a, b, reduction="none"))
    leaf = a.clone().requires_grad_()
    same(torch.func.grad(fn)(a, b), torch.autograd.grad(fn(leaf, b), leaf)[0])
    rows = torch.vmap(torch.func.grad(lambda x, y: fn(x[None], y[None])))(a, b)
    same(rows / 5, torch.func.grad(fn)(a, b))


@each
def test_many_boxes_are_worked_on_some_at_a_time_with_the_same_result(name, monkeypatch):
    fn = losses.get(name)
    for a, b in (boxes(seed=11, count=2600), boxes(seed=12, count=2000)):
        found = []
        for rows in (5000, 500):
            monkeypatch.setattr("lossbook.losses.boxes.slopes._ROWS", rows)
            one, two = a.clone().requires_grad_(), b.clone().requires_grad_()
            values = fn(one, two, reduction="none")
            fn(one, two).backward()
            (alone,) = torch.autograd.grad(fn(a, two), two)
            both = torch.vmap(torch.func.grad(fn))(torch.stack([a, b]), torch.stack([b, a]))
            found.append((values, one.grad, two.grad, alone, both))
        for whole, cut in zip(*found, strict=True):
            same(cut, whole, rtol=1e-13, atol=0)
