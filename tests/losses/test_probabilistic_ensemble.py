"""The CRPS of an ensemble: the double loop, ties, the integral, and when an honest ensemble is best."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def crps(members, y, fair):
    """By the definition, as a double loop."""
    m = len(members)
    pairs = sum(abs(a - b) for a in members for b in members)
    return sum(abs(a - y) for a in members) / m - pairs / (2 * (m * (m - 1) if fair and m > 1 else m * m))


@settings(max_examples=60, deadline=None)
@given(
    members=st.lists(st.floats(-100, 100) | st.sampled_from([0.0, 1.0]), min_size=1, max_size=9),
    y=st.floats(-100, 100) | st.just(0.0),
    fair=st.booleans(),
)
def test_crps_of_an_ensemble_in_any_order_and_with_ties(members, y, fair):
    x, t = double(members).requires_grad_(), double(y)
    got = losses.crps_ensemble(x, t, fair=fair)
    assert got.item() == pytest.approx(crps(members, y, fair), rel=1e-12, abs=1e-12)
    defined = losses.crps_ensemble.definition(x, t, fair=fair)
    slopes = [torch.autograd.grad(v, x)[0] for v in (got, defined)]
    torch.testing.assert_close(*slopes, rtol=1e-12, atol=1e-15)  # of equal members too
    assert slopes[0].abs().max() <= losses.crps_ensemble.record.at("lipschitz") * (1 + 1e-12)
    assert got >= -1e-12 or fair
    shuffled = losses.crps_ensemble(x.detach().flip(0), t, fair=fair)
    assert shuffled.item() == pytest.approx(got.item(), rel=1e-12, abs=1e-12)


def test_crps_of_an_ensemble_beside_its_siblings():
    gen = torch.Generator().manual_seed(0)
    x, t = torch.randn(30, 1, generator=gen, dtype=torch.float64), torch.randn(30, generator=gen, dtype=torch.float64)
    for fair in (False, True):
        torch.testing.assert_close(losses.crps_ensemble(x, t, fair=fair), losses.mae(x[:, 0], t))
        torch.testing.assert_close(losses.crps_ensemble(x.repeat(1, 7), t, fair=fair), losses.mae(x[:, 0], t))
    steps = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    members = torch.special.ndtri(steps).expand(30, -1)
    exact = losses.crps_gaussian(torch.zeros_like(t), t, std=torch.ones_like(t), reduction="none")
    torch.testing.assert_close(losses.crps_ensemble(members, t, reduction="none"), exact, rtol=0, atol=1e-4)
    rows = torch.vmap(losses.crps_ensemble)(members[:4, ::1000], t[:4])
    torch.testing.assert_close(rows, losses.crps_ensemble(members[:4, ::1000], t[:4], reduction="none"))


def test_crps_is_the_integral_over_the_steps_of_the_ensemble():
    members, y = np.array([-1.0, 0.25, 3.0]), 0.75
    grid = np.linspace(-5, 5, 2_000_001)
    gap = (members[:, None] <= grid).mean(0) - (grid >= y)
    assert losses.crps_ensemble(members, np.array(y)) == pytest.approx(np.trapezoid(gap**2, grid), abs=1e-4)


def test_a_narrow_ensemble_beats_an_honest_one_unless_the_score_is_fair():
    """Four members drawn with a spread s for a standard normal target: which s has the least expected score?"""
    gen = torch.Generator().manual_seed(1)
    noise = torch.randn(400_000, 4, generator=gen, dtype=torch.float64)
    y = torch.randn(400_000, generator=gen, dtype=torch.float64)
    widths = [0.4, 0.6, 0.8, 1.0, 1.2]
    for fair, best in ((False, 0.6), (True, 1.0)):
        costs = [losses.crps_ensemble(s * noise, y, fair=fair).item() for s in widths]
        assert widths[int(np.argmin(costs))] == best
        if fair:  # the score of the distribution itself: E|X - Y| - E|X - X'| / 2, whatever the number of members
            assert costs[3] == pytest.approx(1 / math.sqrt(math.pi), abs=4e-3)
