"""torch's kernel for connectionist temporal classification, with derivatives of all orders."""

import torch
import torch.nn.functional as F


def quick(logits, target, input_lengths, target_lengths, blank, zero_infinity):
    """What the definition returns, by torch's kernel; a target that does not fit has a slope of 0."""
    frames, count, _ = logits.shape
    if not count or not frames:
        return _defined(logits, target, input_lengths, target_lengths, blank, zero_infinity)
    every = torch.ones(count, dtype=torch.int64, device=logits.device)
    input_lengths = frames * every if input_lengths is None else input_lengths
    target_lengths = target.shape[1] * every if target_lengths is None else target_lengths
    wanted = torch.is_grad_enabled() and logits.requires_grad
    return _Aligned.apply(logits, target, input_lengths, target_lengths, blank, zero_infinity, wanted)[0]


def _defined(logits, target, input_lengths, target_lengths, blank, zero_infinity):
    from lossbook.losses.language.alignment import ctc

    lengths = {"input_lengths": input_lengths, "target_lengths": target_lengths}
    return ctc.definition(logits, target, **lengths, blank=blank, zero_infinity=zero_infinity)


def _narrowed(target, target_lengths, blank):
    """The classes that a sample has anything to do with, blank first, (N, S + 1), and its labels as places in there.

    A label that comes again gets the place of its first time: equal labels stay equal.
    """
    beyond = torch.arange(target.shape[1], device=target.device) >= target_lengths.unsqueeze(1)
    target = target.masked_fill(beyond, blank)
    same = target.unsqueeze(2) == target.unsqueeze(1)
    first = same.to(torch.uint8).argmax(2) if target.shape[1] else target
    return torch.cat([torch.full_like(target_lengths, blank).unsqueeze(1), target], 1), first + 1


class _Aligned(torch.autograd.Function):
    """The kernel runs on the classes of each sample's target only: a text has few of the classes of a vocabulary.

    The slope is the softmax less the share of each class in all alignments, at each frame. These shares add up to 1:
    what they come to instead is by how much the logarithms of the kernel are off, hundreds with few digits behind the
    point in float32, and dividing by that removes most of the error. Derivatives of derivatives, forward mode and vmap
    go by way of the definition.
    """

    @staticmethod
    def forward(logits, target, input_lengths, target_lengths, blank, zero_infinity, wanted):
        frames = len(logits)
        classes, places = _narrowed(target, target_lengths, blank)
        p = F.log_softmax(logits.detach(), 2)
        narrow = p.gather(2, classes.expand(frames, -1, -1)).requires_grad_(wanted)
        with torch.set_grad_enabled(wanted):
            values = F.ctc_loss(narrow, places, input_lengths, target_lengths, 0, reduction="none")
        fails = values.detach() == torch.inf
        shares, alive = logits.new_empty(0), logits.new_empty(0)
        if wanted:
            (slope,) = torch.autograd.grad(values, narrow, torch.ones_like(values))
            alive = (torch.arange(frames, device=logits.device).unsqueeze(1) < input_lengths) & ~fails
            alive = alive.unsqueeze(2)
            shares = (narrow.detach().exp() - slope).masked_fill(~alive, 0)
            shares = shares / shares.sum(2, keepdim=True).masked_fill(~alive, 1)
            p = p.exp_()
        values = values.detach().masked_fill(fails, 0) if zero_infinity else values.detach()
        return values, p if wanted else logits.new_empty(0), classes, shares, alive.to(logits.dtype)

    @staticmethod
    def setup_context(ctx, inputs, output):
        *tensors, ctx.blank, ctx.zero_infinity, _ = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*tensors, *output[1:])
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx, upstream, *_):
        logits, *others, p, classes, shares, alive = ctx.saved_tensors
        if upstream is None:
            return (None,) * 7
        if torch.is_grad_enabled() or not p.numel():
            _, pull = torch.func.vjp(lambda x: _defined(x, *others, ctx.blank, ctx.zero_infinity), logits)
            return *pull(upstream), *(None,) * 6
        scale = alive * upstream.unsqueeze(1)
        slope = p * scale
        slope.scatter_add_(2, classes.expand(len(p), -1, -1), -shares * scale)
        return slope, *(None,) * 6

    @staticmethod
    def jvp(ctx, logits_t, *_):
        logits, *others = ctx.saved_tensors
        _, pull = torch.func.vjp(lambda x: _defined(x, *others, ctx.blank, ctx.zero_infinity), logits)
        # pull is linear in what it is given: its own pull is the push
        _, push = torch.func.vjp(lambda u: pull(u)[0], logits.new_zeros(logits.shape[1]))
        return push(logits_t)[0], *(None,) * 4

    @staticmethod
    def vmap(info, in_dims, *inputs):
        *tensors, blank, zero_infinity, _ = inputs
        values = torch.vmap(lambda *a: _defined(*a, blank, zero_infinity), in_dims[:4])(*tensors)
        return (values, *(values.new_empty(0) for _ in range(4))), (0, *(None,) * 4)
