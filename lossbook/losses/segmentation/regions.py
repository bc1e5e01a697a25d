"""What the losses of regions share: sides, the way from logits to probabilities, a fraction that may be 0 / 0."""

import math

import torch

from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path
from lossbook.losses.sides import Side

PIXELS = {"...": 4}  # of an example
REGION = {
    "p_i": "predicted probability that pixel i belongs to the region",
    "t_i": "1 for a pixel of the region, 0 for others, or a probability",
    "s": "smooth",
}


def _some(generator, shape):
    return 0.05 + 0.9 * torch.rand(shape, generator=generator, dtype=torch.float64)


def _nearly_yes_no(generator, shape):
    return 0.01 + 0.98 * (torch.rand(shape, generator=generator) < 0.5).double()


SIDES = (
    Side(
        "input",
        "N C ...",
        "The probability that a pixel belongs to the region of class C in picture N, or its logit: see activation.",
        example=_some,
    ),
    Side(
        "target",
        "N C ...",
        "1 for pixels of the region, 0 for the others; probabilities are legal.",
        low=0.0,
        high=1.0,
        example=_nearly_yes_no,
    ),
)
ACTIVATION = Choice(
    "activation",
    None,
    "What makes probabilities of input, 'softmax' over the classes; None: input holds probabilities.",
    (None, "sigmoid", "softmax"),
)
SMOOTH = Parameter(
    "smooth",
    0.0,
    "Added to both halves of the overlap's fraction, in pixels: draws small regions toward a loss of 0.",
    low=0.0,
    high=math.inf,
    open_high=True,
    symbol="s",
    slider=(0.0, 5.0),
)


def check(input, activation, **others):
    """Raise ValueError for a softmax over one class, and for probabilities below 0 or above 1, which are logits."""
    if activation == "softmax" and input.shape[1] == 1:
        raise ValueError("activation: got 'softmax' for an input of one class, where it is 1; want 'sigmoid'")
    least, most = _ends(input.detach()) if activation is None else (0.0, 1.0)
    if least < 0 or most > 1:
        side = f"{least:g}, want values from 0" if least < 0 else f"{most:g}, want values up to 1"
        raise ValueError(f"input: got {side}; for logits pass activation='sigmoid' or 'softmax'")


def _ends(values):
    """The least and the greatest value; 0 and 1 where there is none to see. (aminmax takes half as long again.)"""
    if not values.numel() or values.is_meta or torch.compiler.is_compiling():
        return 0.0, 1.0
    try:
        return values.amin().item(), values.amax().item()
    except RuntimeError:  # a tensor without values of its own, under vmap
        return 0.0, 1.0


def probabilities(input, activation):
    """The probability of each pixel and class."""
    if activation is None:
        return input
    return torch.sigmoid(input) if activation == "sigmoid" else torch.softmax(input, 1)


def flat(values):
    """The pixels of each picture and class in one row: (N, C, ...) to (N, C, pixels)."""
    return values.unsqueeze(-1).flatten(2)


def pixels(values):
    """The sum over the pixels of each picture and class: (N, C, ...) to (N, C)."""
    return flat(values).sum(-1)


def least_size(dtype) -> float:
    """Below it a size counts as 0: the curvature of 1 / size, of the order of size^-2, still fits in the dtype."""
    return 16 * torch.finfo(dtype).tiny ** 0.5


def share(part, rest):
    """part / (part + rest), and 0 with slope 0 where there is neither.

    Of the smaller of the two, so that neither the value nor a slope is a difference of nearly equal numbers: the slope
    of part / whole in part is 1 / whole - part / whole^2.
    """
    whole = part + rest
    nothing = whole < least_size(whole.dtype)
    whole = torch.where(nothing, 1.0, whole)
    value = torch.where(part <= rest, part / whole, 1 - rest / whole)
    return torch.where(nothing, 0.0, value)


def _found(s):
    region = torch.tensor([1.0] * 4 + [0.0] * 8, dtype=s.dtype).reshape(1, 1, 12)
    return region * s + (1 - region) * 0.1, region


FOUND = Path(
    "predicted probability of the region's pixels",
    0.0,
    1.0,
    _found,
    "The probability of the 4 pixels of the region moves; the other 8 pixels are held at 0.1.",
    0.5,
)
