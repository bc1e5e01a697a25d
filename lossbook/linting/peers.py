"""The loss of torch that stands nearest to one under test: a yardstick for gradients, time and memory."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

NEAREST = {
    "regression": ("mse_loss", F.mse_loss),
    "binary": ("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits),
    "signs": ("soft_margin_loss", F.soft_margin_loss),
    "classes": ("cross_entropy", F.cross_entropy),
}


def nearest(examples) -> tuple[str, Callable]:
    """(what it is called, a function of a batch). For tensors of which nothing is assumed: cross-entropy if there are
    logits or shares and labels, else the mean squared difference from a tensor of the same shape, or from 0."""
    e, first = examples, examples.first
    if e.kind != "any":
        name, loss = NEAREST[e.kind]
        return name, lambda batch: loss(batch[first], batch[e.second])
    for name, x in e.sides.items():
        if name == first or not isinstance(x, torch.Tensor):
            continue
        kind = e.roles[name].kind
        if kind == "labels" and _labels_of(e.input, x):
            if e.roles[first].kind == "distribution":
                return f"nll_loss(log({first}), {name})", lambda batch, y=name: F.nll_loss(batch[first].log(), batch[y])
            return f"cross_entropy({first}, {name})", lambda batch, y=name: F.cross_entropy(batch[first], batch[y])
        if x.shape == e.input.shape and kind == "yes_no" and e.roles[first].unbounded:
            words = f"binary_cross_entropy_with_logits({first}, {name})"
            return words, lambda batch, y=name: F.binary_cross_entropy_with_logits(batch[first], batch[y])
        if x.shape == e.input.shape and x.is_floating_point():
            return f"mse_loss({first}, {name})", lambda batch, y=name: F.mse_loss(batch[first], batch[y])
    return f"mse_loss({first}, 0)", lambda batch: F.mse_loss(batch[first], torch.zeros_like(batch[first]))


def _labels_of(x, labels) -> bool:
    fits = x.ndim > 1 and labels.shape == (*x.shape[:1], *x.shape[2:]) and labels.numel() > 0
    return fits and bool((labels >= 0).all() and (labels < x.shape[1]).all())
