"""InfoNCE, NT-Xent and the supervised contrastive loss: digits, temperatures, partners that are missing, relations."""

import math

import mpmath as mp
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close
NAMES = ("info_nce", "nt_xent", "sup_con")


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def directions(x):
    rows = [[mp.mpf(v) for v in row] for row in x.tolist()]
    lengths = [mp.sqrt(sum(v * v for v in row)) for row in rows]
    return [[v / n for v in row] if n else row for row, n in zip(rows, lengths, strict=True)]


def logits(a, b, t):
    return [[sum(u * v for u, v in zip(x, y, strict=True)) / mp.mpf(t) for y in directions(b)] for x in directions(a)]


def of_positives(table, positives, candidates):
    """-mean over positives of log(e^l / sum over candidates), for each row; None without a positive"""
    out = []
    for i, row in enumerate(table):
        total = sum(mp.exp(row[j]) for j in candidates(i))
        costs = [mp.log(total) - row[j] for j in positives(i)]
        out.append(sum(costs) / len(costs) if costs else None)
    return out


def info_nce(q, k, t):
    n = len(q)
    return of_positives(logits(q, k, t), lambda i: [i], lambda i: range(n))


def sup_con(x, y, t):
    n = len(x)
    alike = [[j for j in range(n) if j != i and y[j] == y[i]] for i in range(n)]
    return of_positives(logits(x, x, t), lambda i: alike[i], lambda i: [j for j in range(n) if j != i])


def nt_xent(a, b, t):
    n, z = len(a), torch.cat([a, b])
    each = sup_con(z, [*range(n), *range(n)], t)
    return [(each[i] + each[i + n]) / 2 for i in range(n)]


