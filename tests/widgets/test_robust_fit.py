"""RobustFit in Python: what it accepts, and the numbers it says it shows."""

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.widgets import RobustFit
from lossbook.widgets.robust_fit import POINTS

OUTLIER = [(0, 1.2), (1, 2.7), (2, 5.3), (3, 6.8), (4, 9.1), (5, 30.0)]


def welsch(input, target, *, width=2.0):
    return width**2 * (1 - torch.exp(-(((input - target) / width) ** 2) / 2))


@pytest.fixture(scope="module")
def four():
    return RobustFit(points=OUTLIER)


def test_the_numbers_are_those_of_robust_fit(four):
    numbers = four.numbers()
    x, y = np.array(OUTLIER).T
    for name in ("mse", "mae", "huber", "cauchy"):
        intercept, slope = lb.experiments.robust_fit(x, y, name)
        assert numbers[f"{name}.slope"] == pytest.approx(slope, abs=1e-12)
        assert numbers[f"{name}.intercept"] == pytest.approx(intercept, abs=1e-12)
        rest = lb.experiments.robust_fit(x[:5], y[:5], name)
        assert numbers[f"{name}.slope_without"] == pytest.approx(rest[1], abs=1e-12)


def test_shares_come_from_the_gradient_of_the_loss(four):
    numbers = four.numbers()
    x, y = torch.tensor(OUTLIER, dtype=torch.float64).T
    for name in ("mse", "huber", "cauchy"):
        prediction = (numbers[f"{name}.intercept"] + numbers[f"{name}.slope"] * x).requires_grad_()
        lb.losses.get(name)(prediction, y, reduction="sum").backward()
        share = prediction.grad.abs() / prediction.grad.abs().sum()
        assert [numbers[f"{name}.share.{i}"] for i in range(6)] == pytest.approx(share.tolist(), abs=1e-6)
        assert numbers[f"{name}.share"] == numbers[f"{name}.share.5"]


def test_the_absolute_error_gives_each_point_off_its_line_the_same_share(four):
    fit = four.fits()["mae"]
    x, y = np.array(OUTLIER).T
    off = np.abs(fit.intercept + fit.slope * x - y) > 1e-5
    assert off.sum() == 4  # the line runs through the other two
    assert np.abs(fit.pull[off]) == pytest.approx(np.ones(4))
    assert np.abs(fit.pull[~off]).max() <= 1 + 1e-9


def test_pulls_balance_so_that_no_share_exceeds_one_half():
    w = RobustFit(["mse", "mae", "huber", "cauchy", "log_cosh", welsch], points=OUTLIER, hyper={"huber.delta": 0.5})
    for fit in w.fits().values():
        assert fit.pull.sum() == pytest.approx(0, abs=1e-5)
        assert fit.share.sum() == pytest.approx(1)
        assert fit.share.max() <= 0.5 + 1e-6


def test_the_story_of_the_start():
    numbers = RobustFit().numbers()
    assert numbers["mse.share"] > 2 * numbers["mae.share"] > 0.15
    assert numbers["cauchy.share"] < 0.05
    assert numbers["mse.slope_without"] == pytest.approx(2, abs=0.05)
    assert numbers["mse.slope"] < 1
    assert all(numbers[f"{name}.slope"] > 1.7 for name in ("mae", "huber", "cauchy"))


def test_sideways_the_absolute_error_gives_way_and_cauchy_does_not():
    w = RobustFit(["mae", "cauchy"])
    w.points = [*w.points[:-1], [14.0, 0.0]]
    numbers = w.numbers()
    assert numbers["mae.slope"] < 1 < 1.9 < numbers["cauchy.slope"]
    assert numbers["mae.share"] == pytest.approx(0.1, abs=0.01)  # no larger than in its old place


def test_a_vertical_stack_has_no_line():
    w = RobustFit(["mse", "cauchy"], points=[(2, 1), (2, 5), (2, 9)])
    numbers = w.numbers()
    assert {k: v for k, v in numbers.items() if not k.startswith("point")} == dict.fromkeys(
        [f"{n}.{k}" for n in ("mse", "cauchy") for k in ("slope", "intercept", "share", "slope_without")]
        + [f"{n}.share.{i}" for n in ("mse", "cauchy") for i in range(3)]
    )
    assert "no slope" in w.caption()
    assert "nan" not in w.picture().lower()


def test_without_the_ringed_point_the_others_may_form_a_stack():
    numbers = RobustFit(["mse"], points=[(2, 1), (2, 5), (4, 9)], active=2).numbers()
    assert numbers["mse.slope"] == pytest.approx(3)
    assert numbers["mse.slope_without"] is None


