"""Distillation: the cross-entropy of the paper, its temperature, both gradients, and its limit at high temperatures."""

import math

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_latex import evaluate

from lossbook import losses

RECORD = losses.distillation.record


@pytest.fixture
def pair():
    gen = torch.Generator().manual_seed(0)
    return 3 * torch.randn(2, 30, 5, generator=gen, dtype=torch.float64)


@pytest.mark.parametrize("temperature", [0.01, 1.0, 4.0, 1e3])
def test_exact_and_as_the_formula_says(pair, temperature):
    got = losses.distillation(*pair, temperature=temperature, reduction="none")
    for x, z, value in zip(*pair.tolist(), got.tolist(), strict=True):
        with mp.workdps(400):
            p, q = ([mp.exp(mp.mpf(v) / mp.mpf(temperature)) for v in row] for row in (x, z))
            p, q = ([v / sum(row) for v in row] for row in (p, q))
            want = mp.mpf(temperature) ** 2 * sum(b * mp.log(b / a) for a, b in zip(p, q, strict=True))
        assert abs(value - want) <= 8e-16 * temperature**2 * (1 + 20 / temperature)
        if temperature >= 1:
            letters = {"p": [float(v) for v in p], "q": [float(v) for v in q], "C": 5, "T": temperature}
            assert value == pytest.approx(evaluate(RECORD.formula, **letters), rel=1e-9, abs=1e-12 * temperature**2)


def test_siblings(pair):
    x, z = pair
    same, none = torch.testing.assert_close, {"reduction": "none"}
    same(losses.distillation(x, z, temperature=1.0, **none), losses.kl_divergence(x, torch.softmax(z, 1), **none))
    theirs = F.kl_div(F.log_softmax(x / 2, 1), F.log_softmax(z / 2, 1), log_target=True, reduction="batchmean")
    same(losses.distillation(x, z, temperature=2.0), 4 * theirs)
    same(losses.distillation(x, x + 3.0, **none), torch.zeros(30).double(), rtol=0, atol=1e-13)
    # at high temperatures: the squared error of centered logits, over 2 C
    centered = [v - v.mean(1, keepdim=True) for v in pair]
    far = losses.distillation(x, z, temperature=1e4, **none)
    same(far, ((centered[0] - centered[1]) ** 2).sum(1) / 10, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("temperature", [0.5, 4.0, 30.0])
def test_gradients_of_student_and_teacher(pair, temperature):
    x, z = (v.clone().requires_grad_() for v in pair)
    value = losses.distillation(x, z, temperature=temperature, reduction="none")
    slopes = torch.autograd.grad(value.sum(), (x, z))
    p, q = (torch.softmax(v.detach() / temperature, 1) for v in (x, z))
    torch.testing.assert_close(slopes[0], temperature * (p - q))
    gap = torch.log(q) - torch.log(p)  # it flows into the teacher too, as the record says
    torch.testing.assert_close(slopes[1], temperature * q * (gap - (q * gap).sum(1, keepdim=True)))
    assert slopes[0].abs().max() <= RECORD.at("lipschitz", temperature=temperature)
    # the cross-entropy of the teacher's probabilities has the same gradient in the student
    again = x.detach().clone().requires_grad_()
    entropy = temperature**2 * losses.cross_entropy(again / temperature, q, reduction="sum")
    torch.testing.assert_close(torch.autograd.grad(entropy, again)[0], slopes[0])


def test_the_factor_keeps_gradients_of_one_size(pair):
    sizes = []
    for temperature in (20.0, 200.0):
        x = pair[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(losses.distillation(x, pair[1], temperature=temperature), x)
        sizes.append(slope.norm().item())
    assert sizes[0] == pytest.approx(sizes[1], rel=0.1)


def test_the_best_student_is_the_teacher_up_to_a_constant(pair):
    teacher = pair[1][:4]
    x = torch.zeros(4, 5, dtype=torch.float64, requires_grad=True)
    step = torch.optim.LBFGS(
        [x], max_iter=500, tolerance_grad=1e-13, tolerance_change=1e-16, line_search_fn="strong_wolfe"
    )

    def cost():
        step.zero_grad()
        value = losses.distillation(x, teacher, temperature=3.0)
        value.backward()
        return value

    step.step(cost)
    gap = x.detach() - teacher
    torch.testing.assert_close(gap, gap.mean(1, keepdim=True).expand(4, 5), rtol=0, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3), temperature=st.floats(0.05, 100), seed=st.integers(0, 99)
)
def test_any_shape_with_classes_last(shape, temperature, seed):
    x, z = 5 * torch.randn(2, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    got = losses.distillation(x, z, temperature=temperature, reduction="none")
    assert got.shape == tuple(shape[:-1])
    assert (got >= -1e-12 * temperature**2).all()
    moved = losses.distillation(x + 7.0, z - 3.0, temperature=temperature, reduction="none")
    torch.testing.assert_close(moved, got, rtol=1e-6, atol=1e-12 * (1 + temperature**2))


def test_refused(pair):
    x, z = pair
    with pytest.raises(ValueError, match=r"temperature: got 0.0, want a value in \(0, inf\)"):
        losses.distillation(x, z, temperature=0.0)
    with pytest.raises(ValueError, match=r"teacher_logits has shape \(30, 4\) and logits \(30, 5\)"):
        losses.distillation(x, z[:, :4])
    assert math.isfinite(losses.distillation(1e4 * x, -1e4 * z))
