"""How far samples are from what a decoder makes of their codes: sums over rows, (N, D), with slopes in few passes."""

import torch
import torch.nn.functional as F

_PIECE = 65536  # entries at a time: they stay in the processor's cache


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


def _pieces(*sides):
    """Some rows of each side at a time."""
    step = max(_PIECE * torch.get_num_threads() // max(sides[0].shape[1], 1), 1) if sides[0].is_cpu else len(sides[0])
    return zip(*(side.split(step) for side in sides), strict=True) if len(sides[0]) else ()


def _entropy_computed(logits, target, wanted):
    # The loss goes from max(x, 0) + L at a target of 0 to max(-x, 0) + L at 1, L = log(1 + e^-|x|), on a straight line,
    # whose ends torch.lerp gives to the last digit. L = -log(1 - sigmoid(-|x|)).
    lost = []
    for x, t in _pieces(logits, target):
        no = x.relu()
        yes = no - x
        minus_l = torch.add(no, yes).neg_().sigmoid_().neg_().log1p_()
        lost.append(torch.lerp(no, yes, t).sub_(minus_l).sum(1))
    return (torch.cat(lost) if lost else logits.new_zeros(0),)


def _entropy_pulled(sides, fixed, kept, upstream, wanted):
    logits, target = sides
    slope = None
    if wanted[0]:
        slope = torch.empty_like(logits, memory_format=torch.contiguous_format)
        for out, x, t, factor in _pieces(slope, logits, target, upstream.unsqueeze(1)):
            torch.lerp(torch.sigmoid(x), torch.neg(x).sigmoid_().neg_(), t, out=out).mul_(factor)
    return slope, logits * -upstream.unsqueeze(1) if wanted[1] else None


# definition, value, slopes: see by_hand
HALF_SQUARES = _squares, _squares_computed, _squares_pulled
CROSS_ENTROPY = _entropy, _entropy_computed, _entropy_pulled
