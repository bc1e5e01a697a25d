"""The two parts of a variational bound: sums over the last axis, with slopes in few passes."""

import torch
import torch.nn.functional as F

_PIECE = 131072  # entries at a time: few enough for the cache, and so many that the calls cost little


def _squares(input, target):
    """Half of the squared distance of each row."""
    return 0.5 * ((input - target) ** 2).sum(1)


def _squares_computed(input, target, wanted):
    apart = input - target
    return (0.5 * (apart * apart).sum(1), apart) if any(wanted) else (0.5 * (apart * apart).sum(1),)


def _squares_pulled(sides, fixed, kept, upstream, wanted):
    slope = kept[0] * upstream.unsqueeze(1)
    return slope if wanted[0] else None, -slope if wanted[1] else None


def _entropy(logits, target):
    """Binary cross-entropy of each row."""
    return (-target * F.logsigmoid(logits) - (1 - target) * F.logsigmoid(-logits)).sum(1)


def _pieces(scratch: int, *sides):
    """Some rows of each side at a time, and as many arrays of that shape to write on: fresh ones cost page faults."""
    count, width = sides[0].shape
    step = max(min(_PIECE * torch.get_num_threads() // max(width, 1), count) if sides[0].is_cpu else count, 1)
    room = sides[0].new_empty(scratch, step, width)
    for parts in zip(*(side.split(step) for side in sides), strict=True):
        yield *parts, *room[:, : len(parts[0])]


def _entropy_computed(logits, target, wanted):
    # The loss goes from max(x, 0) + L at a target of 0 to max(-x, 0) + L at 1, L = log(1 + e^-|x|), on a straight line:
    # it is (1 - t) x + L for x > 0 and -t x + L below, without cancellation. L = -log(1 - sigmoid(-|x|)).
    lost = []
    for x, t, minus_l, rise in _pieces(2, logits, target):
        torch.abs(x, out=minus_l).neg_().sigmoid_().neg_().log1p_()
        torch.gt(x, 0, out=rise).sub_(t)
        lost.append(minus_l.addcmul_(rise, x, value=-1).sum(1))
    return (torch.cat(lost).neg_(),)


def _entropy_pulled(sides, fixed, kept, upstream, wanted):
    logits, target = sides
    slope = None
    if wanted[0]:
        slope = torch.empty_like(logits, memory_format=torch.contiguous_format)
        for x, t, out, factor, yes in _pieces(1, logits, target, slope, upstream.unsqueeze(1)):
            torch.neg(x, out=yes).sigmoid_().neg_()
            torch.lerp(torch.sigmoid(x, out=out), yes, t, out=out).mul_(factor)
    return slope, logits * -upstream.unsqueeze(1) if wanted[1] else None


def _divergence(mean, log_var):
    """Of a normal distribution from the standard one."""
    return 0.5 * (mean * mean + torch.expm1(log_var) - log_var).sum(-1)


def _divergence_computed(mean, log_var, wanted):
    steep = torch.expm1(log_var)
    value = (steep - log_var).addcmul_(mean, mean).sum(-1).mul_(0.5)
    return (value, steep) if wanted[1] else (value,)


def _divergence_pulled(sides, fixed, kept, upstream, wanted):
    upstream = upstream.unsqueeze(-1)
    return (
        sides[0] * upstream if wanted[0] else None,
        kept[0] * (0.5 * upstream) if wanted[1] else None,
    )


# definition, value, slopes: see by_hand
HALF_SQUARES = _squares, _squares_computed, _squares_pulled
CROSS_ENTROPY = _entropy, _entropy_computed, _entropy_pulled
DIVERGENCE = _divergence, _divergence_computed, _divergence_pulled


def with_divergence(parts, beta):
    """The same of a reconstruction plus beta times the divergence: one call, not two and a sum."""
    define, computed, pulled = parts

    def both(input, target, mean, log_var):
        return define(input, target) + beta * _divergence(mean, log_var)

    def both_computed(input, target, mean, log_var, wanted):
        lost, *kept = computed(input, target, wanted[:2])
        far, *steep = _divergence_computed(mean, log_var, wanted[2:])
        return lost.add_(far, alpha=beta), *kept, *steep

    def both_pulled(sides, fixed, kept, upstream, wanted):
        rebuilt = pulled(sides[:2], fixed, kept, upstream, wanted[:2]) if any(wanted[:2]) else (None, None)
        return *rebuilt, *_divergence_pulled(sides[2:], fixed, kept[-1:], upstream * beta, wanted[2:])

    return both, both_computed, both_pulled
