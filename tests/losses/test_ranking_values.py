"""Losses of lists against loops written from the papers, torch's own functions, and each other."""

import itertools
import math

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F

from lossbook import losses

D = torch.float64


def softplus(x):
    return max(x, mp.mpf(0)) + mp.log1p(mp.exp(-abs(x)))


def pairs(r):
    return [(i, j) for i in range(len(r)) for j in range(len(r)) if r[i] > r[j]]


def pairwise_logistic(s, r):
    return mp.fsum(softplus(s[j] - s[i]) for i, j in pairs(r)) / len(pairs(r))


def pairwise_hinge(s, r, margin=1):
    return mp.fsum(max(margin - (s[i] - s[j]), mp.mpf(0)) for i, j in pairs(r)) / len(pairs(r))


def log_softmax(s):
    high = max(s)
    total = mp.log(mp.fsum(mp.exp(v - high) for v in s))
    return [v - high - total for v in s]


def listnet(s, r):
    return -mp.fsum(mp.exp(q) * p for q, p in zip(log_softmax(r), log_softmax(s), strict=True))


def list_mle(s, r):
    """minus log of the product of e^(s_i) / (e^(s_i) + the sum over the worse ones)"""
    worse = [mp.fsum(mp.exp(s[j] - s[i]) for j in range(len(s)) if r[j] < r[i]) for i in range(len(s))]
    return mp.fsum(map(mp.log1p, worse))


def gain(r):
    return [mp.mpf(2) ** v - 1 for v in r]


def ideal(r):
    return mp.fsum(g / mp.log(k + 2, 2) for k, g in enumerate(sorted(gain(r), reverse=True)))


def approx_ndcg(s, r, temperature=0.1):
    ranks = [
        1 + mp.fsum(1 / (1 + mp.exp((s[i] - s[j]) / mp.mpf(temperature))) for j in range(len(s)) if j != i)
        for i in range(len(s))
    ]
    return 1 - mp.fsum(g / mp.log(1 + k, 2) for g, k in zip(gain(r), ranks, strict=True)) / ideal(r)


def ndcg(order, r):
    return mp.fsum(gain(r)[i] / mp.log(k + 2, 2) for k, i in enumerate(order)) / ideal(r)


def lambdas(s, r, at, sigma=1):
    """The loss of scores s with the weights of the order by ``at``: an order really traded, its NDCG computed anew."""
    order = sorted(range(len(s)), key=lambda i: (-at[i], r[i]))
    cost, now = mp.mpf(0), ndcg(order, r)
    for i, j in pairs(r):
        traded = [j if k == i else i if k == j else k for k in order]
        cost += abs(ndcg(traded, r) - now) * softplus(-sigma * (s[i] - s[j]))
    return cost


def lambda_rank(s, r, sigma=1):
    return lambdas(s, r, s, sigma)


CLOSED = {"listnet": [(listnet, {})], "list_mle": [(list_mle, {})], "pairwise_logistic": [(pairwise_logistic, {})]}
CLOSED["pairwise_hinge"] = [(pairwise_hinge, {}), (pairwise_hinge, {"margin": 0.25}), (pairwise_hinge, {"margin": 7.0})]
CLOSED["approx_ndcg"] = [(approx_ndcg, {}), (approx_ndcg, {"temperature": 2.5})]
CLOSED["lambda_rank"] = [(lambda_rank, {}), (lambda_rank, {"sigma": 0.3})]
CASES = [(name, *case) for name, cases in CLOSED.items() for case in cases]


def grids():
    """Lists of scores and grades: ordinary, tied, right, wrong, far apart."""
    draw = torch.Generator().manual_seed(2)
    found = [(torch.tensor([1.5, 1.5, 1.5, 0.2], dtype=D), torch.tensor([0.0, 2.0, 1.0, 3.0], dtype=D))]
    for length in (2, 3, 5, 8):
        for spread in (1e-6, 0.3, 1.0, 7.0, 40.0, 300.0):
            scores = spread * torch.randn(length, generator=draw, dtype=D)
            grades = torch.randperm(length, generator=draw).to(D)
            found += [(scores, grades), (scores.round(), grades), (scores, (grades / 2).floor())]
            found += [(spread * grades, grades), (-spread * grades, grades), (scores, (grades == 0).to(D))]
    return [(s, r) for s, r in found if len(r.unique()) > 1]


