"""EmbeddingLab in Python: what it accepts, the numbers it says it shows, and where its steps lead."""

import itertools

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.widgets import EmbeddingLab
from lossbook.widgets.embedding_lab import CLASSES, POINTS, REACH
from lossbook.widgets.embedding_picture import shorten


def by_formula(name, z, classes, margin, temperature, forces="both"):
    """The loss from its formula, term by term, without the package's definitions."""
    n, terms = len(classes), []
    if name == "contrastive":
        for i, j in itertools.combinations(range(n), 2):
            d2 = ((z[i] - z[j]) ** 2).sum()
            if classes[i] == classes[j]:
                terms.append(d2 / 2 if forces != "push" else 0 * d2)
            else:
                terms.append(torch.relu(margin - d2.sqrt()) ** 2 / 2 if forces != "pull" else 0 * d2)
    for a, p in itertools.permutations(range(n), 2):
        if name == "contrastive" or classes[a] != classes[p]:
            continue
        others = [k for k in range(n) if classes[k] != classes[a]]
        if name == "triplet":
            near = (z[a] - z[p]).norm()
            terms += [torch.relu(near - (z[a] - z[k]).norm() + margin) for k in others]
        else:
            u = z / z.norm(dim=1, keepdim=True)
            logits = u[[p, *others]] @ u[a] / temperature
            terms.append(torch.logsumexp(logits, 0) - logits[0])
    return torch.stack(terms).mean()


STATES = [
    ("contrastive", {}),
    ("contrastive", {"margin": 0.4, "forces": "push"}),
    ("contrastive", {"margin": 2.5, "forces": "pull"}),
    ("triplet", {"margin": 0.3}),
    ("info_nce", {"temperature": 0.07}),
    ("info_nce", {"temperature": 2.0}),
]


@pytest.mark.parametrize(("name", "settings"), STATES)
def test_numbers_are_those_of_the_formula(name, settings):
    w = EmbeddingLab(loss=name, active=4, **settings)
    numbers = w.numbers()
    z = torch.tensor(w.points, dtype=torch.float64, requires_grad=True)
    loss = by_formula(name, z, w.classes, w.margin, w.temperature, w.forces)
    loss.backward()
    assert numbers["loss"] == pytest.approx(float(loss.detach()), rel=1e-9, abs=1e-12)
    force = -len(z) * z.grad.numpy()
    for i, (fx, fy) in enumerate(force):
        assert numbers[f"force.{i}.x"] == pytest.approx(fx, abs=1e-9)
        assert numbers[f"force.{i}.y"] == pytest.approx(fy, abs=1e-9)
        assert (numbers[f"point.{i}.x"], numbers[f"point.{i}.y"]) == tuple(w.points[i])
    assert numbers["force"] == pytest.approx(np.hypot(*force[4]))
    moved = torch.tensor(np.clip(z.detach().numpy() + w.rate * force, -REACH, REACH))
    after = by_formula(name, moved, w.classes, w.margin, w.temperature, w.forces)
    assert numbers["after"] == pytest.approx(float(after), rel=1e-9, abs=1e-12)


def test_mean_distances_and_pairs_inside_the_margin():
    w = EmbeddingLab(points=[(0, 0), (1, 0), (0, 0.5), (2, 0)], classes=["cat", "cat", "dog", "dog"])
    numbers = w.numbers()
    assert numbers["near"] == pytest.approx((1 + np.hypot(2, 0.5)) / 2)
    assert numbers["far"] == pytest.approx((0.5 + 2 + np.hypot(1, 0.5) + 1) / 4)
    assert numbers["costly"] == 1  # the pairs at exactly 1 and beyond feel nothing
    assert w.felt().terms == 4
    assert w.classes == [0, 0, 1, 1]


