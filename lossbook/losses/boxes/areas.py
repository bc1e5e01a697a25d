"""What the losses of boxes share: their sides, what a box must be, and the areas of two boxes, together and apart."""

import torch

from lossbook.losses import door
from lossbook.losses.paths import Path
from lossbook.losses.sides import Side


def _some(generator, shape):
    low, size = torch.rand((2, *shape[:-1], 2), generator=generator, dtype=torch.float64)
    return torch.cat([low, low + 0.2 + size], -1)


SIDES = (
    Side("input", "N 4", "The predicted boxes: x1, y1, x2, y2, with x2 >= x1 and y2 >= y1.", symbol="A", example=_some),
    Side("target", "N 4", "The true boxes, likewise.", symbol="B", example=_some),
)
INVARIANT = ("permutation", "exchange", "common scale", "common shift")
CORNERS = (
    "Boxes are corners (x1, y1, x2, y2). Corners in the wrong order raise; centers and sizes (cx, cy, w, h) cannot be "
    "told from corners: convert them first."
)


def check(input, target):
    """Raise ValueError for a box whose second corner lies left of or below its first."""
    for name, boxes in (("input", input), ("target", target)):
        size = boxes[:, 2:] - boxes[:, :2]
        least = door.least(size)
        if least is not None and least < 0:
            row = int((size < 0).any(-1).nonzero()[0])
            k = int(size[row, 0] >= 0)
            axis, first, second = "xy"[k], boxes[row, k].item(), boxes[row, 2 + k].item()
            raise ValueError(
                f"{name}: box {row} has {axis}2 = {second:g} below {axis}1 = {first:g}; want corners (x1, y1, x2, y2) "
                "with x2 >= x1 and y2 >= y1"
            )


def in_one_unit(input, target):
    """Both boxes in a unit in which the longer side of the box around both is from 1 to 2.

    The losses do not depend on the unit, and so it is held constant: areas and their curvatures neither overflow nor
    underflow, whatever the boxes are measured in. It is a power of 2, which leaves every digit as it is.
    """
    unit = torch.exp2(torch.floor(torch.log2(longer_side(around(input, target)))))
    return input / unit, target / unit


def around(input, target):
    """The sides of the least box that holds both, (N, 2)."""
    return torch.maximum(input[:, 2:], target[:, 2:]) - torch.minimum(input[:, :2], target[:, :2])


def longer_side(size):
    """The longer of the two sides as a constant column; 1 for a point."""
    longer = size.detach().amax(-1, keepdim=True)
    return torch.where(longer < torch.finfo(longer.dtype).tiny, 1.0, longer)


def areas(input, target):
    """(both, apart, waste): the intersection, the rest of the union, and the rest of the least box around both.

    Along each axis the box around both is made of four pieces: what lies inside both boxes, in one only, in the other
    only, and the gap between them. Every area is a sum of products of these: nothing is subtracted, so no digit is
    lost where the boxes are nearly the same.
    """
    low, high, low_t, high_t = input[:, :2], input[:, 2:], target[:, :2], target[:, 2:]
    between = torch.minimum(high, high_t) - torch.maximum(low, low_t)
    inside, gap = torch.relu(between), torch.relu(-between)
    own = torch.minimum(high - low, torch.relu(high - high_t) + torch.relu(low_t - low))
    other = torch.minimum(high_t - low_t, torch.relu(high_t - high) + torch.relu(low - low_t))
    (inside_x, inside_y), (gap_x, gap_y) = inside.unbind(-1), gap.unbind(-1)
    (own_x, own_y), (other_x, other_y) = own.unbind(-1), other.unbind(-1)
    apart = own_x * (inside_y + own_y) + inside_x * own_y + other_x * (inside_y + other_y) + inside_x * other_y
    covered_x, covered_y = (inside + own + other).unbind(-1)
    waste = own_x * other_y + other_x * own_y + gap_x * (covered_y + gap_y) + gap_y * covered_x
    return inside_x * inside_y, apart, waste


def least_area(dtype) -> float:
    """Below it an area counts as 0: the curvature of 1 / area, of the order of area^-2, still fits in the dtype."""
    return 16 * torch.finfo(dtype).tiny ** 0.5


def share(part, rest, otherwise=0.0):
    """part / (part + rest); ``otherwise``, with slope 0, where there is neither.

    Of the smaller of the two, so that neither the value nor a slope is a difference of nearly equal numbers: the slope
    of part / whole in part is 1 / whole - part / whole^2.
    """
    whole = part + rest
    nothing = whole < least_area(whole.dtype)
    whole = torch.where(nothing, 1.0, whole)
    value = torch.where(part <= rest, part / whole, 1 - rest / whole)
    return torch.where(nothing, otherwise, value)


def unlike(input, target):
    """1 for boxes that differ, 0 for the same ones."""
    return (input != target).any(-1).to(input.dtype)


def _shifted(s):
    box = torch.stack([s, torch.full_like(s, 0.25), s + 1, torch.full_like(s, 1.25)])
    return box.unsqueeze(0), torch.tensor([[0.0, 0.0, 1.0, 1.0]], dtype=s.dtype)


SHIFTED = Path(
    "shift of the predicted box, in widths",
    -2.5,
    2.5,
    _shifted,
    "A box of the right size moves sideways, a quarter too high.",
    1.5,
)
