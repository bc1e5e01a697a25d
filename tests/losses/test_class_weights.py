"""Weights for each class: as arguments, and from the counts of the classes."""

import numpy as np
import pytest
import torch

from lossbook import losses


@pytest.mark.parametrize(("name", "argument"), [("softmax_focal", "alpha"), ("logit_adjusted", "prior")])
def test_one_number_for_each_class(name, argument):
    fn, x, y = losses.get(name), torch.zeros(4, 3), torch.tensor([0, 1, 2, 0])
    with pytest.raises(TypeError, match=rf"{argument}: got float, want an array or tensor of shape \(3,\)"):
        fn(x, y, **{argument: 0.5})
    with pytest.raises(ValueError, match=rf"{argument} has shape \(2,\), want \(3,\)"):
        fn(x, y, **{argument: torch.ones(2)})
    with pytest.raises(ValueError, match=f"{argument}: got"):
        fn(x.numpy(), y.numpy(), **{argument: np.array([1.0, -1.0, 1.0])})


def test_effective_number_weights():
    counts = torch.tensor([1, 10, 1000, 100_000])
    for beta in (0.5, 0.99, 0.9999):
        want = [(1 - beta) / (1 - beta**n) for n in counts.tolist()]
        want = torch.tensor(want, dtype=torch.float64) * 4 / sum(want)
        got = losses.effective_number_weights(counts, beta=beta)
        torch.testing.assert_close(got, want, rtol=1e-10, atol=0)
        np.testing.assert_array_equal(losses.effective_number_weights(counts.numpy(), beta=beta), got.numpy())
    assert losses.effective_number_weights(counts, beta=0.0).tolist() == [1.0] * 4
    near = losses.effective_number_weights(counts, beta=1 - 1e-15)
    torch.testing.assert_close(near / near[0], (1 / counts.double()), rtol=1e-9, atol=0)
    with pytest.raises(TypeError, match="counts: got list"):
        losses.effective_number_weights([1, 2])
    with pytest.raises(ValueError, match=r"counts has shape \(1, 4\)"):
        losses.effective_number_weights(counts[None])
    with pytest.raises(ValueError, match="counts holds 0, want at least 1"):
        losses.effective_number_weights(torch.tensor([3, 0]))
    with pytest.raises(ValueError, match=r"beta: got 1.0, want a value in \[0, 1\)"):
        losses.effective_number_weights(counts, beta=1.0)