@pytest.mark.parametrize("name", ["contrastive", "triplet", "info_nce"])
def test_steps_lead_downhill_to_classes_apart(name):
    w = EmbeddingLab(loss=name)
    start = w.numbers()
    w.step(300)
    end = w.numbers()
    assert end["loss"] < 0.1 * start["loss"]
    assert start["near"] > start["far"]
    assert end["near"] < 0.2 * end["far"]


def test_the_story_of_the_page():
    """At rest no dissimilar pair pushes; pulled alone each class shrinks to a point; InfoNCE always costs."""
    w = EmbeddingLab()
    w.step(300)
    assert w.numbers()["costly"] == 0
    w = EmbeddingLab(forces="pull")
    w.step(300)
    assert w.numbers()["near"] < 1e-3
    w = EmbeddingLab(loss="info_nce")
    w.step(300)
    assert w.numbers()["costly"] == w.felt().terms == 18


@pytest.mark.parametrize("name", ["contrastive", "triplet", "info_nce"])
def test_extreme_states_have_finite_numbers(name):
    for points in (np.zeros((9, 2)), np.full((9, 2), REACH), np.array(POINTS) * 0 + [[-2, 2]]):
        for margin, temperature, rate in ((0.0, 0.02, 1.0), (3.0, 5.0, 0.01)):
            w = EmbeddingLab(loss=name, points=points, margin=margin, temperature=temperature, rate=rate)
            assert all(np.isfinite(v) for v in w.numbers().values())
            assert "nan" not in w.picture().lower()


def test_still_picture_and_caption():
    w = EmbeddingLab(forces="pull")
    assert w.picture() == w.picture()
    assert "<title>" in w.picture()
    assert "similar pairs alone" in w.caption()
    assert "InfoNCE" in EmbeddingLab("info_nce").caption()
    assert np.hypot(*shorten([[30.0, 40.0], [0.0, 0.0], [0.1, 0.2]]).T) == pytest.approx([0.7, 0, np.hypot(0.1, 0.2)])


def test_points_stay_on_the_axes():
    w = EmbeddingLab(loss="info_nce", temperature=0.02, rate=1.0)
    w.step(20)
    assert np.abs(w.points).max() <= REACH


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"losses": ["huber"]}, "losses: got .*contrastive, triplet, info_nce"),
        ({"losses": []}, "losses"),
        ({"losses": ["triplet", "triplet"]}, "losses"),
        ({"loss": "siglip"}, "loss: got 'siglip'"),
        ({"losses": ["triplet"], "loss": "info_nce"}, "want one of triplet"),
        ({"points": [(0, 0)]}, r"points: got shape \(1, 2\), want \(9, 2\)"),
        ({"points": [(0, 3)] * 9}, "points: got a value"),
        ({"points": [(0, float("nan"))] * 9}, "points: got a value"),
        ({"points": "abc"}, "points: got something"),
        ({"classes": [0, 0, 1]}, "classes: got"),
        ({"classes": [0, 0, 0]}, "2 to 4 classes"),
        ({"classes": [0, 1, 2]}, "2 or more"),
        ({"margin": -1.0}, "margin"),
        ({"temperature": 0.0}, "temperature"),
        ({"rate": 2.0}, "rate"),
        ({"forces": "none"}, "forces: got 'none'"),
        ({"active": 9}, "active: got 9"),
        ({"hide": ["loss", "legend"]}, "hide: got 'legend'"),
    ],
)
def test_errors_name_argument_got_and_want(wrong, message):
    with pytest.raises(ValueError, match=message):
        EmbeddingLab(**wrong)


def test_later_changes_are_checked_too():
    w = EmbeddingLab()
    with pytest.raises(ValueError, match="classes: fixed"):
        w.classes = [0, 1] * 4 + [0]
    with pytest.raises(ValueError, match="points: got shape"):
        w.points = w.points[:4]
    assert w.classes == list(CLASSES)
    w.points = np.array(POINTS)[::-1].tolist()
    assert w.numbers()["point.0.x"] == POINTS[-1][0]


def test_it_is_public():
    assert lb.widgets.EmbeddingLab is EmbeddingLab
