"""Every element-wise loss with hyper-parameters worth testing, its closed form for mpmath, and how to differentiate."""

import math

import mpmath as mp
import torch

from lossbook import losses

INF = math.inf
RESIDUAL_CASES = [
    ("mse", {}),
    ("mae", {}),
    ("huber", {"delta": 1.0}),
    ("huber", {"delta": 1e-3}),
    ("huber", {"delta": 300.0}),
    ("smooth_l1", {"beta": 1.0}),
    ("smooth_l1", {"beta": 0.25}),
    ("log_cosh", {}),
    ("quantile", {"q": 0.5}),
    ("quantile", {"q": 0.9}),
    ("quantile", {"q": 1e-3}),
    ("cauchy", {"c": 1.0}),
    ("cauchy", {"c": 0.3}),
    ("charbonnier", {"epsilon": 1e-3}),
    ("charbonnier", {"epsilon": 1.0}),
    ("expectile", {"q": 0.5}),
    ("expectile", {"q": 0.9}),
    ("expectile", {"q": 1e-3}),
    ("epsilon_insensitive", {"epsilon": 0.1}),
    ("epsilon_insensitive", {"epsilon": 2.0}),
    ("geman_mcclure", {"c": 1.0}),
    ("geman_mcclure", {"c": 0.3}),
    ("welsch", {"c": 1.0}),
    ("welsch", {"c": 4.0}),
    ("tukey", {"c": 4.685}),
    ("tukey", {"c": 0.3}),
    *(("general_robust", {"alpha": a, "c": 1.0}) for a in (2.0, 1.0, 0.0, -2.0, -INF, INF, 1.5, 0.5, -0.5)),
    *(("general_robust", {"alpha": a, "c": 0.4}) for a in (3.0, 1.9999999, 1e-12, -1e-30, -8.0, -1e30, 1.0, -2.0, 0.0)),
]
BINARY_CASES = [
    ("binary_cross_entropy_with_logits", {"pos_weight": None}),
    ("binary_cross_entropy_with_logits", {"pos_weight": 3.5}),
]
FOCAL_CASES = [
    ("focal", {"gamma": gamma, "alpha": alpha})
    for gamma, alpha in ((2.0, None), (0.0, None), (1e-3, 0.25), (0.5, None), (0.5, 0.25), (5.0, 0.9), (1.0, 0.0))
]
ASYMMETRIC_CASES = [
    ("asymmetric", {"gamma_pos": a, "gamma_neg": b, "clip": m})
    for a, b, m in ((0.0, 4.0, 0.05), (1.0, 2.5, 0.2), (0.0, 0.5, 1e-3), (2.0, 2.0, 0.0), (0.5, 0.0, 0.4))
]
POSITIVE_CASES = [
    ("msle", {}),
    ("poisson_nll", {}),
    ("gamma_deviance", {}),
    *(("tweedie_deviance", {"p": p}) for p in (1.5, 1.0, 2.0, 1.2, 1.8)),
]
MARGIN_CASES = [
    (name, {})
    for name in (
        "hinge",
        "perceptron",
        "squared_hinge",
        "smooth_hinge",
        "modified_huber",
        "logistic",
        "exponential",
    )
]
SIDES = [r.name for r in losses.records() if r.sides]  # test_sides.py
CLASSES = [  # logits (N, C): test_classes.py
    r.name for r in losses.records() if r.family in ("classification", "margin") and not (r.axis or r.sides)
]
PLAIN = [r.name for r in losses.records() if r.name not in SIDES + CLASSES]  # of pairs of elements: test_door.py


def case_id(case):
    name, hyper = case
    return "-".join([name, *(f"{k}={v:g}" for k, v in hyper.items() if v is not None)])


def _barron(r, alpha, c):
    z = (r / mp.mpf(c)) ** 2
    if alpha == 2:
        return z / 2
    if alpha == 0:
        return mp.log(1 + z / 2)
    if math.isinf(alpha):
        sign = mp.mpf(math.copysign(1, alpha))
        return sign * mp.expm1(sign * z / 2)
    a = mp.mpf(alpha)
    b = abs(a - 2)
    return b / a * ((z / b + 1) ** (a / 2) - 1)


