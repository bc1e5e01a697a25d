"""The losses of boxes with their slopes written out: a fraction of the passes that autograd makes over so many steps.

Everything is computed with one coordinate of all boxes in a row, x above y. Anything beyond a first derivative is left
to the definitions, and where two sides meet exactly the slope is the one that autograd gives there.
"""

import math

import torch

from lossbook.losses.boxes.areas import least_area
from lossbook.losses.chunks import wrapped

_ROWS = 12500  # boxes at a time: some 40 numbers for each are at hand while it is worked on, a few are kept


def fused(definition, *terms):
    """The fast form of a definition: the intersection-over-union loss, plus methods of _Pair by name."""

    def fast(input, target):
        wanted = tuple(torch.is_grad_enabled() and x.requires_grad for x in (input, target))
        return _Boxes.apply(input, target, wanted, terms, definition)[0]

    return fast


class _Boxes(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(input, target, wanted, terms, definition):
        step = _ROWS * torch.get_num_threads()
        if wrapped(input, target) or not input.is_cpu or len(input) < 2 * step:
            return _of_rows(input, target, wanted, terms)
        found = None
        for start in range(0, len(input), step):
            rows = slice(start, start + step)
            parts = _of_rows(input[rows], target[rows], wanted, terms)
            found = [part.new_empty(len(input), *part.shape[1:]) for part in parts] if found is None else found
            for whole, part in zip(found, parts, strict=True):
                whole[rows] = part
        return tuple(found)

    @staticmethod
    def setup_context(ctx, inputs, output):
        input, target, ctx.wanted, _, ctx.definition = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(input, target, *output[1:])
        ctx.save_for_forward(input, target)

    @staticmethod
    def backward(ctx, grad, *_):
        input, target, *slopes = ctx.saved_tensors
        if torch.is_grad_enabled() or ctx.needs_input_grad[:2] != ctx.wanted:
            return *torch.func.vjp(ctx.definition, input, target)[1](grad), None, None, None
        found = iter(slopes)
        return *(next(found) * grad.unsqueeze(-1) if wanted else None for wanted in ctx.wanted), None, None, None

    @staticmethod
    def jvp(ctx, input_t, target_t, *_):
        sides = ctx.saved_tensors[:2]
        tangents = [torch.zeros_like(x) if t is None else t for x, t in zip(sides, (input_t, target_t), strict=True)]
        return torch.func.jvp(ctx.definition, tuple(sides), tuple(tangents))[1], *[None] * sum(ctx.wanted)


def _of_rows(input, target, wanted, terms):
    """The losses of some boxes, and their slopes in the sides that are wanted."""
    pair = _Pair(input, target, any(wanted))
    for term in ("cover", *terms):
        getattr(pair, term)()
    return pair.value, *(pair.slopes(wanted) if any(wanted) else ())


class _Pair:
    """Pairs of boxes, the loss so far, and its slopes in the pieces of each axis, as areas() has them."""

    def __init__(self, input, target, sloped):
        a, b = input.t().contiguous(), target.t().contiguous()
        around = torch.maximum(a[2:], b[2:]) - torch.minimum(a[:2], b[:2])
        longer = around.amax(0)
        unit = torch.where(longer < torch.finfo(a.dtype).tiny, 1.0, longer)
        self.back = torch.exp2(-torch.floor(torch.log2(unit)))
        self.a, self.b, self.around = a, b, _ = a * self.back, b * self.back, around * self.back
        self.size, self.size_t = a[2:] - a[:2], b[2:] - b[:2]
        self.out = torch.stack([b[:2] - a[:2], a[2:] - b[2:]])  # how far the box sticks out of the target at each end
        self.between = torch.minimum(a[2:], b[2:]) - torch.maximum(a[:2], b[:2])
        self.inside = torch.relu(self.between)
        beyond = torch.relu(self.out)
        self.own, self.other = (
            torch.minimum(self.size, beyond.sum(0)),
            torch.minimum(self.size_t, (beyond - self.out).sum(0)),
        )
        self.crossed = [piece.flip(0) for piece in (self.inside, self.own, self.other)]  # the same of the other axis
        self.sloped = sloped
        self.in_gap = self.in_around = self.in_center = self.in_size = self.in_size_t = 0.0

    def cover(self):
        inside, own, other = self.crossed
        self.both = self.inside[0] * self.inside[1]
        self.apart = self.own[0] * (inside[0] + own[0]) + self.inside[0] * (own[0] + other[0])
        self.apart = self.apart + self.other[0] * (inside[0] + other[0])
        none, union = _none(self.both + self.apart)
        cost = self.apart / union
        self.value = torch.where(none, (self.out != 0).any(0).any(0).to(cost.dtype), cost)
        if self.sloped:
            in_both, in_apart = (torch.where(none, 0.0, v / union) for v in (-cost, self.both / union))
            self.in_inside = in_both * inside + in_apart * (own + other)
            self.in_own, self.in_other = in_apart * (inside + own), in_apart * (inside + other)

    def emptiness(self):
        inside, own, other = self.crossed
        gap = torch.relu(-self.between)
        covered = self.inside + self.own + self.other
        waste = self.own[0] * other[0] + self.other[0] * own[0]
        waste = waste + gap[0] * (covered[1] + gap[1]) + gap[1] * covered[0]
        union = self.both + self.apart
        none, whole = _none(union + waste)
        cost = torch.where(none, 0.0, waste / whole)
        self.value = self.value + cost
        if self.sloped:
            in_union, in_waste = (torch.where(none, 0.0, v / whole) for v in (-cost, union / whole))
            gap = gap.flip(0)
            self.in_inside = self.in_inside + in_union * (inside + own + other) + in_waste * gap
            self.in_own = self.in_own + in_union * (inside + own) + in_waste * (other + gap)
            self.in_other = self.in_other + in_union * (inside + other) + in_waste * (own + gap)
            self.in_gap = in_waste * (covered.flip(0) + gap)

    def apartness(self):
        twice = (self.a[:2] - self.b[:2]) + (self.a[2:] - self.b[2:])
        none, squared = _none((self.around**2).sum(0))
        cost = torch.where(none, 0.0, 0.25 * (twice**2).sum(0) / squared)
        self.overlap, self.value = self.value, self.value + cost
        if self.sloped:
            self.in_center = torch.where(none, 0.0, 0.5 / squared) * twice
            self.in_around = torch.where(none, 0.0, -2 * cost / squared) * self.around

    def shape(self):
        longer, longer_t = (
            torch.where(v < torch.finfo(v.dtype).tiny, 1.0, v) for v in (self.size.amax(0), self.size_t.amax(0))
        )
        side, side_t = self.size / longer, self.size_t / longer_t
        across, along = side[0] * side_t[1] - side_t[0] * side[1], (side * side_t).sum(0)
        point = across.abs() + along < 0.5
        angle = torch.atan2(torch.where(point, 0.0, across), torch.where(point, 1.0, along))
        v = (2 / math.pi * angle) ** 2
        none, weight = _none(self.overlap + v)
        alpha = torch.where(none, 0.0, v / weight)
        self.value = self.value + alpha * v
        if self.sloped:
            in_angle = (8 / math.pi**2) * alpha * angle
            self.in_size, self.in_size_t = (
                _turned(s) * (f / torch.where(point, 1.0, (s * s).sum(0)) / m)
                for s, m, f in ((side, longer, in_angle), (side_t, longer_t, -in_angle))
            )

    def slopes(self, wanted):
        """The slope in input and that in target, as far as they are wanted."""
        end, meet = torch.sign(self.out), torch.sign(self.between)
        out = torch.relu(end)  # 1 where the box sticks out, and out - end is 1 where the target does
        within = 0.5 + 0.5 * meet  # where they overlap along the axis, a piece is cut off by the other box
        pull = 0.5 * (torch.relu(meet) * self.in_inside - torch.relu(-meet) * self.in_gap)
        grow = 0.5 * self.in_around
        own, other = within * self.in_own, within * self.in_other
        shared = end * (grow - pull + other) + out * (own - other)
        found = []
        if wanted[0]:
            found.append((pull + grow + self.in_own - own + self.in_size + shared, self.in_center))
        if wanted[1]:
            found.append((pull + grow + self.in_other - other + self.in_size_t - shared, -self.in_center))
        return [(torch.cat([moved - away[0], moved + away[1]]) * self.back).t() for away, moved in found]


def _turned(side):
    """(h, -w): times 1 / (w^2 + h^2) the slope of the angle of a diagonal, atan(w / h)"""
    return torch.stack([side[1], -side[0]])


def _none(whole):
    """Where there is no area (or length), and a whole to divide by."""
    none = whole < least_area(whole.dtype)
    return none, torch.where(none, 1.0, whole)
