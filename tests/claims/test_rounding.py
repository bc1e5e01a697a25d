import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossbook.claims.rounding import rounded, spread_text
from lossbook.claims.threshold import Threshold

CASES = [
    ((28.812, 26.853, 30.771), None, ("28.8", "26.9", "30.8")),
    ((1024.3, 901.2, 1147.4), None, ("1020", "900", "1150")),
    ((0.91743, 0.91743, 0.91743), None, ("0.9174", "0.9174", "0.9174")),
    ((2.0, 2.0, 2.0), None, ("2.000", "2.000", "2.000")),
    ((5.6e-17, -2e-16, 3e-16), None, ("0", "0", "0")),
    ((3.1e-11, 0.0, 6e-11), "< 1e-6", ("0", "0", "0")),
    ((-0.0071, -0.0163, 0.0012), None, ("-0.0071", "-0.0163", "0.0012")),
    ((3.21e-6, 3.05e-6, 3.37e-6), None, ("3.21e-06", "3.05e-06", "3.37e-06")),
    ((1e-4, 1e-4 - 1e-19, 1e-4 + 1e-19), "< 0.001", ("0.0001000", "0.0001000", "0.0001000")),
    ((99999.96, 99999.96, 99999.96), None, ("100000", "100000", "100000")),
    ((2.5e8, 2.4e8, 2.6e8), None, ("2.50e+08", "2.40e+08", "2.60e+08")),
    ((3.0, -0.02, 6.02), None, ("3.0", "0", "6.0")),
    ((0.0401, 0.0302, 0.04996), "< 0.05", ("0.0401", "0.0302", "0.0500")),
]


@pytest.mark.parametrize(("numbers", "rule", "texts"), CASES[:-1])
def test_two_digits_of_the_half_width(numbers, rule, texts):
    assert rounded(*numbers, Threshold.parse(rule) if rule else None) == texts


def test_a_rounded_end_does_not_contradict_the_verdict():
    texts = rounded(0.0401, 0.0302, 0.04996, Threshold.parse("< 0.05"))
    assert texts == ("0.04010", "0.03020", "0.04996")


def test_no_brackets_without_spread():
    assert spread_text("2.000", "2.000", "2.000") == "2.000"
    assert spread_text("2.0", "1.9", "2.1") == "2.0 [1.9, 2.1]"


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3), st.sampled_from([None, "> 0", "< 10", "between -1 and 1"]))
def test_rounding_stays_near_and_reproduces_under_noise(mean, half, rule):
    rule = Threshold.parse(rule) if rule else None
    texts = rounded(mean, mean - half, mean + half, rule)
    unit = max(half / 5, abs(mean) * 1e-3, half * 1e-3, 1e-12)
    np.testing.assert_allclose([float(text) for text in texts], [mean, mean - half, mean + half], atol=unit)