def test_on_a_perfect_line_nobody_pulls():
    numbers = RobustFit(points=[(x, 2 * x + 1) for x in range(5)]).numbers()
    assert {numbers[f"{name}.share"] for name in ("mse", "mae", "huber", "cauchy")} == {0.0}
    assert numbers["mae.slope"] == pytest.approx(2)


def test_state_changes_change_the_numbers(four):
    w = RobustFit(["mse", "huber"], points=OUTLIER)
    tight = w.numbers()["huber.slope"]
    w.hyper = {"huber.delta": 5.0}
    assert w.numbers()["huber.slope"] > tight
    w.off = ["mse"]
    assert not any(key.startswith("mse") for key in w.numbers())
    w.active = 0
    assert w.numbers()["huber.share"] == w.numbers()["huber.share.0"]


def test_default_point_axes_and_ring():
    w = RobustFit(["mse"], points=np.array(OUTLIER))
    assert w.active == 5
    assert w.points == [[float(x), float(y)] for x, y in OUTLIER]
    (x0, x1), (y0, y1) = w.bounds
    assert (x0 < 0, x1 > 5, y0 < 1.2, y1 > 30) == (True,) * 4
    default = RobustFit(["mse"])
    assert default.points == [list(p) for p in POINTS]
    assert default.active == len(POINTS) - 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": [(0, 0), (1, 1)]}, r"points: got shape \(2, 2\), want \(n, 2\) with n from 3 to 60"),
        ({"points": np.zeros((5, 3))}, r"points: got shape \(5, 3\)"),
        ({"points": np.zeros((61, 2))}, r"points: got shape \(61, 2\)"),
        ({"points": [(0, 0), (1, 1), (2, float("nan"))]}, "points: got a value that is not finite"),
        ({"points": "abc"}, "points: got something that is no table of numbers"),
        (
            {"points": [(0, 0), (1, 1), (9, 1)], "bounds": ((0, 5), (0, 5))},
            r"points\[2\]: got x = 9, want it on the axis",
        ),
        ({"bounds": ((0, 5), (5, 5))}, "bounds: got .*, each low first"),
        ({"bounds": 3}, "bounds: got 3"),
        ({"active": 11}, "active: got 11, want the index of a point, 0 to 10"),
        ({"residuals": "cauchy", "losses": ["mse"]}, "residuals: got 'cauchy', want \"\" or one of mse"),
        ({"hide": ["slider"]}, "hide: got 'slider', want names out of"),
        ({"hyper": {"huber.delta": -1.0}}, r"hyper\['huber.delta'\]"),
        ({"losses": ["binary_cross_entropy_with_logits"]}, "losses: binary_cross_entropy_with_logits is not a loss of"),
        ({"losses": [lambda input, target: -((input - target) ** 2)]}, "losses: .* grows smaller with the error"),
        (
            {"losses": [lambda input, target: (input - target) ** 2 * target.abs()]},
            "losses: .* more than input - target",
        ),
        ({"losses": [lambda input, target: torch.exp((input - target) ** 4)]}, "losses: .* has no finite gradient"),
    ],
)
def test_bad_values_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        RobustFit(**arguments)


def test_bad_states_are_refused_and_leave_the_old_one():
    w = RobustFit(["mse", "mae"])
    before = w.points
    for name, value in [
        ("points", before[:-1]),
        ("points", [*before[:-1], [20.0, 0.0]]),
        ("points", [*before[:-1], [1.0, float("inf")]]),
        ("active", -1),
        ("residuals", "huber"),
        ("bounds", [[0, 1], [0, 1]]),
    ]:
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
    assert (w.points, w.active, w.residuals) == (before, 10, "")


def test_unknown_losses_are_named():
    with pytest.raises(LookupError, match="huber"):
        RobustFit(["hubber"])


def test_the_still_picture_shows_the_state():
    w = RobustFit(points=OUTLIER)
    svg = w.picture()
    assert svg == w.picture()
    assert f"<title>{w.caption()}</title>" in svg
    assert "(5, 30)" in w.caption()
    share = round(100 * w.numbers()["mse.share"])
    assert f"share of that point {share}%" in w.caption()
    data, _ = w._repr_mimebundle_()
    assert {"image/svg+xml", "text/plain"} <= data.keys()
    w.points = [*w.points[:-1], [5.0, 11.0]]
    assert w.picture() != svg
