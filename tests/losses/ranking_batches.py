"""The losses of lists, and batches of lists with scores, grades and a mask to try them on."""

import pytest
import torch

from lossbook import losses

LISTS = [name for name in losses.names("ranking") if name != "bpr"]
every = pytest.mark.parametrize("name", LISTS)


def lists(seed=0, shape=(4, 6), dtype=torch.float64, tied=True):
    """Scores, grades 0 to 3 and a mask that leaves two documents or more in every list."""
    draw = torch.Generator().manual_seed(seed)
    scores = torch.randn(shape, generator=draw, dtype=torch.float64)
    if tied:
        scores = (2 * scores).round() / 2
    relevance = torch.randint(0, 4, shape, generator=draw).double()
    mask = torch.rand(shape, generator=draw) < 0.7
    mask[..., :2] = True
    return scores.to(dtype), relevance.to(dtype), mask


def slope(name, scores, *rest, **named):
    scores = scores.detach().clone().requires_grad_()
    value = losses.get(name)(scores, *rest, **named)
    (found,) = torch.autograd.grad(value.sum(), scores)
    return value.detach(), found
