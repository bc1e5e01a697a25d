"""Losses over classes beside cross-entropy: siblings, classes ruled out, convexity, and what they elicit."""

import math

import pytest
import torch
import torch.nn.functional as F
from loss_classes import SOFT, each, fn_of, sample, soft

from lossbook import losses


@pytest.fixture
def batch():
    return sample()


@each
def test_a_class_ruled_out_costs_nothing_where_it_is_not_the_label(case):
    x = torch.tensor([[0.5, -math.inf, 1.0]], dtype=torch.float64).requires_grad_()
    rest = x.detach()[:, [0, 2]]
    got = fn_of(case)(x, torch.tensor([2]))
    torch.testing.assert_close(got, fn_of(case)(rest, torch.tensor([1])))
    targets = [torch.tensor([2])]
    if case in SOFT:
        targets.append(torch.tensor([[0.25, 0.0, 0.75]], dtype=torch.float64))
        torch.testing.assert_close(fn_of(case)(x, targets[1]), fn_of(case)(rest, targets[1][:, [0, 2]]))
    for target in targets:
        (slope,) = torch.autograd.grad(fn_of(case)(x, target).sum(), x)
        assert slope.isfinite().all()
        assert slope[0, 1] == 0


def test_special_cases_are_their_siblings(batch):
    x, y = batch
    same = torch.testing.assert_close
    ce, p = losses.cross_entropy(x, y, reduction="none"), x.softmax(1)
    of_label = p.gather(1, y[:, None])[:, 0]
    for dtype in (torch.float64, torch.float32):
        plain = losses.cross_entropy(x.to(dtype), y, reduction="none")
        assert torch.equal(losses.softmax_focal(x.to(dtype), y, gamma=0.0, reduction="none"), plain)
        assert torch.equal(losses.poly1(x.to(dtype), y, epsilon=0.0, reduction="none"), plain)
    same(losses.generalized_cross_entropy(x, y, q=1e-9, reduction="none"), ce, rtol=1e-7, atol=0)
    robust = losses.generalized_cross_entropy(x, y, q=1.0, reduction="none")
    same(robust, 1 - of_label)
    same(robust, (p - F.one_hot(y, 4)).abs().sum(1) / 2)
    clipped = F.one_hot(y, 4).double().clamp(min=math.exp(-4))
    want = 0.3 * ce - 0.7 * (p * clipped.log()).sum(1)
    same(losses.symmetric_cross_entropy(x, y, alpha=0.3, beta=0.7, reduction="none"), want)
    same(want, 0.3 * losses.poly1(x, y, epsilon=4 * 0.7 / 0.3, reduction="none"))
    s = x[:, 0]
    two = torch.stack([torch.zeros_like(s), s], 1)
    yes = (y % 2).double()
    same(losses.softmax_focal(two, y % 2, gamma=1.3), losses.focal(s, yes, gamma=1.3), rtol=1e-12, atol=0)
    alpha = torch.tensor([0.5, 1.0, 2.0, 3.0], dtype=torch.float64)
    got = losses.softmax_focal(x, y, gamma=0.0, alpha=alpha)
    same(got, (alpha[y] * ce).mean())
    same(losses.softmax_focal(x, F.one_hot(y, 4).double(), gamma=0.0, alpha=alpha), got)
    same(losses.logit_adjusted(x, y, prior=alpha, tau=0.4), F.cross_entropy(x + 0.4 * alpha.log(), y))
    same(losses.logit_adjusted(x, y, prior=7 * alpha), losses.logit_adjusted(x, y, prior=alpha))
    same(losses.logit_adjusted(x, y, prior=torch.full((4,), 0.25).double(), tau=2.0), ce.mean())
    pair, spots = torch.stack([x, x], 2), torch.stack([y, y], 1)
    same(losses.logit_adjusted(pair, spots, prior=alpha), losses.logit_adjusted(x, y, prior=alpha))


@each
def test_convexity_and_lipschitz_constant(case):
    name, hyper = case
    record = losses.get(name).record
    v = torch.linspace(-30, 30, 20_001, dtype=torch.float64).requires_grad_()
    x = torch.stack([v, torch.zeros_like(v), torch.full_like(v, -40.0)], 1)
    (slope,) = torch.autograd.grad(fn_of(case, "sum")(x, torch.zeros(len(v), dtype=torch.long)), v)
    assert record.at("convex", **hyper) == bool((slope.diff() >= -1e-13).all())
    constant = record.at("lipschitz", **hyper)
    assert 0.95 * constant <= slope.abs().max() <= constant * (1 + 1e-9) or hyper.get("gamma", 0) > 3


@soft
def test_what_the_best_logits_are(case):
    name, hyper = case
    t = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    step = torch.optim.LBFGS([x], max_iter=300, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def expected(**more):
        step.zero_grad()
        value = losses.get(name)(x, t, **hyper, **more)
        value.backward()
        return value

    if hyper.get("q") == 1.0:
        return  # the best probabilities are 1, 0, 0: there are no best logits
    step.step(expected)
    found = x.detach().softmax(0)
    assert torch.allclose(found, t, atol=1e-4) == losses.get(name).record.at("proper", **hyper)
    assert found.argsort().tolist() == t.argsort().tolist()
    if name == "generalized_cross_entropy":
        sharp = t ** (1 / (1 - hyper["q"]))
        torch.testing.assert_close(found, sharp / sharp.sum(), rtol=1e-4, atol=1e-6)
    if name == "logit_adjusted":
        prior = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
        step.step(lambda: expected(prior=prior))
        even = t / prior ** hyper["tau"]
        torch.testing.assert_close(x.detach().softmax(0), even / even.sum(), rtol=1e-4, atol=1e-6)
