"""Losses that torch has no exact kernel for, computed chunk by chunk: value on the way in, slope on the way back.

Autograd runs a definition operation by operation, each over the whole array, and keeps an array for most of them. Here
the same operations run over a chunk that stays in the processor's cache, and nothing is kept but the two sides: the
slope is computed from them when it is asked for. Anything beyond a first derivative in ``input`` (second derivatives,
the slope in ``target``, forward mode) is left to the definition, so that all of them agree with it.
"""

import torch

from lossbook.losses.door import reduce

_CHUNK = 65536  # elements; large enough that calls cost little, small enough that a chunk stays in the cache


def wrapped(*tensors) -> bool:
    """Whether one is inside a transform of torch.func, where it has no numbers to branch on."""
    return any(torch._C._functorch.is_functorch_wrapped_tensor(t) for t in tensors)


def in_chunks(value, slope, definition):
    """A fused form, ``fused(input, target, reduction, **hyper)``, of an element-wise loss.

    value, slope: functions (input, target, **hyper) that return the unreduced loss and its derivative in input as new
    arrays; they may work in place on what they made. definition: the same loss, differentiable.
    """

    def fused(input, target, reduction, **hyper):
        def define(input, target):
            return reduce(definition(input, target, **hyper), reduction)

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
        ctx.save_for_forward(input, target)

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

    @staticmethod
    def jvp(ctx, input_t, target_t, *_):
        sides = ctx.saved_tensors
        tangents = [torch.zeros_like(x) if t is None else t for x, t in zip(sides, (input_t, target_t), strict=True)]
        return torch.func.jvp(ctx.define, tuple(sides), tuple(tangents))[1]
