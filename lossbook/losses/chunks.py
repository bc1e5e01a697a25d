"""Losses that torch has no exact kernel for, computed chunk by chunk: value on the way in, slope on the way back.

Autograd runs a definition operation by operation, each over the whole array, and keeps an array for most of them. Here
the same operations run over a chunk that stays in the processor's cache, and nothing is kept but the two sides: the
slope is computed from them when it is asked for. Anything beyond a first derivative in ``input`` (second derivatives,
the slope in ``target``, forward mode) is left to the definition, so that all of them agree with it.
"""

import torch
from torch.autograd import forward_ad

from lossbook.losses.door import reduce

_CHUNK = 131072  # elements; large enough that calls cost little, small enough that a chunk stays in the cache


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


def at_once(value, both, definition, first):
    """``in_chunks`` for a loss whose slope costs little more once its value is known: both are made on the way in.

    both: a function (input, target, **hyper) that returns the unreduced loss and its derivative in input as new arrays.
    first: the name of the first side.
    """

    def pulled(input, target, needed, **hyper):
        if needed[1]:
            return None  # the slope in the target is the definition's
        out, slope = both(input, target, **hyper)
        return out, (slope, None)

    run = several(value, pulled, definition, (first, "target"))

    def fused(input, target, reduction, **hyper):
        return run(**{first: input, "target": target}, reduction=reduction, **hyper)

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


def _scaled(parts, fn, scale, shape):
    """``fn`` of each part times ``scale``, written where it belongs in one new array of the given shape."""
    if len(parts) == 1 or wrapped(scale, *parts[0]):  # a transform of torch.func has nothing to write into
        return _joined(parts, lambda *part: fn(*part) * scale, shape)
    out = torch.empty(shape.numel(), dtype=parts[0][0].dtype, device=parts[0][0].device)
    at = 0
    for part in parts:
        end = at + part[0].numel()
        torch.mul(fn(*part), scale, out=out[at:end])
        at = end
    return out.reshape(shape)


def several(value, both, definition, names):
    """A fused form, ``fused(**sides, **hyper, reduction)``, of a loss whose sides all have one shape, that of the loss.

    value: a function (*sides, **hyper) that returns the unreduced loss. both: a function (*sides, needed, **hyper) that
    returns it and its derivatives in the sides, with anything where ``needed`` is False: the slopes are made on the way
    in, while the chunk is at hand. Both return new arrays, or None for a chunk that the short formula cannot take: the
    definition takes it then. names: of the sides, in order.
    """

    def fused(*, reduction, **given):
        sides = [given[name] for name in names]
        hyper = {name: v for name, v in given.items() if name not in names}
        if wrapped(*sides) or any(map(torch.is_tensor, hyper.values())) or not sides[0].numel():
            return reduce(definition(**given), reduction)

        def define(*v):
            return definition(**dict(zip(names, v, strict=True)), **hyper)

        def either(*v):
            short = value(*v, **hyper)
            return define(*v) if short is None else short

        def pulled(*v, needed):
            short = both(*v, needed=needed, **hyper)
            return _defined(define, v, needed) if short is None else short

        if not (torch.is_grad_enabled() and any(v.requires_grad for v in sides)):
            return _reduced(_parts(*sides), either, reduction, sides[0].shape)
        return _Several.apply(reduction, pulled, define, *sides)

    fused.reduces = True  # see given.py
    return fused


def _reduced(parts, fn, reduction, shape):
    if reduction == "none" or len(parts) == 1:
        return reduce(_joined(parts, fn, shape), reduction)
    total = torch.stack([fn(*part).sum() for part in parts]).sum()
    return total / shape.numel() if reduction == "mean" else total


def _defined(define, sides, needed):
    """Value and slopes of a chunk by the definition."""
    with torch.enable_grad():
        leaves = [v.detach().requires_grad_(need) for v, need in zip(sides, needed, strict=True)]
        out = define(*leaves)
        slopes = iter(torch.autograd.grad(out.sum(), [v for v in leaves if v.requires_grad], materialize_grads=True))
    return out.detach(), [next(slopes) if need else None for need in needed]


class _Several(torch.autograd.Function):
    @staticmethod
    def forward(ctx, reduction, pulled, define, *sides):
        needed, shape = ctx.needs_input_grad[3:], sides[0].shape
        parts = _parts(*sides)
        slopes, at = [None] * len(sides), 0

        def value(*part):
            nonlocal slopes, at
            out, pulls = pulled(*part, needed=needed)
            if len(parts) == 1:
                slopes = [p if need else None for p, need in zip(pulls, needed, strict=True)]
                return out
            end = at + out.numel()
            for k, pull in enumerate(pulls):
                if needed[k]:
                    slopes[k] = pull.new_empty(shape.numel()) if slopes[k] is None else slopes[k]
                    slopes[k][at:end] = pull
            at = end
            return out

        total = _reduced(parts, value, reduction, shape)
        ctx.reduction, ctx.define, ctx.count = reduction, define, len(sides)
        ctx.save_for_backward(*sides, *(None if s is None else s.reshape(shape) for s in slopes))
        return total

    @staticmethod
    def backward(ctx, grad):
        sides, slopes = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
        if torch.is_grad_enabled():
            pulls = torch.func.vjp(lambda *v: reduce(ctx.define(*v), ctx.reduction), *sides)[1](grad)
            return None, None, None, *pulls
        scale = grad / sides[0].numel() if ctx.reduction == "mean" else grad
        return None, None, None, *(None if s is None else s * scale for s in slopes)


class _Chunked(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(input, target, reduction, value, slope, define):
        return _reduced(_parts(input, target), value, reduction, input.shape)

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
            slopes = _scaled(_parts(input, target), ctx.slope, scale, input.shape)
        return slopes, None, None, None, None, None
