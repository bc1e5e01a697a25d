"""Sums of losses: with weights that are given, and with weights that are learned from the noise of each task."""

import math
import numbers
from collections.abc import Mapping

import torch

from lossbook.losses.composite.methods import method
from lossbook.losses.composite.tasks import count, one_number, stacked


@method(
    title="Weighted sum",
    short="Weighted sum",
    formula=r"L = \sum_{k=1}^K w_k \ell_k",
    symbols={r"\ell_k": "loss k of K", "w_k": "its weight"},
    says="Adds up several losses, each times a number.",
    traps=[
        "A weight has the inverse unit of its loss: measured in millimeters, a squared error needs a weight of a "
        "millionth of that in meters.",
        "The weights are not normalized: doubling all of them doubles the learning rate, under plain gradient descent.",
        "However the weights are chosen, a sum reaches only the convex part of the front of best compromises.",
        "A weight of 0 that is a plain number leaves its loss out, even one that is infinite or NaN; as a tensor it "
        "multiplies, and 0 times infinity is NaN.",
    ],
    elsewhere={"keras": "model.compile(loss={...}, loss_weights={...})"},
    primary="Miettinen (1999), Nonlinear Multiobjective Optimization, section 3.1; Kurin and others (2022), In Defense "
    "of the Unitary Scalarization for Deep Multi-Task Learning, NeurIPS.",
    cite=["miettinen1999nonlinear", "kurin2022defense"],
)
def weighted_sum(losses, weights=None):
    """The sum of several losses, each times its weight.

    losses: tensors with one number each, in a list, or in a dict by name; or a tensor of shape (K,).
    weights: numbers or tensors with one number each, in the same form; None stands for ones. Returns a 0-d tensor.

    Raises TypeError for losses or weights of another kind, ValueError for a loss that is not reduced, a weight that is
    not finite, and names or numbers of weights that do not fit.

    >>> import torch
    >>> mask, box = torch.tensor(0.5), torch.tensor(2.0)
    >>> weighted_sum([mask, box], [1.0, 0.1])
    tensor(0.7000)
    >>> weighted_sum({"mask": mask, "box": box}, {"box": 0.1, "mask": 1.0})
    tensor(0.7000)
    """
    if isinstance(losses, Mapping):
        names = list(losses)
        if weights is not None:
            if not isinstance(weights, Mapping):
                raise TypeError(f"weights: got {type(weights).__name__}, want a dict with the names of the losses")
            if set(weights) != set(names):
                raise ValueError(f"weights are for {sorted(weights)}, losses are {sorted(names)}; want the same names")
            weights = [weights[name] for name in names]
        for name, value in losses.items():
            one_number(value, f"losses[{name!r}]")
        losses = list(losses.values())
    values = stacked(losses)
    if not len(values):
        raise ValueError("losses: got none, want at least one")
    if weights is None:
        return values.sum()
    if isinstance(weights, Mapping):
        raise TypeError("weights: got a dict while losses are in a list; want both with names, or none")
    if not isinstance(weights, (list, tuple, torch.Tensor)):
        raise TypeError(f"weights: got {type(weights).__name__}, want a list of {len(values)} numbers")
    if len(weights) != len(values):
        raise ValueError(f"weights: got {len(weights)}, want {len(values)}, one for each loss")
    if isinstance(weights, torch.Tensor):
        return (weights * values).sum()
    for k, weight in enumerate(weights):
        _check_weight(weight, k)
    left_in = [(w, v) for w, v in zip(weights, values, strict=True) if isinstance(w, torch.Tensor) or w != 0]
    return sum((w * v for w, v in left_in), values.new_zeros(()))


def _check_weight(weight, k):
    if isinstance(weight, torch.Tensor):
        return one_number(weight, f"weights[{k}]")
    if isinstance(weight, bool) or not isinstance(weight, numbers.Real):
        raise TypeError(f"weights[{k}]: got {weight!r}, want a number")
    if not math.isfinite(weight):
        raise ValueError(f"weights[{k}]: got {weight!r}, want a finite number")


_FACTORS = {"regression": 0.5, "classification": 1.0}


@method(
    title="Uncertainty weighting",
    short="Uncertainty",
    formula=r"L = \sum_{k=1}^K \left( c_k e^{-s_k} \ell_k + \tfrac{1}{2} s_k \right)",
    symbols={
        r"\ell_k": "loss of task k of K",
        "s_k": "the logarithm of its variance, learned",
        "c_k": "1/2 for a squared error, 1 for a cross-entropy",
    },
    says="Learns a variance for each task, and divides its loss by that.",
    traps=[
        "Give log_vars to the optimizer, beside the model's parameters, but without weight decay, which pulls the "
        "variances to 1.",
        "Where the variances are at their best, exp(s) = 2 c loss, the total is half the sum of the logarithms of the "
        "losses: units no longer matter, and a loss that goes to 0 gets a weight without bound.",
        "Losses below 0 have no best variance: the total falls without bound.",
        "The total can be negative, and its value says little: look at the losses themselves.",
        "It weighs by noise, not by importance: a task that matters is not favored.",
    ],
    elsewhere={},
    primary="Kendall, Gal and Cipolla (2018), Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry "
    "and Semantics, CVPR, section 3.",
    cite=["kendall2018multitask"],
)
class UncertaintyWeighting(torch.nn.Module):
    """A sum of losses with weights that follow from a learned variance of each task.

    tasks: how many losses. kinds: "regression" for squared errors or "classification" for cross-entropies, one word
    for all or a list with one for each. ``log_vars``, of shape (tasks,), are the parameters, 0 at first; ``weights``
    what the losses are multiplied by now. Called with the losses (a list of tensors with one number each, or a tensor
    of shape (tasks,)) it returns the total.

    Raises TypeError or ValueError for another number of losses, losses that are not reduced, or an unknown kind.

    >>> import torch
    >>> balance = UncertaintyWeighting(2, kinds=["regression", "classification"])
    >>> balance([torch.tensor(4.0), torch.tensor(1.5)])
    tensor(3.5000, grad_fn=<SumBackward0>)
    >>> balance.weights
    tensor([0.5000, 1.0000])
    """

    def __init__(self, tasks, *, kinds="regression"):
        super().__init__()
        tasks = count(tasks)
        words = [kinds] * tasks if isinstance(kinds, str) else list(kinds)
        if len(words) != tasks:
            raise ValueError(f"kinds: got {len(words)}, want {tasks}, one for each task")
        for word in words:
            if word not in _FACTORS:
                raise ValueError(f"kinds: got {word!r}, want 'regression' or 'classification'")
        self.log_vars = torch.nn.Parameter(torch.zeros(tasks))
        self.register_buffer("factors", torch.tensor([_FACTORS[word] for word in words]), persistent=False)

    @property
    def weights(self):
        return (self.factors * torch.exp(-self.log_vars)).detach()

    def forward(self, losses):
        losses = stacked(losses, len(self.log_vars))
        return (self.factors * torch.exp(-self.log_vars) * losses + 0.5 * self.log_vars).sum()
