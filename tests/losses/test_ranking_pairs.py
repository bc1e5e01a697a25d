"""Losses of pairs of scores: BPR in both tails, one pair against torch's own function, means over pairs."""

import math

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from ranking_by_loops import D, softplus

from lossbook import losses


def test_bpr_is_logistic_of_the_difference_and_a_list_of_two():
    draw = torch.Generator().manual_seed(0)
    s, u = 20 * torch.randn(2, 500, generator=draw, dtype=D)
    got = losses.bpr(s, u, reduction="none")
    torch.testing.assert_close(got, losses.logistic(s - u, torch.ones_like(s), reduction="none"), rtol=1e-14, atol=0)
    grades = torch.tensor([1.0, 0.0], dtype=D).expand(500, 2)
    as_list = losses.pairwise_logistic(torch.stack([s, u], -1), grades, reduction="none")
    torch.testing.assert_close(got, as_list, rtol=1e-14, atol=0)
    torch.testing.assert_close(losses.bpr(s, u), got.mean(), rtol=1e-14, atol=0)


def test_bpr_is_exact_in_both_tails():
    with mp.workdps(50):
        for d in (-1e20, -1e4, -700.0, -30.0, -1e-3, 0.0, 1e-9, 1.0, 30.0, 100.0, 700.0):
            s = torch.tensor([d], dtype=D, requires_grad=True)
            value = losses.bpr(s, torch.zeros(1, dtype=D))
            value.backward()
            want = softplus(-mp.mpf(d))
            assert abs(value.item() - want) <= 4e-16 * want
            slope = -1 / (1 + mp.exp(mp.mpf(d)))
            assert abs(s.grad.item() - slope) <= 1e-15 * abs(slope) + mp.mpf(1e-300)


def test_bpr_does_not_overflow_in_float32():
    low, high = torch.tensor([-104.0, -1e4, -1.7e38]), torch.zeros(3)
    low.requires_grad_()
    values = losses.bpr(low, high, reduction="none")
    assert values.tolist() == pytest.approx([104.0, 1e4, 1.7e38], rel=1e-6)
    assert torch.autograd.grad(values.sum(), low)[0].tolist() == [-1.0, -1.0, -1.0]
    assert losses.bpr(high, low[:1].expand(3)) == 0
    assert (-torch.log(torch.sigmoid(low[:1]))).isinf()  # the way that is often written


def test_one_pair_is_margin_ranking():
    draw = torch.Generator().manual_seed(1)
    s = torch.randn(200, 2, generator=draw, dtype=D)
    for margin in (0.0, 0.5, 2.0):
        for grades, sign in ((torch.tensor([4.0, 1.0]), 1.0), (torch.tensor([0.0, 2.0]), -1.0)):
            got = losses.pairwise_hinge(s, grades.to(D).expand(200, 2), margin=margin, reduction="none")
            signs = torch.full((200,), sign, dtype=D)
            want = F.margin_ranking_loss(s[:, 0], s[:, 1], signs, margin=margin, reduction="none")
            torch.testing.assert_close(got, want, rtol=1e-15, atol=0)


def test_margin_zero_costs_equal_scores_nothing_and_a_lead_of_the_margin_has_no_slope():
    grades = torch.tensor([1.0, 0.0])
    assert losses.pairwise_hinge(torch.zeros(2), grades, margin=0.0) == 0
    assert losses.pairwise_hinge(torch.zeros(2), grades) == 1
    s = torch.tensor([1.0, 0.0], requires_grad=True)
    (slope,) = torch.autograd.grad(losses.pairwise_hinge(s, grades), s)
    assert slope.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ["pairwise_logistic", "pairwise_hinge"])
def test_a_list_is_the_mean_over_its_pairs_and_only_their_order_counts(name):
    fn = losses.get(name)
    s = torch.tensor([[0.3, -1.0, 2.0], [1.0, 0.0, math.pi]], dtype=D)
    one = fn(s[0], torch.tensor([1.0, 0.0, 0.0], dtype=D))
    two = [fn(s[0, [0, k]], torch.tensor([1.0, 0.0], dtype=D)) for k in (1, 2)]
    torch.testing.assert_close(one, (two[0] + two[1]) / 2)
    low, high = torch.tensor([0.0, 1.0, 2.0], dtype=D), torch.tensor([-7.0, 0.5, 1e6], dtype=D)
    assert torch.equal(fn(s, low.expand(2, 3), reduction="none"), fn(s, high.expand(2, 3), reduction="none"))
    # long lists weigh no more than short ones: 1 pair beside 3
    mask = torch.tensor([[True, True, False], [True, True, True]])
    values = fn(s, low.expand(2, 3), mask=mask, reduction="none")
    torch.testing.assert_close(fn(s, low.expand(2, 3), mask=mask), values.mean())
