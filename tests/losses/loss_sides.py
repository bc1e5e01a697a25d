"""Losses of several sides, as the sweeps over all of them see them: arguments, differentiable ones, values."""

import torch

from lossbook import losses
from lossbook.losses.given import reduced


def arguments(name, **options):
    """Legal arguments by name, without optional ones."""
    made = losses.examples(losses.get(name).record, **options)
    return {k: v for k, v in made.items() if v is not None}


def floating(name):
    """The names of the sides that a loss may be differentiated in."""
    return [s.name for s in losses.get(name).record.sides if s.floating and not s.optional]


def defined(name, given, reduction="mean", **hyper):
    """The definition's answer."""
    sides = [given.get(s.name) for s in losses.get(name).record.sides]
    positional = [v for s, v in zip(losses.get(name).record.sides, sides, strict=True)][:2]
    named = {s.name: v for s, v in zip(losses.get(name).record.sides[2:], sides[2:], strict=True)}
    return reduced(losses.get(name).definition(*positional, **named, **hyper), reduction)


def called(name, given, **options):
    """The public loss; losses that give one number take no reduction."""
    if not losses.get(name).record.gives:
        options.pop("reduction", None)
    return losses.get(name)(**given, **options)


def differentiated(name, given, **hyper):
    """(value, gradients, products of the Hessian with a fixed direction), over all floating sides.

    Where a sum of infinite curvatures of both signs is no number, the product is replaced by the curvatures themselves.
    """
    own = floating(name)
    leaves = {k: given[k].detach().clone().requires_grad_() for k in own}
    value = called(name, {**given, **leaves}, **hyper)
    slopes = torch.autograd.grad(value, list(leaves.values()), create_graph=True, materialize_grads=True)
    products = []
    for slope in slopes:
        if slope.requires_grad:
            weights = torch.rand(slope.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
            products += _curved((slope * weights.to(slope.dtype)).sum(), slope, list(leaves.values()))
    return value.detach(), [g.detach() for g in slopes], products


def _curved(ahead, slope, leaves):
    found = torch.autograd.grad(ahead, leaves, materialize_grads=True, retain_graph=True)
    if not any(g.isnan().any() for g in found):
        return list(found)
    rows = [torch.autograd.grad(g, leaves, materialize_grads=True, retain_graph=True) for g in slope.reshape(-1)]
    return [g for row in rows for g in row]
