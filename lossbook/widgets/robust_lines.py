"""Lines under chosen losses and each point's pull on them: the numbers behind RobustFit, in numpy and torch.

The front end computes the same from the compiled losses; a test holds the two together.
"""

from dataclasses import dataclass

import numpy as np

from lossbook.experiments import irls
from lossbook.experiments.robust import SMALL, TOLERANCE, slope_of


@dataclass(frozen=True)
class Pulled:
    """One loss's line y = intercept + slope x, and each point's ``pull`` (n,) and ``share`` (n,) of the gradient."""

    intercept: float
    slope: float
    pull: np.ndarray
    share: np.ndarray


def stacked(x) -> bool:
    """True where the points stand in one vertical stack (or are fewer than two): no slope is defined."""
    x = np.asarray(x, dtype=float)
    return x.size < 2 or bool(np.ptp(x) <= TOLERANCE * (1 + np.abs(x).max()))


def line(points, definition, hyper: dict) -> tuple[float, float] | None:
    """Intercept and slope of the line through ``points`` (n, 2) that has the smallest summed loss.

    None where no line is defined: the points form a stack, or the loss has no gradient there that could decide.
    """
    points = np.asarray(points, dtype=float)
    if stacked(points[:, 0]):
        return None
    try:
        fit = irls(points[:, 0], points[:, 1], definition, **hyper)
    except ValueError:
        return None
    return float(fit.coefficients[0]), float(fit.coefficients[1])


def pulled(points, definition, hyper: dict) -> Pulled | None:
    """The line, and how hard each point pulls on it; None where :func:`line` has none.

    The pull is psi(r), the derivative of the loss at the residual r = prediction - y. Where the line runs through a
    point (|r| < 1e-6) it is w r with the weight w = psi(1e-6) / 1e-6 of the fit: for a loss with a corner, that is the
    subgradient which balances the other points. The share is |pull| over the sum of |pull|; the pulls add up to 0 at
    the minimum, so that no point can have a share above one half. All shares are 0 where every residual is.
    """
    found = line(points, definition, hyper)
    if found is None:
        return None
    points = np.asarray(points, dtype=float)
    intercept, slope = found
    r = intercept + slope * points[:, 0] - points[:, 1]
    at = np.where(np.abs(r) < SMALL, SMALL, r)
    pull = slope_of(definition, **hyper)(at) / at * r
    total = np.abs(pull).sum()
    exact = np.abs(r).max() <= TOLERANCE * (1 + np.abs(points[:, 1]).max())
    if exact or not 0 < total < np.inf:
        pull = np.zeros_like(r)
        return Pulled(intercept, slope, pull, pull)
    return Pulled(intercept, slope, pull, np.abs(pull) / total)


def check_residual_loss(name: str, definition, hyper: dict, size: float) -> None:
    """Raise ValueError where a line cannot be fitted under this loss.

    It must be a function of input - target alone, with a finite gradient that never points away from the target, for
    residuals up to ``size``.
    """
    import torch

    half = np.geomspace(1e-3, 1.0, 25) * size
    r = np.concatenate([-half[::-1], half])
    psi = slope_of(definition, **hyper)(r)
    if not np.isfinite(psi).all():
        raise ValueError(f"losses: {name} has no finite gradient at the residual {r[~np.isfinite(psi)][0]:g}")
    if (psi * r < 0).any():
        raise ValueError(
            f"losses: {name} grows smaller with the error at the residual {r[psi * r < 0][0]:g}, so it has no best line"
        )
    at = torch.as_tensor(r)
    here = definition(at, torch.zeros_like(at), **hyper)
    for shift in (size, -0.5 * size):
        there = definition(at + shift, torch.full_like(at, shift), **hyper)
        if not torch.allclose(there, here, rtol=1e-6, atol=1e-9 * (1 + here.abs().max().item())):
            raise ValueError(f"losses: {name} depends on more than input - target, so a fit by residuals cannot use it")
