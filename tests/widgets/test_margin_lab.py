"""MarginLab in Python: what it accepts, and the numbers it says it shows."""

import numpy as np
import pytest
import torch
from sklearn.svm import SVC

import lossbook as lb
from lossbook.widgets import MarginLab
from lossbook.widgets.margin_fit import widest
from lossbook.widgets.margin_lab import LABELS, POINTS

FOUR = [(1, 0), (3, 1), (-1, 0), (-2, 1)], [1, 1, -1, -1]


def cost(name, points, labels, penalty, w, b):
    """What the boundary minimizes, from the loss's public call."""
    x, y = torch.tensor(points, dtype=torch.float64), torch.tensor(labels, dtype=torch.float64)
    weight = penalty / 2 * (w @ w + 1e-3 * b**2)
    return lb.losses.get(name)(x @ w + b, y) + weight


@pytest.mark.parametrize("penalty", [0.003, 0.1, 1.0])
def test_no_boundary_near_by_costs_less(penalty):
    w = MarginLab(["hinge", "logistic", "exponential", "squared_hinge"], penalty=penalty)
    w.points = [*w.points[:-1], [2.0, 1.0]]  # no line separates them any more
    rng = np.random.default_rng(0)
    for name, fit in w.fits().items():
        best = torch.tensor([*fit.w, fit.b])
        at = cost(name, w.points, w.labels, penalty, best[:2], best[2])
        for size in (1e-4, 1e-2, 0.3):
            for way in rng.normal(0, size, (60, 3)):
                near = best + torch.tensor(way)
                assert cost(name, w.points, w.labels, penalty, near[:2], near[2]) >= at - 1e-12, name


def test_smooth_losses_agree_with_newton_in_torch():
    w = MarginLab(["logistic", "exponential"], penalty=0.2)
    for name, fit in w.fits().items():

        def value(v, name=name):
            return cost(name, w.points, w.labels, 0.2, v[:2], v[2])

        v = torch.zeros(3, dtype=torch.float64)
        for _ in range(60):
            step = torch.linalg.solve(torch.func.hessian(value)(v), torch.func.grad(value)(v))
            v = v - step / (1 + step.norm())  # damped, then full
        assert [*fit.w, fit.b] == pytest.approx(v.tolist(), abs=1e-6)
        margins = torch.tensor(w.labels) * (torch.tensor(w.points, dtype=torch.float64) @ v[:2] + v[2])
        n = w.numbers()
        assert [n[f"{name}.m.{i}"] for i in range(16)] == pytest.approx(margins.tolist(), abs=1e-6)
        assert n[f"{name}.margin"] == pytest.approx(float(margins.min() / v[:2].norm()), abs=1e-6)
        assert n[f"{name}.norm"] == pytest.approx(float(v[:2].norm()), abs=1e-6)
        assert n[f"{name}.support"] == 16


@pytest.mark.parametrize("penalty", [0.01, 0.5])
def test_hinge_is_the_support_vector_machine(penalty):
    machine = SVC(kernel="linear", C=1 / (penalty * 16), tol=1e-9).fit(POINTS, LABELS)
    w = MarginLab(["hinge"], penalty=penalty)
    fit = w.fits()["hinge"]
    # the machine leaves its offset free; here a thousandth of the penalty lies on it
    assert fit.w == pytest.approx(machine.coef_[0], abs=2e-3)
    assert w.numbers()["hinge.support"] == len(machine.support_)
    assert set(np.flatnonzero(fit.pulls)) == set(machine.support_)


def test_the_widest_margin_is_that_of_a_hard_machine():
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(40):
        labels = rng.choice([-1, 1], 12)
        labels[:2] = -1, 1
        points = rng.normal(0, 1, (12, 2)) + 1.3 * labels[:, None]
        machine = SVC(kernel="linear", C=1e7, tol=1e-8).fit(points, labels)
        separable = bool((machine.predict(points) == labels).all())
        assert (widest(points, labels) is not None) == separable
        if separable:
            found += 1
            assert widest(points, labels) == pytest.approx(1 / np.linalg.norm(machine.coef_), rel=1e-4)
    assert 10 < found < 40


def test_points_that_touch_leave_no_street():
    assert widest([(0, 0), (0, 0)], [1, -1]) is None
    assert widest([(0, 1), (0, -1), (0, 0), (2, 0)], [1, 1, -1, -1]) is None
    assert widest([(1, 0), (-1, 0)], [1, -1]) == pytest.approx(1)


def test_the_story_of_the_start():
    w = MarginLab()
    n = w.numbers()
    assert n["hinge.percent"] == pytest.approx(100, abs=1e-3)
    assert n["logistic.percent"] < n["exponential.percent"] < n["squared_hinge.percent"] < 99
    assert n["hinge.support"] == 3
    assert n["logistic.support"] == 16
    # a point behind the front row: free under hinge, not under logistic
    w.points = [*w.points[:12], [-3.9, 0.2], *w.points[13:]]
    m = w.numbers()
    assert m["hinge.norm"] == pytest.approx(n["hinge.norm"], abs=1e-7)
    assert abs(m["logistic.norm"] - n["logistic.norm"]) > 1e-3
    # less penalty: hinge stays, the others close in
    w.penalty = 0.002
    less = w.numbers()
    assert less["hinge.percent"] == pytest.approx(100, abs=1e-3)
    assert less["logistic.percent"] > m["logistic.percent"] + 3
    # far more: hinge's street swallows more than the front rows
    w.penalty = 1.0
    assert w.numbers()["hinge.percent"] < 80
    assert w.numbers()["hinge.support"] > 6


