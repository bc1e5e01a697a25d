"""Any loss of two pictures, over a pyramid of ever smaller copies of them."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _halved(pictures):
    """Means over 2 x 2 pixels; an odd last row or column is left out."""
    h, w = (n // 2 * 2 for n in pictures.shape[-2:])
    rows = pictures[..., :h:2, :w] + pictures[..., 1:h:2, :w]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def _one_number(loss, x, y):
    value = loss(x, y)
    if not isinstance(value, torch.Tensor) or value.ndim:
        got = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        raise ValueError(f"loss: returned {got}, want one number: a tensor of shape ()")
    return value


def _check_levels(loss, x, y, levels):
    least = 2 ** (levels - 1)
    if min(x.shape[-2:]) < least:
        raise ValueError(f"x has shape {tuple(x.shape)}; H and W must be at least {least} for {levels} levels")


def _fast_multi_scale(loss, x, y, levels):
    total = _one_number(loss, x, y)
    for _ in range(levels - 1):
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        total = total + _one_number(loss, x, y)
    return total / levels


def _squared_error(x, y):
    return ((x - y) ** 2).mean()


def _spots(s):
    """A spot of light, and the same one s pixels to the right"""
    k = torch.arange(12, dtype=torch.float64)
    spots = (torch.exp(-0.5 * (k - 2.5 - move) ** 2) for move in (0 * s, s))
    return _squared_error, *(v.expand(1, 1, 4, 12) for v in spots)


@loss(
    title="Multi-scale loss",
    short="Multi-scale",
    family="image",
    formula=r"\ell_K = \frac{1}{K} \sum_{k=0}^{K-1} \ell(h^k(x), h^k(y))",
    symbols={"h": "halves a picture, each pixel the mean of 2 x 2; k times", "k": "level, from 0"},
    parameters=[
        Parameter("levels", 3, "How many sizes are compared; 1 is the loss itself.", low=1, integer=True, symbol="K")
    ],
    sides=[
        Side(
            "loss",
            "",
            "Takes two batches of pictures and returns one number.",
            kind="function",
            symbol=r"\ell",
            example=lambda: _squared_error,
        ),
        Side("x", "N C H W", "The pictures.", symbol="x"),
        Side("y", "N C H W", "What they are compared with.", symbol="y"),
    ],
    gives="",
    sizes={"H": 5, "W": 6},
    path=Path(
        "shift of the spot, pixels",
        0.0,
        7.0,
        _spots,
        "A spot of light and the same one moved to the right, under the squared error: pixels alone no longer see how "
        "far it moved once the spots are apart, coarser levels do for longer.",
        start=2.0,
    ),
    smoothness="C0",
    bounds=(float("-inf"), float("inf")),
    elsewhere={"kornia": "kornia.geometry.transform.build_pyramid makes the levels, with another filter"},
    traps=[
        "The mean over the levels, so that it stays in units of the loss; a sum is as common.",
        "loss returns one number, such as any loss here with its default reduction: its mean over fewer pixels weighs "
        "as much as that over all.",
        "Pictures must be at least 2^(levels - 1) high and wide; the last row or column of an odd number is dropped by "
        "the halving.",
        "A loss with a least size of its own, such as ssim_loss, needs that at the coarsest level.",
    ],
    primary="Pyramids of pictures: Burt and Adelson (1983), The Laplacian Pyramid as a Compact Image Code, IEEE "
    "Transactions on Communications 31(4).",
    cite=["burt1983laplacian"],
    look=Look(5, "long"),
    check=_check_levels,
    fused=_fast_multi_scale,
)
def multi_scale(loss, x, y, *, levels=3):
    """Any loss of two pictures, averaged over the pictures and ever smaller copies of them.

    With levels=1 it is the loss itself. Its slope, smoothness and range are those of the loss.

    Also raises ValueError for pictures that are too small and for a loss that returns anything but one number.

    >>> import torch
    >>> import lossbook as lb
    >>> x, y = torch.zeros(1, 1, 4, 4), torch.eye(4)[None, None]
    >>> lb.losses.mse(x, y), multi_scale(lb.losses.mse, x, y, levels=2)
    (tensor(0.2500), tensor(0.1875))
    """
    values = [_one_number(loss, x, y)]
    for _ in range(levels - 1):
        x, y = _halved(x), _halved(y)
        values.append(_one_number(loss, x, y))
    return sum(values) / levels
