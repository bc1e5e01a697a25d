"""Losses for counts and amounts: the squared error of logarithms, and the deviances of Poisson, gamma and Tweedie."""

import torch

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.regression import deviance
from lossbook.losses.regression.domain import above, at_least, within

_SIDES = {"x": "input, the predicted mean", "t": "target"}


def _path(label: str, low: float, high: float, start: float) -> Path:
    """The prediction moves, the target stays at 3."""
    return Path(f"{label} (target 3)", low, high, lambda s: (s, torch.full_like(s, 3.0)), f"The {label} moves.", start)


def _poisson_value(input, target):
    return torch.addcmul(torch.exp(input), target, input, value=-1)


def _poisson_both(input, target):
    rate = torch.exp(input)
    return torch.addcmul(rate, target, input, value=-1), rate.sub_(target)


def _msle_gap(input, target):
    """|log((1 + x) / (1 + t))| as log1p of the difference by the smaller side"""
    return (input - target).abs_().div_(torch.minimum(input, target).add_(1)).log1p_()


def _msle_value(input, target):
    gap = _msle_gap(input, target)
    return gap.mul_(gap)


def _msle_both(input, target):
    gap = _msle_gap(input, target)
    slope = torch.copysign(gap, input - target).mul_(2).div_(input + 1)
    return gap.mul_(gap), slope


@loss(
    title="Mean squared logarithmic error",
    short="MSLE",
    family="regression",
    formula=r"\ell(x, t) = \left( \log (1 + x) - \log (1 + t) \right)^2",
    symbols={"x": "input, the prediction", "t": "target"},
    path=_path("prediction", 0.5, 9.0, 5.0),
    elicits="the mean of log(1 + target), taken back by exp(.) - 1: a geometric mean, which lies below the mean",
    convex=False,
    lipschitz=None,
    bounded_gradient=False,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "keras": "keras.losses.MeanSquaredLogarithmicError, which clips both sides at 1e-7",
        "scikit-learn": "sklearn.metrics.mean_squared_log_error",
    },
    traps=[
        "It fits a geometric mean: predicted totals come out too low when the targets are skewed.",
        "The 1 is in units of the target: far above 1 the loss compares ratios, far below 1 it is the squared error.",
        "Not convex in the prediction: beyond e times the target (1 added to both) the slope falls again.",
        "Both sides must be above -1, which a network without a positive output will break early in training.",
    ],
    primary="scikit-learn user guide, Mean squared logarithmic error; the squared error of log(1 + x).",
    look=Look(7, "dashed"),
    once=(_msle_value, _msle_both),
    call=within(input=above(-1), target=above(-1)),
)
def msle(input, target):
    """The squared error of log(1 + x): it compares ratios, so a factor of two costs the same at 100 and at 10,000.

    Shapes: input, target: any shape, the same for both, every value above -1; numpy arrays or torch tensors of a
    floating dtype. A value at or below -1 raises ValueError.

    Equal to mse of the logarithms, with no digits lost where the two sides are close.

    >>> import torch
    >>> msle(torch.tensor([1.0, 99.0]), torch.tensor([0.0, 49.0]), reduction="none")
    tensor([0.4805, 0.4805])
    """
    # log(a / b) = 2 asinh((a - b) / (2 sqrt(a b))) loses nothing where a is close to b, or far from it
    root = torch.sqrt(1 + input) * torch.sqrt(1 + target)
    return (2 * torch.asinh((input - target) / (2 * root))) ** 2


@loss(
    title="Poisson negative log-likelihood",
    short="Poisson",
    family="regression",
    formula=r"\ell(\eta, t) = e^{\eta} - t \eta",
    symbols={r"\eta": "log_rate, the logarithm of the predicted mean", "t": "target, a count or a rate"},
    path=_path("logarithm of the predicted rate", -2.0, 3.0, 0.5),
    elicits="mean, as the exponential of the log-rate",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "torch": "torch.nn.functional.poisson_nll_loss(log_input=True, full=False), torch.nn.PoissonNLLLoss",
        "keras": "keras.losses.Poisson, from the rate and not its logarithm",
        "scikit-learn": "PoissonRegressor; sklearn.metrics.mean_poisson_deviance, from the rate",
        "optax": "optax.losses.poisson_nll_loss",
    },
    traps=[
        "It takes the logarithm of the rate: a rate passed by mistake is exponentiated once more, without an error.",
        "The term log(t!), which does not depend on the prediction, is dropped: values may be negative, and the best "
        "value is not 0. Half of mean_poisson_deviance plus the mean of t - t log t is this loss.",
        "e^x overflows from a log-rate of 88.7 in float32: start from log(mean of the targets), not from far out.",
    ],
    primary="McCullagh and Nelder (1989), Generalized Linear Models, chapter 6.",
    cite=["mccullagh1989generalized"],
    look=Look(5, "dashdot"),
    once=(_poisson_value, _poisson_both),
    call=within(target=at_least(0)),
)
def poisson_nll(log_rate, target):
    """The negative log-likelihood of a count whose mean is the exponential of the prediction, without log(t!).

    Shapes: log_rate, target: any shape, the same for both; numpy arrays or torch tensors of a floating dtype. A target
    below 0 raises ValueError.

    Up to terms in the target it is half of tweedie_deviance(p=1) at the mean exp(log_rate).

    >>> import torch
    >>> poisson_nll(torch.tensor([0.0, 1.0]), torch.tensor([2.0, 2.0]), reduction="none")
    tensor([1.0000, 0.7183])
    """
    return torch.exp(log_rate) - target * log_rate


