"""Total variation: what a picture costs by itself, for its steps from pixel to pixel."""

from functools import partial

import torch

from lossbook.look import Look
from lossbook.losses.byhand import by_hand
from lossbook.losses.chunks import wrapped
from lossbook.losses.parameters import Choice
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _steep(down, right):
    """sqrt(down^2 + right^2), with slope 0 where both are 0"""
    flat = (down == 0) & (right == 0)
    return torch.where(flat, 0.0, torch.hypot(torch.where(flat, 1.0, down), right))


_PIECE = 1 << 18  # pixels at a time, a few pictures: they stay in the processor's cache


def _pictures(x, *others):
    """Some pictures at a time, and as many of the others."""
    step = max(_PIECE * torch.get_num_threads() // max(x[:1].numel(), 1), 1) if x.is_cpu else max(len(x), 1)
    return zip(*(v.split(step) for v in (x, *others)), strict=True)


class _Quick(torch.autograd.Function):
    """The sum of all steps of each picture; nothing is kept but the pictures."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        sums = [sum(v.diff(dim=dim).abs_().sum((1, 2, 3)) for dim in (2, 3)) for (v,) in _pictures(x)]
        return torch.cat(sums)

    @staticmethod
    def backward(ctx, grad):
        return _Slopes.apply(grad, *ctx.saved_tensors)


class _Slopes(torch.autograd.Function):
    """The slope of _Quick: each step pulls its two pixels together. Linear in what comes from above."""

    generate_vmap_rule = True

    @staticmethod
    def forward(grad, x):
        out = grad.new_zeros(x.shape)  # under vmap with an axis for its rows, as grad has
        for v, slope, above in _pictures(x, out, grad):
            for dim in (2, 3):
                signs = v.diff(dim=dim).sign_()
                count = signs.shape[dim]
                slope.narrow(dim, v.shape[dim] - count, count).add_(signs)
                slope.narrow(dim, 0, count).sub_(signs)
            slope.mul_(above[:, None, None, None])
        return out

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[1])

    @staticmethod
    def backward(ctx, above):
        (x,) = ctx.saved_tensors
        pulled = [above.diff(dim=dim).mul(x.diff(dim=dim).sign_()).sum((1, 2, 3)) for dim in (2, 3)]
        return pulled[0] + pulled[1], None


def _lengths(x, wanted):
    """The sum of sqrt(down^2 + right^2) of each picture, and its slope if wanted"""
    sums, slopes = [], [x.new_zeros(x.shape)] if wanted[0] else []
    for v, *slope in _pictures(x, *slopes):
        steps = [v.new_zeros(v.shape) for _ in (2, 3)]  # those out of the picture stay 0
        for step, dim in zip(steps, (2, 3), strict=True):
            step.narrow(dim, 0, max(v.shape[dim] - 1, 0)).copy_(v.diff(dim=dim))
        length = torch.hypot(*steps)
        sums.append(length.sum((1, 2, 3)))
        if slope:
            length.add_(torch.eq(length, 0, out=torch.empty_like(length)))  # 0 / 1 in flat places
            for step, dim in zip(steps, (2, 3), strict=True):
                count = max(v.shape[dim] - 1, 0)
                pull = step.div_(length).narrow(dim, 0, count)
                slope[0].narrow(dim, v.shape[dim] - count, count).add_(pull)
                slope[0].narrow(dim, 0, count).sub_(pull)
    return torch.cat(sums), *slopes


def _pulled(sides, fixed, kept, upstream, wanted):
    return (kept[0] * upstream[:, None, None, None],)


def _fast(x, isotropic):
    define = partial(total_variation.definition, isotropic=isotropic)
    if wrapped(x):
        return define(x)
    return by_hand(define, _lengths, _pulled, (x,)) if isotropic else _Quick.apply(x)


def _square(s):
    """A black picture of 6 x 6 pixels with a square of 2 x 2 that is s bright"""
    line = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    return ((s * line * line[:, None])[None, None],)


@loss(
    title="Total variation",
    short="TV",
    family="image",
    formula=r"\ell = \sum_{i, j} |x_{i+1, j} - x_{i, j}| + |x_{i, j+1} - x_{i, j}|",
    symbols={"i, j": "row and column, in each channel; with isotropic the sum of the two is the root of their squares"},
    parameters=[
        Choice(
            "isotropic",
            False,
            "True takes the length of the step down and right at each pixel, so that slanted edges cost no more than "
            "upright ones.",
            (False, True),
        )
    ],
    sides=[Side("x", "N C H W", "The pictures.", symbol="x")],
    gives="N",
    path=Path(
        "brightness of the square",
        -1.0,
        1.0,
        _square,
        "A black picture of 6 x 6 pixels with a square of 2 x 2 in the middle: each of the 8 edges of the square costs "
        "its step.",
        start=0.5,
    ),
    convex=True,
    smoothness="C0",
    bounded_gradient=True,
    invariant=("permutation", "common shift"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "TensorFlow": "tf.image.total_variation(x), channels last",
        "kornia": "kornia.losses.total_variation(x), whose reduction is over pixels",
        "scikit-image": "skimage.restoration.denoise_tv_chambolle minimizes the isotropic one",
    },
    traps=[
        "The sum over the pixels and channels of each picture, and reduction over the pictures: it grows with their "
        "size. Divide by C H W to compare sizes.",
        "It is a penalty beside another loss: alone, any picture of one color is best.",
        "Not isotropic by default, as in most libraries: a slanted edge costs up to sqrt(2) times an upright one of "
        "its length, and edges come out along the axes.",
        "Its slope does not shrink with the step, so it flattens small steps to exactly 0 and keeps large ones. At a "
        "step of 0 the slope is taken as 0; a square root of squares gives NaN there.",
    ],
    primary="Rudin, Osher and Fatemi (1992), Nonlinear Total Variation Based Noise Removal Algorithms, Physica D 60.",
    cite=["rudin1992nonlinear"],
    look=Look(3, "dashdot"),
    fused=_fast,
)
def total_variation(x, *, isotropic=False):
    """The sum of the steps between neighboring pixels, down and to the right.

    With isotropic, steps out of the picture, below its last row and right of its last column, are 0.

    >>> import torch
    >>> x = torch.zeros(1, 1, 4, 4)
    >>> x[0, 0, 1:3, 1:3] = 1.0
    >>> total_variation(x), total_variation(x, isotropic=True)
    (tensor(8.), tensor(7.4142))
    """
    if isotropic:
        down, right = x.diff(dim=2, append=x[:, :, -1:]), x.diff(dim=3, append=x[..., -1:])
        return _steep(down, right).sum((1, 2, 3))
    return x.diff(dim=2).abs().sum((1, 2, 3)) + x.diff(dim=3).abs().sum((1, 2, 3))
