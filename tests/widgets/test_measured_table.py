"""MeasuredTable in Python: what it accepts, and that its numbers are those of the fits it describes."""

import math

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.widgets import MeasuredTable
from lossbook.widgets import outlier_column as column


@pytest.fixture(scope="module")
def first():
    w = MeasuredTable()
    return w, w.numbers()


def test_lines_are_those_of_robust_fit(first):
    _, numbers = first
    x = np.array(column.draws()[0]["x"])
    y = 1 + 2 * x + np.array(column.draws()[0]["noise"])
    y[:10] += 15
    for name, hyper in (("mse", {}), ("mae", {}), ("huber", {"delta": 1.345})):
        intercept, slope = lb.experiments.robust_fit(x, y, name, **hyper)
        assert numbers[f"{name}.intercept"] == pytest.approx(intercept, abs=1e-12)
        assert numbers[f"{name}.slope"] == pytest.approx(slope, abs=1e-12)
        assert numbers[f"{name}.lost"] == pytest.approx(((intercept - 1) ** 2 + (slope - 2) ** 2) / 4)


@pytest.mark.parametrize("noise", column.NOISES)
@pytest.mark.parametrize("name", ["binary_cross_entropy_with_logits", "hinge", "focal"])
def test_the_classifier_is_near_the_best_there_is(name, noise):
    """No step away from the fit lowers the penalized mean loss by more than a thousandth of it."""
    x, label = (torch.tensor(side) for side in column.class_points(column.draws()[1], 0.1, 8.0, noise))
    loss = lb.losses.get(name).definition
    fit = column.fit_threshold((x.numpy(), label.numpy()), loss, {})

    def cost(a, b):
        m = label * (a + b * x)
        return float(loss(m, torch.ones_like(m)).mean() + column.PENALTY / 2 * b**2)

    around = [
        cost(fit[0] + r * math.cos(t), fit[1] + r * math.sin(t))
        for r in (0.01, 0.1, 0.5)
        for t in np.arange(0, 6.3, 0.4)
    ]
    assert cost(*fit) <= min(around) * 1.001


def test_skill_of_a_classifier_is_what_fresh_points_say():
    rng = np.random.default_rng(0)
    label = rng.choice([-1.0, 1.0], size=400_000)
    x = column.GAP * label + rng.normal(size=label.size)
    for fit in ((0.0, 1.0), (1.5, 1.0), (0.3, 0.5), (0.0, -2.0), (2.0, 0.0)):
        wrong = np.mean(label * (fit[0] + fit[1] * x) <= 0)
        best = 0.5 * math.erfc(column.GAP / math.sqrt(2))
        assert column.judged("margin", fit) == pytest.approx((wrong - best) / (0.5 - best), abs=0.01)


def test_bad_points_are_as_many_and_as_far_as_told():
    sample = column.draws()[2]
    for noise in column.NOISES:
        clean, bad = (column.line_points(sample, share, 7.0, noise) for share in (0.0, 0.2))
        moved = np.abs(bad[0] - clean[0]) + np.abs(bad[1] - clean[1])
        assert sorted(moved)[-20:] == pytest.approx([7.0] * 20)
        assert np.count_nonzero(moved) == 20
        clean, bad = (column.class_points(sample, share, 7.0, noise) for share in (0.0, 0.2))
        assert np.count_nonzero((bad[0] != clean[0]) | (bad[1] != clean[1])) == 20


def test_the_story_of_the_page(first):
    w, numbers = first
    assert numbers["mse.lost"] > 0.25 > 0.05 > numbers["mae.lost"]
    assert all(numbers[f"{spec['name']}.clean"] < 0.05 for spec in w.specs)
    places = MeasuredTable(noise="places").numbers()
    assert min(places[f"{spec['name']}.lost"] for spec in w.specs) > 0.9


def test_words_have_their_bands():
    assert [column.word(x) for x in (-0.1, 0.0499, 0.05, 0.2499, 0.25, 5.0)] == [
        "Low",
        "Low",
        "Medium",
        "Medium",
    ] + 2 * ["High"]


def test_a_loss_of_ones_own_and_hyper_parameters():
    def soft(input, target, *, width=2.0):
        return width * (torch.sqrt(1 + ((input - target) / width) ** 2) - 1)

    w = MeasuredTable(["mse", soft], hyper={"soft.width": 1.0}, distance=30)
    numbers = w.numbers()
    assert numbers["soft.lost"] < numbers["mse.lost"]
    assert w.words == {"mse": "High"}
    assert "Soft loses" in w.caption() or "soft loses" in w.caption()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"share": 0.5}, "share: got 0.5, want a finite number from 0 to 0.4"),
        ({"distance": -1.0}, "distance: got -1"),
        ({"distance": float("nan")}, "distance: got nan"),
        ({"noise": "loud"}, "noise: got 'loud', want one of one way, both ways, places"),
        ({"sample": 6}, "sample: got 6, want 1 to 5"),
        ({"sort": "cost"}, "sort: got 'cost', want one of table"),
        ({"hide": ["legend"]}, "hide: got 'legend', want names out of"),
        ({"hyper": {"huber.delta": -1.0}}, r"hyper\['huber.delta'\]"),
        ({"losses": ["mse", "mse"]}, "losses: mse comes more than once"),
        ({"losses": ["contrastive"]}, "losses: contrastive is neither"),
    ],
)
def test_bad_values_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        MeasuredTable(**arguments)


def test_bad_states_are_refused_and_leave_the_old_one(first):
    w, _ = first
    for name, value in (("share", 0.41), ("distance", 31.0), ("noise", ""), ("sample", 0), ("sort", "x")):
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
    assert (w.share, w.distance, w.noise, w.sample, w.sort) == (0.1, 15.0, "one way", 1, "table")


def test_the_still_picture_shows_the_state(first):
    w, numbers = first
    svg = w.picture()
    assert svg == w.picture()
    assert "<title>With 10% of 100 points bad" in svg
    assert f"MSE loses {100 * numbers['mse.lost']:.0f}% (high, the table says high)" in w.caption()
    assert "nan" not in MeasuredTable(share=0.4, distance=30, noise="places").picture().lower()
