"""A linear classifier under any loss of the margin or of the residual, corners and all.

The score of a point is f = w x + b, its label y is -1 or +1, and its margin is m = y f. Every loss here is used as a
function of the margin: a margin loss as it is, for the target 1, and a loss of the residual with the residual m - 1,
which is that of regression on the labels. Fitted is the mean loss plus half of ``penalty`` times the sum of squares of
w and b, which makes the answer unique for a convex loss.

Newton's method needs curvature, and a corner has none. So the loss is averaged over margins within ``h`` on either
side, which rounds its corners: the slope of that average is (loss(m + h) - loss(m - h)) / 2h and its curvature
(slope(m + h) - slope(m - h)) / 2h, both straight from the definition. ``h`` shrinks in stages to 0.001. Where the
curvature is negative (a loss that is not convex) it counts as 0. The start is w = b = 0.
"""

from collections.abc import Callable

import numpy as np
import torch

from lossbook.experiments.robust import _definition

STAGES = (1.0, 0.1, 0.01, 0.001)
STEPS = 40  # a stage, at most
HALVINGS = 30
TOLERANCE = 1e-10


def linear_classifier(X, y, loss, *, penalty: float = 0.01, **hyper) -> np.ndarray:
    """Coefficients of the linear classifier with the smallest mean loss: the intercept first, then the weights.

    Args:
        X: inputs, shape (n, d), or (S, n, d) for a stack of data sets that are fitted in one pass, each alone.
        y: labels, -1 or +1, shape (n,) or (S, n).
        loss: a name from the registry ("hinge"), one of ``lb.losses``, or a torch function of (input, target).
        penalty: half of it times the sum of squares of all coefficients is added; above 0.
        **hyper: the loss's hyper-parameters.

    Returns:
        array of shape (1 + d,), or (S, 1 + d) for a stack, float64.

    Raises:
        ValueError: shapes that do not fit, values that are not finite, labels other than -1 and +1, no penalty.
        LookupError: a loss name that the registry does not have.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if X.ndim not in (2, 3) or X.shape[:-1] != y.shape or y.shape[-1] == 0:
        raise ValueError(f"X: got shape {X.shape} with y {y.shape}, want (n, d) with (n,) or (S, n, d) with (S, n)")
    if not np.isfinite(X).all():
        raise ValueError("X: got a value that is not finite")
    if not np.isin(y, (-1.0, 1.0)).all():
        raise ValueError(f"y: got {y[~np.isin(y, (-1.0, 1.0))][0]:g}, want labels -1 and +1")
    if not 0 < penalty < np.inf:
        raise ValueError(f"penalty: got {penalty!r}, want a finite number above 0")
    signed = y[..., None] * np.concatenate([np.ones((*y.shape, 1)), X], axis=-1)
    b = minimize(signed if X.ndim == 3 else signed[None], derivatives(_definition(loss), **hyper), penalty)
    return b if X.ndim == 3 else b[0]


def derivatives(definition: Callable, **hyper) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """``f``: margins of any shape -> the loss and its slope there, for the target 1, from the torch definition."""

    def at(margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        m = torch.as_tensor(np.array(margins, dtype=float).ravel()).requires_grad_()
        with torch.enable_grad():
            value = definition(m, torch.ones_like(m), **hyper)
            (slope,) = torch.autograd.grad(value.sum(), m, materialize_grads=True)
        return value.detach().numpy().reshape(margins.shape), slope.numpy().reshape(margins.shape)

    return at


def rounded(at: Callable, margins: np.ndarray, h: float) -> tuple[np.ndarray, np.ndarray]:
    """Slope and curvature of the loss averaged over margins within ``h``; negative curvature is given as 0."""
    (high, steep), (low, flat) = at(margins + h), at(margins - h)
    return (high - low) / (2 * h), np.maximum(0.0, (steep - flat) / (2 * h))


def minimize(Z: np.ndarray, at: Callable, penalty: float) -> np.ndarray:
    """The coefficients (S, k) for ``Z`` (S, n, k), whose rows are label times (1, x); ``at`` as in derivatives."""
    b = np.zeros((Z.shape[0], Z.shape[2]))
    for h in STAGES:
        going = np.arange(len(b))
        for _ in range(STEPS):
            b[going], step = _newton(Z[going], b[going], at, penalty, h)
            going = going[step >= TOLERANCE * (1 + np.abs(b[going]).max(axis=1))]
            if going.size == 0:
                break
    return b


def _newton(Z, b, at, penalty, h):
    """One step for each data set: halved until the slope along it is no longer steep uphill. And its size."""
    n, k = Z.shape[1:]

    def gradient(b, Z):
        slope, bend = rounded(at, (Z @ b[..., None])[..., 0], h)
        return (slope[:, None] @ Z)[:, 0] / n + penalty * b, bend

    g, bend = gradient(b, Z)
    H = np.swapaxes(Z, 1, 2) @ (bend[..., None] * Z) / n + penalty * np.eye(k)
    d = -np.linalg.solve(H, g[..., None])[..., 0]
    down = (g * d).sum(axis=1)
    t, open_ = np.ones(len(b)), np.arange(len(b))
    for _ in range(HALVINGS):
        ahead, _ = gradient(b[open_] + t[open_, None] * d[open_], Z[open_])
        open_ = open_[(ahead * d[open_]).sum(axis=1) > -0.5 * down[open_]]
        if open_.size == 0:
            break
        t[open_] /= 2
    return b + t[:, None] * d, np.abs(t[:, None] * d).max(axis=1)