@pytest.mark.parametrize("t", [0.01, 0.1, 0.5, 5.0])
def test_values_are_exact(t):
    a, b = drawn(2, 9, 5)
    a[4] = 0  # no direction
    y = torch.tensor([0, 1, 1, 2, 2, 2, 3, 0, 4])
    cases = {
        "info_nce": (info_nce(a, b, t), losses.info_nce(a, b, temperature=t, reduction="none")),
        "nt_xent": (nt_xent(a, b, t), losses.nt_xent(a, b, temperature=t, reduction="none")),
        "sup_con": (sup_con(a, y, t), losses.sup_con(a, y, temperature=t, reduction="none")),
    }
    for name, (want, got) in cases.items():
        for w, g in zip(want, got.tolist(), strict=True):
            assert abs(g - (w or 0)) <= 2e-15 / t + 1e-15 * (w or 0), name  # the logits' own last digits
    counted = [w for w in cases["sup_con"][0] if w is not None]
    assert len(counted) == 7
    assert losses.sup_con(a, y, temperature=t).item() == pytest.approx(float(sum(counted) / 7), rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_low_temperatures_do_not_saturate_in_float32(name):
    """Where exponentials of logits of 100 overflow, value and slope are still those of float64."""
    x = drawn(8, 4, seed=1)
    second = torch.arange(8) // 2 if name == "sup_con" else -x + 0.1 * drawn(8, 4, seed=2)  # partners far apart
    results = []
    for dtype in (torch.float32, torch.float64):
        leaf = x.to(dtype).requires_grad_()
        other = second.to(dtype) if second.is_floating_point() else second
        value = losses.get(name)(leaf, other, temperature=0.01)
        results.append((value.double(), torch.autograd.grad(value, leaf)[0].double()))
    (value, slope), (exact, exact_slope) = results
    assert exact > 50
    assert exact_slope.abs().max() > 1
    same(value, exact, rtol=1e-6, atol=0)
    same(slope, exact_slope, rtol=1e-3, atol=1e-3)


def test_relations():
    a, b = drawn(2, 7, 4, seed=3)
    rows = torch.arange(7)
    both, labels = torch.cat([a, b]), torch.cat([rows, rows])
    for t in (0.05, 0.5):
        one_by_one = losses.sup_con(both, labels, temperature=t, reduction="none")
        same(losses.nt_xent(a, b, temperature=t, reduction="none"), (one_by_one[:7] + one_by_one[7:]) / 2)
        same(losses.nt_xent(a, b, temperature=t), losses.sup_con(both, labels, temperature=t))
        cosines = torch.cosine_similarity(a[:, None], b[None], dim=-1)
        same(losses.info_nce(a, b, temperature=t), losses.cross_entropy(cosines / t, rows))
        same(losses.info_nce(b, a, temperature=t), losses.cross_entropy(cosines.T / t, rows))


def test_chance_levels():
    x = torch.ones(6, 3, dtype=torch.float64)
    assert losses.info_nce(x, x).item() == pytest.approx(math.log(6), rel=1e-14)
    assert losses.nt_xent(x, x).item() == pytest.approx(math.log(11), rel=1e-14)
    assert losses.sup_con(x, torch.arange(6) % 2).item() == pytest.approx(math.log(5), rel=1e-14)
    tight = torch.eye(3, dtype=torch.float64).repeat(3, 1)  # three of each label, in one place
    assert losses.sup_con(tight, torch.arange(9) % 3, temperature=0.01).item() == pytest.approx(math.log(2), rel=1e-12)


def test_a_single_pair_costs_nothing():
    a, b = drawn(2, 1, 4)
    for name in ("info_nce", "nt_xent"):
        leaf = a.clone().requires_grad_()
        value = losses.get(name)(leaf, b)
        assert value == 0
        assert (torch.autograd.grad(value, leaf)[0] == 0).all()


def test_anchors_without_a_positive_contribute_nothing():
    x = drawn(6, 3, seed=4)
    y = torch.tensor([0, 0, 1, 2, 2, 2])
    none = losses.sup_con(x, y, reduction="none")
    assert none[2] == 0
    same(losses.sup_con(x, y), none.sum() / 5)
    leaf = x.clone().requires_grad_()
    value = losses.sup_con(leaf, torch.arange(6))
    (slope,) = torch.autograd.grad(value, leaf, create_graph=True)
    assert value == 0
    assert (slope == 0).all()
    assert (torch.autograd.grad(slope.sum(), leaf, materialize_grads=True)[0] == 0).all()
    # though it still is a candidate of the others
    assert losses.sup_con(x[:2], y[:2]) == 0
    assert (none[:2] > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_temperature_may_be_learned(name):
    a, b = drawn(2, 6, 4, seed=5)
    second = torch.arange(6) // 2 if name == "sup_con" else b
    t = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    fn = losses.get(name)
    value = fn(a, second, temperature=t)
    same(value, fn(a, second, temperature=0.3))
    (slope,) = torch.autograd.grad(value, t)
    step = 1e-6
    wanted = (fn(a, second, temperature=0.3 + step) - fn(a, second, temperature=0.3 - step)) / (2 * step)
    same(slope, wanted, rtol=1e-7, atol=1e-9)
    with pytest.raises(ValueError, match=r"temperature: got 0.0, want a value in \(0, inf\)"):
        fn(a, second, temperature=0.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e-36, 1e-20, 1e18, 1e37])
def test_only_directions_matter_at_any_size_of_float32(name, size):
    x, b = drawn(2, 6, 4, seed=6).float()
    second = torch.arange(6) // 2 if name == "sup_con" else b
    small = (x * size).requires_grad_()
    value = losses.get(name)(small, second)
    (slope,) = torch.autograd.grad(value, small)
    plain = x.clone().requires_grad_()
    wanted = losses.get(name)(plain, second)
    same(value, wanted, rtol=1e-5, atol=1e-6)
    same(slope.double() * size, torch.autograd.grad(wanted, plain)[0].double(), rtol=1e-3, atol=1e-4)


@given(st.integers(1, 6), st.integers(1, 5), st.sampled_from([0.02, 0.3, 2.0]), st.integers(0, 99))
def test_batches_of_any_size(n, d, t, seed):
    a, b = drawn(2, n, d, seed=seed)
    y = torch.randint(0, 3, (n,), generator=torch.Generator().manual_seed(seed))
    cases = (
        (losses.info_nce(a, b, temperature=t, reduction="none"), info_nce(a, b, t)),
        (losses.nt_xent(a, b, temperature=t, reduction="none"), nt_xent(a, b, t)),
        (losses.sup_con(a, y, temperature=t, reduction="none"), sup_con(a, y, t)),
    )
    for got, want in cases:
        for g, w in zip(got.tolist(), want, strict=True):
            assert abs(g - (w or 0)) <= 1e-14 / t + 1e-14 * (w or 0)


def test_refusals():
    a, b = drawn(2, 4, 3)
    with pytest.raises(ValueError, match=r"key has shape \(3, 3\) and query \(4, 3\)"):
        losses.info_nce(a, b[:3])
    with pytest.raises(ValueError, match=r"z2 has shape \(4, 2\) and z1 \(4, 3\)"):
        losses.nt_xent(a, b[:, :2])
    with pytest.raises(TypeError, match=r"labels: got torch\.float64, want integers"):
        losses.sup_con(a, torch.zeros(4, dtype=torch.float64))
