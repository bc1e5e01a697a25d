"""Squared error, and its two pieces-of-a-parabola relatives that grow linearly for large errors."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss

RESIDUAL = {"r": "residual, input minus target"}


@loss(
    title="Mean squared error",
    short="MSE",
    family="regression",
    formula=r"\ell(r) = r^2",
    symbols=RESIDUAL,
    axis="residual",
    elicits="mean",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=None,
    smoothness="Cinf",
    elsewhere={
        "torch": "torch.nn.functional.mse_loss, torch.nn.MSELoss",
        "keras": "keras.losses.MeanSquaredError",
        "scikit-learn": "sklearn.metrics.mean_squared_error; SGDRegressor(loss='squared_error') carries a half",
        "optax": "optax.losses.squared_error; optax.losses.l2_loss is half of it",
    },
    traps=[
        "Some libraries put a half in front: a learning rate tuned there is half as large here.",
        "Shapes (n, 1) and (n,) broadcast to (n, n) in plain torch and numpy; here they raise.",
        "One outlier of size k adds k squared: its pull grows without bound.",
    ],
    primary="Bishop (2006), Pattern Recognition and Machine Learning, section 1.5.5.",
    cite=["bishop2006pattern"],
    look=Look(1),
    fused=lambda input, target, reduction: F.mse_loss(input, target, reduction=reduction),
)
def mse(input, target):
    """The squared residual: the best constant prediction under it is the mean.

    Twice the member alpha = 2, c = 1 of general_robust; huber with a large delta is half of it.

    >>> import torch
    >>> mse(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0]))
    tensor(2.5000)
    """
    return (input - target) ** 2


@loss(
    title="Huber loss",
    short="Huber",
    family="regression",
    formula=r"\ell(r) = \begin{cases} \tfrac{1}{2} r^2 & |r| \le \delta \\ "
    r"\delta \left( |r| - \tfrac{1}{2} \delta \right) & |r| > \delta \end{cases}",
    symbols=RESIDUAL | {r"\delta": "where the parabola ends"},
    parameters=[
        Parameter(
            "delta",
            1.0,
            "The size of residual beyond which the loss grows linearly, in units of the target.",
            low=0.0,
            high=math.inf,
            open_low=True,
            open_high=True,
            symbol=r"\delta",
            slider=(0.1, 5.0),
        )
    ],
    axis="residual",
    elicits="an M-estimate of location: near the median for small delta, the mean for large delta",
    convex=True,
    lipschitz="delta",
    bounded_gradient=True,
    proper=None,
    smoothness="C1",
    elsewhere={
        "torch": "torch.nn.functional.huber_loss, torch.nn.HuberLoss",
        "keras": "keras.losses.Huber",
        "scikit-learn": "GradientBoostingRegressor(loss='huber') takes delta from a quantile of the residuals; "
        "HuberRegressor(epsilon) divides by an estimated scale",
        "optax": "optax.losses.huber_loss",
        "LightGBM": "objective='huber', which calls delta alpha",
    },
    traps=[
        "huber = delta times smooth_l1 with beta = delta: 4.0 against 2.0 at r = 3, delta = 2.",
        "delta is in units of the target: rescale the target and the loss changes its character.",
        "Bounded pull of a point in y, but not in x: a far-out input still has leverage.",
    ],
    primary="Huber (1964), Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 35(1).",
    cite=["huber1964robust"],
    look=Look(3, "dashdot"),
    fused=lambda input, target, reduction, delta: F.huber_loss(input, target, reduction, delta),
)
def huber(input, target, *, delta=1.0):
    """Squared for small residuals, linear for large ones; the slope never exceeds delta.

    Equal to delta * smooth_l1(beta=delta). Half of mse inside [-delta, delta].

    >>> import torch
    >>> huber(torch.tensor([0.5, 3.0]), torch.zeros(2), delta=2.0, reduction="none")
    tensor([0.1250, 4.0000])
    """
    r = input - target
    return torch.where(r.abs() <= delta, 0.5 * r**2, delta * (r.abs() - 0.5 * delta))


@loss(
    title="Smooth L1 loss",
    short="Smooth L1",
    family="regression",
    formula=r"\ell(r) = \begin{cases} \tfrac{r^2}{2 \beta} & |r| < \beta \\ "
    r"|r| - \tfrac{1}{2} \beta & |r| \ge \beta \end{cases}",
    symbols=RESIDUAL | {r"\beta": "where the parabola ends"},
    parameters=[
        Parameter(
            "beta",
            1.0,
            "The size of residual beyond which the loss is an absolute error, in units of the target.",
            low=0.0,
            high=math.inf,
            open_low=True,
            open_high=True,
            symbol=r"\beta",
            slider=(0.1, 5.0),
        )
    ],
    axis="residual",
    elicits="an M-estimate of location: near the median for small beta, the mean for large beta",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=None,
    smoothness="C1",
    elsewhere={
        "torch": "torch.nn.functional.smooth_l1_loss, torch.nn.SmoothL1Loss",
        "keras": "keras.losses.Huber(delta) / delta",
        "detectron2": "fvcore.nn.smooth_l1_loss",
    },
    traps=[
        "smooth_l1 = huber / beta with delta = beta: as beta grows the loss shrinks to nothing, while huber tends to "
        "half the squared error.",
        "beta = 0 is the absolute error: torch takes it, here it raises; use mae.",
    ],
    primary="Girshick (2015), Fast R-CNN, equation 3 (beta = 1); the shape is Huber's (1964).",
    cite=["huber1964robust"],
    look=Look(7, "dashdot"),
    fused=lambda input, target, reduction, beta: F.smooth_l1_loss(input, target, reduction=reduction, beta=beta),
)
def smooth_l1(input, target, *, beta=1.0):
    """The absolute error with its corner rounded off: slope 1 beyond beta whatever beta is.

    Equal to huber(delta=beta) / beta; tends to mae as beta goes to 0.

    >>> import torch
    >>> smooth_l1(torch.tensor([0.5, 3.0]), torch.zeros(2), beta=2.0, reduction="none")
    tensor([0.0625, 2.0000])
    """
    r = input - target
    return torch.where(r.abs() < beta, 0.5 * r**2 / beta, r.abs() - 0.5 * beta)
