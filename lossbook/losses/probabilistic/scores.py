"""Strictly proper scores of predicted class probabilities against the class that came out; smaller is better."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.chunks import wrapped
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

_SIDES = [
    Side("probs", "... C", "The predicted probabilities of the classes.", kind="distribution", symbol="p"),
    Side("target", "...", "The class that came out.", kind="labels", below="C", symbol="y"),
]
_AXIS = "The class axis is the last one, not axis 1."
_PROBABILITIES = (
    "It takes probabilities, which must add up to 1: a softmax in front of it saturates, and its slope fades where the "
    "prediction is sure and wrong. Train with cross_entropy, and score with this."
)


def _of_label(s):
    """Probability s for the label, the rest shared by two other classes."""
    rest = (1 - s) / 2
    return torch.stack([s, rest, rest]), torch.zeros((), dtype=torch.int64, device=s.device)


_PATH = Path(
    "probability of the class that came out",
    0.02,
    0.98,
    _of_label,
    "The probability of the class that came out moves; two other classes share the rest.",
    0.5,
)


def _picked(probs, target):
    """The probability of the class that came out."""
    return probs.gather(-1, target.unsqueeze(-1)).squeeze(-1)


@loss(
    title="Brier score",
    short="Brier",
    family="probabilistic",
    formula=r"\ell(p, y) = (1 - p_y)^2 - p_y^2 + \sum_{k=1}^{C} p_k^2",
    symbols={"C": "the number of classes"},
    sides=_SIDES,
    gives="...",
    sizes={"...": 5},
    path=_PATH,
    elicits="class probabilities",
    convex=True,
    lipschitz="2",
    bounded_gradient=True,
    proper=True,
    smoothness="Cinf",
    bounds=(0.0, 2.0),
    elsewhere={
        "scikit-learn": "sklearn.metrics.brier_score_loss(scale_by_half=False)",
        "torch": "((probs - one_hot(target)) ** 2).sum(-1)",
    },
    traps=[
        "Summed over the classes, as by Brier: from 0 to 2. For two classes many take one class only, which is half of "
        "this; the mean over classes is this divided by C.",
        _PROBABILITIES,
        "Bounded: a class that was held impossible costs 2 and not infinity.",
        _AXIS,
    ],
    primary="Brier (1950), Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78(1).",
    cite=["brier1950verification", "gneiting2007strictly"],
    look=Look(3, "dashed"),
)
def brier(probs, target):
    """The squared distance from the predicted probabilities to the ones of a prophet who knew the class.

    >>> import torch
    >>> brier(torch.tensor([[0.8, 0.2], [0.0, 1.0]]), torch.tensor([0, 0]), reduction="none")
    tensor([0.0800, 2.0000])
    """
    label = target.unsqueeze(-1)
    return (probs.scatter_add(-1, label, -torch.ones_like(label, dtype=probs.dtype)) ** 2).sum(-1)


@loss(
    title="Logarithmic score",
    short="Log score",
    family="probabilistic",
    formula=r"\ell(p, y) = -\log p_y",
    symbols={},
    sides=_SIDES,
    gives="...",
    sizes={"...": 5},
    path=_PATH,
    elicits="class probabilities",
    convex=True,
    lipschitz=None,
    bounded_gradient=False,
    proper=True,
    smoothness="Cinf",
    bounds=(0.0, math.inf),
    elsewhere={
        "scikit-learn": "sklearn.metrics.log_loss, which moves probabilities away from 0 and 1 first",
        "keras": "keras.losses.SparseCategoricalCrossentropy(), which clips at 1e-7",
        "torch": "torch.nn.functional.nll_loss(probs.log(), target)",
    },
    traps=[
        "From probabilities: a softmax that rounds to 0 costs infinity where cross_entropy of the logits is finite. "
        "Train with cross_entropy.",
        "A class that was held impossible and came out costs infinity, once, in any mean: that is the rule of the "
        "score. Libraries that clip hide it.",
        "The only strictly proper score that depends on the probability of the class that came out alone.",
        _AXIS,
    ],
    primary="Good (1952), Rational Decisions, Journal of the Royal Statistical Society B 14(1).",
    cite=["good1952rational", "gneiting2007strictly"],
    look=Look(4, "dashed"),
)
def log_score(probs, target):
    """Minus the logarithm of the probability that the class was given which came out, in nats.

    It is cross_entropy of the logarithms of the probabilities.

    >>> import torch
    >>> log_score(torch.tensor([[0.8, 0.2], [0.5, 0.5]]), torch.tensor([0, 0]), reduction="none")
    tensor([0.2231, 0.6931])
    """
    return -torch.log(_picked(probs, target))


_PIECE = 1 << 18  # numbers whose squares stay in the cache until they are summed


class _Spherical(torch.autograd.Function):
    """The spherical score of rows: with S = |p| its slope is p_y p_k / S^3, and at the class y itself
    p_y^2 / S^3 - 1 / S = -(S^2 - p_y^2) / S^3."""

    @staticmethod
    def forward(ctx, probs, label):
        step = max(1, _PIECE // probs.shape[1])
        pieces = zip(probs.split(step), label.split(step), strict=True)
        zero = probs.new_zeros(1, 1)  # scattering a tensor takes a quarter of the time of scattering a number
        others = torch.cat([(p * p).scatter_(1, at, zero.expand(len(at), 1)).sum(1) for p, at in pieces])
        of_label = probs.gather(1, label).squeeze(1)
        size = torch.sqrt(torch.addcmul(others, of_label, of_label))
        ctx.save_for_backward(probs, label, of_label, others, size)
        return others / (size * (size + of_label))

    @staticmethod
    def backward(ctx, grad):
        probs, label, of_label, others, size = ctx.saved_tensors
        if torch.is_grad_enabled():
            pull = torch.func.vjp(lambda p: spherical_score.definition(p, label[:, 0]), probs)[1]
            return *pull(grad), None
        grad = grad / size**3
        slope = probs * (grad * of_label).unsqueeze(1)
        return slope.scatter_(1, label, (-grad * others).unsqueeze(1)), None


def _by_rows(probs, target):
    if wrapped(probs, target):
        return spherical_score.definition(probs, target)
    return _Spherical.apply(probs.reshape(-1, probs.shape[-1]), target.reshape(-1, 1)).reshape(target.shape)


@loss(
    title="Spherical score",
    short="Spherical",
    family="probabilistic",
    formula=r"\ell(p, y) = 1 - \frac{p_y}{\sqrt{\sum_{k=1}^{C} p_k^2}}",
    symbols={"C": "the number of classes"},
    sides=_SIDES,
    gives="...",
    sizes={"...": 5},
    path=_PATH,
    elicits="class probabilities",
    convex=False,
    lipschitz=None,
    bounded_gradient=True,
    proper=True,
    smoothness="Cinf",
    bounds=(0.0, 1.0),
    elsewhere={"torch": "1 - torch.nn.functional.normalize(probs, dim=-1) at the class"},
    traps=[
        "As a score it is p_y / |p|, and larger is better; here 1 minus that, so that 0 is perfect and 1 the worst.",
        "It depends on the direction of p only: probabilities that do not add up to 1 would not be noticed. They are "
        "refused.",
        _PROBABILITIES,
        _AXIS,
    ],
    primary="Gneiting and Raftery (2007), Strictly Proper Scoring Rules, Prediction, and Estimation, Journal of the "
    "American Statistical Association 102(477), section 3.",
    cite=["gneiting2007strictly"],
    look=Look(5, "dashed"),
    fused=_by_rows,
)
def spherical_score(probs, target):
    """1 minus the cosine of the angle between the predicted probabilities and the ones of a prophet who knew.

    >>> import torch
    >>> spherical_score(torch.tensor([[0.6, 0.4], [1.0, 0.0]]), torch.tensor([0, 0]), reduction="none")
    tensor([0.1679, 0.0000])
    """
    of_label = _picked(probs, target)
    others = (probs.scatter(-1, target.unsqueeze(-1), 0.0) ** 2).sum(-1)
    size = torch.sqrt(others + of_label**2)
    # |p| - p_y = (|p|^2 - p_y^2) / (|p| + p_y): no digit is lost where the prediction is nearly sure and right
    return others / (size * (size + of_label))
