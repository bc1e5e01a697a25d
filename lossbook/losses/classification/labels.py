"""The door of losses over classes: logits (N, C, ...) against class indices or class probabilities."""

import torch

from lossbook.losses import door, few
from lossbook.losses.paths import Path

SOFTMAX = {"p": "probabilities, the softmax of the logits x over the C classes", "y": "the label"}
LABEL = Path(  # how losses over classes are drawn
    "logit of the label (two other classes, logits 0)",
    -8.0,
    8.0,
    lambda s: (
        torch.stack([s, torch.zeros_like(s), torch.zeros_like(s)])[None],
        torch.zeros(1, dtype=torch.int64, device=s.device),
    ),
    "The logit of the label moves; the logits of two other classes stay at 0.",
    1.0,
)
_NEVER = torch.iinfo(torch.int64).min  # torch leaves out one label; this one is nobody's
_INTEGERS = frozenset((torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8))


def classes(entry, input, target, reduction: str, given: dict):
    """Call a loss over the class axis: the last of (C,) logits, else axis 1.

    entry: the loss, whose ``fused(input, target, reduction, **hyper)`` is used for plain numbers where it has one,
    and else its ``definition``. Labels are ignored by losses that have an ignore_index only.
    """
    hyper = entry.fill(given) if given else dict(entry.defaults)
    input, target, numpy_in = door.both(input, target, entry.first)
    door.check_reduction(reduction)
    door.check_floating(input, entry.first)
    door.check_device(input, target, entry.first)
    check_classes(input, target)
    door.settle(hyper, input, numpy_in)
    dtype, work = door.dtypes(input, target if target.is_floating_point() else input)
    input = input if input.dtype is work else input.to(work)
    target = target.to(work if target.is_floating_point() else torch.int64)
    for parameter in entry.record.parameters:
        if parameter.array:
            check_by_class(parameter.name, hyper, input)
    if entry.fused and not isinstance(hyper.get("label_smoothing"), torch.Tensor):
        out = entry.fused(input, target, reduction, **hyper)
    else:
        out = reduce(_defined(entry, input, target, hyper), target, reduction, hyper)
    return door.leave(out, dtype, numpy_in)


def _defined(entry, input, target, hyper):
    ignored = hyper.get("ignore_index")
    if ignored is not None or not target.is_cpu:  # a bad label would end the whole process on an accelerator
        check_labels(target, input, ignored)
    try:
        return entry.definition(input, target, **hyper)
    except IndexError:
        check_labels(target, input, ignored)
        raise


def labels_only(entry, input, target, reduction: str, given: dict):
    """``classes`` for losses that are defined for class indices and not for probabilities."""
    kind = door.to_torch(target, "target").dtype
    if kind.is_floating_point:
        raise TypeError(f"target: got {kind}, want integer class indices")
    return classes(entry, input, target, reduction, given)


def minus_log_p(logits, target):
    """-log p of the label, p the softmax of the logits; for target probabilities of every class (0 where they are 0).

    The cross-entropy of a label is this number, and costs no more: what is done with it afterwards is done once for
    an example, not once for each class.
    """
    if target.is_floating_point():
        return -few.log_softmax(logits, class_axis(logits)).masked_fill(target == 0, 0.0)  # 0 log 0 = 0
    return few.cross_entropy(logits, target, ignore_index=_NEVER, reduction="none")


def mixed(values, target):
    """The values of the labels as they are; those of all classes added up with target probabilities as shares."""
    return (target * values).sum(class_axis(target)) if target.is_floating_point() else values


def class_axis(input: torch.Tensor) -> int:
    """0 for logits of one example, (C,), else 1."""
    return 0 if input.ndim == 1 else 1


def column(numbers, beside: torch.Tensor):
    """One number for each class, in a shape that fits the class axis of ``beside``."""
    return numbers.reshape(-1, *[1] * (beside.ndim - class_axis(beside) - 1))


def check_classes(input, target):
    """Raise unless target holds class indices (logits' shape without the class axis) or probabilities (their shape)."""
    if input.ndim == 0:
        raise ValueError("logits has shape (), want logits of shape (C,) or (N, C, ...)")
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
        raise ValueError(f"logits has shape {tuple(input.shape)}: axis {axis} holds no classes")
    if target.shape != want:
        other = "; class indices must be integers" if target.is_floating_point() and target.shape == indices else ""
        raise ValueError(
            f"logits has shape {tuple(input.shape)} and target {tuple(target.shape)}; "
            f"{kind} must have shape {tuple(want)}{other}"
        )


def check_by_class(name, hyper, input):
    """Bring a hyper-parameter to input's dtype. Raises TypeError for a lone number, ValueError unless one a class."""
    value = hyper[name]
    if value is not None:
        count = input.shape[class_axis(input)]
        if not isinstance(value, torch.Tensor):
            raise TypeError(f"{name}: got {type(value).__name__}, want an array or tensor of shape ({count},)")
        if value.shape != (count,):
            raise ValueError(f"{name} has shape {tuple(value.shape)}, want ({count},): one {name} a class")
        hyper[name] = value.to(input.dtype)


def check_labels(target, input, ignore_index):
    """Raise ValueError naming the first label that is neither a class of ``input`` nor ``ignore_index`` (or None)."""
    if target.is_floating_point() or target.is_meta:
        return
    count = input.shape[class_axis(input)]
    bad = (target < 0) | (target >= count)
    bad = target[bad if ignore_index is None else bad & (target != ignore_index)]
    if bad.numel():
        ignored = "" if ignore_index is None else f" (or ignore_index, {ignore_index})"
        raise ValueError(
            f"target holds the label {int(bad.flatten()[0])}; there are {count} classes, so labels are 0 to {count - 1}"
            f"{ignored}"
        )


def reduce(values, target, reduction, hyper):
    """Mean, sum or none; the mean over class indices divides by the sum of the weights of the labels not ignored."""
    if "ignore_index" not in hyper:
        return door.reduce(values, reduction)
    if reduction != "mean":
        return values.sum() if reduction == "sum" else values
    if target.is_floating_point():
        return values.sum() / target.select(class_axis(target), 0).numel()
    kept = target != hyper["ignore_index"]
    if hyper["weight"] is None:
        return values.sum() / kept.sum()
    return values.sum() / (hyper["weight"][torch.where(kept, target, 0)] * kept).sum()
