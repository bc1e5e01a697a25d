"""What a tensor is told to be by its values, and how its numbers are stretched and rounded without leaving that."""

import torch

from lossbook.linting.roles import Role, role_of_value


def test_what_a_tensor_is_told_by_its_values():
    def kind(value, name="x", first=False):
        return role_of_value(name, value, True, first)

    normal = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert kind(normal).unbounded
    assert kind(normal > 0, "mask").kind == "mask"
    assert kind(normal > 0, "event").kind == "yes_no"
    assert kind((normal > 0).double()).kind == "yes_no"
    assert kind((normal > 0).double(), first=True).kind == "real"
    assert kind(normal.sign()).kind == "signs"
    assert kind(normal.softmax(1)).kind == "distribution"
    assert kind((3 * normal).round()).kind == "whole"
    assert [kind(normal.reshape(6, 2, 2).softmax(axis)).axis for axis in (1, 2)] == [1, -1]
    assert kind(torch.arange(6)).kind == "labels"
    assert kind(torch.tanh).kind == "function"
    assert kind(None).kind == "none"
    assert (kind(normal.exp()).low, kind(normal.sigmoid()).high, kind(normal.relu()).open) == (0.0, 1.0, False)


def test_stretched_numbers_stay_legal():
    x = torch.tensor([[0.2, 0.8], [0.5, 0.5]], dtype=torch.float64)
    shares = Role("p", "distribution", 0.0, 1.0)
    for factor in (0.0, 1e-3, 1.0, 20.0, 1e4):
        assert torch.allclose(shares.scaled(x, factor).sum(1), torch.ones(2, dtype=torch.float64), rtol=1e-12)
    torch.testing.assert_close(shares.scaled(x, 1.0), x)
    for dtype in (torch.bfloat16, torch.float16):
        assert torch.equal(shares.typed(torch.full((1, 3), 1 / 3), dtype).double().sum(), torch.tensor(1.0).double())
    columns = Role("p", "distribution", 0.0, 1.0, axis=1)
    parts = columns.typed(torch.rand(2, 3, 4, generator=torch.Generator().manual_seed(0)).softmax(1), torch.float16)
    assert torch.equal(parts.double().sum(1), torch.ones(2, 4, dtype=torch.float64))
    above = Role("alpha", "real", 1.0, open=True)
    assert above.scaled(x + 1, 0.0) is None
    assert above.scaled(x + 1, 1e-3).min() > 1
    between = Role("p", "real", 0.0, 1.0, open=True)
    assert 0 < between.scaled(x, 1e4).min() <= between.scaled(x, 1e4).max() < 1
