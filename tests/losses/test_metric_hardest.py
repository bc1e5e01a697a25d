"""The batch-hard triplet loss against loops over all triplets; anchors that do not count; how it picks in float32."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


def batch(n, d, classes, seed=0, dtype=torch.float64):
    gen = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=gen, dtype=dtype), torch.randint(0, classes, (n,), generator=gen)


def by_loops(x, y, margin):
    """(costs, whether they count), over all triplets of each anchor, in float64"""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y)
    costs, counted = [], []
    for i in range(len(x)):
        near = [np.linalg.norm(x[i] - x[j]) for j in range(len(x)) if j != i and y[j] == y[i]]
        far = [np.linalg.norm(x[i] - x[j]) for j in range(len(x)) if y[j] != y[i]]
        counted.append(bool(near and far))
        costs.append(max((max(0.0, p - n + margin) for p in near for n in far), default=0.0))
    return np.array(costs), np.array(counted)


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 6), st.floats(0, 3), st.integers(0, 999))
def test_values_are_those_of_the_hardest_of_all_triplets(n, d, classes, margin, seed):
    x, y = batch(n, d, classes, seed)
    costs, counted = by_loops(x, y, margin)
    got = losses.batch_hard_triplet(x, y, margin=margin, reduction="none")
    np.testing.assert_allclose(got.numpy(), costs, rtol=1e-12, atol=1e-13)
    mean = costs.sum() / max(counted.sum(), 1)
    assert losses.batch_hard_triplet(x, y, margin=margin).item() == pytest.approx(mean, rel=1e-12, abs=1e-13)
    narrow = losses.batch_hard_triplet(x.float(), y, margin=margin, reduction="none")
    np.testing.assert_allclose(narrow.numpy(), by_loops(x.float(), y, margin)[0], rtol=2e-6, atol=2e-6)


def test_it_is_triplet_over_the_triplets_it_picks():
    x, y = batch(20, 4, 3)
    d = torch.cdist(x, x)
    alike = y[:, None] == y
    p = torch.where(alike & ~torch.eye(20, dtype=torch.bool), d, -1.0).argmax(1)
    n = torch.where(alike, torch.inf, d).argmin(1)
    a, b = (x.clone().requires_grad_() for _ in range(2))
    ours = losses.batch_hard_triplet(a, y, margin=0.3)
    theirs = losses.triplet(b, b[p], negative=b[n], margin=0.3)
    same(ours, theirs)
    same(*(torch.autograd.grad(v, u)[0] for v, u in ((ours, a), (theirs, b))))


def test_anchors_without_a_positive_or_a_negative_do_not_count():
    x, _ = batch(6, 3, 1)
    y = torch.tensor([0, 0, 1, 2, 2, 2])  # label 1 occurs once
    none = losses.batch_hard_triplet(x, y, margin=5.0, reduction="none")
    assert none[2] == 0
    assert (none[torch.arange(6) != 2] > 0).all()
    same(losses.batch_hard_triplet(x, y, margin=5.0), none.sum() / 5)
    for labels in (torch.zeros(6, dtype=torch.int32), torch.arange(6)):  # no negative, no positive
        leaf = x.clone().requires_grad_()
        value = losses.batch_hard_triplet(leaf, labels)
        (slope,) = torch.autograd.grad(value, leaf)
        assert value == 0
        assert (slope == 0).all()


def test_a_lone_point_still_serves_as_a_negative():
    x = torch.tensor([[0.0], [1.0], [1.5]], dtype=torch.float64)
    got = losses.batch_hard_triplet(x, torch.tensor([0, 0, 1]), margin=0.0, reduction="none")
    assert got.tolist() == [0.0, 0.5, 0.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_all_points_in_one_place_cost_the_margin(dtype):
    x = torch.full((6, 3), 7.3, dtype=dtype, requires_grad=True)
    value = losses.batch_hard_triplet(x, torch.arange(6) % 2, margin=0.25)
    (slope,) = torch.autograd.grad(value, x, create_graph=True)
    assert value == 0.25
    assert (slope == 0).all()


@pytest.mark.parametrize(
    ("size", "shift"), [(1.0, 0.0), (1e-30, 0.0), (1e30, 0.0), (1e-3, 1.0), (1.0, 1000.0), (1e-18, 0.0)]
)
def test_pairs_are_picked_as_finely_as_float32_tells_them_apart(size, shift):
    """A product of matrices in float32 would see points 1e-3 apart at a distance of 1 as equal."""
    x, y = batch(40, 8, 6, dtype=torch.float32)
    x = size * x + shift
    margin = 3.0 * size
    want, _ = by_loops(x, y, margin)
    leaf = x.clone().requires_grad_()
    got = losses.batch_hard_triplet(leaf, y, margin=margin, reduction="none")
    np.testing.assert_allclose(got.detach().numpy() / size, want / size, rtol=1e-5, atol=1e-5)
    (slope,) = torch.autograd.grad(got.sum(), leaf)
    wide = x.double().requires_grad_()
    (exact,) = torch.autograd.grad(losses.batch_hard_triplet(wide, y, margin=margin, reduction="sum"), wide)
    same(slope.double(), exact, rtol=1e-4, atol=1e-4)


def test_labels_may_be_any_integers_and_nothing_else():
    x, y = batch(9, 3, 3)
    want = losses.batch_hard_triplet(x, y)
    for dtype in (torch.int32, torch.int16, torch.int8, torch.uint8):
        assert losses.batch_hard_triplet(x, y.to(dtype)) == want
    assert losses.batch_hard_triplet(x, 1000 - 17 * y) == want
    assert losses.batch_hard_triplet(x, labels=y) == want
    with pytest.raises(TypeError, match=r"labels: got torch.float64, want integers"):
        losses.batch_hard_triplet(x, y.double())
    with pytest.raises(ValueError, match=r"labels has shape \(8,\) and embeddings \(9, 3\)"):
        losses.batch_hard_triplet(x, y[:8])
