"""What is measured: one module a family, whose ``rows()`` yields a Row for each loss or way to call it."""

from __future__ import annotations

import torch

FAMILIES = (
    "regression",
    "classification",
    "margin",
    "probabilistic",
    "metric",
    "segmentation",
    "boxes",
    "ranking",
    "generative",
    "image",
    "language",
    "composite",
)


class Draw:
    """Random tensors of float32, the same ones each time."""

    def __init__(self, seed: int = 0):
        self.source = torch.Generator().manual_seed(seed)

    def normal(self, *shape, leaf: bool = False) -> torch.Tensor:
        return torch.randn(shape, generator=self.source).requires_grad_(leaf)

    def uniform(self, *shape, leaf: bool = False) -> torch.Tensor:
        return torch.rand(shape, generator=self.source).requires_grad_(leaf)

    def yes(self, *shape, share: float = 0.5) -> torch.Tensor:
        return (torch.rand(shape, generator=self.source) < share).float()

    def labels(self, count: int, *shape) -> torch.Tensor:
        return torch.randint(0, count, shape, generator=self.source)
