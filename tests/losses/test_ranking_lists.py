"""What all losses of lists have in common: masks, order, lists that do not count, extremes, refusals."""

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ranking_batches import LISTS, every, lists, slope

from lossbook import losses

GAINS = [name for name in LISTS if name in ("approx_ndcg", "lambda_rank")]
PAIRS = [name for name in LISTS if name not in ("approx_ndcg", "listnet")]  # count by pairs of different relevance
PROFILE = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@every
@pytest.mark.parametrize("filling", [0.0, -5.0, 1e30, math.nan, math.inf])
def test_masked_equals_sliced_whatever_stands_under_the_mask(name, filling):
    scores, relevance, mask = lists()
    filled = [v.masked_fill(~mask, filling) for v in (scores, relevance)]
    values, slopes = slope(name, *filled, mask=mask, reduction="none")
    for k, here in enumerate(mask):
        value, short = slope(name, scores[k][here], relevance[k][here], reduction="none")
        torch.testing.assert_close(values[k], value, rtol=1e-13, atol=1e-14)
        torch.testing.assert_close(slopes[k][here], short, rtol=1e-12, atol=1e-14)
        assert (slopes[k][~here] == 0).all()


@every
def test_a_full_mask_is_no_mask(name):
    scores, relevance, _ = lists(1)
    got = slope(name, scores, relevance, mask=torch.ones_like(scores, dtype=torch.bool))
    for a, b in zip(got, slope(name, scores, relevance), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=1e-15)


@every
@PROFILE
@given(data=st.data())
def test_the_order_of_the_documents_changes_nothing(name, data):
    length = data.draw(st.integers(1, 9))
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32]))
    scores, relevance, mask = lists(data.draw(st.integers(0, 99)), (3, length), dtype, data.draw(st.booleans()))
    order = torch.tensor(data.draw(st.permutations(range(length))))
    mask = mask if data.draw(st.booleans()) else None
    value, slopes = slope(name, scores, relevance, mask=mask, reduction="none")
    moved = slope(name, scores[:, order], relevance[:, order], mask=None if mask is None else mask[:, order])
    close = {"rtol": 1e-12, "atol": 1e-13} if dtype == torch.float64 else {"rtol": 2e-5, "atol": 2e-6}
    again = losses.get(name)(
        scores[:, order], relevance[:, order], mask=None if mask is None else mask[:, order], reduction="none"
    )
    torch.testing.assert_close(again, value, **close)
    _, mean_slopes = slope(name, scores, relevance, mask=mask)
    torch.testing.assert_close(moved[1], mean_slopes[:, order], **close)
    assert slopes.shape == scores.shape


@every
def test_each_list_is_on_its_own(name):
    scores, relevance, mask = lists(3, (2, 3, 5))
    whole = losses.get(name)(scores, relevance, mask=mask, reduction="none")
    assert whole.shape == (2, 3)
    alone = [
        losses.get(name)(s, r, mask=m, reduction="none")
        for s, r, m in zip(scores.view(6, 5), relevance.view(6, 5), mask.view(6, 5), strict=True)
    ]
    assert all(v.shape == () for v in alone)
    torch.testing.assert_close(whole.view(-1), torch.stack(alone), rtol=1e-13, atol=1e-14)


def teaches_nothing(name, scores, relevance, mask=None):
    value, slopes = slope(name, scores, relevance, mask=mask)
    return value == 0 and (slopes == 0).all()


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_lists_without_a_document_count_for_nothing(name, dtype):
    scores, relevance, mask = lists(4, dtype=dtype)
    assert teaches_nothing(name, scores, relevance, torch.zeros_like(mask))
    for shape in ((0,), (3, 0), (0, 0), (0, 4)):
        assert teaches_nothing(name, scores.new_zeros(shape), scores.new_zeros(shape))
        assert losses.get(name)(scores.new_zeros(shape), scores.new_zeros(shape), reduction="none").shape == shape[:-1]


@every
def test_lists_that_do_not_count_leave_the_mean_as_it_is(name):
    scores, relevance, mask = lists(5)
    mask[0], mask[2] = False, False
    values = losses.get(name)(scores, relevance, mask=mask, reduction="none")
    assert values[0] == values[2] == 0
    torch.testing.assert_close(losses.get(name)(scores, relevance, mask=mask), (values[1] + values[3]) / 2)
    torch.testing.assert_close(losses.get(name)(scores, relevance, mask=mask, reduction="sum"), values[1] + values[3])


