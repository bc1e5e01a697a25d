"""Cox's partial likelihood: the double loop of the paper, ties, censoring, and what must not change it."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses

cox = losses.cox_partial_likelihood


def double(values):
    return torch.as_tensor(values, dtype=torch.float64)


def looped(risk, time, event, ties):
    """The sum over events, as written by Breslow (1974) and Efron (1977)."""
    total = 0.0
    for t in sorted({t for t, e in zip(time, event, strict=True) if e}):
        at_risk = [math.exp(x) for x, u in zip(risk, time, strict=True) if u >= t]
        failing = [x for x, u, e in zip(risk, time, event, strict=True) if u == t and e]
        share = sum(map(math.exp, failing))
        for k in range(len(failing)):
            gone = k / len(failing) * share if ties == "efron" else 0.0
            total += math.log(sum(at_risk) - gone)
        total -= sum(failing)
    return total


SUBJECT = st.tuples(st.floats(-4, 4), st.integers(0, 5), st.booleans())


@settings(max_examples=80, deadline=None)
@given(subjects=st.lists(SUBJECT, min_size=1, max_size=12), ties=st.sampled_from(["breslow", "efron"]))
def test_sums_over_events_with_ties(subjects, ties):
    risk, time, event = (list(v) for v in zip(*subjects, strict=True))
    x, t, e = double(risk), double(time), torch.tensor(event)
    want = looped(risk, time, event, ties)
    total = cox(x, t, event=e, ties=ties, reduction="sum")
    assert total.item() == pytest.approx(want, rel=1e-12, abs=1e-12)
    assert cox(x, t, event=e, ties=ties).item() == pytest.approx(want / max(sum(event), 1), rel=1e-12, abs=1e-12)
    values, counted = cox.definition(x, t, event=e.double(), ties=ties)
    fast = cox(x, t, event=e, ties=ties, reduction="none")
    torch.testing.assert_close(fast, values, rtol=1e-11, atol=1e-13)
    assert counted.tolist() == [float(v) for v in event]
    assert (fast[~e] == 0).all()
    # by Efron's rule one of several tied events may fall below 0, all of them together may not
    assert total >= -1e-12 if ties == "efron" else (fast >= -1e-12).all()
    again = cox(x, torch.exp(t) + t**3, event=e, ties=ties, reduction="none")  # the order of the times alone counts
    torch.testing.assert_close(again, fast, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("spread", [1.0, 30.0, 500.0])
def test_slopes_of_the_fast_form_and_the_closed_one(ties, spread):
    gen = torch.Generator().manual_seed(0)
    x = (spread * torch.randn(60, generator=gen, dtype=torch.float64)).requires_grad_()
    time = torch.randint(0, 15, (60,), generator=gen).double()
    event = torch.rand(60, generator=gen) < 0.6
    weights = torch.rand(60, generator=gen, dtype=torch.float64) - 0.3
    fast = cox(x, time, event=event, ties=ties, reduction="none")
    slow = cox.definition(x, time, event=event.double(), ties=ties)[0]
    slopes = [torch.autograd.grad((v * weights).sum(), x)[0] for v in (fast, slow)]
    torch.testing.assert_close(*slopes, rtol=1e-9, atol=1e-11)
    if ties == "breslow":  # everyone at risk is pulled down by its share of each event, the one it hit up by 1
        at_risk = time[None, :] >= time[:, None]
        share = torch.softmax(x.detach().expand(60, -1).masked_fill(~at_risk, -math.inf), 1)
        want = (event.double() * weights) @ (share - torch.eye(60, dtype=torch.float64))
        torch.testing.assert_close(slopes[0], want, rtol=1e-9, atol=1e-11)


def test_efron_is_the_mean_over_the_orders_of_a_tie_where_the_risks_are_equal():
    x, time = double([0.7, 0.7, 0.7, -0.3, 1.1]), double([2.0, 2.0, 2.0, 3.0, 1.0])
    event = torch.tensor([1, 1, 1, 0, 0])
    tied = cox(x, time, event=event, ties="efron", reduction="sum").item()
    orders = []
    for order in itertools.permutations([0.0, 0.1, 0.2]):
        apart = time + double([*order, 0.0, 0.0])
        orders.append(cox(x, apart, event=event, reduction="sum").item())
    assert tied == pytest.approx(np.mean(orders), rel=1e-12)
    assert cox(x, time, event=event, reduction="sum").item() > tied  # Breslow's is above


def test_without_ties_the_two_are_one_and_it_is_cross_entropy_over_the_risk_set():
    gen = torch.Generator().manual_seed(2)
    x, time = torch.randn(2, 9, generator=gen, dtype=torch.float64)
    time, event = time.abs(), torch.ones(9)
    none = {"event": event, "reduction": "none"}
    torch.testing.assert_close(cox(x, time, ties="efron", **none), cox(x, time, **none))
    first = int(time.argmin())
    want = losses.cross_entropy(x, torch.tensor(first))
    torch.testing.assert_close(cox(x, time, **none)[first], want)
    assert cox(x, time, **none)[time.argmax()] == 0  # the last has nobody to be compared with


def test_censoring_and_batches_without_an_event():
    x, time = double([0.5, -0.5, 1.0]).requires_grad_(), double([1.0, 2.0, 3.0])
    value = cox(x, time, event=torch.zeros(3))
    assert value == 0
    assert (torch.autograd.grad(value, x)[0] == 0).all()
    # one that is censored at the time of an event is still at risk then, and no longer afterwards
    with_it = cox(x, double([1.0, 1.0, 3.0]), event=torch.tensor([1, 0, 0]))
    assert with_it.item() == pytest.approx(math.log(sum(math.exp(v) for v in (0.5, -0.5, 1.0))) - 0.5)
    without = cox(x, double([1.0, 0.5, 3.0]), event=torch.tensor([1, 0, 0]))
    assert without.item() == pytest.approx(math.log(math.exp(0.5) + math.exp(1.0)) - 0.5)
    assert cox(x[:0], time[:0], event=torch.zeros(0), reduction="sum") == 0


def test_it_elicits_the_relative_hazard():
    """Exponential times with hazards in ratio 3 : 1, half of them censored: the best difference is log 3."""
    gen = torch.Generator().manual_seed(0)
    group = torch.arange(40_000) % 2
    hazard = torch.where(group == 1, 3.0, 1.0).double()
    life = -torch.log(torch.rand(40_000, generator=gen, dtype=torch.float64)) / hazard
    watched = -torch.log(torch.rand(40_000, generator=gen, dtype=torch.float64)) / 2
    time, event = torch.minimum(life, watched), life <= watched
    b = torch.tensor(math.log(3.0), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(cox(b * group, time, event=event), b, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, b)
    assert abs((slope / curvature).item()) < 0.05  # a step of Newton's from the truth to the estimate
    naive = cox(b * group[event], time[event], event=torch.ones(int(event.sum())))  # who is censored is left out
    (slope,) = torch.autograd.grad(naive, b, create_graph=True)
    assert (slope / torch.autograd.grad(slope, b)[0]).item() > 0.1


def test_risks_that_do_not_fit_in_an_exponential():
    x, time, event = torch.tensor([-2e4, 3e4, 0.0, 3e4]), torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.ones(4)
    for dtype in (torch.float32, torch.float64):
        got = cox(x.to(dtype), time.to(dtype), event=event, reduction="none")
        torch.testing.assert_close(got, torch.tensor([5e4 + math.log(2), math.log(2), 3e4, 0.0], dtype=dtype))


def test_refused():
    x, time = torch.zeros(3), torch.arange(3.0)
    with pytest.raises(ValueError, match="event holds 2, want 0 or 1 only"):
        cox(x, time, event=torch.tensor([0, 1, 2]))
    with pytest.raises(ValueError, match="time: got -1, want values from 0"):
        cox(x, time - 1, event=torch.ones(3))
    with pytest.raises(ValueError, match="ties: got 'exact', want 'breslow' or 'efron'"):
        cox(x, time, event=torch.ones(3), ties="exact")
    torch.testing.assert_close(torch.func.grad(lambda v: cox(v, time, event=torch.ones(3)))(x).sum(), torch.tensor(0.0))