# written from the formulas of the literature, not from the package
CLOSED = {
    "mse": lambda r: r**2,
    "mae": lambda r: abs(r),
    "huber": lambda r, delta: r**2 / 2 if abs(r) <= delta else mp.mpf(delta) * (abs(r) - mp.mpf(delta) / 2),
    "smooth_l1": lambda r, beta: r**2 / (2 * mp.mpf(beta)) if abs(r) < beta else abs(r) - mp.mpf(beta) / 2,
    "log_cosh": lambda r: abs(r) + mp.log1p(mp.exp(-2 * abs(r))) - mp.log(2),
    "quantile": lambda r, q: mp.mpf(q) * -r if r < 0 else (1 - mp.mpf(q)) * r,
    "cauchy": lambda r, c: mp.mpf(c) ** 2 / 2 * mp.log1p((r / mp.mpf(c)) ** 2),
    "charbonnier": lambda r, epsilon: mp.sqrt(r**2 + mp.mpf(epsilon) ** 2),
    "general_robust": _barron,
    "expectile": lambda r, q: (mp.mpf(q) if r < 0 else 1 - mp.mpf(q)) * r**2,
    "epsilon_insensitive": lambda r, epsilon: max(abs(r) - mp.mpf(epsilon), 0 * r),
    "geman_mcclure": lambda r, c: r**2 / 2 / (1 + (r / mp.mpf(c)) ** 2),
    "welsch": lambda r, c: -(mp.mpf(c) ** 2) / 2 * mp.expm1(-((r / mp.mpf(c)) ** 2)),
    "tukey": lambda r, c: mp.mpf(c) ** 2 / 6 * (1 - max(1 - (r / mp.mpf(c)) ** 2, 0 * r) ** 3),
}
# the same, of the margin
CLOSED_MARGIN = {
    "hinge": lambda m: max(1 - m, 0 * m),
    "perceptron": lambda m: max(-m, 0 * m),
    "squared_hinge": lambda m: max(1 - m, 0 * m) ** 2,
    "smooth_hinge": lambda m: mp.mpf(1) / 2 - m if m <= 0 else (1 - m) ** 2 / 2 if m < 1 else 0 * m,
    "modified_huber": lambda m: -4 * m if m < -1 else max(1 - m, 0 * m) ** 2,
    "logistic": lambda m: max(-m, 0 * m) + mp.log1p(mp.exp(-abs(m))),
    "exponential": lambda m: mp.exp(-m),
}


POSITIVE = {name for name, _ in POSITIVE_CASES}


def fitting_input(name, x):
    """Inputs that a loss takes: ``x`` itself, or values above 0."""
    return x.abs() + 0.25 if name in POSITIVE and name != "poisson_nll" else x


def fitting(name, target):
    """Targets that a loss takes: ``target`` itself, or which side of 1/2 it is on where labels are -1 and +1.

    Counts and amounts are above 0.
    """
    if name in POSITIVE:
        return target.abs() + 0.25
    if (name, {}) not in MARGIN_CASES:
        return target
    return (2 * (target >= 0.5) - 1).to(target.dtype)


def derivatives(fn, x):
    """(value, first, second derivative) of an element-wise function at each element of ``x``."""
    x = x.detach().clone().requires_grad_()
    value = fn(x)
    (first,) = torch.autograd.grad(value.sum(), x, create_graph=True)
    second = torch.zeros_like(x)
    if first.requires_grad:
        second = second + torch.autograd.grad(first.sum(), x, materialize_grads=True)[0]
    return value.detach(), first.detach(), second.detach()


def public(name, hyper):
    return lambda x, t: losses.get(name)(x, t, reduction="none", **hyper)


def definition(name, hyper):
    return lambda x, t: losses.get(name).definition(x, t, **hyper)