@pytest.mark.parametrize(("name", "closed", "hyper"), CASES, ids=lambda v: getattr(v, "__name__", str(v)))
def test_values_are_those_of_the_papers(name, closed, hyper):
    with mp.workdps(60):
        for s, r in grids():
            exact = closed([mp.mpf(v) for v in s.tolist()], [mp.mpf(v) for v in r.tolist()], **hyper)
            got = mp.mpf(losses.get(name)(s, r, **hyper).item())
            size = mp.mpf(1) if name in ("approx_ndcg",) else abs(exact) + mp.mpf(10) ** -290
            assert abs(got - exact) <= 2e-13 * size, (s, r, got, exact)


@pytest.mark.parametrize(("name", "closed", "hyper"), CASES, ids=lambda v: getattr(v, "__name__", str(v)))
def test_slopes_are_those_of_the_papers(name, closed, hyper):
    """By differences of the loop at 80 digits; lists without ties, where the step changes no order."""
    with mp.workdps(80):
        step = mp.mpf(10) ** -30
        for s, r in grids():
            if len(s.unique()) < len(s) or (name == "lambda_rank" and len(s) > 3):  # longer ones: see the lambdas below
                continue
            scores = s.clone().requires_grad_()
            (slopes,) = torch.autograd.grad(losses.get(name)(scores, r, **hyper), scores)
            exact, grades = [mp.mpf(v) for v in s.tolist()], [mp.mpf(v) for v in r.tolist()]
            for k in range(len(s)):
                up, down = ([v + (h if i == k else 0) for i, v in enumerate(exact)] for h in (step, -step))
                if name == "pairwise_hinge" and any(
                    abs(hyper.get("margin", 1) - abs(a - b)) < 1e-20 for a in exact for b in exact
                ):
                    continue  # a corner
                held = {"at": exact} if name == "lambda_rank" else {}  # weights are those of the order as it is
                fn = lambdas if held else closed
                want = (fn(up, grades, **held, **hyper) - fn(down, grades, **held, **hyper)) / (2 * step)
                assert abs(slopes[k].item() - want) <= 5e-13 * (1 + abs(want)), (s, r, k)


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


def lists(seed, shape):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=draw, dtype=D), torch.randint(0, 4, shape, generator=draw).to(D)


def test_listnet_is_cross_entropy_with_the_softmax_of_the_relevances():
    s, r = lists(3, (7, 5))
    want = F.cross_entropy(s, r.softmax(-1), reduction="none")
    torch.testing.assert_close(losses.listnet(s, r, reduction="none"), want, rtol=1e-14, atol=0)
    mine = losses.cross_entropy(s, r.softmax(-1), reduction="none")
    torch.testing.assert_close(losses.listnet(s, r, reduction="none"), mine, rtol=1e-14, atol=0)


def test_listnet_is_least_at_the_relevances_where_it_is_their_entropy():
    _, r = lists(4, (5,))
    s = (r + 3.0).requires_grad_()
    value = losses.listnet(s, r)
    (slope,) = torch.autograd.grad(value, s)
    assert slope.abs().max() < 1e-16
    p = r.softmax(-1)
    assert value.item() == pytest.approx(-(p * p.log()).sum().item(), rel=1e-14)
    assert losses.listnet(2 * r, r) > value  # the right order, too far apart


def test_listnet_of_equal_relevances_wants_equal_scores_and_of_one_document_nothing():
    s = torch.tensor([1.0, 0.0, -1.0], dtype=D, requires_grad=True)
    (slope,) = torch.autograd.grad(losses.listnet(s, torch.zeros(3, dtype=D)), s)
    torch.testing.assert_close(slope, s.detach().softmax(-1) - 1 / 3)
    two = torch.tensor([[1.0, 0.0], [5.0, 7.0]], dtype=D)
    mask = torch.tensor([[True, True], [True, False]])
    values = losses.listnet(two, two, mask=mask, reduction="none")
    assert values[1] == 0
    assert losses.listnet(two, two, mask=mask) == values[0]
    assert losses.listnet(two[:, :1], two[:, :1]) == 0


