"""The sigmoid loss of all pairs and the cosine embedding loss: digits, learned parameters, vectors that agree."""

import math

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def cosine(a, b):
    """In mpmath, of two rows; 0 with a vector of zeros"""
    a, b = ([mp.mpf(v) for v in row.tolist()] for row in (a, b))
    sizes = mp.sqrt(sum(v * v for v in a)) * mp.sqrt(sum(v * v for v in b))
    return sum(u * v for u, v in zip(a, b, strict=True)) / sizes if sizes else mp.mpf(0)


@pytest.mark.parametrize(("t", "bias"), [(0.1, -10.0), (1.0, 0.0), (0.01, -30.0), (0.02, 20.0)])
def test_siglip_values_are_exact(t, bias):
    a, b = drawn(2, 7, 4)
    a[3] = 0  # no direction
    got = losses.siglip(a, b, temperature=t, bias=bias, reduction="none")
    with mp.workdps(40):
        for i in range(7):
            rows = [cosine(a[i], b[j]) / mp.mpf(t) + bias for j in range(7)]
            want = sum(mp.log1p(mp.exp(-x if i == j else x)) for j, x in enumerate(rows))
            assert abs(got[i].item() - want) <= 4e-15 * (1 / t + abs(bias)) * (want + mp.exp(-30)), i


def test_siglip_keeps_the_tails_of_pairs_that_are_told_apart_well():
    """Sums of log(1 + e^x) minus the logits of partners would lose them: here they are 1e-13 and less."""
    x = torch.eye(3, dtype=torch.float64)
    got = losses.siglip(x, x, temperature=1 / 60, bias=-30.0, reduction="none")
    assert got.tolist() == pytest.approx([3 * math.exp(-30)] * 3, rel=1e-12)


def test_siglip_is_binary_cross_entropy_against_the_identity():
    a, b = drawn(2, 6, 5, seed=1)
    logits = torch.cosine_similarity(a[:, None], b[None], dim=-1) / 0.1 - 10
    eye = torch.eye(6, dtype=torch.float64)
    each = losses.binary_cross_entropy_with_logits(logits, eye, reduction="none")
    same(losses.siglip(a, b, reduction="none"), each.sum(1))
    same(losses.siglip(a, b), each.sum() / 6)
    same(losses.siglip(b, a, reduction="none"), each.sum(0))


def test_the_temperature_divides():
    """A step of t = 10 in the paper, which multiplies, is a temperature of 0.1."""
    x = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    assert losses.siglip(x, x, temperature=0.1, bias=0.0).item() == pytest.approx(math.log1p(math.exp(-10)), rel=1e-12)
    assert losses.siglip.record.parameters[0].default == 0.1
    assert losses.siglip.record.parameters[1].default == -10.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_temperature_and_bias_may_be_learned(dtype):
    a, b = drawn(2, 6, 4, seed=2, dtype=dtype)
    log_t = torch.tensor(math.log(10.0), dtype=dtype, requires_grad=True)
    bias = torch.tensor(-10.0, dtype=dtype, requires_grad=True)
    value = losses.siglip(a, b, temperature=torch.exp(-log_t), bias=bias)
    same(value, losses.siglip(a, b), rtol=1e-5, atol=0)
    in_t, in_bias = torch.autograd.grad(value, (log_t, bias))
    logits = torch.cosine_similarity(a[:, None], b[None], dim=-1).double() * 10 - 10
    errors = torch.sigmoid(logits) - torch.eye(6)
    same(in_bias.double(), errors.sum() / 6, rtol=1e-4, atol=0)
    same(in_t.double(), (errors * (logits + 10)).sum() / 6, rtol=1e-4, atol=0)
    if dtype is torch.float64:
        fn = lambda u, v: losses.siglip(a, b, temperature=torch.exp(-u), bias=v)  # noqa: E731
        assert torch.autograd.gradcheck(fn, (log_t, bias))
        assert torch.autograd.gradgradcheck(fn, (log_t, bias))
    step = torch.optim.SGD([log_t, bias], lr=0.1)
    step.zero_grad()
    losses.siglip(a, b, temperature=torch.exp(-log_t), bias=bias).backward()
    step.step()
    assert losses.siglip(a, b, temperature=torch.exp(-log_t), bias=bias) < value
    with pytest.raises(ValueError, match=r"bias: got a tensor of shape \(1,\), want a number or a 0-d tensor"):
        losses.siglip(a, b, bias=torch.zeros(1))


