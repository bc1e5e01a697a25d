"""Softmax over a few classes, with the examples side by side.

On a processor torch takes rows that are shorter than its vectors (16 numbers of float32, 8 of float64) one number at a
time. Turned around, so that the numbers of one class lie next to each other, they are taken 8 or 16 examples at a time:
for a million logits in rows of 10 this is four times as fast, the turning included.
"""

import torch.nn.functional as F

_VECTOR = 64  # bytes
_WORTH = 256  # examples; fewer are not worth the turning


def log_softmax(x, axis: int):
    """``torch.nn.functional.log_softmax``, turned around where that is faster."""
    if not _few(x, axis):
        return F.log_softmax(x, axis)
    return F.log_softmax(x.movedim(axis, 0), 0).movedim(0, axis)


def cross_entropy(logits, target, **options):
    """``torch.nn.functional.cross_entropy`` of logits (C,) or (N, C, ...), turned around where that is faster."""
    if logits.ndim != 2 or not _few(logits, 1):
        return F.cross_entropy(logits, target, **options)
    # one example of C classes at N places: torch's axis of the classes stays axis 1
    target = target.t() if target.is_floating_point() else target
    out = F.cross_entropy(logits.t()[None], target[None], **options)
    return out[0] if out.ndim else out


def _few(x, axis: int) -> bool:
    """Whether the classes are the last axis, and short rows of many examples."""
    if not x.is_cpu or axis % x.ndim != x.ndim - 1:
        return False
    classes = x.shape[-1]
    return 0 < classes * x.element_size() < _VECTOR and x.numel() >= _WORTH * classes
