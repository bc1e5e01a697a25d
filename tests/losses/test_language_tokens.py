"""Linear cross-entropy and perplexity: values by plain loops, chunks, derivatives by every road, and each trap."""

import math
import subprocess
import sys
import textwrap

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses.language.projected import chunked, defined

same = torch.testing.assert_close


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def case(n=7, d=3, v=5, seed=0, ignored=(2, 5), dtype=torch.float64):
    target = torch.randint(0, v, (n,), generator=torch.Generator().manual_seed(seed))
    target[[k for k in ignored if k < n]] = -100
    return normal(n, d, seed=seed, dtype=dtype), target, normal(v, d, seed=seed + 1, dtype=dtype)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    n=st.integers(0, 9),
    d=st.integers(1, 4),
    v=st.integers(1, 6),
    chunk=st.integers(1, 11),
    seed=st.integers(0, 99),
    reduction=st.sampled_from(["mean", "sum", "none"]),
    dtype=st.sampled_from([torch.float64, torch.float32]),
)
def test_linear_cross_entropy_is_its_sums_for_every_chunk(n, d, v, chunk, seed, reduction, dtype):
    hidden, target, weight = case(n, d, v, seed, dtype=dtype)
    want = []
    for h, y in zip(hidden.tolist(), target.tolist(), strict=True):
        x = [math.fsum(a * b for a, b in zip(w, h, strict=True)) for w in weight.tolist()]
        want.append(math.log(math.fsum(map(math.exp, x))) - x[y] if y >= 0 else 0.0)
    counted = sum(y >= 0 for y in target.tolist())
    want = {"sum": math.fsum(want), "mean": math.fsum(want) / max(counted, 1), "none": want}[reduction]
    got = losses.linear_cross_entropy(hidden, target, weight=weight, chunk=chunk, reduction=reduction)
    tight = {"rtol": 1e-12, "atol": 1e-13} if dtype is torch.float64 else {"rtol": 1e-5, "atol": 1e-5}
    same(got.double(), torch.tensor(want, dtype=torch.float64), **tight)


