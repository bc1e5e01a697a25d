"""Losses of lists that count gains, ApproxNDCG and LambdaRank: limits, bounds, lists that do not count, jumps."""

import math

import mpmath as mp
import pytest
import torch
from ranking_by_loops import D, approx_ndcg, lambda_rank, lists, ndcg, pairs

from lossbook import losses


def test_approx_ndcg_tends_to_one_minus_ndcg():
    s, r = lists(9, (20, 6))
    for k in range(20):
        order = s[k].argsort(descending=True).tolist()
        want = 1 - float(ndcg(order, [mp.mpf(v) for v in r[k].tolist()]))
        assert losses.approx_ndcg(s[k], r[k], temperature=1e-5).item() == pytest.approx(want, abs=1e-12)


def test_ndcg_is_that_of_scikit_learn():
    from sklearn.metrics import ndcg_score

    s, r = lists(10, (20, 7))
    gains = torch.exp2(r) - 1
    want = 1 - ndcg_score(gains.numpy(), s.numpy())
    assert losses.approx_ndcg(s, r, temperature=1e-6).item() == pytest.approx(want, abs=1e-12)


def test_approx_ndcg_stays_between_0_and_1_and_equal_scores_share_their_ranks():
    for seed in range(200):
        s, r = lists(100 + seed, (30, 2 + seed % 7))
        for temperature in (1e-3, 0.1, 1.0, 30.0):
            values = losses.approx_ndcg(s, r, temperature=temperature, reduction="none")
            assert values.min() >= -1e-15
            assert values.max() < 1
            best = losses.approx_ndcg(1e3 * r, r, temperature=temperature, reduction="none")
            assert best.max() < 0.3 if temperature < 1.5 else True
    r = torch.tensor([1.0, 0.0, 0.0], dtype=D)
    assert losses.approx_ndcg(torch.zeros(3, dtype=D), r).item() == pytest.approx(1 - 1 / math.log2(3), rel=1e-14)


def test_gains_do_not_overflow_and_small_ones_are_exact():
    s = torch.tensor([0.3, 0.1, 0.0, -0.2], dtype=D)
    for r in ([1000.0, 999.0, 998.0, 0.0], [1e-12, 3e-12, 0.0, 2e-12], [2000.0, 1.0, 0.0, 2000.0]):
        with mp.workdps(800):
            exact = [mp.mpf(v) for v in r], [mp.mpf(v) for v in s.tolist()]
            for name, closed in (("approx_ndcg", approx_ndcg), ("lambda_rank", lambda_rank)):
                want = closed(exact[1], exact[0])
                got = losses.get(name)(s, torch.tensor(r, dtype=D)).item()
                assert abs(got - want) <= 1e-13
    single = losses.approx_ndcg(s.float(), torch.tensor([200.0, 1.0, 130.0, 0.0]))
    assert torch.isfinite(single)


@pytest.mark.parametrize("name", ["approx_ndcg", "lambda_rank"])
def test_lists_without_relevant_documents_do_not_count(name):
    s, r = lists(11, (3, 5))
    r[1] = 0
    values = losses.get(name)(s, r, reduction="none")
    assert values[1] == 0
    torch.testing.assert_close(losses.get(name)(s, r), (values[0] + values[2]) / 2)
    leaf = s.clone().requires_grad_()
    (slopes,) = torch.autograd.grad(losses.get(name)(leaf, r), leaf)
    assert (slopes[1] == 0).all()


def test_one_relevant_document_alone_counts_for_ndcg_where_it_is_perfect():
    s = torch.tensor([[3.0], [1.0]], dtype=D)
    assert losses.approx_ndcg(s, torch.ones_like(s), reduction="none").tolist() == [0.0, 0.0]
    both = torch.tensor([[3.0, 0.0], [0.0, 3.0]], dtype=D)
    mask = torch.tensor([[True, False], [True, True]])
    values = losses.approx_ndcg(both, torch.tensor([[1.0, 0.0], [1.0, 0.0]], dtype=D), mask=mask, reduction="none")
    assert losses.approx_ndcg(both, torch.tensor([[1.0, 0.0], [1.0, 0.0]], dtype=D), mask=mask).item() == pytest.approx(
        values[1].item() / 2
    )


@pytest.mark.parametrize("sigma", [1.0, 0.4])
def test_the_gradient_of_lambda_rank_is_the_lambda(sigma):
    """lambda_i, from Burges: over pairs (i, j), -sigma |Delta| / (1 + e^(sigma (s_i - s_j))) on i, less on j."""
    s, r = lists(12, (7,))
    s[2] = s[4]  # tied scores, of different relevance or not
    s.requires_grad_()
    (got,) = torch.autograd.grad(losses.lambda_rank(s, r, sigma=sigma), s)
    score, grade = [mp.mpf(v) for v in s.tolist()], [mp.mpf(v) for v in r.tolist()]
    order = sorted(range(7), key=lambda i: (-score[i], grade[i]))
    want = [mp.mpf(0)] * 7
    for i, j in pairs(grade):
        traded = [j if k == i else i if k == j else k for k in order]
        lam = sigma * abs(ndcg(traded, grade) - ndcg(order, grade)) / (1 + mp.exp(sigma * (score[i] - score[j])))
        want[i] -= lam
        want[j] += lam
    torch.testing.assert_close(got, torch.tensor([float(v) for v in want], dtype=D), rtol=1e-12, atol=1e-14)


def test_lambda_rank_is_not_continuous_where_two_scores_trade_places():
    r = torch.tensor([3.0, 0.0, 1.0], dtype=D)
    sides = [losses.lambda_rank(torch.tensor([0.0, 0.5 + h, 0.5], dtype=D), r) for h in (-1e-9, 1e-9)]
    assert abs(sides[0] - sides[1]) > 1e-3
    assert losses.get("lambda_rank").record.smoothness == "jumps"


def test_lambda_rank_learns_from_scores_that_are_all_equal():
    s, r = torch.zeros(4, dtype=D, requires_grad=True), torch.tensor([0.0, 2.0, 1.0, 0.0], dtype=D)
    (slopes,) = torch.autograd.grad(losses.lambda_rank(s, r), s)
    assert slopes[1] < slopes[2] < 0 < slopes[0]
    assert slopes[0] == slopes[3]


def test_lambda_rank_with_all_changes_alike_is_the_pairwise_logistic_loss():
    """Two documents have one pair, whose change of the NDCG is 1 - 1 / log2(3) where one of them is relevant."""
    s = torch.tensor([[0.3, -2.0], [-1.0, 4.0]], dtype=D)
    r = torch.tensor([[1.0, 0.0], [1.0, 0.0]], dtype=D)
    got = losses.lambda_rank(s, r, reduction="none")
    want = (1 - 1 / math.log2(3)) * losses.pairwise_logistic(s, r, reduction="none")
    torch.testing.assert_close(got, want, rtol=1e-14, atol=0)
