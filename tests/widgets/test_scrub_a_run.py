"""ScrubARun in Python: what it accepts, where its rules stop, and the numbers it says it shows."""

import numpy as np
import pytest

import lossbook as lb
from lossbook.widgets import ScrubARun
from lossbook.widgets.scrub_a_run import RULES

SHORT = {
    "name": "short",
    "steps": [0, 10, 20, 30, 40, 50],
    "train": [2.0, 1.0, 0.5, 0.4999, 0.4, 0.05],
    "validation": [2.0, 1.2, 1.0, 1.1, 1.05, 0.9],
    "validation_accuracy": [0.1, 0.5, 0.6, 0.6, 0.7, 0.65],
    "test": [2.1, 1.3, 0.95, 1.2, 1.1, 1.0],
    "test_accuracy": [0.12, 0.48, 0.62, 0.58, 0.71, 0.7],
}
# patience, level -> by rule (stop, kept), worked out by hand
BY_HAND = [
    (1, 0.6, {"train_level": (20, 20), "train_plateau": (30, 30), "val_loss": (30, 20), "val_accuracy": (30, 20)}),
    (2, 0.1, {"train_level": (50, 50), "train_plateau": (50, 50), "val_loss": (40, 20), "val_accuracy": (50, 40)}),
    (3, 0.001, {"train_level": (50, 50), "train_plateau": (50, 50), "val_loss": (50, 50), "val_accuracy": (50, 40)}),
]


@pytest.mark.parametrize(("patience", "level", "wanted"), BY_HAND)
def test_rules_stop_where_they_do_by_hand(patience, level, wanted):
    numbers = ScrubARun(SHORT, patience=patience, level=level).numbers()
    for rule, (stop, kept) in {**wanted, "none": (50, 50)}.items():
        row = SHORT["steps"].index(kept)
        assert (numbers[f"{rule}.stop"], numbers[f"{rule}.kept"]) == (stop, kept), rule
        assert numbers[f"{rule}.loss"] == SHORT["test"][row]
        assert numbers[f"{rule}.accuracy"] == SHORT["test_accuracy"][row]


def test_meters_and_price():
    numbers = ScrubARun(SHORT, rule="none", now=4).numbers()
    assert numbers["step"] == 40
    assert numbers["now.train"] == 0.4
    assert numbers["waited"] == 2  # the lowest validation loss so far was two checks ago
    assert numbers["limit"] == 10
    assert (numbers["best.loss"], numbers["best.accuracy"]) == (0.95, 0.71)
    assert numbers["price.loss"] == pytest.approx(0.05)
    assert numbers["price.accuracy"] == pytest.approx(0.01)
    w = ScrubARun(SHORT, rule="val_accuracy", now=5)
    assert w.numbers()["waited"] == 1
    w.rule = "train_level"
    assert w.numbers()["limit"] == w.level


def test_the_story_of_the_page():
    """With wrong labels every rule on the training loss pays more accuracy than every rule on the validation set."""
    w = ScrubARun()
    assert [run["name"] for run in w.runs][w.run] == "wrong labels, run 1"
    for run in range(3, 6):
        w.run = run
        n = w.numbers()
        assert n["none.accuracy"] < min(n["val_loss.accuracy"], n["val_accuracy.accuracy"]) - 0.02
        assert n["train_plateau.stop"] == w.runs[run]["steps"][-1]
    for run in range(3):
        w.run = run
        n = w.numbers()
        held = [n[f"{rule}.accuracy"] for rule in RULES]
        assert max(held) - min(held) < 0.05


def test_still_picture_and_caption():
    w = ScrubARun(SHORT)
    assert w.picture() == w.picture()
    assert "<title>" in w.picture()
    assert "short" in w.caption()
    assert "patience on the validation accuracy" in ScrubARun(SHORT, rule="val_accuracy").caption()
    assert "nan" not in ScrubARun(SHORT, rule="val_accuracy").picture().lower()


def test_extreme_runs():
    flat = {**SHORT, **{name: [0.0] * 6 for name in SHORT if name not in ("name", "steps")}}
    high = {**flat, "name": "high", "train": [1e6] * 6, "test": [0, 1e6, 1, 1, 1, 1], "test_accuracy": [1.0] * 6}
    w = ScrubARun([flat, high], patience=100)
    for run in (0, 1):
        w.run = run
        for w.rule in RULES:
            assert all(np.isfinite(v) for v in w.numbers().values())
            assert "nan" not in w.picture().lower()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"runs": []}, "runs: got 0"),
        ({"runs": [SHORT, SHORT]}, "different ones"),
        ({"runs": [SHORT, {**SHORT, "name": "b", "steps": [0, 1, 2, 3, 4, 5]}]}, "the same steps"),
        ({"runs": {"name": "a"}}, r"runs\[0\]: want a dict with name, steps"),
        ({"runs": {**SHORT, "name": ""}}, "got the name ''"),
        ({"runs": {**SHORT, "steps": [0, 1, 1, 2, 3, 4]}}, "steps: got 6"),
        ({"runs": {**SHORT, "train": [1.0, 2.0]}}, "train: want 6 finite values"),
        ({"runs": {**SHORT, "test": [float("nan")] * 6}}, "test: want 6"),
        ({"runs": {**SHORT, "test_accuracy": [50.0] * 6}}, "test_accuracy: want .* 0 to 1"),
        ({"run": 1}, "run: got 1, want 0 to 0"),
        ({"now": 6}, "now: got 6, want 0 to 5"),
        ({"rule": "luck"}, "rule: got 'luck', want one of train_level"),
        ({"patience": 0}, "patience"),
        ({"level": 2.0}, "level"),
        ({"hide": ["legend"]}, "hide: got 'legend'"),
    ],
)
def test_errors_name_argument_got_and_want(wrong, message):
    with pytest.raises(ValueError, match=message):
        ScrubARun(**{"runs": SHORT, **wrong})


def test_runs_are_fixed():
    w = ScrubARun(SHORT)
    with pytest.raises(ValueError, match="runs: fixed"):
        w.runs = [{**SHORT, "name": "other"}]
    assert w.runs[0]["name"] == "short"


def test_it_is_public():
    assert lb.widgets.ScrubARun is ScrubARun
