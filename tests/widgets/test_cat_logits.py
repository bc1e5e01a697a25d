"""CatLogits in Python: what it accepts, and the numbers it says it shows, beside a real last layer in torch."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossbook.widgets import CatLogits

NAMES = ["cat", "dog", "fox"]
SMALL = {"logits": [[0, 1], [0, 0], [0, 2]], "labels": [0, 0, 1], "names": ["cat", "dog"], "kernel": np.eye(3) + 1}


def layer(seed=0, images=5, inputs=7):
    """A last layer of three scores, inputs, and labels."""
    torch.manual_seed(seed)
    x = torch.randn(images, inputs, dtype=torch.float64)
    return torch.nn.Linear(inputs, 3, dtype=torch.float64), x, torch.arange(images) % 3


def lab(net, x, labels, **traits):
    kernel = (x @ x.T + 1).tolist()
    return CatLogits(logits=net(x).tolist(), labels=labels.tolist(), names=NAMES, kernel=kernel, **traits)


@pytest.mark.parametrize("active", range(5))
@pytest.mark.parametrize("rate", [0.001, 0.05])
def test_a_step_is_a_step_of_sgd_on_the_last_layer(active, rate):
    net, x, labels = layer()
    w = lab(net, x, labels, active=active, rate=rate)
    numbers, before = w.numbers(), net(x).detach()
    cost = F.cross_entropy(before, labels, reduction="none")
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    F.cross_entropy(net(x[[active]]), labels[[active]]).backward()
    optimizer.step()
    after = net(x).detach()
    cost_after = F.cross_entropy(after, labels, reduction="none")
    rest = torch.arange(5) != active
    assert numbers["loss"] == pytest.approx(cost[active].item())
    assert numbers["loss.after"] == pytest.approx(cost_after[active].item())
    assert numbers["others"] == pytest.approx(cost[rest].mean().item())
    assert numbers["others.after"] == pytest.approx(cost_after[rest].mean().item())
    own, own_after = ((-c).exp().tolist() for c in (cost, cost_after))
    assert [numbers[f"own.{j}"] for j in range(5)] == pytest.approx(own)
    assert [numbers[f"own_after.{j}"] for j in range(5)] == pytest.approx(own_after)
    assert [numbers[f"after.{k}"] for k in range(3)] == pytest.approx(after[active].softmax(-1).tolist())
    truth = F.one_hot(labels[active], 3)
    slopes = before[active].softmax(-1) - truth
    assert [numbers[f"gradient.{k}"] for k in range(3)] == pytest.approx(slopes.tolist())
    w.step()
    assert np.array(w.logits) == pytest.approx(after.numpy())


def test_many_steps_win_the_image_and_stay_on_the_axis():
    net, x, labels = layer(1)
    w = lab(net, x, labels, rate=1.0)
    w.step(200)
    assert w.numbers()["own.0"] > 0.99
    assert np.abs(w.logits).max() <= 10


@pytest.mark.parametrize("rate", [0.0001, 1.0])
@pytest.mark.parametrize("z", [(-10, 10), (10, -10), (0, 0), (10, 10)])
def test_extreme_states_are_finite(z, rate):
    w = CatLogits(**SMALL | {"logits": [z] * 3, "kernel": np.full((3, 3), 500.0)}, rate=rate)
    assert all(math.isfinite(v) for v in w.numbers().values())
    assert "nan" not in w.caption()
    assert "nan" not in w.picture().lower()


def test_images_become_addresses_and_are_drawn():
    images = np.random.default_rng(0).random((3, 4, 4, 3))
    w = CatLogits(**SMALL, images=images)
    assert all(address.startswith("data:image/png;base64,") for address in w.images)
    again = CatLogits(**SMALL, images=w.images)
    assert again.images == w.images
    svg = w.picture()
    assert svg == again.picture()
    assert f"<title>{w.caption()}</title>" in svg
    assert svg.count("<image") == 3
    assert CatLogits(**SMALL).images == []


def test_the_caption_says_what_the_step_does():
    w = CatLogits(**SMALL, rate=0.5)
    assert w.caption() == (
        "3 images and 2 classes. One step for an image of cat at learning rate 0.5 takes its probability of cat from "
        "26.9% to 61.4%. Other images that become more probable as what they are: 1 of 2."
    )


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"logits": [[0, 0]]}, ValueError, r"logits: got shape \(1, 2\), want 2 to 8 images and 2 to 6 classes"),
        ({"logits": [[0, 11], [0, 0], [0, 0]]}, ValueError, "logits: got a value that is not from -10 to 10"),
        ({"logits": [[0, math.nan], [0, 0], [0, 0]]}, ValueError, "logits: got a value"),
        ({"logits": [1, 2]}, ValueError, "logits: got something that is no table"),
        ({"logits": [[1], [1, 2]]}, ValueError, "logits: got something that is no table"),
        ({"labels": [0, 1]}, ValueError, r"labels: got \[0, 1\], want 3 indices of classes, 0 to 1"),
        ({"labels": [0, 1, 2]}, ValueError, "labels: got"),
        ({"names": ["cat"]}, ValueError, r"names: got \['cat'\], want 2 different ones"),
        ({"names": ["cat", "cat"]}, ValueError, "names: got"),
        ({"kernel": np.eye(2)}, ValueError, r"kernel: got shape \(2, 2\), want a symmetric table of shape \(3, 3\)"),
        ({"kernel": np.triu(np.ones((3, 3)))}, ValueError, "kernel: got shape"),
        ({"kernel": np.full((3, 3), math.inf)}, ValueError, "kernel: got shape"),
        ({"images": [np.zeros((2, 2, 3))]}, ValueError, "images: got 1 of them, want 3"),
        ({"images": [np.zeros((2, 2))] * 3}, ValueError, r"images: got one of shape \(2, 2\)"),
        ({"images": ["http://x"] * 3}, ValueError, "images: got one of shape"),
        ({"rate": 2.0}, ValueError, "rate: got 2.0, want a finite number from 0.0001 to 1"),
        ({"active": 3}, ValueError, "active: got 3, want the index of an image, 0 to 2"),
        ({"hide": ["slider"]}, ValueError, "hide: got 'slider'"),
        ({"loss": ["cross_entropy", "brier"]}, ValueError, "loss: got 2 of them, want one"),
        ({"loss": "cross_entrop"}, LookupError, "cross_entropy"),
    ],
)
def test_bad_values_say_what_is_wrong(changed, error, message):
    with pytest.raises(error, match=message):
        CatLogits(**SMALL | changed)


def test_what_is_fixed_stays_and_bad_states_leave_the_old_one():
    w = CatLogits(**SMALL)
    for name, value in [("labels", [1, 1, 1]), ("kernel", np.eye(3).tolist()), ("logits", [[0, 0]] * 4), ("active", 7)]:
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
    assert w.labels == [0, 0, 1]
    assert w.logits == [[0, 1], [0, 0], [0, 2]]
