"""Losses of lists against loops written from the papers; ListNet and ListMLE against torch's own functions."""

import itertools
import math

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from ranking_by_loops import (
    D,
    approx_ndcg,
    lambda_rank,
    lambdas,
    list_mle,
    listnet,
    lists,
    pairwise_hinge,
    pairwise_logistic,
)

from lossbook import losses

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
