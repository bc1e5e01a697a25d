"""The door of losses over classes: logits (N, C, ...) against class indices or class probabilities."""

import torch

from lossbook.losses import door

_INTEGERS = frozenset((torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8))


def classes(entry, input, target, reduction: str, given: dict):
    """Call a loss over the class axis: the last of (C,) logits, else axis 1.

    entry: the loss, whose ``fused(input, target, reduction, **hyper)`` is used for plain numbers and whose
    ``definition`` for a tensor label_smoothing.
    """
    hyper = entry.fill(given) if given else dict(entry.defaults)
    input, target, numpy_in = door.both(input, target)
    door.check_reduction(reduction)
    door.check_floating(input, "input")
    door.check_device(input, target)
    check_classes(input, target)
    door.settle(hyper, input, numpy_in)
    dtype, work = door.dtypes(input, target if target.is_floating_point() else input)
    input = input if input.dtype is work else input.to(work)
    target = target.to(work if target.is_floating_point() else torch.int64)
    check_weight(hyper, input)
    if isinstance(hyper["label_smoothing"], torch.Tensor):
        check_labels(target, input, hyper["ignore_index"])
        out = reduce(entry.definition(input, target, **hyper), target, reduction, hyper)
    else:
        out = entry.fused(input, target, reduction, **hyper)
    return door.leave(out, dtype, numpy_in)


def class_axis(input: torch.Tensor) -> int:
    """0 for logits of one example, (C,), else 1."""
    return 0 if input.ndim == 1 else 1


def check_classes(input, target):
    """Raise unless target holds class indices (input's shape without the class axis) or probabilities (its shape)."""
    if input.ndim == 0:
        raise ValueError("input has shape (), want logits of shape (C,) or (N, C, ...)")
    axis = class_axis(input)
    indices = input.shape[:axis] + input.shape[axis + 1 :]
    if target.dtype in _INTEGERS:
        want, kind = indices, "class indices"
    else:
        if not target.is_floating_point():
            raise TypeError(f"target: got {target.dtype}, want integer class indices or floating class probabilities")
        door.check_floating(target, "target")
        want, kind = input.shape, "class probabilities"
    if input.shape[axis] == 0:
        raise ValueError(f"input has shape {tuple(input.shape)}: axis {axis} holds no classes")
    if target.shape != want:
        other = "; class indices must be integers" if target.is_floating_point() and target.shape == indices else ""
        raise ValueError(
            f"input has shape {tuple(input.shape)} and target {tuple(target.shape)}; "
            f"{kind} must have shape {tuple(want)}{other}"
        )


def check_weight(hyper, input):
    """Bring ``weight`` to input's dtype. Raises TypeError for a lone number, ValueError unless it is one a class."""
    weight = hyper["weight"]
    if weight is not None:
        count = input.shape[class_axis(input)]
        if not isinstance(weight, torch.Tensor):
            raise TypeError(f"weight: got {type(weight).__name__}, want an array or tensor of shape ({count},)")
        if weight.shape != (count,):
            raise ValueError(f"weight has shape {tuple(weight.shape)}, want ({count},): one weight a class")
        hyper["weight"] = weight.to(input.dtype)


def check_labels(target, input, ignore_index):
    """Raise ValueError naming the first label that is neither a class of ``input`` nor ``ignore_index``."""
    if target.is_floating_point():
        return
    count = input.shape[class_axis(input)]
    bad = target[((target < 0) | (target >= count)) & (target != ignore_index)]
    if bad.numel():
        raise ValueError(
            f"target holds the label {int(bad.flatten()[0])}; input has {count} classes, so labels are 0 to {count - 1}"
            f" (or ignore_index, {ignore_index})"
        )


def reduce(values, target, reduction, hyper):
    """Mean, sum or none; the mean over class indices divides by the sum of the weights of the labels not ignored."""
    if reduction != "mean":
        return values.sum() if reduction == "sum" else values
    if target.is_floating_point():
        return values.sum() / target.select(class_axis(target), 0).numel()
    kept = target != hyper["ignore_index"]
    if hyper["weight"] is None:
        return values.sum() / kept.sum()
    return values.sum() / (hyper["weight"][torch.where(kept, target, 0)] * kept).sum()
