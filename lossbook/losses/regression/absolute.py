"""Absolute error, its tilted form for quantiles, and its smooth form."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss
from lossbook.losses.regression.squared import RESIDUAL


def _quantile_value(input, target, q):
    return F.leaky_relu_(target - input, (q - 1) / q).mul_(q)  # q r above 0, q (q - 1) / q r below


def _quantile_slope(input, target, q):
    return F.leaky_relu_((target - input).sign_(), (1 - q) / q).mul_(-q)  # -q, 0 or 1 - q


def _log_cosh_parts(input, target):
    """|r| beyond 20, s = sinh(r / 2) up to there, and s^2"""
    r = input - target
    c = r.clamp(-20, 20)
    s = torch.mul(c, 0.5).sinh_()
    return r.sub_(c).abs_(), s, torch.mul(s, s)


def _log_cosh_value(input, target):
    rest, _, square = _log_cosh_parts(input, target)
    return square.mul_(2).log1p_().add_(rest)  # cosh r = 1 + 2 s^2


def _log_cosh_both(input, target):
    rest, s, square = _log_cosh_parts(input, target)
    root = torch.add(square, 1).sqrt_()
    cosh_1 = square.mul_(2)
    slope = s.mul_(root).mul_(2).div_(cosh_1 + 1)  # tanh r = sinh r / cosh r, sinh r = 2 s sqrt(1 + s^2)
    return cosh_1.log1p_().add_(rest), slope


@loss(
    title="Mean absolute error",
    short="MAE",
    family="regression",
    formula=r"\ell(r) = |r|",
    symbols=RESIDUAL,
    axis="residual",
    elicits="median",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=None,
    smoothness="C0",
    elsewhere={
        "torch": "torch.nn.functional.l1_loss, torch.nn.L1Loss",
        "keras": "keras.losses.MeanAbsoluteError",
        "scikit-learn": "sklearn.metrics.mean_absolute_error; HistGradientBoostingRegressor(loss='absolute_error')",
    },
    traps=[
        "The slope is 1 however small the error: with a fixed step, descent ends up jumping over the minimum.",
        "At a residual of exactly 0 the slope is taken to be 0.",
        "With an even number of targets every value between the middle two is a best constant.",
    ],
    primary="Koenker and Bassett (1978), Regression Quantiles, Econometrica 46(1): the case of one half.",
    cite=["koenker1978regression"],
    look=Look(2, "dashed"),
    fused=lambda input, target, reduction: F.l1_loss(input, target, reduction=reduction),
)
def mae(input, target):
    """The size of the residual: the best constant prediction under it is the median.

    Twice quantile(q=0.5); the limit of smooth_l1 as beta goes to 0.

    >>> import torch
    >>> mae(torch.tensor([1.0, -2.0]), torch.tensor([0.0, 0.0]))
    tensor(1.5000)
    """
    return (input - target).abs()


@loss(
    title="Quantile (pinball) loss",
    short="Quantile",
    family="regression",
    formula=r"\ell(r) = q \max(-r, 0) + (1 - q) \max(r, 0)",
    symbols=RESIDUAL | {r"q": "level of the quantile"},
    parameters=[
        Parameter(
            "q",
            0.5,
            "The level: the share of targets that lie below the best constant prediction.",
            low=0.0,
            high=1.0,
            open_low=True,
            open_high=True,
            symbol=r"q",
            slider=(0.05, 0.95),
        )
    ],
    axis="residual",
    elicits="q-quantile",
    convex=True,
    lipschitz="max(q, 1 - q)",
    bounded_gradient=True,
    proper=None,
    smoothness="C0",
    elsewhere={
        "scikit-learn": "sklearn.metrics.mean_pinball_loss(alpha=q); QuantileRegressor(quantile=q)",
        "LightGBM": "objective='quantile', where the level is called alpha",
        "XGBoost": "objective='reg:quantileerror', quantile_alpha=q",
    },
    traps=[
        "At q = 0.5 it is half the absolute error, not the absolute error.",
        "A prediction that is too low costs q a unit, one that is too high 1 - q: the sign of the residual "
        "(input minus target here) decides which way it tilts.",
        "At a residual of exactly 0 the slope is taken to be 0.",
        "Quantiles learnt one by one may cross.",
    ],
    primary="Koenker and Bassett (1978), Regression Quantiles, Econometrica 46(1).",
    cite=["koenker1978regression", "koenker2005quantile"],
    look=Look(6, "dashed"),
    kernel=(_quantile_value, _quantile_slope),
)
def quantile(input, target, *, q=0.5):
    """An absolute error that charges q a unit for too low and 1 - q for too high.

    quantile(q=0.5) is half of mae.

    >>> import torch
    >>> quantile(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 1.0]), q=0.9, reduction="none")
    tensor([0.9000, 0.1000])
    """
    return q * F.relu(target - input) + (1 - q) * F.relu(input - target)


@loss(
    title="Log-cosh loss",
    short="log-cosh",
    family="regression",
    formula=r"\ell(r) = \log \cosh r",
    symbols=RESIDUAL,
    axis="residual",
    elicits="an M-estimate of location, between squared error (small errors) and absolute error (large errors)",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "keras": "keras.losses.LogCosh",
        "optax": "optax.losses.log_cosh",
    },
    traps=[
        "The turn from parabola to line sits at errors of about 1, in units of the target: no width to set, so "
        "divide both sides by one.",
        "log(cosh(r)) as written overflows from r = 89 in float32, and the usual cure r + softplus(-2r) - log 2 rounds "
        "small errors to 0.",
    ],
    primary="Wang et al. (2022), A Comprehensive Survey of Loss Functions in Machine Learning.",
    cite=["wang2022comprehensive"],
    look=Look(5, "long"),
    once=(_log_cosh_value, _log_cosh_both),
)
def log_cosh(input, target):
    """The logarithm of the hyperbolic cosine: half the square near 0, |r| - log 2 far out, smooth all the way.

    Its slope is tanh(r). Close to huber(delta=1), with derivatives of every order.

    >>> import torch
    >>> log_cosh(torch.tensor([1e-4, 100.0]), torch.zeros(2), reduction="none")
    tensor([5.0000e-09, 9.9307e+01])
    """
    r = input - target
    c = r.clamp(-20, 20)
    # cosh r = 1 + 2 sinh(r/2)^2, so nothing cancels near 0; beyond 20 the rest is |r| - 20 to the last digit
    return torch.log1p(2 * torch.sinh(c / 2) ** 2) + (r - c).abs()
