"""Losses of boxes: values in fractions, the same boxes, boxes without area, relations, refusals."""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses import ciou_loss, diou_loss, giou_loss, iou_loss, jaccard

NAMES = ["iou_loss", "giou_loss", "diou_loss", "ciou_loss"]
each = pytest.mark.parametrize("name", NAMES)
same = torch.testing.assert_close


def by_hand(name, a, b):
    """One pair of boxes with areas, in exact fractions but for the angle, from the papers' formulas."""
    a, b = [Fraction(v) for v in a], [Fraction(v) for v in b]
    both = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    (w, h), (w_t, h_t) = ((v[2] - v[0], v[3] - v[1]) for v in (a, b))
    union = w * h + w_t * h_t - both
    width, height = max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1])
    iou = both / union
    if name == "iou_loss":
        return real(1 - iou)
    if name == "giou_loss":
        return real(1 - (iou - (width * height - union) / (width * height)))
    apart = ((a[0] + a[2]) / 2 - (b[0] + b[2]) / 2) ** 2 + ((a[1] + a[3]) / 2 - (b[1] + b[3]) / 2) ** 2
    diou = real(1 - iou + apart / (width**2 + height**2))
    if name == "diou_loss":
        return diou
    v = 4 / mp.pi**2 * (mp.atan(real(w_t / h_t)) - mp.atan(real(w / h))) ** 2
    return diou + v * v / (real(1 - iou) + v) if v else diou


def real(fraction):
    return mp.mpf(fraction.numerator) / fraction.denominator


def boxes(seed=0, count=50, dtype=torch.float64, spread=2.0):
    gen = torch.Generator().manual_seed(seed)
    low, size = spread * torch.rand(2, count, 2, generator=gen, dtype=torch.float64), 0
    size = 0.1 + torch.rand(2, count, 2, generator=gen, dtype=torch.float64)
    return [torch.cat([low[k], low[k] + size[k]], -1).to(dtype) for k in range(2)]


@each
@pytest.mark.parametrize("spread", [0.3, 1.0, 5.0])
def test_values_by_hand(name, spread):
    a, b = boxes(spread=spread)
    got = losses.get(name)(a, b, reduction="none")
    with mp.workdps(50):
        for k in range(50):
            want = by_hand(name, a[k].tolist(), b[k].tolist())
            assert abs(got[k].item() - want) <= 4e-15 * want


@each
@pytest.mark.parametrize("step", [1e-3, 1e-7, 1e-11, 1e-15])
def test_values_keep_their_digits_where_boxes_are_nearly_the_same(name, step):
    a, b = boxes(seed=1, count=20)
    a = b + step * (a - b)
    got = losses.get(name)(a, b, reduction="none")
    with mp.workdps(80):
        for k in range(20):
            want = by_hand(name, a[k].tolist(), b[k].tolist())
            assert abs(got[k].item() - want) <= 1e-14 * want


@each
@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e4, 1e30])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_boxes_of_any_size_in_either_dtype(name, scale, dtype):
    a, b = boxes(seed=2, dtype=dtype)
    tolerance = {torch.float64: 1e-14, torch.float32: 2e-6}[dtype]
    fn, scale = losses.get(name), 2.0 ** round(math.log2(scale))  # exact
    same(fn(scale * a, scale * b, reduction="none"), fn(a, b, reduction="none"), rtol=tolerance, atol=0)
    slopes = []
    for factor in (scale, 1.0):
        leaf = (factor * a).requires_grad_()
        slopes.append(torch.autograd.grad(fn(leaf, factor * b), leaf)[0] * factor)
    same(*slopes, rtol=tolerance, atol=tolerance)


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_same_boxes_cost_exactly_nothing_with_slope_zero(name, dtype):
    b = boxes(seed=3, dtype=dtype)[1]
    flat, thin, point = b.clone(), b.clone(), b.clone()
    flat[:, 3], thin[:, 2], point[:, 2:] = b[:, 1], b[:, 0], b[:, :2]
    for same_boxes in (b, 1e4 * b, 1e-30 * b, b - 1e3, flat, thin, point, torch.zeros_like(b)):
        a, t = (same_boxes.clone().requires_grad_() for _ in range(2))
        values = losses.get(name)(a, t, reduction="none")
        slopes = torch.autograd.grad(values.sum(), (a, t))
        assert (values == 0).all()
        assert all((s == 0).all() for s in slopes)


