"""Losses of pairs of pictures, a few pairs at a time: what autograd keeps for one pair is gone before the next."""

import torch

from lossbook.losses.byhand import by_hand
from lossbook.losses.chunks import wrapped

_PIECE = 1 << 18  # pixels at a time


def by_pictures(definition):
    """A fused form of a loss of pairs of pictures. definition: a function that returns the definition.

    The slopes are those that autograd finds, taken on the way in; further derivatives come from the definition.
    """

    def fused(x, y, **hyper):
        def define(x, y):
            return definition()(x, y, **hyper)

        if wrapped(x, y) or any(torch.is_tensor(v) for v in hyper.values()):
            return define(x, y)

        def compute(x, y, wanted):
            values, slopes = [], [[] for want in wanted if want]
            step = max(_PIECE * torch.get_num_threads() // max(x[:1].numel(), 1), 1) if x.is_cpu else max(len(x), 1)
            for pair in zip(x.split(step), y.split(step), strict=True):
                leaves = [v.detach().requires_grad_(want) for v, want in zip(pair, wanted, strict=True)]
                with torch.set_grad_enabled(any(wanted)):
                    each = define(*leaves)
                    asked = [v for v in leaves if v.requires_grad]
                    found = torch.autograd.grad(each.sum(), asked) if asked else ()
                values.append(each.detach())
                for parts, slope in zip(slopes, found, strict=True):
                    parts.append(slope)
            return torch.cat(values), *map(torch.cat, slopes)

        def pull(sides, fixed, kept, upstream, wanted):
            kept = iter(kept)
            return [next(kept) * upstream[:, None, None, None] if want else None for want in wanted]

        return by_hand(define, compute, pull, (x, y))

    return fused