@pytest.mark.parametrize("chunk", [1, 3, 7, 512])
@pytest.mark.parametrize("reduction", ["mean", "sum", "weighted"])
def test_gradients_are_those_of_all_logits_at_once(chunk, reduction):
    hidden, target, weight = case()
    found = []
    for fn in (lambda *a: chunked(*a, -100, chunk), lambda *a: defined(*a, -100)):
        leaves = [hidden.clone().requires_grad_(), weight.clone().requires_grad_()]
        values = fn(leaves[0], leaves[1], target)
        if reduction == "weighted":
            values = values * torch.arange(1.0, 8.0, dtype=torch.float64)
        value = values.mean() if reduction == "mean" else values.sum()
        value.backward(retain_graph=True)
        value.backward()  # what is kept for the way back is not spoilt by the first time
        found.append([leaf.grad for leaf in leaves])
    for a, b in zip(*found, strict=True):
        same(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("only", [0, 1])
def test_one_side_alone_may_be_learnt(only):
    hidden, target, weight = case()
    for learnt in (lambda v: v.sum(), lambda v: (v**2).sum()):
        found = []
        for fn in (lambda *a: chunked(*a, -100, 2), lambda *a: defined(*a, -100)):
            sides = [hidden.clone(), weight.clone()]
            sides[only].requires_grad_()
            found.append(torch.autograd.grad(learnt(fn(*sides, target)), sides[only])[0])
        same(*found)


def test_gradients_by_every_other_road():
    hidden, target, weight = case()
    h, w = hidden.clone().requires_grad_(), weight.clone().requires_grad_()

    def fn(h, w):
        return losses.linear_cross_entropy(h, target, weight=w, chunk=3)

    def plain(h, w):
        return F.cross_entropy(h @ w.T, target)

    assert torch.autograd.gradcheck(fn, (h, w), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(fn, (h, w))
    both = torch.func.grad(fn, (0, 1))(hidden, weight), torch.func.grad(plain, (0, 1))(hidden, weight)
    for a, b in zip(*both, strict=True):
        same(a, b)
    for a, b in zip(torch.func.hessian(fn)(hidden, weight), torch.func.hessian(plain)(hidden, weight), strict=True):
        same(a, b)
    many = torch.stack([hidden, 2 * hidden])
    same(torch.vmap(fn, (0, None))(many, weight), torch.stack([plain(hidden, weight), plain(2 * hidden, weight)]))
    slopes = torch.vmap(torch.func.grad(fn), (0, None))(many, weight)
    same(slopes[1], torch.func.grad(plain)(2 * hidden, weight))


def test_it_is_cross_entropy_of_the_product():
    hidden, target, weight = case()
    for reduction in ("mean", "sum", "none"):
        got = losses.linear_cross_entropy(hidden, target, weight=weight, reduction=reduction)
        same(got, losses.cross_entropy(hidden @ weight.T, target, reduction=reduction))
    other = torch.where(target == -100, 4, target)
    got = losses.linear_cross_entropy(hidden, other, weight=weight, ignore_index=4)
    same(got, F.cross_entropy(hidden @ weight.T, other, ignore_index=4))


def test_a_bias_is_a_column_as_the_docstring_says():
    hidden, target, _ = case()
    layer = torch.nn.Linear(3, 5).double()
    ones = torch.ones(7, 1, dtype=torch.float64)
    got = losses.linear_cross_entropy(
        torch.cat([hidden, ones], 1), target, weight=torch.cat([layer.weight, layer.bias[:, None]], 1)
    )
    same(got, F.cross_entropy(layer(hidden), target))


def test_ignored_tokens_are_as_if_they_were_not_there():
    hidden, target, weight = case()
    kept = target != -100
    hidden[~kept] = math.nan  # padding may hold anything
    leaves = [hidden.clone().requires_grad_(), weight.clone().requires_grad_()]
    got = losses.linear_cross_entropy(leaves[0][kept], target[kept], weight=leaves[1])
    value = losses.linear_cross_entropy(hidden.nan_to_num(), target, weight=weight)
    same(value, got)
    none = losses.linear_cross_entropy(hidden, target, weight=weight, reduction="none")
    assert (none[~kept] == 0).all()
    nothing = losses.linear_cross_entropy(leaves[0], torch.full((7,), -100), weight=leaves[1])
    assert nothing == 0
    assert F.cross_entropy(hidden.nan_to_num() @ weight.T, torch.full((7,), -100)).isnan()
    clean = [hidden.nan_to_num().requires_grad_(), weight.clone().requires_grad_()]
    nothing = losses.linear_cross_entropy(clean[0], torch.full((7,), -100), weight=clean[1])
    assert all((g == 0).all() for g in torch.autograd.grad(nothing, clean))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_far_logits(dtype):
    hidden = torch.tensor([[1e4, 0.0], [-1e4, 0.0], [1e15, 1e15]], dtype=dtype, requires_grad=True)
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 2.0]], dtype=dtype, requires_grad=True)
    got = losses.linear_cross_entropy(hidden, torch.tensor([0, 1, 1]), weight=weight, reduction="none")
    same(got.detach(), torch.tensor([0.0, 1e4, math.log(3)], dtype=dtype))
    assert all(g.isfinite().all() for g in torch.autograd.grad(got.sum(), (hidden, weight)))


def test_labels_that_are_no_tokens_are_refused():
    hidden, target, weight = case()
    for bad in (5, -1, -101):
        wrong = target.clone()
        wrong[3] = bad
        message = rf"target holds the label {bad}; there are 5 tokens, so labels are 0 to 4 \(or ignore_index, -100\)"
        with pytest.raises(ValueError, match=message):
            losses.linear_cross_entropy(hidden, wrong, weight=weight)
        with pytest.raises(ValueError, match=message):
            losses.perplexity(hidden @ weight.T, wrong)
    with pytest.raises(ValueError, match="chunk: got 0, want an integer from 1 on"):
        losses.linear_cross_entropy(hidden, target, weight=weight, chunk=0)