KINDS = {
    "box": [0.0, 0.0, 1.0, 1.0],
    "wide": [-1.0, 0.25, 2.0, 0.5],
    "far": [5.0, 6.0, 7.0, 6.5],
    "touching": [1.0, 0.0, 2.0, 1.0],
    "corner": [1.0, 1.0, 2.0, 3.0],
    "flat": [0.0, 0.5, 1.0, 0.5],
    "flat far": [4.0, 3.0, 5.0, 3.0],
    "flat beside": [2.0, 0.5, 3.0, 0.5],
    "thin": [0.5, 0.0, 0.5, 1.0],
    "point": [0.5, 0.5, 0.5, 0.5],
    "point far": [9.0, -9.0, 9.0, -9.0],
    "point at a corner": [0.0, 0.0, 0.0, 0.0],
    "hair": [0.0, 0.5, 1.0, 0.5 + 2**-22],
    "dust": [0.0, 0.0, 1e-30, 1e-30],
    "sliver": [0.0, 0.0, 1.0, 1e-30],
    "huge": [-1e15, -1e15, 1e15, 1e15],
}


def test_what_boxes_without_area_cost():
    box, flat, far = (torch.tensor([KINDS[k]], dtype=torch.float64) for k in ("box", "flat", "flat far"))
    beside, point = (torch.tensor([KINDS[k]], dtype=torch.float64) for k in ("flat beside", "point far"))
    assert iou_loss(flat, box) == 1
    assert iou_loss(flat, far) == 1
    assert giou_loss(flat, box) == 1  # inside: nothing of the box around both is empty
    assert giou_loss(flat, far) == 2  # all of it is
    assert giou_loss(flat, beside) == 1  # on one line: the box around both has no area
    assert diou_loss(flat, far).item() == pytest.approx(1 + (4**2 + 2.5**2) / (5**2 + 2.5**2), rel=1e-14)
    assert diou_loss(point, torch.tensor([KINDS["point"]], dtype=torch.float64)) == 2
    assert ciou_loss(flat, far) == diou_loss(flat, far)  # two lines of the same direction
    v = (0.5) ** 2  # a line against a square: 45 degrees of 90
    assert ciou_loss(flat, box).item() == pytest.approx(1 + v * v / (1 + v), rel=1e-14)
    assert ciou_loss(point, box) == diou_loss(point, box)  # a point has no shape


