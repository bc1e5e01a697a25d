"""Hinge losses over several classes: loops, torch's kernel, two classes, ties, large scores, what they find."""

import itertools

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossbook import losses

D = torch.float64
CASES = [("multiclass_hinge", {"margin": m}) for m in (1.0, 0.0, 2.5)]
CASES += [("multi_margin", {"margin": m, "p": p}) for m in (1.0, 0.0, 2.5) for p in (1, 2)]
NAMES = ["multiclass_hinge", "multi_margin"]
each_case = pytest.mark.parametrize(("name", "hyper"), CASES, ids=str)
PROFILE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def looped(name, x, y, margin, p=1):
    """One example, in exact numbers."""
    lacking = [max(mp.mpf(margin) - (x[y] - x[k]), mp.mpf(0)) for k in range(len(x)) if k != y]
    if name == "multiclass_hinge":
        return max(lacking, default=mp.mpf(0))
    return mp.fsum(v**p for v in lacking) / len(x)


def batch(seed=0, count=30, classes=5, dtype=D):
    draw = torch.Generator().manual_seed(seed)
    x = 2 * torch.randn(count, classes, generator=draw, dtype=D)
    return x.to(dtype), torch.randint(0, classes, (count,), generator=draw)


@each_case
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e5, 1e20])
def test_values_are_exact(name, hyper, size):
    x, y = batch()
    got = losses.get(name)(size * x, y, reduction="none", **hyper)
    with mp.workdps(60):
        for row, label, value in zip((size * x).tolist(), y.tolist(), got.tolist(), strict=True):
            want = looped(name, [mp.mpf(v) for v in row], label, **hyper)
            biggest = max(map(abs, row)) + hyper["margin"]
            slack = biggest if hyper.get("p", 1) == 1 else biggest**2
            assert abs(value - want) <= 1e-13 * abs(want) + 4e-16 * slack


@pytest.mark.parametrize(("margin", "p"), list(itertools.product((1.0, 0.0, 0.3), (1, 2))))
def test_multi_margin_is_that_of_torch(margin, p):
    for seed, classes in ((0, 2), (1, 5), (2, 40)):
        x, y = batch(seed, 50, classes)
        x[3] = x[3].round()
        answers = []
        for fn in (losses.multi_margin, F.multi_margin_loss):
            leaf = x.clone().requires_grad_()
            for reduction in ("none", "sum", "mean"):
                value = fn(leaf, y, margin=margin, p=p, reduction=reduction)
                answers.append(value.detach())
                answers.append(torch.autograd.grad(value.sum(), leaf)[0])
        for a, b in zip(answers[:6], answers[6:], strict=True):
            torch.testing.assert_close(a, b, rtol=1e-13, atol=1e-15)


def test_two_classes_are_the_binary_losses():
    x, y = batch(3, 40, 2)
    lead, sign = x[:, 1] - x[:, 0], 2.0 * y - 1
    hinge = losses.hinge(lead, sign, reduction="none")
    squared = losses.squared_hinge(lead, sign, reduction="none")
    close = {"rtol": 1e-14, "atol": 1e-15}
    torch.testing.assert_close(losses.multiclass_hinge(x, y, reduction="none"), hinge, **close)
    torch.testing.assert_close(losses.multi_margin(x, y, reduction="none"), hinge / 2, **close)
    torch.testing.assert_close(losses.multi_margin(x, y, p=2, reduction="none"), squared / 2, **close)


def test_all_others_cost_at_least_the_best_other_one():
    x, y = batch(4)
    worst = losses.multiclass_hinge(x, y, reduction="none")
    total = 5 * losses.multi_margin(x, y, reduction="none")
    assert (total >= worst - 1e-15).all()
    assert (total <= 4 * worst + 1e-14).all()


@each_case
def test_one_class_costs_nothing_and_none_is_refused(name, hyper):
    x = torch.tensor([[3.0], [-1e30]], requires_grad=True)
    value = losses.get(name)(x, torch.zeros(2, dtype=torch.int64), **hyper)
    assert value == 0
    assert (torch.autograd.grad(value, x)[0] == 0).all()
    with pytest.raises(ValueError, match=r"logits has shape \(0, 0\): axis 1 holds no classes"):
        losses.get(name)(torch.zeros(0, 0), torch.zeros(0, dtype=torch.int64), **hyper)


@each_case
def test_large_scores_keep_the_margin(name, hyper):
    """margin - x_y alone has lost the margin at 1e20: the difference comes first."""
    x = torch.full((1, 3), 1e20, dtype=torch.float32)
    got = losses.get(name)(x, torch.tensor([1]), **hyper).item()
    zero = losses.get(name)(torch.zeros(1, 3), torch.tensor([1]), **hyper).item()
    assert got == zero
    assert (zero > 0) == (hyper["margin"] > 0)


@pytest.mark.parametrize("name", NAMES)
def test_extremes_of_float32(name):
    for row in ([3.4e37, -3.4e37, 0.0], [-3.4e37, 3.4e37, 3.4e37], [0.0, 0.0, 0.0], [1e-40, 0.0, -1e-40]):
        for label in range(3):
            for p in (1, 2):
                x = torch.tensor([row], requires_grad=True)
                hyper = {} if name == "multiclass_hinge" else {"p": p}
                value = losses.get(name)(x, torch.tensor([label]), **hyper)
                (slope,) = torch.autograd.grad(value, x)
                assert not value.isnan()
                assert torch.isfinite(slope).all()
                assert torch.isfinite(value) or p == 2


