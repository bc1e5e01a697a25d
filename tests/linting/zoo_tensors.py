"""Example tensors for losses of several tensors."""

import torch

N, D, LENGTH = 6, 4, 5


def _normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def three():
    """An anchor, a positive and a negative, (N, D) each."""
    return tuple(_normal(3, N, D).unbind())


def by_name():
    return dict(zip(("anchor", "positive", "negative"), three(), strict=True))


def both():
    anchor, positive, negative = three()
    return anchor, {"positive": positive, "negative": negative}


TENSORS = three()


def two():
    return three()[:2]


def labeled():
    """Embeddings (N, D), and labels in pairs."""
    return _normal(N, D), torch.tensor([0, 0, 1, 1, 2, 2])


def lists():
    """Scores, relevance and a mask, (N, L) each."""
    mask = torch.ones(N, LENGTH, dtype=torch.bool)
    mask[1, 3:] = mask[4, 2:] = False
    return _normal(N, LENGTH), _normal(N, LENGTH, seed=1).abs(), mask


def weighted():
    """Logits, targets of 0 and 1, and a weight for each sample."""
    return _normal(12), (_normal(12, seed=1) > 0).double(), _normal(12, seed=2).abs() + 0.1


def classes():
    """Logits, labels, and a weight for each class."""
    return _normal(12, 4), torch.arange(12) % 4, torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)


def spread():
    """A prediction, a target, and the logarithm of a scale."""
    return _normal(12), _normal(12, seed=1), 0.1 * _normal(12, seed=2)


def same(*sides):
    """Raise unless all shapes are equal."""
    if len({side.shape for side in sides}) > 1:
        raise ValueError(f"got shapes {', '.join(str(tuple(side.shape)) for side in sides)}, want one")


def similar():
    return *two(), torch.tensor([1.0, 0.0, 1.0, 0.0, 0.0, 1.0], dtype=torch.float64)


def region():
    return _normal(N, LENGTH), (_normal(N, LENGTH, seed=1) > -0.3).double()
