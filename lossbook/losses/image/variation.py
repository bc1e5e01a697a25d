"""Total variation: what a picture costs by itself, for its steps from pixel to pixel."""

import torch

from lossbook.look import Look
from lossbook.losses.parameters import Choice
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _steep(down, right):
    """sqrt(down^2 + right^2), with slope 0 where both are 0"""
    flat = (down == 0) & (right == 0)
    return torch.where(flat, 0.0, torch.hypot(torch.where(flat, 1.0, down), right))


class _Quick(torch.autograd.Function):
    """(the sum of all steps of each picture, the signs of the steps down, those of the steps right), in few passes"""

    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        steps = x.diff(dim=-2), x.diff(dim=-1)
        signs = [step.sign() for step in steps]
        down, right = (step.abs_().sum((-3, -2, -1)) for step in steps)
        return down + right, *signs

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*output[1:])

    @staticmethod
    def backward(ctx, grad, *_):
        return _Slopes.apply(grad, *ctx.saved_tensors)


class _Slopes(torch.autograd.Function):
    """The slope of _Quick: each step pulls its two pixels together. Linear in what comes from above."""

    generate_vmap_rule = True

    @staticmethod
    def forward(grad, down, right):
        shape = list(down.shape)
        shape[-2] += 1
        out = down.new_zeros(shape)
        for signs, dim in ((down, -2), (right, -1)):
            count = signs.shape[dim]
            out.narrow(dim, 1, count).add_(signs)
            out.narrow(dim, 0, count).sub_(signs)
        return out * grad[..., None, None, None]

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def backward(ctx, above):
        down, right = ctx.saved_tensors
        pulled = (above.diff(dim=-2) * down).sum((-3, -2, -1)) + (above.diff(dim=-1) * right).sum((-3, -2, -1))
        return pulled, None, None


def _fast(x, isotropic):
    return total_variation.definition(x, isotropic=True) if isotropic else _Quick.apply(x)[0]


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
