"""Losses on labels of -1 and +1: what the records say, how they are related, what is refused, and peers."""

import math

import numpy as np
import pytest
import sklearn.metrics
import torch
import torch.nn.functional as F
from loss_cases import MARGIN_CASES, definition, derivatives, fitting, public
from loss_latex import evaluate

import lossbook as lb
from lossbook import losses
from lossbook.losses.margin.signs import check_signs

NAMES = [name for name in losses.names("margin") if losses.get(name).record.axis]
# the probability of +1 that a best score x stands for
LINKS = {
    "squared_hinge": lambda x: (1 + x) / 2,
    "modified_huber": lambda x: (1 + x) / 2,
    "smooth_hinge": lambda x: 1 / (2 - x) if x > 0 else 1 - 1 / (2 + x),
    "logistic": lambda x: 1 / (1 + math.exp(-x)),
    "exponential": lambda x: 1 / (1 + math.exp(-2 * x)),
}


def at(name, m, label=1.0):
    """(value, slope in the margin, curvature) of a loss at margins m."""
    value, slope, bend = derivatives(lambda x: public(name, {})(x, torch.full_like(x, label)), label * m)
    return value, label * slope, bend


def test_the_cases_of_the_tests_are_all_members():
    assert sorted(name for name, _ in MARGIN_CASES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("label", [1.0, -1.0])
def test_formula_says_what_the_code_computes(name, label):
    m = torch.linspace(-3, 3, 121, dtype=torch.float64)  # -1, 0 and 1 are among them
    said = [evaluate(losses.get(name).record.formula, m=v) for v in m.tolist()]
    torch.testing.assert_close(at(name, m, label)[0], torch.tensor(said, dtype=m.dtype), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_convexity_lipschitz_constant_and_bounded_gradient(name):
    record, far = losses.get(name).record, 600.0 if name == "exponential" else 1e6
    m = (
        torch.cat([torch.linspace(-40, 40, 4001, dtype=torch.float64), torch.tensor([-far, far]).double()])
        .sort()
        .values
    )
    slope = at(name, m)[1]
    assert record.at("convex") == bool((slope.diff() >= 0).all())
    assert (slope <= 0).all()
    steepest = slope.abs().max().item()
    if record.lipschitz is None:
        assert steepest > 1e5
    else:
        assert steepest == pytest.approx(record.at("lipschitz"))
    assert record.bounded_gradient == (steepest <= 1.01 * slope[m.abs() <= 40].abs().max().item())


@pytest.mark.parametrize("name", NAMES)
def test_smoothness(name):
    gaps = [0.0, 0.0]
    for kink in (-1.0, 0.0, 1.0):
        got = at(name, torch.tensor([kink - 1e-9, kink + 1e-9], dtype=torch.float64))
        gaps = [max(gap, float((g[1] - g[0]).abs())) for gap, g in zip(gaps, got[1:], strict=True)]
    smooth = losses.get(name).record.smoothness
    assert (gaps[0] > 1e-3) == (smooth == "C0")
    assert (gaps[1] > 1e-3) == (smooth == "C1")


@pytest.mark.parametrize("p", [0.03, 0.2, 0.45, 0.6, 0.95])
@pytest.mark.parametrize("name", NAMES)
def test_the_best_score_is_what_the_record_says(name, p):
    x = torch.linspace(-5, 5, 100_001, dtype=torch.float64)
    ones = torch.ones_like(x)
    cost = p * public(name, {})(x, ones) + (1 - p) * public(name, {})(x, -ones)
    best = x[cost.argmin()].item()
    record = losses.get(name).record
    assert record.proper == (name in LINKS)
    if name in LINKS:
        assert "probability" in record.elicits
        assert LINKS[name](best) == pytest.approx(p, abs=1e-4)
    else:
        assert best == pytest.approx(0.0 if name == "perceptron" else math.copysign(1, p - 0.5), abs=1e-9)


@pytest.fixture
def sides():
    gen = torch.Generator().manual_seed(0)
    x, t = 3 * torch.randn(2, 300, generator=gen, dtype=torch.float64)
    return x, fitting("hinge", t)


def each(name, x, y):
    return losses.get(name)(x, y, reduction="none")


def test_relations(sides):
    (x, y), same = sides, torch.testing.assert_close
    m = x * y
    assert torch.equal(each("squared_hinge", x, y), each("hinge", x, y) ** 2)
    same(each("perceptron", x, y), each("hinge", x + y, y))
    near = m >= -1
    same(each("modified_huber", x, y)[near], each("squared_hinge", x, y)[near])
    assert (each("modified_huber", x, y)[~near] < each("squared_hinge", x, y)[~near]).all()
    same(each("smooth_hinge", x, y), each("modified_huber", 2 * x - y, y) / 8)
    same(each("hinge", x, y)[m <= 0] - each("smooth_hinge", x, y)[m <= 0], torch.full_like(m, 0.5)[m <= 0])
    same(each("exponential", x + 30 * y, y)[m > 0], each("logistic", x + 30 * y, y)[m > 0], rtol=1e-12, atol=0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_logistic_is_binary_cross_entropy_of_the_other_labels(sides, dtype):
    x, y = (5 * sides[0]).to(dtype), sides[1].to(dtype)
    ours = derivatives(lambda v: each("logistic", v, y), x)
    theirs = derivatives(lambda v: each("binary_cross_entropy_with_logits", v, (y + 1) / 2), x)
    for got, want in zip(ours[:2], theirs[:2], strict=True):
        torch.testing.assert_close(got, want, rtol=8 * torch.finfo(dtype).eps, atol=0)


def test_peers(sides):
    x, y = sides
    for reduction in ("none", "mean", "sum"):
        torch.testing.assert_close(
            losses.logistic(x, y, reduction=reduction), F.soft_margin_loss(x, y, reduction=reduction)
        )
    far = torch.tensor([-100.0]), torch.tensor([1.0])
    assert F.soft_margin_loss(*far) == math.inf  # the reason for a form of our own
    assert losses.logistic(*far) == 100.0
    x, y = x.numpy(), y.numpy()
    assert losses.hinge(x, y) == pytest.approx(sklearn.metrics.hinge_loss(y, x))
    embedding = F.hinge_embedding_loss(*map(torch.from_numpy, (x, y)))
    assert embedding.item() != pytest.approx(float(losses.hinge(x, y)), rel=0.1)


@pytest.mark.parametrize("form", [public, definition])
@pytest.mark.parametrize("label", [1.0, -1.0])
def test_slopes_at_corners_follow_the_documented_convention(form, label):
    for name, corner, want in (("hinge", 1.0, 0.0), ("perceptron", 0.0, -1.0), ("squared_hinge", 1.0, 0.0)):
        x = torch.tensor([corner * label], dtype=torch.float64)
        got = derivatives(lambda v, f=form, n=name: f(n, {})(v, torch.full_like(v, label)), x)
        assert got[1] * label == want
        assert math.copysign(1, got[0]) == 1  # 0, not -0


def test_the_perceptron_learns_from_zero_weights_by_rosenblatts_rule():
    gen = torch.Generator().manual_seed(1)
    points = torch.randn(200, 3, generator=gen, dtype=torch.float64)
    score = points @ torch.tensor([1.0, -2.0, 0.5]).double()
    points, labels = points[score.abs() > 0.3], score[score.abs() > 0.3].sign()
    ours, rule = torch.zeros(3, dtype=torch.float64, requires_grad=True), torch.zeros(3, dtype=torch.float64)
    for i in [*range(len(points))] * 20:
        (slope,) = torch.autograd.grad(losses.perceptron(points[i] @ ours, labels[i]), ours)
        ours.data -= slope
        rule += labels[i] * points[i] if labels[i] * (points[i] @ rule) <= 0 else 0
    torch.testing.assert_close(ours.detach(), rule)
    assert ((points @ rule).sign() == labels).all()


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 710), (torch.float32, 89), (torch.float16, 12)])
def test_exponential_overflows_as_documented_and_is_never_nan(dtype, limit):
    x = torch.tensor([-limit, -limit + 2, 0, limit, 6e4], dtype=dtype)
    value, slope, bend = derivatives(lambda v: each("exponential", v, torch.ones_like(v)), x)
    assert value.isinf().tolist() == slope.isinf().tolist() == [True, False, False, False, False]
    assert not (value.isnan() | slope.isnan() | bend.isnan()).any()
    if dtype != torch.float16:  # there the sum is one of float32
        assert losses.exponential(x, torch.ones_like(x)) == math.inf


