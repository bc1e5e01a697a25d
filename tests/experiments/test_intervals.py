import itertools
import math
import pickle

import numpy as np
import pytest
from scipy import stats

from lossbook.experiments import Interval, differences, interval, paired_interval, sign_flip_test


def test_interval_is_students():
    x = np.random.default_rng(0).normal(3, 2, size=9)
    got = interval(x)
    low, high = stats.t.interval(0.95, 8, loc=x.mean(), scale=stats.sem(x))
    assert (got.low, got.high) == pytest.approx((low, high), rel=1e-12)
    assert (got.mean, got.sd, got.n) == pytest.approx((x.mean(), x.std(ddof=1), 9))
    wide = interval(x, level=0.99)
    assert wide.low < got.low
    assert wide.high > got.high


def test_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = sum(1.0 in interval(rng.normal(1.0, 3.0, size=8)) for _ in range(2000))
    assert 0.935 < hits / 2000 < 0.965  # 95 % plus or minus three standard errors


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.9391, 0.9551, "0.9471 [0.9391, 0.9551]"),
        (-120.0, 180.0, "30 [-120, 180]"),
        (2.0, 2.0, "2.000 [2.000, 2.000]"),
    ],
)
def test_interval_prints_what_is_known(low, high, text):
    assert str(Interval((low + high) / 2, low, high, 5, 1.0)) == text


def test_pairs():
    assert differences([3, 5], [1, 1]).tolist() == [2, 4]
    assert paired_interval([3, 5, 9], [1, 1, 2]) == interval([2, 4, 7])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: interval([1.0]), "values: got 1"),
        (lambda: interval([[1.0, 2.0]]), r"values: got shape \(1, 2\)"),
        (lambda: interval([1.0, math.nan]), "values: got nan at position 1"),
        (lambda: interval([1.0, 2.0], level=95), "level: got 95"),
        (lambda: paired_interval([1.0, 2.0], [1.0]), "second: got 1"),
        (lambda: sign_flip_test([]), "differences: got 0"),
        (lambda: sign_flip_test([math.inf]), "differences: got inf"),
    ],
)
def test_bad_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_sign_flip_counts_every_pattern():
    d = np.array([0.3, -0.1, 0.8, 0.25, 0.0, 0.6])
    sums = [abs(np.dot(signs, d)) for signs in itertools.product((-1, 1), repeat=6)]
    want = np.mean([s >= abs(d.sum()) - 1e-12 for s in sums])
    got = sign_flip_test(d)
    assert got == pytest.approx(want, abs=0)
    assert got.exact
    assert got.patterns == 64
    assert "all 64" in str(got)


def test_sign_flip_extremes():
    assert sign_flip_test(np.full(10, 0.1)) == 2 / 2**10  # ties among equal differences survive rounding
    assert sign_flip_test(np.zeros(5)) == 1.0
    assert sign_flip_test([1.0, -1.0]) == 1.0


def test_sign_flip_by_monte_carlo_is_repeatable_says_so_and_agrees_with_a_z_test():
    d = np.random.default_rng(3).normal(0.3, 1.0, size=40)
    first, second = sign_flip_test(d), sign_flip_test(d)
    assert first == second
    assert not first.exact
    assert "Monte Carlo" in repr(first)
    z = abs(d.sum()) / math.sqrt((d**2).sum())
    assert first == pytest.approx(2 * stats.norm.sf(z), abs=0.01)
    assert sign_flip_test(np.full(30, 1.0)) > 0


def test_sign_flip_survives_pickling():
    p = pickle.loads(pickle.dumps(sign_flip_test([1.0, 2.0, 3.0])))
    assert (p, p.exact, p.patterns) == (0.25, True, 8)
