"""torch's kernel for connectionist temporal classification, on few classes and with derivatives of all orders."""

import torch
import torch.nn.functional as F

from lossbook.losses.byhand import by_hand


def quick(logits, target, input_lengths, target_lengths, blank, zero_infinity):
    """What the definition returns, by torch's kernel; a target that does not fit has a slope of 0.

    The kernel runs on the classes of each sample's target only: a text has few of the classes of a vocabulary. The
    slope is the softmax less the share of each class in all alignments, at each frame. These shares add up to 1: what
    they come to instead is by how much the logarithms of the kernel are off, hundreds with few digits behind the point
    in float32, and dividing by that removes most of the error.
    """
    frames, count, _ = logits.shape
    if not count or not frames:
        return _defined(logits, target, input_lengths, target_lengths, blank, zero_infinity)
    every = torch.ones(count, dtype=torch.int64, device=logits.device)
    input_lengths = frames * every if input_lengths is None else input_lengths
    target_lengths = target.shape[1] * every if target_lengths is None else target_lengths

    def define(logits, target, input_lengths, target_lengths):
        return _defined(logits, target, input_lengths, target_lengths, blank, zero_infinity)

    def compute(logits, target, input_lengths, target_lengths, wanted):
        classes, places = _narrowed(target, target_lengths, blank)
        classes = classes.expand(frames, -1, -1)
        p = F.log_softmax(logits, 2)
        narrow = p.gather(2, classes).requires_grad_(wanted[0])
        with torch.set_grad_enabled(wanted[0]):
            values = F.ctc_loss(narrow, places, input_lengths, target_lengths, 0, reduction="none")
        fails = values.detach() == torch.inf
        out = values.detach().masked_fill(fails, 0) if zero_infinity else values.detach()
        if not wanted[0]:
            return (out,)
        (slope,) = torch.autograd.grad(values, narrow, torch.ones_like(values))
        alive = (torch.arange(frames, device=logits.device).unsqueeze(1) < input_lengths) & ~fails
        alive = alive.unsqueeze(2)
        shares = (narrow.detach().exp() - slope).masked_fill(~alive, 0)
        shares = shares / shares.sum(2, keepdim=True).masked_fill(~alive, 1)
        return out, p.exp_(), classes, shares, alive.to(p.dtype)

    def pull(sides, fixed, kept, upstream, wanted):
        p, classes, shares, alive = kept
        scale = alive * upstream.unsqueeze(1)
        return ((p * scale).scatter_add_(2, classes, -shares * scale),)

    return by_hand(define, compute, pull, (logits,), (target, input_lengths, target_lengths))


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