def test_losses_of_zero_and_one_and_of_the_margin_agree():
    both = [MarginLab([name]).numbers() for name in ("logistic", "binary_cross_entropy_with_logits")]
    first, second = ([n[key] for key in sorted(n) if key.endswith((".percent", ".m", ".norm"))] for n in both)
    assert first == pytest.approx(second, abs=1e-8)


def test_zero_weights_are_no_boundary():
    w = MarginLab(["perceptron"])
    n = w.numbers()
    assert n["perceptron.margin"] is None
    assert n["perceptron.percent"] is None
    assert "No boundary" in w.caption()
    assert "nan" not in w.picture().lower()


def test_state_changes_change_the_numbers():
    w = MarginLab(["hinge", "smooth_hinge"], points=FOUR[0], labels=FOUR[1])
    before = w.numbers()
    w.active = 1
    assert w.numbers()["hinge.m"] == w.numbers()["hinge.m.1"] == before["hinge.m.1"]
    w.off = ["hinge"]
    assert not any(key.startswith("hinge.") for key in w.numbers())
    w.points = [[-3.0, 0.5], *w.points[1:]]
    assert w.numbers()["widest"] is None
    assert "no straight line" in w.caption()


def test_axes_hold_every_point():
    assert MarginLab().bounds == [[-4.0, 4.0], [-3.0, 3.0]]
    assert MarginLab(points=[(5.5, 0), (-1, -3.2)], labels=[1, -1]).bounds == [[-4.0, 6], [-4, 3.0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": [(0, 0)], "labels": [1]}, r"points: got shape \(1, 2\), want \(n, 2\) with n from 2 to 40"),
        ({"points": np.zeros((41, 2)), "labels": [1, -1]}, r"points: got shape \(41, 2\)"),
        ({"points": np.zeros((4, 3)), "labels": [1, -1, 1, -1]}, r"points: got shape \(4, 3\)"),
        ({"points": "abc", "labels": [1, -1]}, "points: got 'abc', want numbers of shape"),
        ({"points": [(0, 0), (0, np.nan)], "labels": [1, -1]}, "points: got a coordinate that is not finite"),
        ({"points": [(0, 0), (0, 11)], "labels": [1, -1]}, "beyond 10; scale the features"),
        ({"points": FOUR[0]}, r"labels: got none, want -1 or \+1 for each of the 4 points"),
        ({"points": FOUR[0], "labels": [1, 1, 0, 0]}, "labels: got .*, want -1 or"),
        ({"points": FOUR[0], "labels": [1, -1]}, r"labels: got \[1, -1\], want -1 or \+1 for each of the 4"),
        ({"points": FOUR[0], "labels": [1, 1, 1, 1]}, r"labels: got \+1 for every point, want both classes"),
        ({"points": FOUR[0], "labels": FOUR[1], "bounds": ((0, 5), (-1, 5))}, r"points\[2\]: got x = -1"),
        ({"bounds": ((-5, 50), (-5, 5))}, "bounds: got .*, want no coordinate beyond 10"),
        ({"bounds": 3}, "bounds: got 3"),
        ({"active": 16}, "active: got 16, want the index of a point, 0 to 15"),
        ({"penalty": 0.0}, "penalty: got 0"),
        ({"penalty": float("nan")}, "penalty: got nan"),
        ({"focus": "mse"}, "focus: got 'mse', want \"\" or one of hinge, logistic"),
        ({"hide": ["slider"]}, "hide: got 'slider', want names out of"),
        ({"losses": ["mse"]}, "losses: mse is a loss of the residual, want one of the margin"),
        ({"losses": ["focal"]}, "losses: focal is not convex near the margin"),
    ],
)
def test_bad_values_say_what_is_wrong(arguments, message):
    with pytest.raises((ValueError, LookupError), match=message):
        MarginLab(**arguments)


def test_bad_states_are_refused_and_leave_the_old_one():
    w = MarginLab(["hinge"])
    before = w.points
    for name, value in [
        ("points", before[:-1]),
        ("points", [*before[:-1], [4.5, 0.0]]),
        ("labels", [-y for y in w.labels]),
        ("bounds", [[0, 1], [0, 1]]),
        ("active", -1),
        ("focus", "logistic"),
        ("penalty", 1000.0),
    ]:
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
    assert (w.points, w.active, w.focus, w.penalty) == (before, 12, "hinge", 0.1)


def test_unknown_losses_are_named():
    with pytest.raises(LookupError, match="hinge"):
        MarginLab(["hinje"])


def test_the_still_picture_shows_the_state():
    w = MarginLab()
    svg = w.picture()
    assert svg == w.picture()
    assert f"<title>{w.caption()}</title>" in svg
    assert "Hinge margin 0.92 (100%), 3 points pull" in w.caption()
    data, _ = w._repr_mimebundle_()
    assert {"image/svg+xml", "text/plain"} <= data.keys()
    for change in ({"focus": ""}, {"focus": "logistic"}, {"penalty": 1.0}):
        w = MarginLab(**change)
        assert w.picture() != svg