@pytest.mark.parametrize("margin", [-1.0, 0.0, 0.4, 1.0])
def test_cosine_embedding_values_are_exact_and_those_of_torch(margin):
    a, b = drawn(2, 60, 4, seed=3)
    a, b = a * torch.logspace(-6, 6, 60)[:, None].double(), b * torch.logspace(6, -6, 60)[:, None].double()
    y = 2 * (torch.arange(60) % 2) - 1
    leaves = a.requires_grad_(), b.requires_grad_()
    got = losses.cosine_embedding(a, b, target=y, margin=margin, reduction="none")
    with mp.workdps(40):
        for k in range(60):
            c = cosine(a[k].detach(), b[k].detach())
            want = 1 - c if y[k] > 0 else max(mp.mpf(0), c - margin)
            assert abs(got[k].item() - want) <= 1e-15, k
    near = slice(25, 35)  # where the epsilon of torch is small beside the lengths
    theirs = F.cosine_embedding_loss(a[near], b[near], y[near], margin=margin, reduction="none")
    same(got[near], theirs, rtol=1e-8, atol=1e-8)
    slopes = [torch.autograd.grad(v.sum(), leaves, retain_graph=True) for v in (got[near], theirs)]
    for ours, other in zip(*slopes, strict=True):
        same(ours[near], other[near], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("angle", [1e-3, 1e-6, 1e-12])
def test_vectors_that_almost_agree_keep_their_digits(angle):
    """1 - cos would be 0, or noise, from angles of 1e-8 on."""
    a = torch.tensor([[1.0, 0.0]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([[math.cos(angle), math.sin(angle)]], dtype=torch.float64)
    value = losses.cosine_embedding(a, b, target=torch.ones(1))
    assert value.item() == pytest.approx(2 * math.sin(angle / 2) ** 2, rel=1e-9)
    (slope,) = torch.autograd.grad(value, a)
    assert slope[0, 1].item() == pytest.approx(-math.sin(angle), rel=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_vectors_cost_exactly_nothing_and_vectors_of_zeros_have_cosine_0(dtype):
    a = drawn(100, 7, seed=4, dtype=dtype).requires_grad_()
    for b in (a.detach(), 2.0 * a.detach(), 0.125 * a.detach()):
        value = losses.cosine_embedding(a, b, target=torch.ones(100), reduction="none")
        assert (value == 0).all()
        assert (torch.autograd.grad(value.sum(), a)[0] == 0).all()
    zero = torch.zeros(2, 3, dtype=dtype, requires_grad=True)
    for other in (torch.ones(2, 3, dtype=dtype), torch.zeros(2, 3, dtype=dtype)):
        value = losses.cosine_embedding(
            zero, other, target=torch.tensor([1, -1], dtype=torch.int32), margin=-0.5, reduction="none"
        )
        assert value.tolist() == [1.0, 0.5]
        assert (torch.autograd.grad(value.sum(), zero)[0] == 0).all()


def test_the_fast_slopes_are_those_of_the_definition_for_either_side():
    a, b = drawn(2, 9, 5, seed=5)
    y = 2.0 * (torch.arange(9) % 2) - 1
    for which in ((True, True), (True, False), (False, True)):
        found = []
        for fn in (losses.cosine_embedding, losses.cosine_embedding.core):
            u, v = (x.clone().requires_grad_(needed) for x, needed in zip((a, b), which, strict=True))
            leaves = [x for x in (u, v) if x.requires_grad]
            slopes = torch.autograd.grad(fn(u, v, target=y), leaves, create_graph=True)
            curves = torch.autograd.grad(sum(s.square().sum() for s in slopes), leaves)
            plain = torch.autograd.grad(fn(u, v, target=y), leaves)
            found.append((*slopes, *curves, *plain))
        for ours, theirs in zip(*found, strict=True):
            same(ours, theirs, rtol=1e-11, atol=1e-13)
    inside_vmap = torch.vmap(lambda u, v: losses.cosine_embedding(u, v, target=y, reduction="none"))
    same(inside_vmap(a[None], b[None])[0], losses.cosine_embedding(a, b, target=y, reduction="none"))


def test_cosine_embedding_beside_contrastive():
    a, b = (F.normalize(v) for v in drawn(2, 8, 3, seed=6))
    alike = torch.ones(8)
    same(
        losses.cosine_embedding(a, b, target=alike, reduction="none"),
        losses.contrastive(a, b, similar=alike, reduction="none"),
    )
    with pytest.raises(ValueError, match=r"target holds 0, want -1 or \+1 only"):
        losses.cosine_embedding(a, b, target=torch.zeros(8))
    with pytest.raises(ValueError, match=r"margin: got 1.5, want a value in \[-1, 1\]"):
        losses.cosine_embedding(a, b, target=alike, margin=1.5)


@given(st.integers(1, 5), st.integers(1, 6), st.floats(-1, 1), st.integers(0, 99))
def test_cosines_in_any_number_of_dimensions(n, d, margin, seed):
    a, b = drawn(2, n, d, seed=seed)
    plus, minus = torch.ones(n), -torch.ones(n)
    pull = losses.cosine_embedding(a, b, target=plus, reduction="none")
    push = losses.cosine_embedding(a, b, target=minus, margin=margin, reduction="none")
    same(push, F.relu(1 - pull - margin), rtol=1e-12, atol=1e-13)
    same(losses.cosine_embedding(a, -b, target=plus, reduction="none"), 2 - pull, rtol=1e-12, atol=1e-12)
    with mp.workdps(30):
        for k in range(n):
            assert abs(pull[k].item() - (1 - cosine(a[k], b[k]))) <= 2e-15
