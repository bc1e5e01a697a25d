"""The binary focal loss: its record, its relations, and the formula of other libraries."""

import math

import pytest
import torch
import torch.nn.functional as F
from loss_cases import definition, derivatives, public
from loss_latex import evaluate

from lossbook import losses

RECORD = losses.focal.record


def at(x, target, **hyper):
    return derivatives(lambda v: public("focal", hyper)(v, torch.full_like(v, target)), x)


@pytest.fixture
def sides():
    gen = torch.Generator().manual_seed(0)
    x, t = 4 * torch.randn(2, 500, generator=gen, dtype=torch.float64)
    return x, torch.sigmoid(t)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 3.7])
def test_formula_says_what_the_code_computes(gamma):
    for x in (-4.0, -0.3, 0.0, 6.0):
        for t in (0.0, 0.3, 1.0):
            said = evaluate(RECORD.formula, x=x, t=t, gamma=gamma)
            got = losses.focal(*torch.tensor([[x], [t]], dtype=torch.float64), gamma=gamma)
            assert got.item() == pytest.approx(said, rel=1e-13)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_gamma_0_is_exactly_binary_cross_entropy(sides, dtype):
    x, t = (v.to(dtype) for v in sides)
    for target in (t, t.round()):
        for form in (public, definition):
            ours = derivatives(lambda v, f=form, y=target: f("focal", {"gamma": 0.0})(v, y), x)
            name = "binary_cross_entropy_with_logits"
            theirs = derivatives(lambda v, f=form, y=target, n=name: f(n, {})(v, y), x)
            assert all(torch.equal(a, b) for a, b in zip(ours[:2], theirs[:2], strict=True))
            torch.testing.assert_close(ours[2], theirs[2])


def test_alpha_weighs_the_yes_and_the_rest_the_no(sides):
    x, t = sides
    for a in (0.1, 0.25, 0.9):
        want = (1 - a) * losses.binary_cross_entropy_with_logits(x, t, pos_weight=a / (1 - a), reduction="none")
        torch.testing.assert_close(losses.focal(x, t, gamma=0.0, alpha=a, reduction="none"), want)
    one, none = torch.ones_like(x), torch.zeros_like(x)
    torch.testing.assert_close(losses.focal(x, one, alpha=0.25), 0.25 * losses.focal(x, one))
    torch.testing.assert_close(losses.focal(x, none, alpha=0.25), 0.75 * losses.focal(x, none))


def test_soft_targets_are_the_mixture_of_the_two_costs(sides):
    x, t = sides
    for hyper in ({}, {"gamma": 0.7, "alpha": 0.3}):
        yes = public("focal", hyper)(x, torch.ones_like(x))
        no = public("focal", hyper)(x, torch.zeros_like(x))
        torch.testing.assert_close(public("focal", hyper)(x, t), t * yes + (1 - t) * no)


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, None), (2.0, 0.25), (1.5, 0.9)])
def test_hard_targets_as_other_libraries_compute_them(sides, gamma, alpha):
    x, y = sides[0], sides[1].round()
    p = torch.sigmoid(x)
    p_t = p * y + (1 - p) * (1 - y)
    want = F.binary_cross_entropy_with_logits(x, y, reduction="none") * (1 - p_t) ** gamma
    want = want if alpha is None else want * (alpha * y + (1 - alpha) * (1 - y))
    torch.testing.assert_close(
        losses.focal(x, y, gamma=gamma, alpha=alpha, reduction="none"), want, rtol=1e-9, atol=1e-15
    )


def test_the_slope_as_others_write_it_is_not_a_number():
    x = torch.tensor([40.0], requires_grad=True)
    p = torch.sigmoid(x)
    (slope,) = torch.autograd.grad((F.softplus(-x) * (1 - p) ** 0.5).sum(), x)
    assert slope.isnan()  # the reason for exponentials of logarithms
    assert at(torch.tensor([40.0]), 1.0, gamma=0.5)[1].isfinite()


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0, 3.0, 5.0, 20.0, 1000.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.8])
def test_convexity_and_lipschitz_constant(gamma, alpha):
    x = torch.cat([torch.linspace(-30, 30, 20_001), torch.linspace(-1000, -30, 500)]).double().sort().values
    steepest, convex = 0.0, True
    for target in (0.0, 0.4, 1.0):
        slope = at(x, target, gamma=gamma, alpha=alpha)[1]
        steepest = max(steepest, slope.abs().max().item())
        convex &= bool((slope.diff() >= -1e-15).all())
    assert convex == RECORD.at("convex", gamma=gamma)
    constant = RECORD.at("lipschitz", gamma=gamma, alpha=alpha)
    assert steepest <= constant * (1 + 1e-12)
    assert steepest >= constant * (0.97 if gamma <= 3 else 0.0)


@pytest.mark.parametrize("p", [0.1, 0.4, 0.8])
@pytest.mark.parametrize(("gamma", "alpha"), [(0.0, None), (0.0, 0.5), (2.0, None), (2.0, 0.5), (0.0, 0.25)])
def test_it_elicits_the_label_and_at_gamma_0_the_probability(p, gamma, alpha):
    x = torch.linspace(-6, 6, 60_001, dtype=torch.float64)
    cost = public("focal", {"gamma": gamma, "alpha": alpha})(x, torch.full_like(x, p))
    best = torch.sigmoid(x[cost.argmin()]).item()
    assert (abs(best - p) < 1e-3) == RECORD.at("proper", gamma=gamma, alpha=alpha)
    if alpha != 0.25:
        assert (best > 0.5) == (p > 0.5)
        assert abs(best - 0.5) <= abs(p - 0.5) + 1e-3


@pytest.mark.parametrize("bad", [{"gamma": -0.1}, {"gamma": math.inf}, {"alpha": 1.1}, {"alpha": -0.1}])
def test_refused(bad):
    ((name, value),) = bad.items()
    with pytest.raises(ValueError, match=f"{name}: got {value}"):
        losses.focal(torch.zeros(2), torch.zeros(2), **bad)


def test_the_logits_go_by_their_name():
    x, t = torch.tensor([0.5]), torch.tensor([1.0])
    assert losses.focal(logits=x, target=t) == losses.focal(x, t)
    with pytest.raises(TypeError):
        losses.focal(x, t, logits=x)


def test_errors_call_the_logits_by_their_name():
    x = torch.zeros(4)
    for name in ("focal", "binary_cross_entropy_with_logits"):
        fn = losses.get(name)
        with pytest.raises(ValueError, match=r"^logits has shape \(4, 1\) and target \(4,\)"):
            fn(x[:, None], x)
        with pytest.raises(TypeError, match=r"^logits: got torch\.int64"):
            fn(x.long(), x)
        with pytest.raises(TypeError, match=r"^logits is a torch tensor and target a numpy array"):
            fn(x, x.numpy())
        with pytest.raises(ValueError, match=r"^logits is on cpu and target on meta"):
            fn(x, x.to("meta"))
        with pytest.raises(TypeError, match="no argument 'weights'; it takes logits, target, "):
            fn(x, x, weights=x)
        torch.testing.assert_close(fn(logits=x, target=x), fn(x, x))