@pytest.mark.parametrize("bad", [0.0, 0.5, 2.0, -3.0, math.nan, math.inf, 1 + 2**-20])
@pytest.mark.parametrize("name", NAMES)
def test_other_labels_are_refused_by_name(name, bad):
    x, y = torch.zeros(5, 3), torch.ones(5, 3)
    y[0], y[4, 1] = -1, bad
    for sides in ((x, y), (x.T, y.T), (x.double(), y), (x.numpy(), y.numpy()), (x[0, 0], y[4, 1])):
        with pytest.raises(ValueError, match=f"target holds {bad:g}, want -1 or \\+1 only"):
            losses.get(name)(*sides)
    if not math.isnan(bad) and bad != 1 + 2**-20:
        with pytest.raises(ValueError, match=f"target holds {bad:g}"):
            losses.get(name)(x.half(), y.half())


def test_labels_are_looked_at_wherever_they_stand():
    y = torch.ones(600_001)
    check_signs(y)
    check_signs(-y.reshape(1, -1).expand(2, -1))
    check_signs(torch.ones(3, device="meta"))
    check_signs(y.requires_grad_())
    for place in (0, 300_000, 600_000):
        wrong = torch.ones(600_001)
        wrong[place] = 0
        with pytest.raises(ValueError, match="target holds 0, want"):
            losses.hinge(torch.zeros(600_001), wrong)


def test_labels_are_looked_at_under_transforms():
    x, y = torch.randn(3, 4), torch.ones(3, 4)
    wrong = y.clone()
    wrong[2, 3] = 0
    for fn in (
        torch.vmap(losses.hinge),
        torch.vmap(torch.vmap(losses.hinge)),
        torch.vmap(torch.func.grad(losses.hinge)),
    ):
        assert torch.isfinite(fn(x, y)).all()
        with pytest.raises(ValueError, match="target holds 0"):
            fn(x, wrong)
    with pytest.raises(ValueError, match="target holds 0"):
        torch.func.hessian(losses.hinge)(x, wrong)


def test_the_explorer_draws_them():
    widget = lb.widgets.LossExplorer(["hinge", "logistic", "squared_hinge"], residual=-1.0)
    numbers = widget.numbers()
    assert [numbers[f"{name}.value"] for name in ("hinge", "squared_hinge")] == [2.0, 4.0]
    assert [numbers[f"{name}.gradient"] for name in ("hinge", "squared_hinge")] == [-1.0, -4.0]
    assert numbers["logistic.value"] == pytest.approx(math.log1p(math.e))
    assert "logit" in widget.caption()
    with pytest.raises(ValueError, match="same axis"):
        lb.widgets.LossExplorer(["hinge", "huber"])


def test_numpy_labels_of_a_wider_dtype():
    x, y = np.array([0.5, -2.0], dtype=np.float32), np.array([1.0, -1.0])
    assert losses.hinge(x, y).dtype == np.float64
    assert losses.hinge(x, y) == 0.25
