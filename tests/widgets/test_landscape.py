"""Landscape in Python: what it accepts, its numbers against torch's optimizers, and the story of its page."""

import math

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.widgets import Landscape
from lossbook.widgets.landscape_paths import ORDER, STEPS, WORLD, X, Y, rises
from lossbook.widgets.landscape_picture import levels

FORMULAS = {
    "mse": lambda r: r**2,
    "huber": lambda r: torch.where(r.abs() <= 1, r**2 / 2, r.abs() - 0.5),
    "mae": torch.abs,
}


def by_torch(rule, formula, start, rate, momentum, batch):
    """The path under torch's own optimizer, and the loss of all points along it."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    x, y = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    kinds = {
        "gd": lambda: torch.optim.SGD([w], lr=rate),
        "momentum": lambda: torch.optim.SGD([w], lr=rate, momentum=momentum),
        "adam": lambda: torch.optim.Adam([w], lr=rate),
    }
    stepper, path, losses = kinds[rule](), [], []
    for t in range(STEPS + 1):
        path.append(w.detach().numpy().copy())
        losses.append(float(formula(w[0] + w[1] * x - y).mean().detach()))
        rows = list(ORDER[min(t, STEPS - 1)][:batch])
        stepper.zero_grad()
        formula(w[0] + w[1] * x[rows] - y[rows]).mean().backward()
        stepper.step()
    return np.array(path), np.array(losses)


@pytest.mark.parametrize("rule", ["gd", "momentum", "adam"])
@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize(("rate", "batch", "steps"), [(0.1, 12, 60), (0.3, 3, 41), (0.02, 1, 7)])
def test_paths_are_those_of_torch(rule, name, rate, batch, steps):
    w = Landscape(loss=name, rate=rate, batch=batch, steps=steps, momentum=0.8, start=(2.35, -1.2))
    path, losses = by_torch(rule, FORMULAS[name], (2.35, -1.2), rate, 0.8, batch)
    numbers = w.numbers()
    assert w.paths()[rule] == pytest.approx(path[: steps + 1], abs=1e-9)
    assert numbers[f"{rule}.intercept"] == pytest.approx(path[steps, 0], abs=1e-9)
    assert numbers[f"{rule}.slope"] == pytest.approx(path[steps, 1], abs=1e-9)
    assert numbers[f"{rule}.loss"] == pytest.approx(losses[steps], abs=1e-9)
    assert numbers[f"{rule}.rises"] == (np.diff(losses[: steps + 1]) > 1e-9 * (1 + losses[:steps])).sum()
    assert numbers["start.loss"] == pytest.approx(losses[0])


def test_the_edge_is_two_over_the_largest_curvature():
    design = np.column_stack([np.ones(len(X)), X])
    largest = np.linalg.eigvalsh(2 * design.T @ design / len(X))[-1]
    best = np.linalg.lstsq(design, np.array(Y), rcond=None)
    numbers = Landscape(momentum=0.5).numbers()
    assert numbers["sharpness"] == pytest.approx(largest)
    assert numbers["gd.edge"] == pytest.approx(2 / largest)
    assert numbers["momentum.edge"] == pytest.approx(3 / largest)
    assert numbers["least"] == pytest.approx(best[1][0] / len(X))
    assert Landscape().ground.lowest == pytest.approx(tuple(best[0]))
    nothing = Landscape(loss="mae").numbers()
    assert nothing["gd.edge"] is None
    assert nothing["sharpness"] == 0


def test_the_story_of_the_page():
    """Below the edge the loss falls at every step, above it all but grows at every step; noise lifts single steps."""
    below, above = Landscape(rate=0.36).numbers(), Landscape(rate=0.37).numbers()
    assert below["gd.edge"] == pytest.approx(0.3646, abs=1e-4)
    assert below["gd.rises"] == 0
    assert above["gd.rises"] >= 58  # the first steps may still win along the valley
    assert below["gd.loss"] < 1 < above["start.loss"] < above["gd.loss"]
    calm, noisy = Landscape().numbers(), Landscape(batch=2).numbers()
    assert calm["gd.rises"] == 0
    assert noisy["gd.rises"] >= 15
    assert noisy["gd.loss"] < 0.2 * noisy["start.loss"]
    assert calm["momentum.rises"] > 20  # no noise here: momentum climbs by itself
    assert calm["momentum.loss"] < calm["gd.loss"]


@pytest.mark.parametrize("name", FORMULAS)
def test_extreme_states_have_finite_numbers(name):
    for start in ((-3, -3), (4, 4), (-3, 4)):
        for rate, momentum, batch in ((0.003, 0.0, 1), (3.0, 0.98, 12), (3.0, 0.0, 1)):
            w = Landscape(loss=name, start=start, rate=rate, momentum=momentum, batch=batch)
            assert all(v is None or math.isfinite(v) for v in w.numbers().values())
            assert "nan" not in w.picture().lower()
            assert "nan" not in w.caption()


def test_still_picture_caption_and_own_losses():
    def pseudo_huber(input, target):
        return torch.sqrt(1 + (input - target) ** 2) - 1

    w = Landscape(["mse", pseudo_huber], off=["adam"], batch=4)
    assert w.picture() == w.picture()
    assert "<title>" in w.picture()
    assert "each seeing 4 of 12 points" in w.caption()
    assert "Adam" not in w.caption()
    assert "adam.loss" not in w.numbers()
    w.loss = "pseudo_huber"
    assert 0 < w.numbers()["sharpness"] < Landscape().numbers()["sharpness"]
    assert "no rule shown" in Landscape(off=["gd", "momentum", "adam"]).caption()
    assert "no edge" in Landscape(["mae"]).caption()


def test_levels_stand_ever_farther_apart():
    found = levels(1.0, 10.0)
    assert (np.diff(found, 2) > 0).all()
    assert 1 < found[0] < found[-1] < 10
    assert rises(np.array([3.0, 2.0, 2.5, 2.5, 2.6])) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"losses": ["binary_cross_entropy_with_logits"]}, "losses: .*not a loss of the residual"),
        ({"losses": []}, "losses"),
        ({"loss": "log_cosh"}, "loss: got 'log_cosh', want one of mse, huber, mae"),
        ({"start": (0.0,)}, "start: got 1 numbers"),
        ({"start": (0.0, 9.0)}, "start: got 9"),
        ({"start": (0.0, math.nan)}, "start"),
        ({"rate": 0.0}, "rate: got 0"),
        ({"rate": 4.0}, "rate"),
        ({"momentum": 1.0}, "momentum"),
        ({"batch": 0}, "batch: got 0, want 1 to 12"),
        ({"batch": 13}, "batch"),
        ({"steps": 61}, "steps: got 61, want 1 to 60"),
        ({"off": ["rmsprop"]}, "off: got 'rmsprop'"),
        ({"hide": ["off"]}, "hide: got 'off'"),
    ],
)
def test_errors_name_argument_got_and_want(wrong, message):
    with pytest.raises(ValueError, match=message):
        Landscape(**wrong)


def test_later_changes_are_checked_too():
    w = Landscape()
    with pytest.raises(ValueError, match="world: fixed"):
        w.world = {}
    with pytest.raises(ValueError, match="rate"):
        w.rate = -1.0
    w.off = ["adam", "gd"]
    assert w.off == ["gd", "adam"]
    assert w.world == WORLD
    assert lb.widgets.Landscape is Landscape
