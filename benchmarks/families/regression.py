"""Losses of an input and a target of 1,000,000 numbers: torch's kernels, kornia, optax, and the usual formulas."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import beside, having, optax
from lossbook import losses

SIZE = 1_000_000


def rows():
    draw = Draw()
    x, t = draw.normal(SIZE, leaf=True), draw.normal(SIZE)
    up, amount = (draw.uniform(SIZE) + 0.2).requires_grad_(), draw.uniform(SIZE) + 0.2

    def row(loss, ours, *, leaf=x, **peers):
        return Row(loss, "1e6", [leaf], ours, having(**peers))

    def kornia(name):
        return beside("kornia", lambda k: lambda: getattr(k.losses, name)(x, t, reduction="mean"))

    def jax(name, **options):
        return optax(lambda o, np: lambda a, b: getattr(o.losses, name)(a, b, **options), x, t)

    yield row("mse", lambda: losses.mse(x, t), torch=lambda: F.mse_loss(x, t), optax=jax("squared_error"))
    yield row(
        "huber",
        lambda: losses.huber(x, t, delta=0.7),
        torch=lambda: F.huber_loss(x, t, delta=0.7),
        optax=jax("huber_loss", delta=0.7),
    )
    yield row("smooth_l1", lambda: losses.smooth_l1(x, t), torch=lambda: F.smooth_l1_loss(x, t))
    yield row("mae", lambda: losses.mae(x, t), torch=lambda: F.l1_loss(x, t))
    yield row(
        "quantile", lambda: losses.quantile(x, t, q=0.3), formula=lambda: (F.leaky_relu(t - x, -7 / 3) * 0.3).mean()
    )
    yield row(
        "expectile",
        lambda: losses.expectile(x, t, q=0.3),
        formula=lambda: (0.3 * F.relu(t - x) ** 2 + 0.7 * F.relu(x - t) ** 2).mean(),
    )
    yield row(
        "log_cosh",
        lambda: losses.log_cosh(x, t),
        # quick, and 0 for small residuals
        Keras_formula=lambda: ((x - t) + F.softplus(-2 * (x - t)) - math.log(2)).mean(),
        optax=jax("log_cosh"),
    )
    yield row(
        "epsilon_insensitive",
        lambda: losses.epsilon_insensitive(x, t, epsilon=0.1),
        formula=lambda: F.relu((x - t).abs() - 0.1).mean(),
    )
    yield row(
        "charbonnier",
        lambda: losses.charbonnier(x, t),
        formula=lambda: ((x - t) ** 2 + 1e-6).sqrt().mean(),
        kornia=kornia("charbonnier_loss"),
    )
    yield row(
        "cauchy",
        lambda: losses.cauchy(x, t),
        formula=lambda: (torch.log1p((x - t) ** 2) / 2).mean(),
        kornia=kornia("cauchy_loss"),
    )
    yield row(
        "geman_mcclure",
        lambda: losses.geman_mcclure(x, t),
        formula=lambda: ((x - t) ** 2 / 2 / (1 + (x - t) ** 2)).mean(),
        kornia=kornia("geman_mcclure_loss"),
    )
    yield row(
        "welsch",
        lambda: losses.welsch(x, t),
        formula=lambda: ((1 - torch.exp(-((x - t) ** 2))) / 2).mean(),
        kornia=kornia("welsch_loss"),
    )
    yield row(
        "tukey",
        lambda: losses.tukey(x, t, c=2.0),
        formula=lambda: ((1 - F.relu(1 - ((x - t) / 2) ** 2) ** 3) * (4 / 6)).mean(),
    )
    for alpha in (1.0, 0.5, -1.5):
        yield row(
            f"general_robust, alpha = {alpha:g}",
            lambda alpha=alpha: losses.general_robust(x, t, alpha=alpha),
            formula=lambda alpha=alpha: _general(x - t, alpha),
        )
    yield row(
        "msle",
        lambda: losses.msle(up, amount),
        leaf=up,
        formula=lambda: ((torch.log1p(up) - torch.log1p(amount)) ** 2).mean(),
    )
    yield row("poisson_nll", lambda: losses.poisson_nll(x, amount), torch=lambda: F.poisson_nll_loss(x, amount))
    yield row(
        "gamma_deviance",
        lambda: losses.gamma_deviance(up, amount),
        leaf=up,
        formula=lambda: (2 * (amount / up - 1 - torch.log(amount / up))).mean(),
    )
    yield row(
        "tweedie_deviance",
        lambda: losses.tweedie_deviance(up, amount, p=1.5),
        leaf=up,
        formula=lambda: (2 * (amount**0.5 / -0.25 - amount * up**-0.5 / -0.5 + up**0.5 / 0.5)).mean(),
    )


def _general(r, alpha):
    """The general robust loss as it is written, for an alpha that is not a special case."""
    b = abs(alpha - 2)
    return (b / alpha * ((r**2 / b + 1) ** (alpha / 2) - 1)).mean()
