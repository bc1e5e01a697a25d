"""ImbalanceLab in Python: what it accepts, and its numbers beside an independent training in torch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import average_precision_score

from lossbook.widgets import ImbalanceLab, imbalance_model

BCE = "binary_cross_entropy_with_logits"


def features(points):
    x, y = torch.tensor(points, dtype=torch.float64).T
    return torch.stack([torch.ones_like(x), x, y, (x**2 - 1) / 2**0.5, (y**2 - 1) / 2**0.5, x * y], dim=1)


def focal(z, y):
    p = torch.sigmoid(z)
    right = p * y + (1 - p) * (1 - y)
    return (1 - right) ** 2 * F.binary_cross_entropy_with_logits(z, y, reduction="none")


LOSSES = {
    BCE: lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none"),
    "weighted_bce": lambda z, y: F.binary_cross_entropy_with_logits(
        z, y, reduction="none", pos_weight=torch.tensor(10.0, dtype=torch.float64)
    ),
    "focal": focal,
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_numbers_are_those_of_torch_and_its_adam(name):
    w = ImbalanceLab(rare=11, flipped=4, step=40)
    world, numbers = w.world, w.numbers()
    X = features(world["common"] + world["rare"][:11])
    y = torch.tensor([1.0] * 4 + [0.0] * 196 + [1.0] * 11, dtype=torch.float64)
    weights = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([weights], lr=0.06, betas=(0.9, 0.99))
    for _ in range(40):
        adam.zero_grad()
        LOSSES[name](X @ weights, y).mean().backward()
        adam.step()
    z = (X @ weights).detach().requires_grad_()
    LOSSES[name](z, y).sum().backward()
    share = (z.grad.abs() / z.grad.abs().sum()).numpy()
    hard = (z > 0).numpy()[4:200]
    own = (share[4:200][~hard].sum(), share[4:200][hard].sum(), share[200:].sum(), share[:4].sum())
    assert [numbers[f"{name}.{k}"] for k in ("easy", "hard", "rare", "wrong")] == pytest.approx(own, abs=1e-6)
    held = (features(world["held_common"] + world["held_rare"][:22]) @ weights).detach()
    truth = [0] * 400 + [1] * 22
    assert numbers[f"{name}.precision"] == pytest.approx(average_precision_score(truth, held), abs=1e-9)
    assert numbers[f"{name}.mean"] == pytest.approx(torch.sigmoid(held).mean().item(), abs=1e-6)


def test_the_story_of_the_start():
    """At first everybody pulls alike; later cross-entropy leaves the rare class the least, and in the end all agree."""
    w = ImbalanceLab(step=0)
    first = w.numbers()
    assert [first["focal.rare"], first[f"{BCE}.rare"]] == pytest.approx([14 / 214] * 2)
    assert first["weighted_bce.rare"] == pytest.approx(140 / 340)
    w.step = 15
    middle = w.numbers()
    assert middle[f"{BCE}.rare"] < 0.15 < 2 * middle[f"{BCE}.rare"] < middle["focal.rare"] < middle["weighted_bce.rare"]
    w.step = 150
    last = w.numbers()
    assert all(0.35 < last[f"{name}.rare"] < 0.55 for name in LOSSES)
    assert abs(last[f"{BCE}.mean"] - last["rate"]) < 0.05 < last["focal.mean"] - last["rate"]


def test_wrong_labels_take_more_of_focals_gradient():
    numbers = ImbalanceLab(step=25, flipped=4).numbers()
    assert numbers["focal.wrong"] > 2 * numbers[f"{BCE}.wrong"]


def test_gamma_zero_is_cross_entropy():
    numbers = ImbalanceLab([BCE, "focal"], hyper={"focal.gamma": 0.0}).numbers()
    for key in ("easy", "hard", "rare", "precision", "mean"):
        assert numbers[f"focal.{key}"] == pytest.approx(numbers[f"{BCE}.{key}"], abs=1e-6)


def test_where_nobody_pulls_there_are_no_shares():
    w = ImbalanceLab("focal", hyper={"focal.gamma": 1e9}, step=3)
    assert w.numbers()["focal.rare"] is None
    assert w.numbers()["focal.precision"] == pytest.approx(14 / 214)
    assert "no loss shown" in w.caption()
    assert "nan" not in w.picture().lower()


def test_the_data_are_the_same_everywhere():
    world = imbalance_model.world()
    assert world == imbalance_model.WORLD == ImbalanceLab().world
    assert [len(world[k]) for k in ("common", "rare", "held_common", "held_rare")] == [200, 40, 400, 80]
    assert np.abs(world["held_common"]).max() <= 3.5


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"losses": ["focall"]}, LookupError, "losses: got 'focall', want names out of"),
        ({"losses": []}, ValueError, "losses: got none"),
        ({"rare": 3}, ValueError, "rare: got 3, want a whole number from 4 to 40"),
        ({"step": 151}, ValueError, "step: got 151, want a whole number from 0 to 150"),
        ({"flipped": 5}, ValueError, "flipped: got 5, want one of 0, 4, 12"),
        ({"view": "loss"}, ValueError, "view: got 'loss', want one of 'share', 'precision'"),
        ({"seen": "mse"}, ValueError, "seen: got 'mse', want one of"),
        ({"hyper": {"focal.gamma": -1}}, ValueError, r"hyper\['focal.gamma'\]"),
        ({"hide": ["curves"]}, ValueError, "hide: got 'curves'"),
    ],
)
def test_bad_values_say_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        ImbalanceLab(**arguments)


def test_bad_states_are_refused_and_leave_the_old_one():
    w = ImbalanceLab()
    for name, value in [("rare", 41), ("step", -1), ("flipped", 1), ("seen", ""), ("world", {})]:
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
    assert (w.rare, w.step, w.flipped, w.seen) == (14, 20, 0, BCE)


def test_the_still_picture_shows_the_state():
    w = ImbalanceLab(step=10)
    svg = w.picture()
    assert f"<title>{w.caption().replace(chr(39), '&#x27;')}</title>" in svg
    assert "14 rare points among 200" in w.caption()
    w.view, w.off = "precision", [BCE]
    assert w.picture() != svg
    assert "BCE 0" not in w.caption().replace("Weighted", "")
