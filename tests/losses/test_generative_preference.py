"""Direct preference optimization: its formula, what it elicits, and what it does not see."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses

same = torch.testing.assert_close


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(values=st.lists(st.floats(-1e4, 0), min_size=4, max_size=4), beta=st.floats(0.01, 10))
def test_dpo_is_its_formula(values, beta):
    c, r, c0, r0 = (torch.tensor([v], dtype=torch.float64) for v in values)
    got = losses.dpo(c, r, reference_chosen=c0, reference_rejected=r0, beta=beta).item()
    with mp.workdps(50):
        c, r, c0, r0 = map(mp.mpf, values)
        size = float(beta * (abs(c) + abs(r) + abs(c0) + abs(r0)))
        assert got == pytest.approx(float(softplus(-mp.mpf(beta) * ((c - c0) - (r - r0)))), rel=1e-15 * (4 + size))


def test_dpo_is_logistic_of_the_gain_and_log_2_at_the_reference():
    c, r, c0, r0 = -10 * normal(4, 30).abs()
    reference = {"reference_chosen": c0, "reference_rejected": r0}
    got = losses.dpo(c, r, **reference, beta=0.3, reduction="none")
    same(got, losses.logistic(0.3 * ((c - c0) - (r - r0)), torch.ones_like(c), reduction="none"))
    same(got, -F.logsigmoid(0.3 * (c - r - (c0 - r0))))
    for beta in (0.01, 5.0):
        assert losses.dpo(c0, r0, **reference, beta=beta).item() == pytest.approx(math.log(2))
    exchanged = losses.dpo(r, c, reference_chosen=r0, reference_rejected=c0, beta=0.3, reduction="none")
    same(exchanged - got, 0.3 * ((c - c0) - (r - r0)))
    lower = losses.dpo(c - 1, r - 2, **reference)  # both answers become less likely, and the loss falls
    assert lower < losses.dpo(c, r, **reference)


def test_dpo_elicits_the_odds_of_the_preference():
    p, beta = 0.8, 0.1
    z = torch.linspace(0, 30, 300001, dtype=torch.float64)
    zero = torch.zeros_like(z)
    reference = {"reference_chosen": zero, "reference_rejected": zero, "beta": beta, "reduction": "none"}
    cost = p * losses.dpo(z, zero, **reference) + (1 - p) * losses.dpo(zero, z, **reference)
    assert beta * z[cost.argmin()].item() == pytest.approx(math.log(p / (1 - p)), abs=1e-4)


def test_dpo_far_away_in_float32():
    far = torch.tensor([-1e30, -1e4, 1e4, 1e30], requires_grad=True)
    zero = torch.zeros(4)
    value = losses.dpo(far, zero, reference_chosen=zero, reference_rejected=zero, reduction="none")
    (slope,) = torch.autograd.grad(value.sum(), far)
    np.testing.assert_allclose(value.tolist(), [1e29, 1e3, 0.0, 0.0], rtol=1e-6)
    np.testing.assert_allclose(slope.tolist(), [-0.1, -0.1, 0.0, 0.0], rtol=1e-6)
