"""Embeddings, labels and directions of classes: at random, and at a given angle."""

import math

import pytest
import torch

D = torch.float64
NAMES = ["arcface", "cosface"]
each = pytest.mark.parametrize("name", NAMES)


def batch(seed=0, count=8, classes=5, size=3, dtype=D):
    draw = torch.Generator().manual_seed(seed)
    x, w = (torch.randn(k, size, generator=draw, dtype=D).to(dtype) for k in (count, classes))
    return x, torch.randint(0, classes, (count,), generator=draw), w


def at_angle(degrees, dtype=D):
    """An embedding at an angle from the direction of its class; two others at 90 and 200 degrees."""
    t = math.radians(degrees)
    angles = torch.tensor([0.0, 90.0, 200.0], dtype=D).deg2rad()
    w = torch.stack([angles.cos(), angles.sin()], 1).to(dtype)
    return torch.tensor([[math.cos(t), math.sin(t)]], dtype=dtype), torch.tensor([0]), w
