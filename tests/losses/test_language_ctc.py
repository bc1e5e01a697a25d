"""Connectionist temporal classification: every alignment counted, a plain recursion, torch's kernel, and each trap."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def spelt(alignment, blank):
    """Repeated classes merged, then blanks removed."""
    merged = [k for k, _ in itertools.groupby(alignment)]
    return [k for k in merged if k != blank]


def counted(rows, labels, blank):
    """The probability of all alignments that spell the labels, one by one. rows: probabilities at each frame."""
    total = 0.0
    for alignment in itertools.product(range(len(rows[0]) if rows else 1), repeat=len(rows)):
        if spelt(alignment, blank) == labels:
            total += math.prod(row[k] for row, k in zip(rows, alignment, strict=True))
    return total


def recursion(rows, labels, blank):
    """The forward algorithm of the paper, sample by sample, on logarithms."""
    states = [blank]
    for label in labels:
        states += [label, blank]

    def add(*logs):
        most = max(logs)
        return most if most == -math.inf else most + math.log(math.fsum(math.exp(v - most) for v in logs))

    alpha = [rows[0][s] if k < 2 else -math.inf for k, s in enumerate(states)]
    for row in rows[1:]:
        before, alpha = alpha, []
        for k, s in enumerate(states):
            ways = [before[k]]
            if k > 0:
                ways.append(before[k - 1])
            if k > 1 and s != blank and s != states[k - 2]:
                ways.append(before[k - 2])
            alpha.append(add(*ways) + row[s])
    return -add(*alpha[-2:])


def case(t, n, c, s, seed, blank=0):
    draw = torch.Generator().manual_seed(seed)
    target = torch.randint(0, c - 1, (n, s), generator=draw)
    target = target + (target >= blank)  # any class but the blank
    input_lengths = torch.randint(1, t + 1, (n,), generator=draw)
    target_lengths = torch.randint(0, s + 1, (n,), generator=draw)
    return normal(t, n, c, seed=seed), target, input_lengths, target_lengths


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    t=st.integers(1, 5),
    n=st.integers(1, 3),
    c=st.integers(2, 3),
    s=st.integers(0, 3),
    blank=st.integers(0, 1),
    zero=st.booleans(),
    seed=st.integers(0, 99),
)
def test_ctc_is_the_sum_over_all_alignments(t, n, c, s, blank, zero, seed):
    logits, target, frames, labels = case(t, n, c, s, seed, blank)
    options = {"input_lengths": frames, "target_lengths": labels, "blank": blank, "zero_infinity": zero}
    got = losses.ctc(logits, target, **options, reduction="none")
    by_hand = losses.ctc.definition(logits, target, **options)
    for k in range(n):
        rows = torch.softmax(logits[: frames[k], k], 1).tolist()
        p = counted(rows, target[k, : labels[k]].tolist(), blank)
        want = -math.log(p) if p else 0.0 if zero else math.inf
        assert got[k].item() == pytest.approx(want, rel=1e-12, abs=1e-13)
        assert by_hand[k].item() == pytest.approx(want, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("blank", [0, 2, 6])
def test_ctc_of_longer_texts_is_the_recursion_of_the_paper(blank):
    logits, target, *_ = case(60, 4, 7, 12, 3, blank)
    frames, labels = torch.tensor([60, 41, 30, 55]), torch.tensor([12, 9, 12, 1])
    got = losses.ctc(4 * logits, target, input_lengths=frames, target_lengths=labels, blank=blank, reduction="none")
    for k in range(4):
        rows = torch.log_softmax(4 * logits[: frames[k], k], 1).tolist()
        assert got[k].item() == pytest.approx(recursion(rows, target[k, : labels[k]].tolist(), blank), rel=1e-12)


def test_values_and_slopes_are_those_of_torch():
    logits, target, *_ = case(30, 5, 6, 8, 1)
    frames, labels = torch.tensor([30, 25, 20, 30, 18]), torch.tensor([8, 7, 0, 3, 8])
    options = {"input_lengths": frames, "target_lengths": labels}
    weights = torch.arange(1.0, 6.0, dtype=torch.float64)
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    got = losses.ctc(ours, target, **options, reduction="none")
    want = F.ctc_loss(torch.log_softmax(theirs, 2), target, frames, labels, reduction="none")
    same(got, want)
    same(*(torch.autograd.grad((v * weights).sum(), x)[0] for v, x in ((got, ours), (want, theirs))))
    total = F.ctc_loss(torch.log_softmax(theirs, 2), target, frames, labels, reduction="sum")
    same(losses.ctc(ours, target, **options, reduction="sum"), total)
    # the mean is over samples here, and over samples divided by the lengths of their targets there
    mean = F.ctc_loss(torch.log_softmax(theirs, 2), target, frames, labels)
    same(mean, (want / labels.clamp(min=1)).mean())
    same(losses.ctc(ours, target, **options), want.mean())


def test_slopes_in_float32_lose_few_digits():
    """In long texts the logarithms that torch's kernel subtracts are in the hundreds."""
    logits, target, *_ = case(400, 5, 6, 100, 3)
    frames, labels = torch.full((5,), 400), torch.full((5,), 100)

    def slope(fn, x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(fn(x).sum(), x)[0].double()

    exact = slope(lambda x: losses.ctc.definition(x, target), logits)
    ours = slope(lambda x: losses.ctc(x, target, reduction="none"), logits.float())
    log_p = lambda x: torch.log_softmax(x, 2)  # noqa: E731
    theirs = slope(lambda x: F.ctc_loss(log_p(x), target, frames, labels, reduction="none"), logits.float())
    assert (ours - exact).abs().max() < 1e-4
    assert (ours - exact).abs().max() < (theirs - exact).abs().max() / 2


def test_all_frames_and_all_labels_count_unless_lengths_are_given():
    logits, target, *_ = case(9, 3, 5, 4, 2)
    full = {"input_lengths": torch.full((3,), 9), "target_lengths": torch.full((3,), 4, dtype=torch.int32)}
    assert torch.equal(losses.ctc(logits, target), losses.ctc(logits, target, **full))


def test_what_lies_beyond_the_lengths_does_not_count():
    logits, target, *_ = case(9, 3, 5, 4, 2)
    frames, labels = torch.tensor([5, 9, 7]), torch.tensor([2, 4, 0])
    got = losses.ctc(logits, target, input_lengths=frames, target_lengths=labels, reduction="none")
    alone = [losses.ctc(logits[:t, k : k + 1], target[k : k + 1, :s]) for k, (t, s) in enumerate(zip(frames, labels))]  # noqa: B905
    same(got, torch.stack(alone))
    for padding in (-1, -100, 0, 999):
        padded = target.clone()
        padded[0, 2:] = padded[2] = padding
        for fn in (losses.ctc, losses.ctc.definition):
            out = fn(logits, padded, input_lengths=frames, target_lengths=labels)
            same(out.mean(), got.mean())
    leaf = logits.clone().requires_grad_()
    losses.ctc(leaf, target, input_lengths=frames, target_lengths=labels).backward()
    assert (leaf.grad[5:, 0] == 0).all()
    assert (leaf.grad[7:, 2] == 0).all()
    assert (leaf.grad[:5, 0] != 0).all()


def test_log_probabilities_serve_as_logits():
    logits, target, *_ = case(9, 3, 5, 4, 2)
    same(losses.ctc(torch.log_softmax(logits, 2), target), losses.ctc(logits, target))


def test_one_frame_is_cross_entropy_and_an_empty_target_is_blanks():
    logits, target, *_ = case(1, 4, 5, 1, 2)
    want = losses.cross_entropy(logits[0], target[:, 0], reduction="none")
    same(losses.ctc(logits, target, reduction="none"), want)
    logits = normal(6, 4, 5)
    blanks = -torch.log_softmax(logits, 2)[:, :, 0].sum(0)
    same(losses.ctc(logits, target[:, :0], reduction="none"), blanks)
    none = losses.ctc(logits, target, target_lengths=torch.zeros(4, dtype=torch.int64), reduction="none")
    same(none, blanks)


@pytest.mark.parametrize("fn", [losses.ctc, losses.ctc.definition], ids=["kernel", "definition"])
@pytest.mark.parametrize("zero", [False, True])
def test_a_target_that_does_not_fit_costs_infinity_and_teaches_nothing(fn, zero):
    leaf = normal(3, 3, 4).requires_grad_()
    target = torch.tensor([[1, 1], [1, 2], [3, 3]])
    frames = torch.tensor([2, 2, 3])  # a label that repeats needs a blank in between
    options = {"input_lengths": frames, "zero_infinity": zero}
    values = fn(leaf, target, **options, **({} if fn is losses.ctc.definition else {"reduction": "none"}))
    assert values[0].item() == (0 if zero else math.inf)
    assert values[1:].isfinite().all()
    (slope,) = torch.autograd.grad(values.sum(), leaf, create_graph=True)
    assert (slope[:, 0] == 0).all()
    assert (slope[:2, 1] != 0).all()
    assert (slope[:, 2] != 0).all()
    assert torch.autograd.grad(slope.square().sum(), leaf)[0].isfinite().all()
    lengths = torch.full((3,), 2)
    theirs = F.ctc_loss(torch.log_softmax(leaf, 2), target, frames, lengths, reduction="none", zero_infinity=zero)
    same(values, theirs)
    assert bool(torch.autograd.grad(theirs.sum(), leaf)[0].isnan().any()) == (not zero)  # ours has none


def test_no_frames_at_all():
    empty = torch.zeros(0, 2, 3, dtype=torch.float64, requires_grad=True)
    target, labels = torch.tensor([[1], [1]]), torch.tensor([0, 1])
    assert losses.ctc(empty, target, target_lengths=labels, reduction="none").tolist() == [0.0, math.inf]
    logits = normal(4, 2, 3).requires_grad_()
    nothing = losses.ctc(logits, target, input_lengths=torch.tensor([0, 0]), target_lengths=labels, reduction="none")
    assert nothing.tolist() == [0.0, math.inf]
    assert (torch.autograd.grad(nothing.sum(), logits)[0] == 0).all()


REFUSED = {
    "the blank as label": ({"target": [[1, 0]]}, "target holds the label 0 within its length; want 0 to 2 without the"),
    "no class": ({"target": [[1, 3]]}, "target holds the label 3 within its length"),
    "padding within": ({"target": [[1, -1]]}, "target holds the label -1 within its length"),
    "more frames": ({"input_lengths": [6]}, "input_lengths: got 6, want 0 to 5, the number of frames"),
    "fewer than none": ({"input_lengths": [-1]}, "input_lengths: got -1, want 0 to 5"),
    "more labels": ({"target_lengths": [3]}, "target_lengths: got 3, want 0 to 2, the number of places in target"),
    "another blank": ({"blank": 3}, "blank: got 3, want a class, 0 to 2"),
    "a negative blank": ({"blank": -1}, "blank: got -1, want an integer from 0 on"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_refused(why):
    changes, message = REFUSED[why]
    given = {"target": [[1, 2]], **changes}
    given = {k: torch.tensor(v) if isinstance(v, list) else v for k, v in given.items()}
    with pytest.raises(ValueError, match=message):
        losses.ctc(normal(5, 1, 3), **given)
