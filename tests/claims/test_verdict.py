"""The verdict rule, and what a wrong call is told."""

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.claims import RuleNotShown, VerdictMismatch, judge, store

CONTROL = {"slope without the outlier": 2.0}


@pytest.mark.parametrize(
    ("main", "condition", "verdict"),
    [
        (30, 30, "holds"),
        (30, 1, "holds with conditions"),
        (30, 10, "holds with conditions"),  # the interval crosses the threshold
        (1, 30, "does not hold as stated"),
        (10, 30, "does not hold as stated"),
        (1, 1, "does not hold as stated"),
    ],
)
def test_verdict_rule(entry, write, around, main, condition, verdict):
    write(entry)
    found = judge(store.get(entry["id"]), {"shift_ratio": around(main), "sideways": around(condition)}, CONTROL)
    assert found.verdict == verdict


def test_numbers_are_the_t_interval(entry, write, around):
    write(entry)
    values = around(30, 4)
    found = judge(store.get(entry["id"]), {"shift_ratio": values, "sideways": around(1)}, {"slope": values})
    half = 2.364624 * values.std(ddof=1) / np.sqrt(8)  # t quantile, 7 degrees of freedom
    shown = [float(text) for text in (found.results[0].mean, found.results[0].low, found.results[0].high)]
    np.testing.assert_allclose(shown, [30, 30 - half, 30 + half], atol=0.05)
    assert found.controls == (("slope", "30.0"),)


def test_values_may_be_tensors_or_lists(entry, write, around):
    write(entry)
    values = {"shift_ratio": torch.tensor(around(30), requires_grad=True), "sideways": list(around(1))}
    assert judge(store.get(entry["id"]), values, CONTROL).verdict == "holds with conditions"


def test_mismatch_says_which_part_went_which_way(entry, write, around, capsys):
    write(entry)
    lb.rule(entry["id"])
    with pytest.raises(VerdictMismatch) as caught:
        lb.claim(entry["id"], shift_ratio=around(10), sideways=around(1), control=CONTROL)
    message = str(caught.value)
    assert "recorded 'holds with conditions', measured 'does not hold as stated'" in message
    assert "main part shift_ratio: 10.00 [9.58, 10.42] times; holds if > 10: not shown" in message
    assert "condition sideways" in message
    assert "fails" in message
    assert "claims.yml" in message


def test_rule_comes_first(entry, write, around, monkeypatch, capsys):
    monkeypatch.setattr(lb.claims, "_shown", set())
    write(entry)
    values = {"shift_ratio": around(30), "sideways": around(1)}
    with pytest.raises(RuleNotShown, match=r'lb\.rule\("mse-one-outlier"\)'):
        lb.claim(entry["id"], **values, control=CONTROL)
    lb.rule(entry["id"])
    assert lb.claim(entry["id"], **values, control=CONTROL).verdict == "holds with conditions"


WRONG = [
    ({"sideways": None}, "shift_ratio: .*needs values for this part"),
    ({"shift_ratio": np.ones(7)}, r"shift_ratio: got shape \(7,\), want one value for each of the 8 seeds"),
    ({"shift_ratio": np.ones((8, 1))}, r"got shape \(8, 1\)"),
    ({"shift_ratio": 3.0}, r"got shape \(\)"),
    ({"shift_ratio": [1, 2, 3, np.nan, 5, 6, 7, 8]}, "shift_ratio: got nan at seed 3"),
    ({"shift_ratio": [1, 2, np.inf, 4, 5, 6, 7, 8]}, "got inf at seed 2"),
    ({"shift_ratio": "many"}, "shift_ratio: got str, want numbers"),
    ({"shift_ratios": np.ones(8)}, "shift_ratios: .*did you mean 'shift_ratio'"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_wrong_values(entry, write, around, change, message):
    write(entry)
    values = {"shift_ratio": around(30), "sideways": around(1), **change}
    if change.get("sideways", 0) is None:
        values = {"sideways": around(1)}
    with pytest.raises(ValueError, match=message):
        judge(store.get(entry["id"]), values, CONTROL)


@pytest.mark.parametrize("control", [None, {}, 3.0, [1, 2]])
def test_control_is_required(entry, write, around, control):
    write(entry)
    with pytest.raises(ValueError, match=r"control: got .*The same fits without the outlier"):
        judge(store.get(entry["id"]), {"shift_ratio": around(30), "sideways": around(1)}, control)


def test_control_values_are_checked(entry, write, around):
    write(entry)
    values = {"shift_ratio": around(30), "sideways": around(1)}
    with pytest.raises(ValueError, match=r"control\['slope'\]: got shape \(3,\)"):
        judge(store.get(entry["id"]), values, {"slope": [1, 2, 3]})
    with pytest.raises(ValueError, match=r"control\['slope'\]: got nan"):
        judge(store.get(entry["id"]), values, {"slope": np.nan})


def test_exact_claims_take_one_number(entry, write):
    write({**entry, "seeds": "exact", "verdict": "holds", "because": "Always.", "parts": entry["parts"][:1]})
    found = judge(store.get(entry["id"]), {"shift_ratio": 12.5}, {"other": 1})
    assert found.verdict == "holds"
    assert found.results[0].shown == "12.50 times"
    with pytest.raises(ValueError, match="one number"):
        judge(store.get(entry["id"]), {"shift_ratio": [12.5, 13.0]}, {"other": 1})
