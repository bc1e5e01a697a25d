"""Linear regression under any regression loss, by iteratively reweighted least squares (IRLS).

At a minimum of sum_i loss(r_i) with r = X b - y, the slopes psi(r) = d loss / d r satisfy sum_i psi(r_i) x_i = 0.
Write psi(r) = w(r) r with w(r) = psi(r) / r: the same equation then belongs to least squares with weights w. So fit,
reweigh, fit again. The weights come from the loss's own definition by automatic differentiation; no loss is retyped.

Where a loss has a corner (MAE, quantile), IRLS creeps along a valley that is almost flat: after the 200 steps taken at
most, the summed loss is within about 0.2 % of the smallest, though a coefficient may still be off. Losses that are
smooth at zero settle in 10 to 30 steps.

Source: Holland and Welsch, "Robust regression using iteratively reweighted least-squares" (1977).
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

STEPS = 200
TOLERANCE = 1e-9
SMALL = 1e-6  # below this a residual counts as +SMALL: w(0) would be 0 / 0
MAD_TO_SIGMA = 1.4826022185056018  # 1 / (0.75 quantile of the standard normal)


@dataclass(frozen=True)
class Fit:
    """One or S fits: ``coefficients`` (1 + d,) or (S, 1 + d), intercept first; ``weights`` (n,) or (S, n), the last
    ones used; ``scale`` the residual scale the loss was given (1.0 without rescaling); ``steps`` taken;
    ``converged``: whether the last step moved no coefficient by more than 1e-9, relatively."""

    coefficients: np.ndarray
    weights: np.ndarray
    scale: np.ndarray
    steps: np.ndarray
    converged: np.ndarray


def robust_fit(X, y, loss, *, scale: str | None = None, **hyper) -> np.ndarray:
    """Coefficients of the linear regression that minimises the summed ``loss``: intercept first, then slopes.

    Args:
        X: inputs, without a column of ones: shape (n,) or (n, d); None for an intercept alone (a location).
            A stack of S data sets has shape (S, n) or (S, n, d) and is fitted in one pass, each as if it were alone.
        y: targets, shape (n,) or (S, n).
        loss: a name from the registry ("huber"), one of ``lb.losses``, or any torch function
            ``f(input, target, **hyper)`` that works element by element.
        scale: None: the hyper-parameters are in the units of y. "mad": residuals are divided by 1.4826 times their
            median absolute deviation, renewed at each step, so that they count in standard deviations of the noise.
        **hyper: the loss's hyper-parameters.

    Returns:
        array of shape (1 + d,), or (S, 1 + d) for a stack, float64.

    Raises:
        ValueError: shapes that do not fit, values that are not finite, or a loss whose slope does not have the sign
            of the residual (IRLS needs weights >= 0).
        TypeError: a hyper-parameter that the loss does not have.
        LookupError: a loss name that the registry does not have.
    """
    return irls(X, y, loss, scale=scale, **hyper).coefficients


def irls(X, y, loss, *, scale: str | None = None, **hyper) -> Fit:
    """The same as :func:`robust_fit`, with the weights, the number of steps and whether it converged."""
    X, y, stacked = _design(X, y)
    if scale not in (None, "mad"):
        raise ValueError(f"scale: got {scale!r}, want None or 'mad'")
    slope = slope_of(loss, **hyper)
    weights, sigma = np.ones_like(y), np.ones(len(y))
    b = _weighted_least_squares(X, y, weights)
    steps, converged = np.zeros(len(y), dtype=int), np.zeros(len(y), dtype=bool)
    for _ in range(STEPS):
        # a data set that has settled is left alone, so that its answer does not depend on its neighbours in the stack
        k = np.flatnonzero(~converged)
        if k.size == 0:
            break
        r = predict(b[k], X[k]) - y[k]
        if scale == "mad":
            center = np.median(r, axis=1, keepdims=True)
            sigma[k] = np.maximum(MAD_TO_SIGMA * np.median(np.abs(r - center), axis=1), SMALL)
        r = r / sigma[k, None]
        r = np.where(np.abs(r) < SMALL, SMALL, r)
        weights[k] = _checked(slope(r) / r)
        new = _weighted_least_squares(X[k], y[k], weights[k])
        moved = np.abs(new - b[k]).max(axis=1)
        converged[k] = moved < TOLERANCE * (1 + np.abs(b[k]).max(axis=1))
        b[k] = new
        steps[k] += 1
    fit = Fit(b, weights, sigma, steps, converged)
    return fit if stacked else Fit(b[0], weights[0], sigma[0], steps[0], converged[0])


def predict(coefficients, X) -> np.ndarray:
    """Values of the fitted plane: ``intercept + X @ slopes``.

    ``coefficients`` (1 + d,) with X (n,) or (n, d) gives (n,); ``coefficients`` (S, 1 + d) with X (S, n) or (S, n, d)
    gives (S, n).
    """
    b, X = np.asarray(coefficients, dtype=float), np.asarray(X, dtype=float)
    if X.ndim == b.ndim:
        X = X[..., None]
    if X.ndim != b.ndim + 1 or X.shape[-1] != b.shape[-1] - 1:
        raise ValueError(f"X: got shape {X.shape}, want one column for each of the {b.shape[-1] - 1} slopes")
    return b[..., :1] + (X @ b[..., 1:, None])[..., 0]


def slope_of(loss, **hyper) -> Callable[[np.ndarray], np.ndarray]:
    """``psi``: residuals (any shape) -> slope of the loss at (input = residual, target = 0), from its definition."""
    definition = _definition(loss)
    known = inspect.signature(definition).parameters
    allowed = list(known)[2:]
    if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        for name in hyper:
            if name not in allowed:
                raise TypeError(f"{name}: not a hyper-parameter of this loss; it has {', '.join(allowed) or 'none'}")

    def psi(residuals: np.ndarray) -> np.ndarray:
        # element by element, each loss depends on its own residual alone: the gradient of the sum holds all slopes
        r = torch.as_tensor(np.array(residuals, dtype=float).ravel()).requires_grad_()
        with torch.enable_grad():
            values = definition(r, torch.zeros_like(r), **hyper)
            if values.shape != r.shape:
                raise ValueError(
                    f"loss: {tuple(r.shape)} residuals gave values of shape {tuple(values.shape)}, want one for each"
                )
            if not values.requires_grad:  # a constant
                return np.zeros(np.shape(residuals))
            (slopes,) = torch.autograd.grad(values.sum(), r, materialize_grads=True)
        return slopes.numpy().reshape(np.shape(residuals))

    return psi


def _definition(loss) -> Callable:
    if isinstance(loss, str):
        from lossbook import losses

        loss = losses.get(loss)
    if not callable(loss):
        raise TypeError(f"loss: got {loss!r}, want a registry name or a torch function f(input, target, **hyper)")
    return getattr(loss, "definition", loss)


def _design(X, y) -> tuple[np.ndarray, np.ndarray, bool]:
    y = np.asarray(y, dtype=float)
    if y.ndim not in (1, 2) or y.shape[-1] == 0:
        raise ValueError(f"y: got shape {y.shape}, want (n,) or, for a stack, (S, n), with n >= 1")
    X = np.empty((*y.shape, 0)) if X is None else np.asarray(X, dtype=float)
    if X.shape == y.shape:
        X = X[..., None]
    if X.shape[:-1] != y.shape:
        raise ValueError(f"X: got shape {X.shape}, want {y.shape} or {y.shape} with a last axis of features")
    for name, values in (("X", X), ("y", y)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: got a value that is not finite")
    return (X, y, True) if y.ndim == 2 else (X[None], y[None], False)


def _checked(weights: np.ndarray) -> np.ndarray:
    if not np.isfinite(weights).all() or (weights < 0).any() or (weights.sum(axis=1) == 0).any():
        raise ValueError(
            "loss: its slope at some residual does not point away from zero, so that IRLS has no weights >= 0; "
            "use a loss that grows with |residual|"
        )
    return weights


def _weighted_least_squares(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """X (S, n, d), y and w (S, n) -> (S, 1 + d). Centering on the weighted means takes the intercept out exactly."""
    w = w / w.sum(axis=1, keepdims=True)
    x_mean, y_mean = (w[..., None] * X).sum(axis=1), (w * y).sum(axis=1)
    x, t = X - x_mean[:, None], y - y_mean[:, None]
    if X.shape[2] == 1:
        xx, xy = (w * x[..., 0] ** 2).sum(axis=1), (w * x[..., 0] * t).sum(axis=1)
        slopes = np.divide(xy, xx, out=np.zeros_like(xy), where=xx > 0)[:, None]  # all x alike: no slope
    else:
        root = np.sqrt(w)[..., None]
        slopes = (np.linalg.pinv(x * root) @ (t[..., None] * root))[..., 0]
    return np.column_stack([y_mean - (x_mean * slopes).sum(axis=1), slopes])
