"""StepThrough in Python: its numbers beside torch's own layers and optimizer, what it accepts, where a run leads."""

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.widgets import StepThrough
from lossbook.widgets.step_network import FAR, NAMES
from lossbook.widgets.step_through import POINTS, START, VALIDATION

TORCH = {
    "mse": torch.nn.functional.mse_loss,
    "mae": torch.nn.functional.l1_loss,
    "huber": torch.nn.functional.huber_loss,
}


def layers(weights):
    """The same network from torch's layers, in float64."""
    net = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()
    w = torch.tensor(weights, dtype=torch.float64)
    with torch.no_grad():
        net[0].weight.copy_(w[:3, None])
        net[0].bias.copy_(w[3:6])
        net[2].weight.copy_(w[None, 6:9])
        net[2].bias.copy_(w[9:])
    return net


def flat(net, of=lambda p: p):
    return torch.cat([of(p).flatten() for p in net.parameters()]).tolist()


def columns(points):
    return torch.tensor(points, dtype=torch.float64).T[:, :, None]


@pytest.mark.parametrize("learn", ["all", "one"])
@pytest.mark.parametrize("loss", TORCH)
def test_every_number_is_that_of_torchs_layers_and_optimizer(loss, learn):
    w = StepThrough(loss=loss, learn=learn, active=3, rate=0.2)
    net = layers(w.weights)
    sgd = torch.optim.SGD(net.parameters(), lr=0.2)
    (x, y), (vx, vy) = columns(w.points), columns(w.validation)
    chosen = slice(3, 4) if learn == "one" else slice(None)
    for _ in range(30):
        n = w.numbers()
        out = net(x)
        assert n["prediction"] == pytest.approx(out[3].item())
        assert n["residual"] == pytest.approx(out[3].item() - n["target"])
        assert [n[f"h.{j}"] for j in range(3)] == pytest.approx(net[:2](x)[3].tolist())
        assert n["loss"] == pytest.approx(TORCH[loss](out[3], y[3]).item())
        assert n["mean"] == pytest.approx(TORCH[loss](out, y).item())
        assert n["validation"] == pytest.approx(TORCH[loss](net(vx), vy).item())
        sgd.zero_grad()
        TORCH[loss](out[chosen], y[chosen]).backward()
        assert [n[f"slope.{name}"] for name in NAMES] == pytest.approx(flat(net, lambda p: p.grad))
        sgd.step()
        assert [n[f"next.{name}"] for name in NAMES] == pytest.approx(flat(net))
        assert n["after"] == pytest.approx(TORCH[loss](net(x), y).item())
        w.step()
    assert w.weights == pytest.approx(flat(net))
    assert (w.rounds, len(w.history)) == (30, 30)


def test_the_story_of_the_page():
    """Training loss falls all along; validation is lowest early and then turns up."""
    w = StepThrough()
    w.step(400)
    rounds, training, validation = np.array(w.history).T
    assert (np.diff(training) <= 0).all()
    assert 20 < rounds[validation.argmin()] < 150
    assert w.numbers()["validation"] > 1.5 * validation.min()
    assert w.numbers()["mean"] < 0.2 * training[0]


def test_another_loss_begins_new_curves_at_the_same_weights():
    w = StepThrough()
    w.step(5)
    before = w.numbers()
    w.loss = "mae"
    after = w.numbers()
    assert w.history == []
    for key in ("prediction", "residual", "h.0", "w1.0", "rounds"):
        assert before[key] == after[key]
    assert before["loss"] != after["loss"]
    assert before["slope.w1.0"] != after["slope.w1.0"]
    w.start_over()
    assert (w.weights, w.rounds, w.history) == (list(START), 0, [])


def test_the_history_stays_short_and_keeps_its_beginning():
    w = StepThrough(rate=0.01)
    w.step(700)
    rounds = [row[0] for row in w.history]
    assert rounds[:16] == list(range(16))
    assert rounds == sorted(set(rounds))
    assert len(rounds) <= 80


@pytest.mark.parametrize("loss", TORCH)
def test_a_run_at_too_large_a_rate_stays_finite(loss):
    w = StepThrough(loss=loss, rate=1.0, points=[(x, 3.0 if i % 2 else -3.0) for i, (x, _) in enumerate(POINTS)])
    w.step(60)
    w.weights = [FAR * (-1) ** i for i in range(10)]
    w.step(3)
    assert all(np.isfinite(v) for v in w.numbers().values())
    assert np.abs(w.weights).max() <= FAR
    assert "nan" not in w.picture().lower()


def test_a_readers_own_loss():
    def quartic(input, target, *, width=2.0):
        return ((input - target) / width) ** 4

    w = StepThrough(["mse", quartic], loss="quartic", hyper={"quartic.width": 1.5})
    n = w.numbers()
    assert n["loss"] == pytest.approx((n["residual"] / 1.5) ** 4)
    assert n["pull"] == pytest.approx(4 * n["residual"] ** 3 / 1.5**4)


def test_still_picture_and_caption():
    for stage in ("forward", "gradient", "update", "validate"):
        w = StepThrough(stage=stage)
        assert w.picture() == w.picture()
        assert "<title>" in w.picture()
    assert "after 0 rounds under MSE: training loss 1.23" in w.caption()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"losses": ["hinge"]}, "losses: hinge is not a loss of the residual"),
        ({"loss": "cauchy"}, "loss: got 'cauchy', want one of mse, mae, huber"),
        ({"points": [(0, 0)]}, r"points: got shape \(1, 2\)"),
        ({"points": [(0, 4)] * 3}, "points: got a point with y not from -3 to 3"),
        ({"points": "abc"}, "points: got something"),
        ({"validation": [(3, 0)] * 3}, "validation: got a point with x"),
        ({"weights": [1, 2]}, "got 2 numbers, want 10"),
        ({"weights": [2000] + [0] * 9}, r"\[0\]: got 2000"),
        ({"rate": 0.0}, "rate"),
        ({"rounds": -1}, "rounds"),
        ({"learn": "none"}, "learn: got 'none', want one of all, one"),
        ({"stage": "backward"}, "stage: got 'backward'"),
        ({"active": 10}, "active: got 10"),
        ({"history": [[1, 2]]}, "history: got"),
        ({"hide": ["arrows"]}, "hide: got 'arrows'"),
    ],
)
def test_errors_name_argument_got_and_want(wrong, message):
    with pytest.raises(ValueError, match=message):
        StepThrough(**wrong)


def test_later_changes_are_checked_too():
    w = StepThrough()
    with pytest.raises(ValueError, match="want 10 as at first"):
        w.points = w.points[:4]
    with pytest.raises(ValueError, match="validation: fixed"):
        w.validation = w.points
    assert w.validation == [list(p) for p in VALIDATION]


def test_it_is_public():
    assert lb.widgets.StepThrough is StepThrough
