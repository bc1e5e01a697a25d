"""The maximum mean discrepancy of two samples, and the bandwidth that is usual for it."""

import math

import torch

from lossbook.look import Look
from lossbook.losses import door
from lossbook.losses.generative.pairs import quick
from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def median_bandwidth(x, y):
    """The median distance between any two points of both samples together: the usual bandwidth of mmd.

    x: (N, D); y: (M, D); numpy arrays or tensors. Of an even number of distances the lower middle one. A number of the
    samples' dtype, without gradient. Raises TypeError and ValueError as mmd does, and ValueError if it is 0.

    >>> import numpy as np
    >>> float(median_bandwidth(np.array([[0.0], [1.0]]), np.array([[3.0]])))
    2.0
    """
    x, y, numpy_in = door.both(x, y)
    for name, points in (("x", x), ("y", y)):
        door.check_floating(points, name)
        if points.ndim != 2:
            raise ValueError(f"{name} has shape {tuple(points.shape)}, want points in rows, (N, D)")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"x has shape {tuple(x.shape)} and y {tuple(y.shape)}; want points with the same D")
    if len(x) + len(y) < 2:
        raise ValueError(f"x and y hold {len(x) + len(y)} points, want at least 2")
    dtype, work = door.dtypes(x, y)
    found = torch.pdist(torch.cat([x.detach().to(work), y.detach().to(work)])).median()
    if found == 0:
        raise ValueError("x and y: half of the distances are 0; choose the bandwidth yourself")
    return door.leave(found, dtype, numpy_in)


def _enough(x, y, bandwidth, unbiased):
    least = 2 if unbiased else 1
    for name, points in (("x", x), ("y", y)):
        if len(points) < least:
            raise ValueError(
                f"{name} holds {len(points)} points, want at least {least}{' with unbiased=True' if unbiased else ''}"
            )


def _less_one(a, b, bandwidth):
    """The Gaussian kernel of every point of a with every one of b, less 1."""
    apart = (a.unsqueeze(1) - b.unsqueeze(0)) / bandwidth
    return torch.expm1(-0.5 * (apart * apart).sum(-1))


def _moved(s):
    """Three points of a plane, and three others moved by s to the right."""
    x = torch.tensor([[0.0, 0.5], [0.4, -0.3], [-0.5, 0.1]], dtype=torch.float64)
    y = torch.tensor([[0.1, 0.3], [-0.3, -0.4], [0.5, 0.0]], dtype=torch.float64)
    return x, y + torch.stack([s, s * 0])


@loss(
    title="Maximum mean discrepancy",
    short="MMD",
    family="generative",
    formula=r"\ell = \frac{1}{N^2} \sum_{i, j} k(x_i, x_j) + \frac{1}{M^2} \sum_{i, j} k(y_i, y_j) - "
    r"\frac{2}{N M} \sum_{i, j} k(x_i, y_j), \quad k(a, b) = e^{-\| a - b \|^2 / (2 h^2)}",
    symbols={
        "k": "the Gaussian kernel",
        "a, b": "two points",
        "N, M": "the numbers of points",
        "i, j": "which of them",
    },
    sides=[
        Side("x", "N D", "Points of one sample, in rows.", symbol="x"),
        Side("y", "M D", "Points of the other; there may be more or fewer.", symbol="y"),
    ],
    gives="",
    parameters=[
        Parameter(
            "bandwidth",
            1.0,
            "The distance at which the kernel has fallen to 0.61; median_bandwidth(x, y) is usual.",
            low=0.0,
            open_low=True,
            high=math.inf,
            open_high=True,
            symbol="h",
            slider=(0.1, 10.0),
            log=True,
        ),
        Choice(
            "unbiased",
            False,
            "Whether pairs of a point with itself are left out; the sums are divided by N (N - 1) and M (M - 1) then.",
            (False, True),
        ),
    ],
    path=Path(
        "Shift of the second sample",
        -5.0,
        5.0,
        _moved,
        "Three points of a plane stay, three others, around the same place, move along an axis.",
        start=2.0,
    ),
    elicits="the distribution of the other sample",
    bounded_gradient=True,
    smoothness="Cinf",
    invariant=["permutation", "rotation", "common shift", "exchange"],
    bounds=(-2.0, 2.0),
    elsewhere={"TensorFlow": "tfgan.eval.kernel_classifier_distance, of features and with another kernel"},
    traps=[
        "This is the square, without a root, which is what is minimized and tested.",
        "It is the biased estimate unless you ask: never below 0, 0 for equal samples, and above 0 on average for two "
        "samples of one distribution, by up to 1/N + 1/M. unbiased=True is 0 on average then, and often below 0.",
        "Everything hangs on the bandwidth: far below the distances between points, or far above, the slope vanishes. "
        "The median is taken once and held: with a bandwidth that follows the samples it is another loss.",
        "It costs N times M, and says little with few points in many dimensions: compare features, not pixels.",
    ],
    primary="Gretton, Borgwardt, Rasch, Schoelkopf and Smola (2012), A Kernel Two-Sample Test, JMLR 13, equations 3 "
    "and 5.",
    cite=["gretton2012kernel"],
    look=Look(5),
    check=_enough,
    fused=quick(lambda: mmd.definition),
)
def mmd(x, y, *, bandwidth=1.0, unbiased=False):
    """The squared distance between two samples as a Gaussian kernel sees them: 0 when they look the same to it.

    For a bandwidth h far above all distances it is the squared distance between the two means, divided by h^2.

    Also raises ValueError for a sample without points, or with one point if unbiased.

    >>> import torch
    >>> x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [3.0]])
    >>> mmd(x, y, bandwidth=median_bandwidth(x, y))
    tensor(0.4323)
    """
    # the sums of k - 1 instead of k: the ones add up to 1 + 1 - 2, and what is left keeps its digits when all are near
    within = (_less_one(a, a, bandwidth).sum() / (len(a) * (len(a) - unbiased)) for a in (x, y))
    return sum(within) - 2 * _less_one(x, y, bandwidth).mean()
