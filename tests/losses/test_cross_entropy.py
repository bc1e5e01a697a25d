"""Cross-entropy: labels and probabilities, weights, smoothing, ignored labels, classes ruled out by -inf."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossbook import losses

PROFILE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
cross_entropy = losses.cross_entropy


@st.composite
def batches(draw):
    """Logits, targets (labels, some ignored, or probabilities) and options."""
    count, rest = draw(st.integers(1, 5)), draw(st.lists(st.integers(1, 3), max_size=2))
    n = draw(st.integers(1, 4))
    gen = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    alone = not rest and draw(st.booleans())
    shape = (count,) if alone else (n, count, *rest)
    spots = () if alone else (n, *rest)
    x = torch.randn(shape, generator=gen, dtype=torch.float64)
    if draw(st.booleans()):
        y = torch.softmax(torch.randn(shape, generator=gen, dtype=torch.float64), 0 if alone else 1)
    else:
        y = torch.randint(0, count, spots, generator=gen)
        y = torch.where(torch.rand(spots, generator=gen) < 0.2, -100, y)
    options = {"label_smoothing": draw(st.sampled_from([0.0, 0.1, 1.0]))}
    if draw(st.booleans()):
        options["weight"] = 0.1 + torch.rand(count, generator=gen, dtype=torch.float64)
    return x, y, options


@PROFILE
@given(batch=batches(), reduction=st.sampled_from(["mean", "sum", "none"]))
def test_equals_torch_and_its_definition_in_value_and_slope(batch, reduction):
    x, y, options = batch
    x.requires_grad_()
    tensor_options = options | {"label_smoothing": torch.tensor(options["label_smoothing"], dtype=x.dtype)}
    results = []
    for out in (
        F.cross_entropy(x, y, reduction=reduction, **options),
        cross_entropy(x, y, reduction=reduction, **options),
        cross_entropy(x, y, reduction=reduction, **tensor_options),  # goes through the definition
    ):
        slope = torch.autograd.grad(out.sum(), x)[0] if torch.isfinite(out).all() else torch.zeros(())
        results.append((out.detach(), slope))
    for got in results[1:]:
        for a, b in zip(got, results[0], strict=True):
            torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-13, equal_nan=True)


@PROFILE
@given(batch=batches(), reduction=st.sampled_from(["mean", "sum", "none"]))
def test_numpy_twin(batch, reduction):
    x, y, options = batch
    arrays = {k: v.numpy() if isinstance(v, torch.Tensor) else v for k, v in options.items()}
    got = cross_entropy(x.numpy(), y.numpy(), reduction=reduction, **arrays)
    assert isinstance(got, (np.ndarray, np.floating))
    np.testing.assert_array_equal(got, cross_entropy(x, y, reduction=reduction, **options).numpy())


@pytest.fixture
def batch():
    gen = torch.Generator().manual_seed(0)
    x = torch.randn(12, 4, generator=gen, dtype=torch.float64)
    return x, torch.randint(0, 4, (12,), generator=gen)


def test_gradcheck_and_gradgradcheck(batch):
    x, y = batch[0].requires_grad_(), batch[1]
    weight = torch.tensor([0.5, 1.0, 2.0, 3.0], dtype=torch.float64)
    for options in ({}, {"weight": weight, "label_smoothing": 0.2}):
        for fn in (cross_entropy, cross_entropy.definition):
            assert torch.autograd.gradcheck(lambda v, f=fn, o=options: f(v, y, **o), x)
            assert torch.autograd.gradgradcheck(lambda v, f=fn, o=options: f(v, y, **o), x)
    p = torch.softmax(x.detach(), 1).requires_grad_()
    assert torch.autograd.gradcheck(cross_entropy, (x, p))
    assert torch.autograd.gradcheck(cross_entropy.definition, (x, p))


def test_masked_equals_sliced(batch):
    x, y = batch
    masked = y.clone()
    masked[::3] = -100
    keep = masked != -100
    weight = torch.tensor([0.5, 1.0, 2.0, 3.0], dtype=torch.float64)
    for options in ({}, {"weight": weight}, {"label_smoothing": 0.1}, {"weight": weight, "label_smoothing": 0.1}):
        for reduction in ("mean", "sum"):
            got = cross_entropy(x, masked, reduction=reduction, **options)
            torch.testing.assert_close(got, cross_entropy(x[keep], y[keep], reduction=reduction, **options))
        none = cross_entropy(x, masked, reduction="none", **options)
        assert (none[~keep] == 0).all()
    # a class can be the ignored one
    got = cross_entropy(x, y, ignore_index=2)
    torch.testing.assert_close(got, cross_entropy(x[y != 2], y[y != 2]))
    torch.testing.assert_close(cross_entropy.definition(x, y, ignore_index=2).sum() / (y != 2).sum(), got)


def test_permutation_and_batch_split(batch):
    x, y = batch
    order = torch.randperm(12, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(cross_entropy(x[order], y[order]), cross_entropy(x, y))
    parts = [cross_entropy(a, b, reduction="sum") for a, b in zip(x.split(5), y.split(5), strict=True)]
    torch.testing.assert_close(sum(parts), cross_entropy(x, y, reduction="sum"))
    classes = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(cross_entropy(x[:, classes], torch.argsort(classes)[y]), cross_entropy(x, y))
    torch.testing.assert_close(cross_entropy(x + 1e3, y), cross_entropy(x, y), rtol=1e-11, atol=0)


def test_what_the_weighted_mean_divides_by(batch):
    x, y = batch
    weight = torch.tensor([0.5, 1.0, 2.0, 3.0], dtype=torch.float64)
    none = cross_entropy(x, y, reduction="none", weight=weight)
    torch.testing.assert_close(cross_entropy(x, y, weight=weight), none.sum() / weight[y].sum())
    assert cross_entropy(x, y, weight=weight) != none.mean()
    hot = F.one_hot(y, 4).double()
    torch.testing.assert_close(cross_entropy(x, hot, weight=weight), none.mean())
    torch.testing.assert_close(cross_entropy(x, hot, weight=weight, reduction="none"), none)


def test_label_smoothing_keeps_the_least_loss_above_zero():
    e, k = 0.1, 4
    q = torch.full((k,), e / k, dtype=torch.float64)
    q[0] += 1 - e
    best = cross_entropy(q.log(), torch.tensor(0), label_smoothing=e)
    entropy = -(q * q.log()).sum()
    torch.testing.assert_close(best, entropy)
    assert best > 0.3
    for scale in (0.5, 2.0, 100.0):
        assert cross_entropy(scale * q.log(), torch.tensor(0), label_smoothing=e) > best


@pytest.mark.parametrize("form", ["public", "definition"])
def test_a_logit_of_minus_infinity_rules_a_class_out(form):
    x = torch.tensor([[0.5, -math.inf, 1.0], [2.0, -math.inf, 0.0]], dtype=torch.float64).requires_grad_()
    rest = x.detach()[:, [0, 2]].requires_grad_()

    def call(x, target, **options):
        if form == "definition":
            return cross_entropy.definition(x, target, **options)
        return cross_entropy(x, target, reduction="none", **options)

    hot = torch.tensor([[0.25, 0.0, 0.75], [1.0, 0.0, 0.0]], dtype=torch.float64)
    for target, other in ((torch.tensor([0, 2]), torch.tensor([0, 1])), (hot, hot[:, [0, 2]])):
        got, want = call(x, target), call(rest, other)
        torch.testing.assert_close(got, want)
        (slope,) = torch.autograd.grad(got.sum(), x)
        (expected,) = torch.autograd.grad(want.sum(), rest)
        torch.testing.assert_close(slope[:, [0, 2]], expected)
        assert (slope[:, 1] == 0).all()
    assert call(x, torch.tensor([1, 0]))[0] == math.inf
    assert (call(x, torch.tensor([0, 0]), label_smoothing=0.1) == math.inf).all()


def test_empty_and_all_ignored():
    empty = torch.zeros(0, 3, requires_grad=True), torch.zeros(0, dtype=torch.long)
    ignored = torch.zeros(2, 3, requires_grad=True), torch.full((2,), -100)
    for x, y in (empty, ignored):
        assert torch.isnan(cross_entropy(x, y))
        assert cross_entropy(x, y, reduction="sum") == 0
        assert (cross_entropy(x, y, reduction="none") == 0).all()
        cross_entropy(x, y).backward()
        assert (x.grad == 0).all()
    assert torch.isnan(cross_entropy(empty[0], torch.zeros(0, 3)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_dtypes(dtype, batch):
    x, y = batch[0].to(dtype).requires_grad_(), batch[1]
    want = cross_entropy(x.detach().double(), y).item()
    for labels in (y, y.int(), y.short(), y.to(torch.int8), y.to(torch.uint8)):
        got = cross_entropy(x, labels)
        assert got.dtype == dtype
        assert got.item() == pytest.approx(want, rel=2 * torch.finfo(dtype).eps)
    got.backward()
    assert x.grad.dtype == dtype
    # 100,000 losses of log 4 do not fit in float16, their mean does
    many = cross_entropy(torch.zeros(100_000, 4, dtype=dtype), torch.zeros(100_000, dtype=torch.long))
    assert many.item() == pytest.approx(math.log(4), rel=4 * torch.finfo(dtype).eps)


X = torch.zeros(4, 3)
REFUSED = [
    (ValueError, r"target holds the label 3; there are 3 classes, so labels are 0 to 2", (X, [0, 1, 3, 9]), {}),
    (ValueError, r"target holds the label -1", (X, [0, -1, 1, 1]), {}),
    (ValueError, r"the label -100.*\(or ignore_index, 7\)", (X, [0, -100, 1, 1]), {"ignore_index": 7}),
    (ValueError, r"the label 5", (X, [5, 0, 0, 0]), {"label_smoothing": torch.tensor(0.1)}),
    (
        ValueError,
        r"logits has shape \(4, 3\) and target \(3,\); class indices must have shape \(4,\)",
        (X, [0, 1, 2]),
        {},
    ),
    (ValueError, r"class probabilities must have shape \(4, 3\); class indices must be integers", (X, X[:, 0]), {}),
    (ValueError, r"logits has shape \(\), want logits", (torch.tensor(1.0), 0), {}),
    (ValueError, r"axis 1 holds no classes", (torch.zeros(2, 0), torch.zeros(2, 0)), {}),
    (TypeError, r"target: got torch.bool, want integer class indices", (X, torch.ones(4, dtype=torch.bool)), {}),
    (TypeError, r"logits: got torch.int64", (X.long(), [0, 0, 0, 0]), {}),
    (ValueError, r"weight has shape \(2,\), want \(3,\)", (X, [0, 0, 0, 0]), {"weight": torch.ones(2)}),
    (ValueError, r"weight has shape \(\), want \(3,\)", (X, [0, 0, 0, 0]), {"weight": torch.tensor(1.0)}),
    (TypeError, r"weight: got list", (X, [0, 0, 0, 0]), {"weight": [1.0, 1.0, 1.0]}),
    (TypeError, r"weight: got float, want an array", (X, [0, 0, 0, 0]), {"weight": 2.0}),
    (TypeError, r"weight: got ndarray while input", (X, [0, 0, 0, 0]), {"weight": np.ones(3)}),
    (ValueError, r"label_smoothing: got 1.5, want a value in \[0, 1\]", (X, [0, 0, 0, 0]), {"label_smoothing": 1.5}),
    (ValueError, r"reduction: got 'batchmean'", (X, [0, 0, 0, 0]), {"reduction": "batchmean"}),
    (TypeError, r"cross_entropy\(\) has no argument 'weights'", (X, [0, 0, 0, 0]), {"weights": torch.ones(3)}),
]


@pytest.mark.parametrize(("error", "message", "sides", "options"), REFUSED, ids=[r[1][:40] for r in REFUSED])
def test_refused(error, message, sides, options):
    x, y = sides
    with pytest.raises(error, match=message):
        cross_entropy(x, torch.as_tensor(y), **options)


def test_lists_and_mixed_kinds_are_refused():
    with pytest.raises(TypeError, match="target: got list"):
        cross_entropy(X, [0, 1, 2, 0])
    with pytest.raises(TypeError, match="logits is a torch tensor and target a numpy array"):
        cross_entropy(X, np.zeros(4, dtype=int))
    with pytest.raises(ValueError, match="target holds the label 4"):
        cross_entropy(X.numpy(), np.array([0, 4, 0, 0]))
    with pytest.raises(ValueError, match="weight: got"):
        cross_entropy(X.numpy(), np.zeros(4, dtype=int), weight=np.array([1.0, -1.0, 1.0]))
