"""LossExplorer in Python: traits are checked, numbers are torch's, the picture shows the state."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.widgets import LossExplorer
from lossbook.widgets.loss_picture import limits


def soft(input, target, *, k=1.0, shift=0.0):
    r = input - target
    return torch.sqrt(1 + k * r * r) - 1 + shift * r


def test_a_loss_without_axis_and_path_has_no_curve():
    bare = replace(lb.losses.get("gamma_deviance").record, path=None)
    loss = lambda input, target: input  # noqa: E731
    loss.record, loss.definition = bare, lb.losses.get("gamma_deviance").definition
    with pytest.raises(ValueError, match="has no path, so it has no curve"):
        LossExplorer([loss])


def test_numbers_are_the_registry_loss_and_its_derivatives():
    w = LossExplorer(["mse", "huber"], residual=3.0, hyper={"huber.delta": 2.0})
    assert w.numbers() == {
        "residual": 3.0,
        "mse.value": 9.0,
        "mse.gradient": 6.0,
        "mse.curvature": 2.0,
        "huber.value": 4.0,
        "huber.gradient": 2.0,
        "huber.curvature": 0.0,
    }


@pytest.mark.parametrize("residual", [-2.5, -0.3, 0.7, 2.0])
def test_numbers_agree_with_finite_differences(residual):
    names = [n for n in lb.losses.names("regression") if lb.losses.get(n).record.axis == "residual"][:8]
    numbers = LossExplorer(names, residual=residual).numbers()
    for name in names:
        h = 1e-4
        at = [float(lb.losses.get(name)(np.array([residual + d]), np.zeros(1))) for d in (-h, 0.0, h)]
        assert numbers[f"{name}.value"] == pytest.approx(at[1], abs=1e-12)
        assert numbers[f"{name}.gradient"] == pytest.approx((at[2] - at[0]) / (2 * h), abs=1e-5)


def test_curvature_at_zero_is_the_one_beside_it():
    numbers = LossExplorer(["huber", "mae"], residual=0.0).numbers()
    assert numbers["huber.curvature"] == pytest.approx(1.0)
    assert numbers["mae.curvature"] == 0.0


def test_a_readers_own_function_gets_sliders_from_its_defaults():
    w = LossExplorer(["mse", soft], residual=1.0, hyper={"soft.k": 3.0})
    assert w.numbers()["soft.value"] == pytest.approx(1.0)
    assert w.hyper == {"soft.k": 3.0, "soft.shift": 0.0}
    spec = w.specs[1]
    assert [p["name"] for p in spec["parameters"]] == ["k", "shift"]
    assert spec["parameters"][0]["slider"] == [0.1, 5.0]
    assert spec["color"] != w.specs[0]["color"]


def test_a_slider_may_be_given_its_range():
    w = LossExplorer([soft], sliders={"soft.k": (0.5, 2)})
    assert w.specs[0]["parameters"][0]["slider"] == [0.5, 2.0]


def test_a_lambda_is_a_loss_too():
    w = LossExplorer([lambda input, target: (input - target) ** 2 / 2], residual=2.0)
    assert w.numbers()["my_loss.value"] == 2.0


def test_margin_losses_are_drawn_over_the_logit():
    w = LossExplorer(["binary_cross_entropy_with_logits"], residual=-2.0)
    assert w.numbers()["binary_cross_entropy_with_logits.value"] == pytest.approx(math.log1p(math.exp(2)))
    assert "logit" in w.caption()


def test_a_loss_of_whole_tensors_is_drawn_along_its_path():
    w = LossExplorer(["gamma_deviance"])
    path = lb.losses.get("gamma_deviance").record.path
    assert w.residual == path.start
    assert w.ends == (path.low, path.high)
    assert w.numbers()["gamma_deviance.value"] == pytest.approx(2 * (3 / 5 - 1 - math.log(3 / 5)))
    assert w.numbers()["gamma_deviance.gradient"] == pytest.approx(2 * (1 / 5 - 3 / 25))
    assert w.caption().startswith("Value of Gamma over the prediction from 0.5 to 9; at prediction 5: Gamma 0.222")
    spec = w.specs[0]
    assert (spec["target"], spec["ends"], spec["label"]) == (None, [0.5, 9.0], path.label)
    w.residual = 3.0
    assert w.numbers()["gamma_deviance.value"] == 0
    with pytest.raises(ValueError, match="residual"):
        w.residual = 9.5
    with pytest.raises(ValueError, match="a path has ends of its own"):
        w.reach = 4.0


def test_losses_along_the_same_path_stand_side_by_side():
    w = LossExplorer(["gamma_deviance", "tweedie_deviance"], hyper={"tweedie_deviance.p": 2.0})
    numbers = w.numbers()
    assert numbers["tweedie_deviance.value"] == pytest.approx(numbers["gamma_deviance.value"])


def test_a_choice_of_words_is_a_hyper_parameter():
    w = LossExplorer(["gan_generator"], residual=2.0)
    assert w.hyper == {"gan_generator.kind": "non_saturating"}
    before = w.numbers()["gan_generator.value"]
    w.hyper = {"gan_generator.kind": "wasserstein"}
    assert w.numbers()["gan_generator.value"] == pytest.approx(-2.0)
    assert before == pytest.approx(math.log1p(math.exp(-2.0)))
    assert [o["value"] for o in w.specs[0]["choice"]["options"]][2] == "least_squares"
    with pytest.raises(ValueError, match=r"gan_generator\.kind.*want 'minimax'"):
        w.hyper = {"gan_generator.kind": "huge"}


def test_a_choice_that_does_not_suit_the_path_is_not_offered():
    choice = LossExplorer(["dice"]).specs[0]["choice"]  # the numbers of the path are probabilities, not logits
    assert choice["name"] == "squared"


def test_every_view_of_a_path_has_a_picture():
    pictures = {LossExplorer(["poisson_nll"], view=v).picture() for v in ("value", "gradient", "curvature")}
    assert len(pictures) == 3


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"losses": ["hubber"]}, LookupError, "huber"),
        ({"losses": []}, ValueError, "losses: got 0"),
        ({"losses": [3]}, TypeError, "losses: got int"),
        ({"losses": ["mse", "mse"]}, ValueError, "mse comes more than once"),
        ({"losses": ["poisson_nll", "gamma_deviance"]}, ValueError, "same axis"),
        ({"losses": ["gamma_deviance", "mse"]}, ValueError, "same axis"),
        ({"losses": ["gamma_deviance"], "reach": 2.0}, ValueError, "has a path"),
        ({"losses": ["gamma_deviance"], "residual": 0.0}, ValueError, "residual: got 0.0"),
        ({"losses": ["mse", "binary_cross_entropy_with_logits"]}, ValueError, "same axis"),
        ({"losses": [lambda x: x]}, TypeError, "input, target"),
        ({"losses": [lambda input, target, *, k="a": input * 1]}, TypeError, "k has the default 'a'"),
        ({"losses": [lambda input, target: (input - target).abs().mean()]}, ValueError, "one loss each"),
        ({"view": "slope"}, ValueError, "view: got 'slope'"),
        ({"residual": 4.0}, ValueError, "residual: got 4.0"),
        ({"residual": float("nan")}, ValueError, "residual: got nan"),
        ({"residual": "1"}, TypeError, "residual: got str"),
        ({"reach": 0.0}, ValueError, "reach: got 0.0"),
        ({"reach": 1.0, "residual": 2.0}, ValueError, "residual: got 2.0"),
        ({"hyper": {"huber.delta": 0.0}}, ValueError, "huber.delta"),
        ({"hyper": {"huber.delta": "1"}}, TypeError, "huber.delta"),
        ({"hyper": {"huber.delta": float("inf")}}, ValueError, "finite"),
        ({"hyper": {"delta": 1.0}}, ValueError, "got 'delta', want huber.delta"),
        ({"sliders": {"huber.delta": (2, 1)}}, ValueError, "sliders"),
        ({"hide": ["everything"]}, ValueError, "hide: got 'everything'"),
        ({"off": ["cauchy"]}, ValueError, "off: got 'cauchy'"),
        ({"link_id": "a b"}, ValueError, "link_id"),
    ],
)
def test_what_is_wrong_is_named(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)):
        LossExplorer(**arguments)


def test_traits_stay_checked_and_a_refused_value_changes_nothing():
    w = LossExplorer(residual=1.0)
    for name, value in (("residual", 99.0), ("view", "x"), ("hyper", {"huber.delta": -1.0}), ("off", ["x"])):
        before = getattr(w, name)
        with pytest.raises(ValueError, match=name):
            setattr(w, name, value)
        assert getattr(w, name) == before
    w.reach = 10.0
    w.residual = 8.0
    with pytest.raises(ValueError, match="reach"):
        w.reach = 2.0


def test_what_is_left_out_of_hyper_has_its_default():
    w = LossExplorer(["huber", "cauchy"], hyper={"huber.delta": 3.0})
    assert w.hyper == {"huber.delta": 3.0, "cauchy.c": 1.0}


def test_losses_switched_off_have_no_numbers():
    w = LossExplorer(["mse", "mae"], off=["mae"])
    assert not any(key.startswith("mae") for key in w.numbers())


def test_a_number_that_is_not_finite_is_none():
    w = LossExplorer([lambda input, target: 1 / (input - target).abs()], residual=0.0)
    assert w.numbers()["my_loss.value"] is None


def test_the_picture_is_deterministic_titled_and_shows_the_state():
    w = LossExplorer(["mse", "huber"], residual=2.0, view="gradient")
    picture = w.picture()
    assert picture == LossExplorer(["mse", "huber"], residual=2.0, view="gradient").picture()
    title = re.search(r"<title>(.*?)</title>", picture).group(1)
    assert title == w.caption()
    assert "MSE 4" in title
    assert "Huber 1" in title
    for loss in w.drawn:
        assert loss.look.hex in picture
    w.residual = -2.0
    assert w.picture() != picture


def test_every_legal_state_has_a_picture():
    for view in ("value", "gradient", "curvature"):
        for arguments in (
            {"off": ["mse", "mae", "huber"]},
            {"reach": 1e6, "residual": 1e6},
            {"reach": 1e-3, "residual": 0.0},
        ):
            assert "<title>" in LossExplorer(view=view, **arguments).picture()


def test_the_mimebundle_has_the_widget_and_the_picture():
    data, _ = LossExplorer()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/svg+xml"].startswith("<svg")
    assert data["text/plain"].startswith("Value of MSE, MAE, Huber")


def test_links_name_each_widget_of_a_notebook():
    first, second = LossExplorer(), LossExplorer()
    assert first.link_id != second.link_id
    assert LossExplorer(link_id="hero").link_id == "hero"


def test_the_picture_keeps_a_pole_and_a_steep_loss_from_pressing_the_rest_flat():
    x = np.linspace(-3, 3, 1202)
    low, high = limits([1 / np.abs(x), x**2])
    assert low <= 0
    assert 9 < high < 20
    assert limits([1e6 * x**2, np.abs(x)])[1] <= 8 * 3 * 1.05
    assert limits([np.full(5, np.nan)]) == (0.0, 1.0)
    assert limits([np.array([-1e-16, 0.0, 1e-16])], dust=1e-9) == (0.0, 1.0)