@each
def test_no_overlap_no_touch_and_direction(name):
    a = torch.tensor([[3.0, 0.0, 4.0, 1.0]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([[0.0, 0.0, 1.0, 1.0]], dtype=torch.float64)
    value = losses.get(name)(a, b)
    (slope,) = torch.autograd.grad(value, a)
    if name == "iou_loss":
        assert value == 1
        assert (slope == 0).all()
    else:
        assert value > 1
        assert slope[0, 0] > 0  # descending moves the left side toward the target
    if name == "giou_loss":
        assert slope[0, 0] > 0 >= slope[0, 2]  # by growing: the far side is not drawn along
    if name == "diou_loss":
        assert slope[0, 0] > 0
        assert slope[0, 0] + slope[0, 2] > 0  # the box as a whole moves


def test_relations():
    a, b = boxes(seed=4, spread=0.6)
    values = {name: losses.get(name)(a, b, reduction="none") for name in NAMES}
    assert (values["giou_loss"] >= values["iou_loss"]).all()
    assert (values["diou_loss"] >= values["iou_loss"]).all()
    assert (values["ciou_loss"] >= values["diou_loss"]).all()
    inner = torch.cat([a[:, :2] + 0.02, a[:, 2:] - 0.05], -1)
    same(giou_loss(inner, a), iou_loss(inner, a), rtol=1e-14, atol=0)
    leaf = inner.requires_grad_()
    (slope,) = torch.autograd.grad(giou_loss(leaf, a), leaf)
    same(slope[:, :2], -slope[:, 2:], rtol=1e-12, atol=1e-15)  # moving the box as a whole changes nothing
    centered = torch.cat([a[:, :2] - 0.1, a[:, 2:] + 0.1], -1)
    same(diou_loss(centered, a), iou_loss(centered, a), rtol=1e-13, atol=0)
    alike = 0.3 + 1.7 * a
    same(ciou_loss(alike, a), diou_loss(alike, a), rtol=1e-13, atol=0)


def test_iou_loss_is_the_jaccard_loss_of_the_boxes_as_regions():
    gen = torch.Generator().manual_seed(5)
    corners = torch.randint(0, 12, (30, 2, 2, 2), generator=gen)
    low, high = corners.amin(1), corners.amax(1) + 1
    pairs = [torch.cat([low[:, k], high[:, k]], -1) for k in range(2)]
    grid = torch.arange(14)

    def region(box):
        x, y = ((grid >= box[:, k, None]) & (grid < box[:, k + 2, None]) for k in range(2))
        return (x[:, None, :] & y[:, :, None]).unsqueeze(1).double()

    got = iou_loss(*(v.double() for v in pairs), reduction="none")
    same(got, jaccard(*map(region, pairs), reduction="none")[:, 0], rtol=1e-13, atol=1e-15)


@each
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_boxes_in_any_order(name, data):
    number = st.floats(-100, 100, width=32)
    count = data.draw(st.integers(0, 4))
    raw = np.array(data.draw(st.lists(number, min_size=8 * count, max_size=8 * count)), dtype=np.float64)
    pairs = raw.reshape(2, count, 2, 2)
    a, b = np.concatenate([pairs.min(2), pairs.max(2)], -1)
    fn, (low, high) = losses.get(name), losses.get(name).record.bounds
    values = fn(a, b, reduction="none")
    assert values.shape == (count,)
    assert ((values >= low) & (values <= high + 1e-12)).all()
    np.testing.assert_allclose(fn(b, a, reduction="none"), values, rtol=1e-12, atol=1e-300)
    mirrored = [-v[:, [2, 1, 0, 3]] * [1, -1, 1, -1] for v in (a, b)]
    np.testing.assert_allclose(fn(*mirrored, reduction="none"), values, rtol=1e-12, atol=1e-300)
    turned = [v[:, [1, 0, 3, 2]] for v in (a, b)]
    np.testing.assert_allclose(fn(*turned, reduction="none"), values, rtol=1e-12, atol=1e-300)
    single = [torch.from_numpy(v).float() for v in (a, b)]
    assert ((fn(*single, reduction="none") - torch.from_numpy(values).float()).abs() < 1e-4).all()


@each
def test_refusals(name):
    fn, (a, b) = losses.get(name), boxes(count=3)
    wrong = b.clone()
    wrong[1] = torch.tensor([0.0, 2.0, 1.0, 0.5])
    message = r"target: box 1 has y2 = 0.5 below y1 = 2; want corners \(x1, y1, x2, y2\) with x2 >= x1 and y2 >= y1"
    with pytest.raises(ValueError, match=message):
        fn(a, wrong)
    wrong[1] = torch.tensor([3.0, 2.0, 1.0, 2.5])
    with pytest.raises(ValueError, match=r"input: box 1 has x2 = 1 below x1 = 3; want corners"):
        fn(wrong, b)
    with pytest.raises(ValueError, match=r"input has shape \(4,\), want \(N, 4\)"):
        fn(a[0], b[0])
    with pytest.raises(ValueError, match=r"input has shape \(3, 3\), want \(N, 4\)"):
        fn(a[:, :3], b[:, :3])
    with pytest.raises(ValueError, match=r"input has shape \(3, 4\) and target \(2, 4\)|nothing is broadcast"):
        fn(a, b[:2])
    with pytest.raises(TypeError, match=r"input: got torch.int64, want float64"):
        fn(a.long(), b)