@pytest.mark.parametrize("name", PAIRS)
def test_without_documents_of_different_relevance_nothing_counts(name):
    scores, relevance, mask = lists(6)
    for level in (0.0, 2.0):
        assert teaches_nothing(name, scores, torch.full_like(relevance, level))
    assert teaches_nothing(name, scores[:, :1], relevance[:, :1])
    one = torch.zeros_like(mask)
    one[:, 3] = True
    assert teaches_nothing(name, scores, relevance, one)
    mixed = relevance.clone()
    mixed[1] = 2.0
    assert (mixed[[0, 2, 3]].amax(-1) > mixed[[0, 2, 3]].amin(-1)).all()
    values = losses.get(name)(scores, mixed, reduction="none")
    torch.testing.assert_close(losses.get(name)(scores, mixed), values[[0, 2, 3]].mean())


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_no_nan_in_value_gradient_or_curvature(name, dtype):
    high = 3.4e37 if dtype == torch.float32 else 1.7e307
    grids = [
        [high, -high, 0.0, 1.0],
        [high] * 4,
        [-high] * 4,
        [0.0] * 4,
        [1e4, -1e4, 1e4, 0.0],
        [1e-40, 0.0, -1e-40, 1e-40],
        [90.0, 0.0, -90.0, 800.0],
    ]
    grades = [
        [0.0, 1.0, 2.0, 3.0],
        [3.0, 0.0, 0.0, 0.0],
        [0.0] * 4,
        [1.0] * 4,
        [0.0, 0.0, 0.0, 1e-30],
        [0.0, 200.0, 1e30, 1.0],
    ]
    masks = [None, [True] * 4, [False] * 4, [True, False, False, False], [True, True, False, False]]
    for s in grids:
        for r in grades:
            for m in masks:
                scores = torch.tensor(s, dtype=dtype, requires_grad=True)
                relevance = torch.tensor(r, dtype=dtype)
                mask = None if m is None else torch.tensor(m)
                value = losses.get(name)(scores, relevance, mask=mask)
                (first,) = torch.autograd.grad(value, scores, create_graph=True)
                assert torch.isfinite(value), (s, r, m)
                assert torch.isfinite(first).all(), (s, r, m)
                if first.requires_grad:
                    (second,) = torch.autograd.grad((first * torch.arange(1.0, 5.0)).sum(), scores)
                    assert not second.isnan().any(), (s, r, m)


@every
def test_far_scores_in_the_right_order_cost_little_and_teach_little(name):
    relevance = torch.tensor([3.0, 2.0, 1.0, 0.0])
    for size in (1e3, 1e10, 3.4e37):
        scores = torch.tensor([1.0, 0.5, -0.5, -1.0]) * size
        value, slopes = slope(name, scores, relevance)
        if name != "listnet":  # its target is no order but a distribution
            assert 0 <= value < 1e-6
            assert slopes.abs().max() < 1e-6


@every
def test_relevance_must_be_finite_where_there_is_a_document(name):
    scores, relevance, mask = lists(7)
    for bad in (math.nan, math.inf, -math.inf):
        relevance[1, 1] = bad
        with pytest.raises(ValueError, match=r"relevance: got (nan|-?inf), want finite numbers"):
            losses.get(name)(scores, relevance)
        with pytest.raises(ValueError, match=r"relevance: got (nan|-?inf), want finite numbers"):
            losses.get(name)(scores.numpy(), relevance.numpy(), mask=mask.numpy())
    mask[1, 1] = False
    assert torch.isfinite(losses.get(name)(scores, relevance, mask=mask))


@pytest.mark.parametrize("name", GAINS)
def test_gains_take_no_negative_relevance(name):
    scores, relevance, mask = lists(8)
    relevance[0, 0] = -1.0
    with pytest.raises(ValueError, match="relevance: got -1, want finite numbers from 0"):
        losses.get(name)(scores, relevance)
    mask[0, 0] = False
    assert torch.isfinite(losses.get(name)(scores, relevance, mask=mask))


@every
def test_masks_are_booleans_of_the_same_shape(name):
    scores, relevance, mask = lists(9)
    with pytest.raises(TypeError, match=r"mask: got torch\.float64, want booleans"):
        losses.get(name)(scores, relevance, mask=mask.double())
    with pytest.raises(ValueError, match="mask has shape"):
        losses.get(name)(scores, relevance, mask=mask[:, :3])
    with pytest.raises(ValueError, match="mask has shape"):
        losses.get(name)(scores, relevance, mask=mask[0])


@every
def test_nan_scores_are_not_hidden(name):
    scores, relevance, mask = lists(10)
    scores[0, 0] = math.nan
    relevance[0, :2] = torch.tensor([3.0, 0.0])
    for given_mask in (None, mask):
        assert losses.get(name)(scores, relevance, mask=given_mask).isnan()


@every
def test_numpy_lists_with_a_mask(name):
    scores, relevance, mask = lists(11)
    got = losses.get(name)(scores.numpy(), relevance.numpy(), mask=mask.numpy())
    assert isinstance(got, np.floating)
    assert got == losses.get(name)(scores, relevance, mask=mask).item()
