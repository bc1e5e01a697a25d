import pytest

from lossbook.claims.threshold import Threshold

CASES = [  # text, low, high, outcome
    ("> 10", 11, 12, "passes"),
    ("> 10", 9, 12, "not shown"),
    ("> 10", 8, 9, "fails"),
    ("> 10", 10, 12, "not shown"),
    (">= 10", 10, 12, "passes"),
    ("> 0", -1, 0, "fails"),
    (">= 0", -1, 0, "not shown"),
    ("< -1.5e-3", -2, -1, "passes"),
    ("<= 2", 2, 2, "passes"),
    ("< 2", 2, 2, "fails"),
    ("between 0.9 and 1.1", 0.95, 1.1, "passes"),
    ("between 0.9 and 1.1", 0.8, 1.0, "not shown"),
    ("between 0.9 and 1.1", 0.8, 1.2, "not shown"),
    ("between 0.9 and 1.1", 1.2, 1.3, "fails"),
]


@pytest.mark.parametrize(("text", "low", "high", "outcome"), CASES)
def test_the_whole_interval_must_lie_inside(text, low, high, outcome):
    assert Threshold.parse(text).outcome(low, high) == outcome


@pytest.mark.parametrize("text", ["10", "> ten", "=> 10", "", "> 10x", "between 1 or 2", "== 3"])
def test_what_is_not_a_threshold(text):
    with pytest.raises(ValueError, match="want '> number'"):
        Threshold.parse(text)


def test_a_band_is_written_upward():
    with pytest.raises(ValueError, match="smaller number first"):
        Threshold.parse("between 2 and 1")
