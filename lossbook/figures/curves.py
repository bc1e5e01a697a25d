"""Curves: a loss over its residual or margin, and a mean over seeds with its band."""

import numpy as np
from scipy.special import stdtrit

from lossbook.figures.strokes import resolve, stroke

VIEWS = ("value", "gradient", "curvature")


def curve(ax, loss, x=None, *, view: str = "value", color=None, dash=None, label=None, **hyper):
    """Draw a loss, its gradient or its curvature, from its own definition, with its own color and dash.

    Args:
        ax: matplotlib axes.
        loss: registry name, one of ``lb.losses``, or a torch function ``f(input, target, **hyper)``.
        x: where to draw, shape (n,): residuals (input - target), or for a loss of the margin the logit of a positive
            example. None: 601 points from -3 to 3.
        view: "value", "gradient" (d loss / d input) or "curvature" (second derivative).
        color, dash, label: instead of the loss's own look and short name.
        **hyper: the loss's hyper-parameters.

    Returns:
        the ``Line2D``; name it with :func:`label`.

    Raises:
        ValueError: a view that is none, or a loss that is not drawn over one number.
        LookupError: an unknown loss name.
    """
    if view not in VIEWS:
        raise ValueError(f"view: got {view!r}, want one of {', '.join(VIEWS)}")
    look, name = resolve(loss, color=color, dash=dash, label=label)
    x = np.linspace(-3, 3, 601) if x is None else np.asarray(x, dtype=float)
    (line,) = ax.plot(x, _values(loss, x, VIEWS.index(view), hyper), label=name, **stroke(look))
    return line


def _values(loss, x: np.ndarray, derivatives: int, hyper: dict) -> np.ndarray:
    import torch

    if isinstance(loss, str):
        from lossbook import losses

        loss = losses.get(loss)
    record = getattr(loss, "record", None)
    if record is not None and record.axis is None:
        raise ValueError(f"loss: {record.name} is not a function of one residual or margin, so it has no curve")
    target = 1.0 if record is not None and record.axis == "margin" else 0.0
    definition = getattr(loss, "definition", loss)
    if record is not None:
        hyper = {**{p.name: p.default for p in record.parameters}, **hyper}

    def of_one(r):
        return definition(r, torch.full_like(r, target), **hyper)

    for _ in range(derivatives):
        of_one = torch.func.grad(of_one)
    return torch.func.vmap(of_one)(torch.as_tensor(x)).numpy()


def spread(ax, x, values, *, loss=None, color=None, dash=None, label=None, level: float = 0.95):
    """Draw the mean over seeds and the Student t interval around it.

    The edges of the band have the dash of the line, so that two bands are told apart without color.

    Args:
        ax: matplotlib axes.
        x: shape (n,). values: shape (S, n), one row for each of S >= 2 seeds, as in a ``History``.
        loss: whose look and name to take; or color (1 to 8), dash and label.
        level: of the interval.

    Returns:
        the ``Line2D`` of the mean.
    """
    x, values = np.asarray(x, dtype=float), np.asarray(values, dtype=float)
    if values.ndim != 2 or x.ndim != 1 or values.shape[1] != len(x) or len(values) < 2:
        raise ValueError(
            f"values: got shape {values.shape} over x {x.shape}, want (seeds, {len(x)}) with 2 seeds or more"
        )
    look, name = resolve(loss, color=color, dash=dash, label=label)
    mean, half = values.mean(axis=0), half_width(values, level)
    ax.fill_between(x, mean - half, mean + half, facecolor=(look.hex, 0.14), linewidth=0)
    for edge in (mean - half, mean + half):
        ax.plot(x, edge, alpha=0.55, **stroke(look, 0.8))
    (line,) = ax.plot(x, mean, label=name, **stroke(look))
    return line


def half_width(values: np.ndarray, level: float = 0.95) -> np.ndarray:
    """Half of the t interval over axis 0, the seeds."""
    n = len(values)
    return stdtrit(n - 1, (1 + level) / 2) * values.std(axis=0, ddof=1) / np.sqrt(n)
