"""SoftmaxBench in Python: what it accepts, and the numbers it says it shows."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import lossbook as lb
from lossbook.widgets import SoftmaxBench

LOGITS = [-4.0, 2.5, 0.5, -1.0]


def by_torch(loss, logits, label, temperature):
    """Value and gradient of a function of the logits divided by the temperature, written without the package."""
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    value = loss(z / temperature, torch.tensor(label))
    value.backward()
    return value.item(), z.grad.tolist()


def squared(z, label):
    return ((F.softmax(z, -1) - F.one_hot(label, len(z))) ** 2).sum()


def focal(z, label, gamma=2.0):
    p = F.softmax(z, -1)[label]
    return -((1 - p) ** gamma) * torch.log(p)


def smoothed(z, label):
    return F.cross_entropy(z, label, label_smoothing=0.2)


def generalized(z, label, q=0.7):
    return (1 - F.softmax(z, -1)[label] ** q) / q


@pytest.mark.parametrize("temperature", [1.0, 0.4, 7.0])
@pytest.mark.parametrize("label", range(4))
@pytest.mark.parametrize(
    ("name", "wanted", "hyper"),
    [
        ("cross_entropy", F.cross_entropy, {}),
        ("cross_entropy", smoothed, {"cross_entropy.label_smoothing": 0.2}),
        ("brier", squared, {}),
        ("softmax_focal", focal, {}),
        ("softmax_focal", lambda z, k: focal(z, k, 0.5), {"softmax_focal.gamma": 0.5}),
        ("generalized_cross_entropy", generalized, {}),
    ],
)
def test_values_and_slopes_are_those_of_torch(name, wanted, hyper, label, temperature):
    numbers = SoftmaxBench(name, logits=LOGITS, label=label, temperature=temperature, hyper=hyper).numbers()
    value, gradient = by_torch(wanted, LOGITS, label, temperature)
    assert numbers[f"{name}.value"] == pytest.approx(value, rel=1e-9)
    assert [numbers[f"{name}.gradient.{k}"] for k in range(4)] == pytest.approx(gradient, rel=1e-9, abs=1e-12)
    assert numbers[f"{name}.gradient"] == numbers[f"{name}.gradient.{label}"]
    p = np.exp(np.array(LOGITS) / temperature)
    assert [numbers[f"p.{k}"] for k in range(4)] == pytest.approx(p / p.sum())
    assert [numbers[f"logit.{k}"] for k in range(4)] == LOGITS


def test_the_slope_of_cross_entropy_is_what_was_said_minus_what_was_true():
    numbers = SoftmaxBench(logits=LOGITS, label=2).numbers()
    for k in range(4):
        assert numbers[f"cross_entropy.gradient.{k}"] == pytest.approx(numbers[f"p.{k}"] - (k == 2))


def test_steps_are_gradient_steps_of_length_one():
    numbers = SoftmaxBench(["cross_entropy", "brier"], logits=LOGITS).numbers()
    for name, loss in (("cross_entropy", F.cross_entropy), ("brier", squared)):
        z, steps = LOGITS, 0
        while F.softmax(torch.tensor(z), -1)[0] <= 0.5:
            z = (np.array(z) - by_torch(loss, z, 0, 1.0)[1]).tolist()
            steps += 1
        assert numbers[f"{name}.steps"] == steps
    assert numbers["brier.steps"] > 10 * numbers["cross_entropy.steps"] > 0


def test_the_story_of_the_start():
    numbers = SoftmaxBench().numbers()
    assert numbers["p.0"] < 0.01 < 0.8 < numbers["p.1"]
    assert numbers["cross_entropy.gradient"] < -0.99 < -0.01 < numbers["brier.gradient"] < 0
    assert numbers["cross_entropy.gradient.2"] > 0 > numbers["brier.gradient.2"]  # a wrong class that is pushed up


def test_no_steps_are_needed_where_the_label_leads_and_none_suffice_where_the_slope_is_gone():
    assert SoftmaxBench(logits=[3, 0, 0]).numbers()["brier.steps"] == 0
    numbers = SoftmaxBench(logits=[-10, 10, 0]).numbers()
    assert numbers["brier.steps"] is None
    assert numbers["cross_entropy.steps"] < 30


def test_the_formula_as_it_is_written_and_its_end():
    w = SoftmaxBench(["cross_entropy"], logits=[-10, 2.5, 0])
    assert w.numbers()["naive"] == pytest.approx(w.numbers()["cross_entropy.value"])
    w.temperature = 0.01
    assert w.numbers()["naive"] is None
    assert w.numbers()["cross_entropy.value"] == pytest.approx(1250)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_the_floor_is_the_entropy_of_the_smoothed_label(smoothing):
    w = SoftmaxBench(logits=[1, 2, 3], hyper={"cross_entropy.label_smoothing": smoothing})
    target = np.full(3, smoothing / 3) + (1 - smoothing) * np.eye(3)[0]
    target = target[target > 0]
    floor = w.numbers()["floor"]
    assert floor == pytest.approx(-(target * np.log(target)).sum(), abs=1e-12)
    assert math.copysign(1, floor) == 1
    assert w.numbers()["cross_entropy.value"] > floor
    if smoothing:
        best = SoftmaxBench(logits=np.log(target), hyper=w.hyper).numbers()
        assert best["cross_entropy.value"] == pytest.approx(floor)


def test_only_differences_between_logits_count():
    low, high = (SoftmaxBench(logits=[z + s for z in (1, 2, -3)]).numbers() for s in (0, 5))
    for key in low:
        if not key.startswith("logit."):
            assert high[key] == pytest.approx(low[key], abs=1e-12), key


@pytest.mark.parametrize("temperature", [0.01, 1.0, 20.0])
@pytest.mark.parametrize("logits", [(-10, 10, 10), (10, -10, -10), (0, 0, 0), (-10, -10, -10)])
def test_extreme_states_have_no_number_that_is_not_finite(logits, temperature):
    w = SoftmaxBench(["cross_entropy", "brier", "softmax_focal", "log_score"], logits=logits, temperature=temperature)
    numbers = w.numbers()
    assert all(value is None or math.isfinite(value) for value in numbers.values())
    for name in ("cross_entropy", "brier", "softmax_focal"):
        assert numbers[f"{name}.value"] is not None
        assert all(numbers[f"{name}.gradient.{k}"] is not None for k in range(3))
    assert "nan" not in w.caption()
    assert "nan" not in w.picture().lower()


def test_a_probability_of_zero_has_no_logarithm_and_its_loss_no_slope():
    w = SoftmaxBench(["log_score", "cross_entropy"], logits=[-10, 10, 0], temperature=0.01)
    numbers = w.numbers()
    assert [numbers[f"log_score.{key}"] for key in ("value", "gradient", "gradient.1", "steps")] == [None] * 4
    assert numbers["cross_entropy.value"] == pytest.approx(2000)
    assert "Log score not finite, slope not finite; CE 2e+03, slope -100" in w.caption()


def test_state_changes_change_the_numbers():
    w = SoftmaxBench()
    before = w.numbers()
    w.logits = [0, 0, 0, 0]
    assert w.numbers()["cross_entropy.value"] == pytest.approx(math.log(4))
    w.logits = LOGITS
    assert w.numbers() == before
    w.label = 1
    assert w.numbers()["cross_entropy.steps"] == 0
    w.off = ["brier"]
    assert not any(key.startswith("brier") for key in w.numbers())


def test_losses_by_name_or_function_and_names_of_classes():
    w = SoftmaxBench(lb.losses.cross_entropy, logits=[1, 2], names=["no", "yes"], label=1)
    assert [d.name for d in w.drawn] == ["cross_entropy"]
    assert w.caption().startswith("Logits and probabilities of 2 classes: no 1, 26.9%; yes 2, 73.1%. The label is yes;")
    assert SoftmaxBench(logits=range(6)).names == ["cat", "dog", "fox", "owl", "bat", "elk"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"logits": [1]}, ValueError, "logits: got 1 of them, want 2 to 6"),
        ({"logits": range(7)}, ValueError, "logits: got 7 of them, want 2 to 6"),
        ({"logits": "ab"}, ValueError, "logits: got 'ab', want 2 to 6 numbers"),
        ({"logits": 3}, ValueError, "logits: got 3, want 2 to 6 numbers"),
        ({"logits": [0, 11]}, ValueError, r"logits\[1\]: got 11.0, want a finite number from -10 to 10"),
        ({"logits": [float("nan"), 0]}, ValueError, r"logits\[0\]: got nan"),
        ({"label": 4}, ValueError, "label: got 4, want the index of a class, 0 to 3"),
        ({"label": -1}, ValueError, "label: got -1, want the index of a class, 0 to 3"),
        ({"temperature": 0.0}, ValueError, "temperature: got 0.0, want a finite number from 0.01 to 20"),
        ({"temperature": math.inf}, ValueError, "temperature: got inf"),
        ({"names": ["a", "b"]}, ValueError, r"names: got \['a', 'b'\], want 4 different ones of 1 to 12 letters"),
        ({"names": ["a", "a", "b", "c"]}, ValueError, "want 4 different ones"),
        ({"names": ["a", " ", "b", "c"]}, ValueError, "want 4 different ones"),
        ({"names": ["a", "b", "c", "a creature of the deep"]}, ValueError, "want 4 different ones"),
        ({"names": 5}, TypeError, "names: got int, want a list of 4 names"),
        ({"hide": ["slider"]}, ValueError, "hide: got 'slider', want names out of label, numbers"),
        ({"off": ["mse"]}, ValueError, "off: got 'mse', want names out of cross_entropy"),
        ({"hyper": {"softmax_focal.gamma": -1.0}}, ValueError, r"hyper\['softmax_focal.gamma'\]"),
        ({"losses": ["mse"]}, ValueError, "losses: mse does not hold the logits or probabilities of classes"),
        ({"losses": []}, ValueError, "losses: got 0 of them, want 1 to 4"),
        ({"losses": ["brier", "brier"]}, ValueError, "losses: brier comes more than once"),
        ({"losses": ["entropy_cross"]}, LookupError, "entropy_cross"),
        ({"losses": [lambda z, k: z]}, TypeError, "losses: got .*, want a name out of the registry or a public loss"),
        ({"losses": 5}, TypeError, "losses: got 5, want a name out of the registry or a public loss"),
    ],
)
def test_bad_values_say_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        SoftmaxBench(**arguments)


def test_bad_states_are_refused_and_leave_the_old_one():
    w = SoftmaxBench()
    for name, value in [
        ("logits", [0, 0, 0]),
        ("logits", [0, 0, 0, 10.5]),
        ("label", 9),
        ("temperature", 50.0),
        ("names", ["a"]),
    ]:
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
    assert (w.logits, w.label, w.temperature, w.names[0]) == (LOGITS, 0, 1.0, "cat")


def test_the_still_picture_shows_the_state():
    w = SoftmaxBench()
    svg = w.picture()
    assert svg == w.picture()
    assert f"<title>{w.caption()}</title>" in svg
    assert "cat -4, 0.129%" in w.caption()
    assert f"CE {w.numbers()['cross_entropy.value']:.3g}, slope" in w.caption()
    data, _ = w._repr_mimebundle_()
    assert {"image/svg+xml", "text/plain"} <= data.keys()
    w.off = [d.name for d in w.drawn]
    assert w.caption().endswith("The label is cat.")
    assert w.picture() != svg
