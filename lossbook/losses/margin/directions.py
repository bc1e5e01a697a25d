"""Directions: vectors divided by their lengths, and the angle between two of them, made larger."""

import torch

_ORDINARY = (1e-15, 1e15)  # lengths whose squares fit in any dtype


def check_directions(*, weight, **_):
    """Raise ValueError for no classes, or vectors without elements."""
    if 0 in weight.shape:
        raise ValueError(f"weight has shape {tuple(weight.shape)}, want (C, D) with a class and an element at least")


def unit(x):
    """Each row divided by its length; a row of zeros as it is."""
    largest = x.detach().abs().amax(1, keepdim=True)
    x = x / torch.where(largest == 0, 1.0, largest)  # first, so that no square overflows or vanishes
    return x / _length(x, 1.0)


def _length(x, of_zeros: float):
    """The length of each row, (N, 1), with a slope of 0 at a row of zeros."""
    squared = (x * x).sum(1, keepdim=True)
    return torch.where(squared == 0, of_zeros, torch.sqrt(torch.where(squared == 0, 1.0, squared)))


def sine(e, own, w):
    """The sine of the angle: the length of the part of e that stands across w. sqrt(1 - cos^2) has no slope at 1."""
    return _length(e - own * w, 0.0)


def turn(own, sine, margin):
    """cos(theta + m) from the cosine and the sine of theta, and beyond pi the usual line below it."""
    m = torch.as_tensor(margin, dtype=own.dtype, device=own.device)
    turned = own * torch.cos(m) - sine * torch.sin(m)
    return torch.where(own > -torch.cos(m), turned, own - m * torch.sin(m))


def are_ordinary(lengths) -> bool:
    if not lengths.numel():
        return True
    try:
        low, high = (v.item() for v in torch.aminmax(lengths.detach()))
    except RuntimeError:  # under vmap no number may be looked at
        return False
    return _ORDINARY[0] < low and high < _ORDINARY[1]