def test_list_mle_of_one_relevant_document_is_cross_entropy():
    s, _ = lists(5, (9, 6))
    label = torch.arange(9) % 6
    r = F.one_hot(label, 6).to(D)
    got = losses.list_mle(s, r, reduction="none")
    torch.testing.assert_close(got, F.cross_entropy(s, label, reduction="none"), rtol=1e-13, atol=0)


def test_list_mle_is_the_probability_of_an_order():
    """Over all orders of four documents the probabilities add up to 1."""
    s, _ = lists(6, (4,))
    orders = torch.tensor(list(itertools.permutations(range(4)))).to(D)
    costs = losses.list_mle(s.expand(24, 4), orders, reduction="none")
    assert torch.exp(-costs).sum().item() == pytest.approx(1.0, rel=1e-13)
    # the usual formula, of scores in the right order
    ordered = s[orders[5].argsort(descending=True)]
    usual = (ordered.flip(0).logcumsumexp(0).flip(0) - ordered).sum()
    torch.testing.assert_close(costs[5], usual)


def test_equals_do_not_compete():
    s = torch.tensor([3.0, -1.0, 0.5, 2.0], dtype=D, requires_grad=True)
    value = losses.list_mle(s, torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=D))
    tail = s[2].exp() + s[3].exp()
    torch.testing.assert_close(value, torch.log1p(tail / s[0].exp()) + torch.log1p(tail / s[1].exp()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("spread", [1.0, 30.0, 1e4])
def test_list_mle_by_sorting_is_its_definition(dtype, spread):
    s, r = lists(7, (40, 30))
    draw = torch.Generator().manual_seed(8)
    mask = torch.rand(s.shape, generator=draw) < 0.6
    mask[3], s = False, (spread * s + 1e3).to(dtype)
    for here in (None, mask):
        found = []
        for fn in (losses.list_mle, lambda *a, **k: losses.list_mle.definition(*a, mask=k["mask"])[0]):
            leaf = s.clone().requires_grad_()
            value = fn(leaf, r.to(dtype), mask=here, **({"reduction": "none"} if fn is losses.list_mle else {}))
            found.append((value, *torch.autograd.grad(value.sum(), leaf)))
        for a, b in zip(*found, strict=True):
            tight = {"rtol": 1e-12, "atol": 1e-12} if dtype == D else {"rtol": 3e-5, "atol": 1e-4}
            torch.testing.assert_close(a, b, **tight)


def test_list_mle_of_scores_far_apart_where_cumulative_sums_end_at_zero():
    s, r = torch.tensor([200.0, 0.0, -5.0]), torch.tensor([2.0, 0.0, 1.0])
    usual = torch.exp(s - s.max())[[0, 2, 1]].flip(0).cumsum(0).flip(0).log()
    assert usual.isinf().any()
    assert losses.list_mle(s, r).item() == pytest.approx(math.log1p(math.exp(5.0)), rel=1e-6)


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


@pytest.mark.parametrize(("name", "closed"), [("approx_ndcg", approx_ndcg), ("list_mle", list_mle)])
def test_long_lists_are_sorted_and_come_out_the_same(name, closed):
    s, r = lists(13, (3, 40))
    for k in range(3):
        want = closed([mp.mpf(v) for v in s[k].tolist()], [mp.mpf(v) for v in r[k].tolist()])
        assert losses.get(name)(s[k], r[k]).item() == pytest.approx(float(want), rel=1e-12)
    # filled up with masked documents, and cut to the length that is not sorted
    mask = torch.arange(40) < 10
    got = losses.get(name)(s, r, mask=mask.expand(3, 40), reduction="none")
    short = losses.get(name)(s[:, :10], r[:, :10], reduction="none")
    torch.testing.assert_close(got, short, rtol=1e-12, atol=1e-13)
