import numpy as np
import pytest
import torch

from lossbook import figures, losses
from lossbook.experiments import interval
from lossbook.look import Look


def test_a_curve_is_the_loss_and_looks_like_it():
    _, ax = figures.new()
    line = figures.curve(ax, "huber", delta=0.5)
    x, y = line.get_data()
    np.testing.assert_allclose(y, np.where(abs(x) <= 0.5, x**2 / 2, 0.5 * (abs(x) - 0.25)), rtol=1e-12)
    look = losses.get("huber").record.look
    assert line.get_color() == look.hex
    assert line.get_label() == "Huber"
    assert (x[0], x[-1], len(x)) == (-3, 3, 601)


def test_gradient_and_curvature():
    _, ax = figures.new()
    x = np.array([-2.0, 0.3, 1.0])
    np.testing.assert_allclose(figures.curve(ax, "mse", x, view="gradient").get_ydata(), 2 * x)
    np.testing.assert_allclose(figures.curve(ax, losses.get("mse"), x, view="curvature").get_ydata(), [2, 2, 2])
    slope = figures.curve(ax, "binary_cross_entropy_with_logits", x, view="gradient").get_ydata()
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(-x)) - 1, rtol=1e-6)  # over the logit of a positive example


def test_a_readers_own_function():
    def fourth(input, target, *, scale=1.0):
        return ((input - target) / scale) ** 4

    _, ax = figures.new()
    line = figures.curve(ax, fourth, [1.0, 2.0], scale=2.0, color=6, dash="dotted")
    np.testing.assert_allclose(line.get_ydata(), [1 / 16, 1])
    assert line.get_label() == "fourth"
    assert line.get_color() == Look(6).hex
    assert figures.curve(ax, torch.sub, [1.0], label="mine").get_label() == "mine"


def test_dashes_are_those_of_the_look_in_pixels():
    _, ax = figures.new()
    (line,) = ax.plot([0, 1], **figures.stroke(Look(2, "dashed"), width=3.0))
    _, points = line._dash_pattern  # in points, after matplotlib's scaling by the line's width
    assert [p / 0.75 for p in points] == pytest.approx([7, 4])
    assert figures.stroke(Look(1))["linestyle"] == "-"


def test_spread_is_the_mean_and_its_interval():
    _, ax = figures.new()
    values = np.random.default_rng(0).normal(size=(7, 3)) + np.array([1, 5, 2])
    line = figures.spread(ax, [1, 2, 3], values, loss="mae")
    np.testing.assert_allclose(line.get_ydata(), values.mean(axis=0))
    edges = [other.get_ydata() for other in ax.get_lines() if other is not line]
    for k in range(3):
        want = interval(values[:, k])
        assert sorted(edge[k] for edge in edges) == pytest.approx([want.low, want.high])
    assert line.get_label() == "MAE"
    assert [other.get_label()[0] for other in ax.get_lines() if other is not line] == ["_", "_"]


def test_strip_shows_every_seed_and_the_means():
    _, ax = figures.new()
    a, b = np.arange(5.0), np.arange(5.0) * 2
    figures.strip(ax, {"mse": a, "something else": b})
    assert [t.get_text() for t in ax.get_xticklabels()] == ["MSE", "something else"]
    dots = [line for line in ax.get_lines() if line.get_linestyle() == "None" and len(line.get_ydata()) == 5]
    assert [dot.get_ydata().tolist() for dot in dots] == [a.tolist(), b.tolist()]
    assert [c.lines[0].get_ydata()[0] for c in ax.containers] == [2.0, 4.0]
    assert dots[0].get_color() == losses.get("mse").record.look.hex
    assert dots[0].get_marker() != dots[1].get_marker()
    joined = [line for line in ax.get_lines() if line.get_linestyle() == "-" and len(line.get_ydata()) == 2]
    assert len(joined) == 5


def test_compare_puts_the_first_row_on_top_and_names_the_groups():
    _, ax = figures.new()
    rng = np.random.default_rng(0)
    groups = {"mse": rng.normal(size=(4, 2)) + np.array([0, 9]), "mae": rng.normal(size=(4, 2))}
    figures.compare(ax, ["normal", "uniform"], groups)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["normal", "uniform"]
    assert ax.yaxis_inverted()
    np.testing.assert_allclose(ax.containers[0].lines[0].get_xdata(), groups["mse"].mean(axis=0))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["MSE", "MAE"]
    first, second = (c.lines[0].get_ydata() for c in ax.containers)
    assert (first < second).all()
    assert (np.round([first, second]) == [0, 1]).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda ax: figures.curve(ax, "mse", view="slope"), ValueError, "view: got 'slope'"),
        (lambda ax: figures.curve(ax, "hubre"), LookupError, "huber"),
        (lambda ax: figures.curve(ax, "cross_entropy"), ValueError, "cross_entropy is not a function of one"),
        (lambda ax: figures.curve(ax, "mse", color=9), ValueError, "color: got 9"),
        (lambda ax: figures.spread(ax, [1, 2], np.ones((2, 3))), ValueError, r"values: got shape \(2, 3\)"),
        (lambda ax: figures.spread(ax, [1, 2], np.ones((1, 2))), ValueError, "2 seeds or more"),
        (lambda ax: figures.strip(ax, {"a": [1.0]}), ValueError, r"groups\['a'\]: got shape"),
        (lambda ax: figures.strip(ax, {"a": [1.0, 2], "b": [1.0, 2, 3]}), ValueError, "different numbers of seeds"),
        (lambda ax: figures.compare(ax, ["x"], {"a": np.ones((3, 2))}), ValueError, r"groups\['a'\]: got shape"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(figures.new()[1])
