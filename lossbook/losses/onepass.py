"""A loss and its slope in one pass over the data, for losses that torch has no exact kernel for.

Autograd runs a definition backwards operation by operation, and keeps an array for most of them. Where the slope is
cheap once the value is there, it is computed with the value instead, into one array; the backward pass multiplies it.
Anything beyond a first derivative in ``input`` (second derivatives, the slope in ``target``, forward mode, vmap of
those) is left to the definition, so that all of them agree with it.
"""

import torch

from lossbook.losses.door import reduce

_CHUNK = 65536  # elements; a chunk of each intermediate array fits in a core's cache together with the others


def one_pass(kernel, definition):
    """A fused form, ``fused(input, target, reduction, **hyper)``, of a kernel.

    kernel(input, target, slope, **hyper) -> (values, slopes): the unreduced loss and its derivative in input, both as
    new arrays; slopes may be None when ``slope`` is False. definition: the same loss, differentiable.
    """

    def fused(input, target, reduction, **hyper):
        def define(input, target):
            return reduce(definition(input, target, **hyper), reduction)

        needed = torch.is_grad_enabled() and input.requires_grad
        return _OnePass.apply(input, target, lambda i, t: kernel(i, t, needed, **hyper), reduction, define)[0]

    return fused


def _in_chunks(input, target, kernel, reduction, step):
    """The kernel over chunks that stay in the cache, which saves the memory of its intermediate arrays as well."""
    values = torch.empty_like(input) if reduction == "none" else None
    slopes, sums = None, []
    for start in range(0, input.numel(), step):
        part = slice(start, start + step)
        value, slope = kernel(input.view(-1)[part], target.view(-1)[part])
        if values is None:
            sums.append(value.sum())
        else:
            values.view(-1)[part] = value
        if slope is not None:
            slopes = torch.empty_like(input) if slopes is None else slopes
            slopes.view(-1)[part] = slope
    if values is None:
        values = torch.stack(sums).sum()
        values = values / input.numel() if reduction == "mean" else values
    return values, input.new_empty(0) if slopes is None else slopes


class _OnePass(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(input, target, kernel, reduction, define):
        step = _CHUNK * torch.get_num_threads()
        if not input.is_cpu or input.numel() < 2 * step or not (input.is_contiguous() and target.is_contiguous()):
            values, slopes = kernel(input, target)
            return reduce(values, reduction), input.new_empty(0) if slopes is None else slopes
        return _in_chunks(input, target, kernel, reduction, step)

    @staticmethod
    def setup_context(ctx, inputs, output):
        input, target, _, reduction, define = inputs
        ctx.reduction, ctx.define = reduction, define
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(input, target, output[1])
        ctx.save_for_forward(input, target)

    @staticmethod
    def backward(ctx, grad, _):
        input, target, slopes = ctx.saved_tensors
        if torch.is_grad_enabled() or ctx.needs_input_grad[1] or slopes.shape != input.shape:
            _, pull = torch.func.vjp(ctx.define, input, target)
            return *pull(grad), None, None, None
        scale = grad / max(input.numel(), 1) if ctx.reduction == "mean" else grad
        return slopes * scale, None, None, None, None

    @staticmethod
    def jvp(ctx, input_t, target_t, *_):
        input, target = ctx.saved_tensors
        tangents = [torch.zeros_like(x) if t is None else t for x, t in ((input, input_t), (target, target_t))]
        return torch.func.jvp(ctx.define, (input, target), tuple(tangents))[1], None