def test_tied_others_and_corners():
    x = torch.tensor([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0]], dtype=D, requires_grad=True)
    y = torch.tensor([2, 0])
    (slope,) = torch.autograd.grad(losses.multiclass_hinge(x, y, reduction="sum"), x)
    assert slope.tolist() == [[1.0, 0.0, -1.0], [0.0, 0.0, 0.0]]  # the first of the tied; a lead of just the margin
    (slope,) = torch.autograd.grad(losses.multi_margin(x, y, reduction="sum"), x)
    torch.testing.assert_close(3 * slope, torch.tensor([[1.0, 1, -2], [0, 0, 0]], dtype=D))


@each_case
@PROFILE
@given(data=st.data())
def test_order_of_the_classes_and_dtypes(name, hyper, data):
    classes = data.draw(st.integers(1, 6))
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]))
    x, y = batch(data.draw(st.integers(0, 50)), data.draw(st.integers(1, 4)), classes, dtype)
    order = torch.tensor(data.draw(st.permutations(range(classes))))
    value = losses.get(name)(x, y, **hyper)
    moved = losses.get(name)(x[:, order], order.argsort()[y], **hyper)
    assert value.dtype == dtype
    tight = {torch.float64: 1e-13, torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1e-2}[dtype]
    torch.testing.assert_close(moved, value, rtol=tight, atol=tight)
    labels = data.draw(st.sampled_from([torch.int64, torch.int32, torch.uint8]))
    assert torch.equal(losses.get(name)(x, y.to(labels), **hyper), value)


@each_case
def test_beyond_the_first_derivative_and_under_vmap(name, hyper):
    x, y = batch(5, 4)
    fn, definition = losses.get(name), losses.get(name).definition
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(fn(leaf, y, **hyper), leaf, create_graph=True)
    if slope.requires_grad:
        (curved,) = torch.autograd.grad((slope * x).sum(), leaf)
        (slope,) = torch.autograd.grad(definition(leaf, y, **hyper).mean(), leaf, create_graph=True)
        torch.testing.assert_close(curved, torch.autograd.grad((slope * x).sum(), leaf)[0])
    _, tangent = torch.func.jvp(lambda v: fn(v, y, **hyper), (x,), (torch.ones_like(x),))
    assert tangent.abs() < 1e-15  # a shift changes nothing
    stacked = torch.stack([x, 2 * x])
    each = torch.vmap(lambda v: fn(v, y, **hyper))(stacked)
    torch.testing.assert_close(each, torch.stack([fn(v, y, **hyper) for v in stacked]))
    slopes = torch.vmap(torch.func.grad(lambda v: fn(v, y, **hyper)))(stacked)
    assert slopes.shape == stacked.shape
    torch.testing.assert_close(slopes[0], torch.func.grad(lambda v: fn(v, y, **hyper))(x))


def test_a_learnable_margin():
    x, y = batch(6)
    for name in NAMES:
        m = torch.tensor(1.0, dtype=D, requires_grad=True)
        value = losses.get(name)(x, y, margin=m)
        assert value.item() == losses.get(name)(x, y).item()
        (slope,) = torch.autograd.grad(value, m)
        assert 0 < slope <= 1


def _best(name, p):
    """Scores with the least expected loss for class probabilities p, on a grid (the last score is 0)."""
    steps = torch.linspace(-3, 3, 61, dtype=D)
    x = torch.cartesian_prod(steps, steps)
    x = torch.cat([x, torch.zeros(len(x), 1, dtype=D)], 1)
    cost = sum(q * losses.get(name)(x, torch.full((len(x),), k), reduction="none") for k, q in enumerate(p))
    return x[cost <= cost.min() + 1e-12]


def test_which_class_they_find():
    clear = _best("multiclass_hinge", (0.25, 0.6, 0.15))
    assert (clear.argmax(1) == 1).all()
    unclear = _best("multiclass_hinge", (0.3, 0.4, 0.3))
    assert unclear.abs().max() < 1e-12  # all equal
    for p, tied in (((0.38, 0.36, 0.26), True), ((0.42, 0.3, 0.28), False)):
        found = _best("multi_margin", p).sort(1, descending=True).values
        assert ((found[:, 0] - found[:, 1]).abs().max() < 1e-12) == tied


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_class_indices(name):
    x, _ = batch(7, 2, 3)
    with pytest.raises(ValueError, match="target holds the label -1; C is 3"):
        losses.get(name)(x, torch.tensor([-1, 1]))
    with pytest.raises(ValueError, match="target holds the label 3; C is 3"):
        losses.get(name)(x, torch.tensor([3, 1]))
    with pytest.raises(TypeError, match=r"target: got torch\.float32, want integers"):
        losses.get(name)(x, torch.tensor([1.0, -1.0]))


def test_powers_other_than_1_and_2_are_refused():
    x, y = batch(8)
    for p in (3, 1.0, True, "2"):
        with pytest.raises(ValueError, match=r"p: got .*, want 1 or 2"):
            losses.multi_margin(x, y, p=p)