@loss(
    title="Gamma deviance",
    short="Gamma",
    family="regression",
    formula=r"\ell(x, t) = 2 \left( \frac{t}{x} - 1 - \log \left( t / x \right) \right)",
    symbols=_SIDES,
    path=_path("prediction", 0.5, 9.0, 5.0),
    elicits="mean",
    convex=False,
    lipschitz=None,
    bounded_gradient=False,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "scikit-learn": "sklearn.metrics.mean_gamma_deviance; GammaRegressor minimizes half of it",
        "XGBoost": "objective='reg:gamma', eval_metric='gamma-deviance'",
        "LightGBM": "objective='gamma', from the logarithm of the mean",
    },
    traps=[
        "It takes the mean on its natural scale, above 0; targets of 0 are refused: for amounts with zeros use "
        "tweedie_deviance.",
        "Twice the negative log-likelihood at dispersion 1, minus its least value: terms in the target alone are "
        "dropped, and the dispersion too.",
        "Not convex in the mean from twice the target on; convex in the logarithm of the mean.",
        "A mean that is too low by a factor costs more than one that is too high by it.",
    ],
    primary="McCullagh and Nelder (1989), Generalized Linear Models, chapter 8.",
    cite=["mccullagh1989generalized"],
    look=Look(8, "dashdot"),
    kernel=(lambda i, t: deviance.value(i, t, 2.0), lambda i, t: deviance.slope(i, t, 2.0)),
    call=within(input=above(0), target=above(0)),
)
def gamma_deviance(input, target):
    """The unit deviance of the gamma distribution: it depends on the ratio of target and mean only.

    Shapes: input, target: any shape, the same for both, every value above 0; numpy arrays or torch tensors of a
    floating dtype. A value at or below 0 raises ValueError.

    Equal to tweedie_deviance(p=2); near the target, the square of the relative error.

    >>> import torch
    >>> gamma_deviance(torch.tensor([1.0, 10.0]), torch.tensor([2.0, 20.0]), reduction="none")
    tensor([0.6137, 0.6137])
    """
    # t / x - 1 - log(t / x) as e^g - 1 - g with g = log(t / x), by its series where the two sides are close
    return 2 * deviance.bend(deviance.log_ratio(target, input), 2.0)


def _amounts(name, low, p, **_):
    rule = at_least(0) if isinstance(p, torch.Tensor) or p < 2 else above(0)
    rule(name, low)


@loss(
    title="Tweedie deviance",
    short="Tweedie",
    family="regression",
    formula=r"\ell(x, t) = 2 \left( \frac{t^{2 - p}}{(1 - p) (2 - p)} - \frac{t x^{1 - p}}{1 - p} "
    r"+ \frac{x^{2 - p}}{2 - p} \right)",
    symbols=_SIDES | {"p": "power of the variance; the limits are taken at 1 and 2"},
    parameters=[
        Parameter(
            "p",
            1.5,
            "The power of the mean that the variance grows with: 1 is Poisson, 2 is gamma.",
            low=1.0,
            high=2.0,
            symbol="p",
            slider=(1.0, 2.0),
        )
    ],
    path=_path("prediction", 0.5, 9.0, 5.0),
    elicits="mean",
    convex="p == 1",
    lipschitz=None,
    bounded_gradient=False,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "scikit-learn": "sklearn.metrics.mean_tweedie_deviance(power=p); TweedieRegressor minimizes half of it",
        "XGBoost": "objective='reg:tweedie', tweedie_variance_power=p, from the logarithm of the mean",
        "LightGBM": "objective='tweedie', tweedie_variance_power=p, from the logarithm of the mean",
    },
    traps=[
        "It takes the mean on its natural scale, above 0; libraries for boosting take its logarithm.",
        "Terms in the target alone, and the dispersion, are dropped: p cannot be learnt by making this loss small.",
        "At exactly p = 1 and p = 2 the slope in a tensor p leaves out part of the limit: learn p between them.",
        "Targets of 0 are welcome below p = 2, which is gamma_deviance and refuses them.",
        "Convex in the mean at p = 1 only: above, the slope falls again beyond p / (p - 1) times the target.",
    ],
    primary="Jorgensen (1987), Exponential Dispersion Models, Journal of the Royal Statistical Society B 49(2).",
    cite=["jorgensen1987exponential"],
    look=Look(3, "long"),
    kernel=(deviance.value, deviance.slope),
    call=within(input=above(0), target=_amounts),
)
def tweedie_deviance(input, target, *, p=1.5):
    """The unit deviance of a distribution whose variance is the mean to the power p: between Poisson and gamma.

    Shapes: input, target: any shape, the same for both, input above 0 and target at least 0 (above 0 at p = 2); numpy
    arrays or torch tensors of a floating dtype. Other values raise ValueError.

    p=1 is twice the Poisson negative log-likelihood minus its least value, p=2 is gamma_deviance. The formula at p=0,
    outside the range, is mse.

    >>> import torch
    >>> tweedie_deviance(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 4.0]), reduction="none")
    tensor([4., 4.])
    """
    p = torch.as_tensor(p, dtype=input.dtype, device=input.device).clamp(1, 2)  # beyond, the slope loses digits
    a = 2 - p
    zero = target == 0
    gap = deviance.log_ratio(torch.where(zero, input, target), input)
    return 2 * input**a * torch.where(zero, 1 / torch.where(zero, a, 1.0), deviance.bend(gap, p))