MEASURED = """
    import sys, torch
    import torch.nn.functional as F
    from lossbook import losses
    torch.set_num_threads(1)
    def kilobytes(key):
        return int(next(line for line in open("/proc/self/status") if line.startswith(key)).split()[1])
    def ours(h, t, w):
        return losses.linear_cross_entropy(h, t, weight=w, chunk=64)
    def naive(h, t, w):
        return F.cross_entropy(h @ w.T, t)
    fn = {"ours": ours, "naive": naive}[sys.argv[1]]
    def sides(n, d, v):
        return torch.randn(n, d, requires_grad=True), torch.randint(0, v, (n,)), torch.randn(v, d, requires_grad=True)
    fn(*sides(3, 2, 4)).backward()
    given = sides(2048, 32, 16384)
    before = kilobytes("VmRSS")
    fn(*given).backward()
    print(kilobytes("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_it_never_holds_all_logits():
    """128 MiB of logits: three such arrays at once in plain torch, none here."""
    extra = {}
    for which in ("ours", "naive"):
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(MEASURED), which], capture_output=True, text=True, check=True
        )
        extra[which] = int(run.stdout)
    assert extra["naive"] > 256 * 1024
    assert extra["ours"] < extra["naive"] / 8


@settings(max_examples=30, deadline=None, derandomize=True)
@given(n=st.integers(0, 6), v=st.integers(1, 6), seed=st.integers(0, 99))
def test_perplexity_is_a_geometric_mean(n, v, seed):
    logits = normal(n, v, seed=seed)
    target = torch.randint(0, v, (n,), generator=torch.Generator().manual_seed(seed))
    target[1:2] = -100
    product, count = 1.0, 0
    for x, y in zip(logits.tolist(), target.tolist(), strict=True):
        if y >= 0:
            product, count = product * math.exp(x[y]) / math.fsum(map(math.exp, x)), count + 1
    want = product ** (-1 / count) if count else 1.0
    assert losses.perplexity(logits, target).item() == pytest.approx(want, rel=1e-12)


def test_perplexity_of_certainty_of_ignorance_and_of_nothing():
    target = torch.tensor([1, 3])
    same(losses.perplexity(torch.zeros(2, 6), target), torch.tensor(6.0))
    certain = 1e4 * F.one_hot(target, 6).float()
    assert losses.perplexity(certain, target) == 1
    logits = torch.zeros(2, 6, requires_grad=True)
    nothing = losses.perplexity(logits, torch.tensor([-100, -100]))
    assert nothing == 1
    assert (torch.autograd.grad(nothing, logits)[0] == 0).all()
    bits = F.cross_entropy(normal(2, 6), target) / math.log(2)
    same(losses.perplexity(normal(2, 6), target), 2**bits)


def test_perplexity_of_batches_does_not_average():
    logits, target = 3 * normal(20, 6), torch.arange(20) % 6
    parts = [losses.perplexity(logits[k : k + 5], target[k : k + 5]) for k in (0, 5, 10, 15)]
    assert sum(parts) / 4 > losses.perplexity(logits, target)
    logs = [losses.cross_entropy(logits[k : k + 5], target[k : k + 5]) for k in (0, 5, 10, 15)]
    same(torch.exp(sum(logs) / 4), losses.perplexity(logits, target))


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 88.7), (torch.float64, 709.7)])
def test_perplexity_overflows_and_says_so(dtype, most):
    for nats, finite in ((most, True), (most + 0.2, False), (1e30, False)):
        logits = torch.tensor([[0.0, nats]], dtype=dtype, requires_grad=True)
        value = losses.perplexity(logits, torch.tensor([0]))
        assert bool(value.isfinite()) == finite
        (slope,) = torch.autograd.grad(value, logits, create_graph=True)
        assert bool((slope != 0).all()) == finite
        assert not torch.autograd.grad(slope[0, 0], logits)[0].isnan().any()
