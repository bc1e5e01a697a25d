"""Losses that torch has no exact kernel for, computed chunk by chunk: value on the way in, slope on the way back.

Autograd runs a definition operation by operation, each over the whole array, and keeps an array for most of them. Here
the same operations run over a chunk that stays in the processor's cache, and nothing is kept but the two sides: the
slope is computed from them when it is asked for. Anything beyond a first derivative in ``input`` (second derivatives,
the slope in ``target``, forward mode) is left to the definition, so that all of them agree with it.
"""

import torch
from torch.autograd import forward_ad

from lossbook.losses.door import reduce

_CHUNK = 65536  # elements; large enough that calls cost little, small enough that a chunk stays in the cache


def wrapped(*tensors) -> bool:
    """Whether one is inside a transform of torch.func, and has no numbers to branch on, or may be in forward mode."""
    return forward_ad._current_level >= 0 or any(torch._C._functorch.is_functorch_wrapped_tensor(t) for t in tensors)


def in_chunks(value, slope, definition):
    """A fused form, ``fused(input, target, reduction, **hyper)``, of an element-wise loss.

    value, slope: functions (input, target, **hyper) that return the unreduced loss and its derivative in input as new
    arrays; they may work in place on what they made. definition: the same loss, differentiable.
    """

    def fused(input, target, reduction, **hyper):
        def define(input, target):
            return reduce(definition(input, target, **hyper), reduction)

        if forward_ad._current_level >= 0:
            return define(input, target)
        return _Chunked.apply(
            input,
            target,
            reduction,
            lambda i, t: value(i, t, **hyper),
            lambda i, t: slope(i, t, **hyper),
            define,
        )

    return fused


def _parts(*arrays):
    """The arrays, flat, cut into chunks: on the processor only, and only if they are large."""
    step = _CHUNK * torch.get_num_threads()
    count = arrays[0].numel()
    if not arrays[0].is_cpu or count < 2 * step:
        return [arrays]
    flat = [a.reshape(-1) for a in arrays]
    return [[a[start : start + step] for a in flat] for start in range(0, count, step)]


def _joined(parts, fn, shape):
    """``fn`` of each part, in one new array of the given shape."""
    out, at = None, 0
    if len(parts) == 1:
        return fn(*parts[0])
    for part in parts:
        piece = fn(*part)
        out = piece.new_empty(shape.numel()) if out is None else out
        out[at : at + piece.numel()] = piece
        at += piece.numel()
    return out.reshape(shape)


def several(value, slopes, definition, names):
    """A fused form, ``fused(**sides, **hyper, reduction)``, of a loss whose sides all have one shape, that of the loss.

    value: a function (*sides, **hyper) that returns the unreduced loss. slopes: a function (*sides, needed, **hyper)
    that returns the derivatives in the sides, with anything where ``needed`` is False. Both return new arrays, or None
    for a chunk that the short formula cannot take: the definition takes it then. names: of the sides, in order.
    """

    def fused(*, reduction, **given):
        sides = [given[name] for name in names]
        hyper = {name: v for name, v in given.items() if name not in names}
        if wrapped(*sides) or any(map(torch.is_tensor, hyper.values())) or not sides[0].numel():
            return reduce(definition(**given), reduction)
        return _Several.apply(
            reduction,
            lambda *v: value(*v, **hyper),
            lambda *v, needed: slopes(*v, needed=needed, **hyper),
            lambda *v: definition(**dict(zip(names, v, strict=True)), **hyper),
            *sides,
        )

    fused.reduces = True
    return fused


class _Several(torch.autograd.Function):
    @staticmethod
    def forward(reduction, value, slopes, define, *sides):
        def either(*part):
            short = value(*part)
            return define(*part) if short is None else short

        parts = _parts(*sides)
        if reduction == "none" or len(parts) == 1:
            return reduce(_joined(parts, either, sides[0].shape), reduction)
        total = torch.stack([either(*part).sum() for part in parts]).sum()
        return total / sides[0].numel() if reduction == "mean" else total

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.reduction, _, ctx.slopes, ctx.define, *sides = inputs
        ctx.save_for_backward(*sides)

    @staticmethod
    def backward(ctx, grad):
        sides, needed = ctx.saved_tensors, ctx.needs_input_grad[4:]
        if torch.is_grad_enabled():
            pulls = torch.func.vjp(lambda *v: reduce(ctx.define(*v), ctx.reduction), *sides)[1](grad)
            return None, None, None, None, *pulls
        scale = grad / sides[0].numel() if ctx.reduction == "mean" else grad
        each = ctx.reduction == "none"
        parts = _parts(*sides, *([scale] if each else []))
        whole = len(parts) == 1
        found = [
            torch.empty_like(s).reshape(-1) if need and not whole else None
            for s, need in zip(sides, needed, strict=True)
        ]
        at = 0
        for part in parts:
            pulls = _pulled(ctx, part[: len(sides)], part[-1] if each else scale, needed)
            if whole:
                return None, None, None, None, *pulls
            for out, pull in zip(found, pulls, strict=True):
                if out is not None:
                    out[at : at + pull.numel()] = pull
            at += part[0].numel()
        shaped = [None if out is None else out.reshape(grad.shape if each else sides[0].shape) for out in found]
        return None, None, None, None, *shaped


def _pulled(ctx, sides, grad, needed):
    """The slopes of a chunk times the gradient that comes in; None where it is not needed."""
    slopes = ctx.slopes(*sides, needed=needed)
    if slopes is None:
        with torch.enable_grad():
            slopes = torch.func.vjp(ctx.define, *sides)[1](grad.expand(sides[0].shape))
        return [s if need else None for s, need in zip(slopes, needed, strict=True)]
    return [s.mul_(grad) if need else None for s, need in zip(slopes, needed, strict=True)]


class _Chunked(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(input, target, reduction, value, slope, define):
        parts = _parts(input, target)
        if reduction == "none" or len(parts) == 1:
            return reduce(_joined(parts, value, input.shape), reduction)
        total = torch.stack([value(*part).sum() for part in parts]).sum()
        return total / input.numel() if reduction == "mean" else total

    @staticmethod
    def setup_context(ctx, inputs, output):
        input, target, ctx.reduction, _, ctx.slope, ctx.define = inputs
        ctx.save_for_backward(input, target)

    @staticmethod
    def backward(ctx, grad):
        input, target = ctx.saved_tensors
        if torch.is_grad_enabled() or ctx.needs_input_grad[1]:
            _, pull = torch.func.vjp(ctx.define, input, target)
            return *pull(grad), None, None, None, None
        if ctx.reduction == "none":
            parts = _parts(input, target, grad)
            slopes = _joined(parts, lambda i, t, g: ctx.slope(i, t) * g, input.shape)
        else:
            scale = grad / max(input.numel(), 1) if ctx.reduction == "mean" else grad
            slopes = _joined(_parts(input, target), lambda i, t: ctx.slope(i, t) * scale, input.shape)
        return slopes, None, None, None, None, None
