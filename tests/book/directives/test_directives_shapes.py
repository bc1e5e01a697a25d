"""Losses in one picture: value and slope beside each other, told in numbers, and what cannot be drawn."""

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup

from lossbook import losses
from lossbook.book.directives import loss_shapes
from lossbook.widgets.chosen import resolve

PAGE = "---\norphan: true\n---\n# Some\n\n```{{loss-shapes}}\n{}\n```\n"


def made(*names, label=""):
    drawn = resolve(list(names))
    x = loss_shapes.places(drawn[0])
    return drawn[0], x, [shape for one in drawn for shape in loss_shapes.shapes(one, label, x)]


def test_a_page_has_the_picture_with_its_key(book):
    book.write("shapes.md", PAGE.format("mse: Squared < error\nmae\nhuber"))
    assert book.build() == ""
    figure = BeautifulSoup(book.html("shapes"), "html.parser").select_one("figure.lb-shapes")
    assert [li.get_text(strip=True) for li in figure.select("li")] == ["Squared < error", "MAE", "Huber"]
    assert len(figure.select("svg[role=img] path.lb-loss__curve")) == 6
    assert len({path["style"] for path in figure.select("li path")}) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no_such_loss", "no_such_loss"),
        ("mse\nhinge", "want all over the same axis"),
        ("contrastive: one", "got 1 labels, want 2"),
    ],
)
def test_what_cannot_be_drawn_is_told(book, text, said):
    book.write("shapes.md", PAGE.format(text))
    warnings = book.build()
    assert "loss-shapes: " in warnings
    assert said in warnings


@pytest.mark.parametrize("name", ["mse", "mae", "huber"])
def test_curves_are_those_of_the_definition(name):
    _, x, (shape,) = made(name)
    at = torch.tensor(x, requires_grad=True)
    value = losses.get(name)(at, torch.zeros_like(at), reduction="none")
    value.sum().backward()
    np.testing.assert_allclose(shape.value, value.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(shape.slope, at.grad.numpy(), atol=1e-12)


def test_a_pair_that_is_alike_and_one_that_is_not():
    drawn, x, (alike, unlike) = made("contrastive", label="Alike | Not alike")
    np.testing.assert_allclose(alike.value, x**2 / 2, atol=1e-8)
    np.testing.assert_allclose(unlike.value, np.maximum(0, 1 - x) ** 2 / 2, atol=1e-8)
    np.testing.assert_allclose(alike.slope, x, atol=1e-8)
    np.testing.assert_allclose(unlike.slope, -np.maximum(0, 1 - x), atol=1e-8)
    assert alike.look.dash != unlike.look.dash
    told = loss_shapes.alt(drawn, x, [alike, unlike])
    assert "Alike, value: 0 at 0; 0.12 at 0.5" in told
    assert "Not alike, slope: −1 at 0; −0.5 at 0.5; 0 at 1" in told


def test_numbers_of_the_axis_do_not_touch():
    for name in ("mse", "hinge", "contrastive"):
        x = loss_shapes.places(resolve([name])[0])
        few = loss_shapes._few(x)
        assert 2 <= len(few) <= 4
        assert 0 in few
