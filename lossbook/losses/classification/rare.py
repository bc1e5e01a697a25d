"""Classes that are rarer in training than they should count: shifted logits, and weights from the counts."""

import math

import numpy as np
import torch

from lossbook.look import Look
from lossbook.losses.classification.labels import LABEL, classes, column, minus_log_p, mixed
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss


@loss(
    title="Logit-adjusted cross-entropy",
    short="Logit-adjusted",
    family="classification",
    formula=r"\ell(x, y) = -\log \frac{\pi_y^{\tau} \exp x_y}{\sum_{k=1}^{C} \pi_k^{\tau} \exp x_k}",
    symbols={"x": "logits, one for each of the C classes", "y": "the label"},
    parameters=[
        Parameter(
            "prior",
            None,
            "The share of each class in the training data, shape (C,), or their counts; None is an even share.",
            low=0.0,
            open_low=True,
            high=math.inf,
            open_high=True,
            symbol=r"\pi",
            array=True,
        ),
        Parameter(
            "tau",
            1.0,
            "How much of the prior is taken out; 0 is cross-entropy.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\tau",
            slider=(0.0, 3.0),
        ),
    ],
    path=LABEL,
    elicits="class probabilities divided by the prior to the power tau, as the softmax of the logits",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper="prior is None or tau == 0",
    smoothness="Cinf",
    elsewhere={"torch": "torch.nn.functional.cross_entropy(logits + tau * prior.log(), target)"},
    traps=[
        "Add the prior in training only: the largest plain logit is the answer, of the classes as if equally common.",
        "The softmax of the logits is no probability in the training data; multiply by the prior for that.",
        "A class with no example has no prior: 0 is refused in an array, and in a tensor rules the class out.",
        "Counts serve as well as shares: a constant factor cancels.",
    ],
    primary="Menon, Jayasumana, Rawat, Jain, Veit and Kumar (2021), Long-tail Learning via Logit Adjustment, ICLR.",
    cite=["menon2021longtail"],
    look=Look(6, "dashdot"),
    call=classes,
)
def logit_adjusted(logits, target, *, prior=None, tau=1.0):
    """Cross-entropy of the logits plus tau times the logarithm of the prior: rare classes are asked for a larger lead.

    Shapes: logits is (C,) or (N, C, ...). target holds class indices, any integer dtype, of their shape without
        the class axis; or class probabilities, a floating dtype, of their shape. prior is (C,).

    Also raises ValueError for a label that is no class; the message names it.

    >>> import torch
    >>> prior = torch.tensor([0.9, 0.1])
    >>> logit_adjusted(torch.zeros(2, 2), torch.tensor([0, 1]), prior=prior, reduction="none")
    tensor([0.1054, 2.3026])
    """
    if prior is not None:
        logits = logits + tau * column(torch.log(prior), logits)
    return mixed(minus_log_p(logits, target), target)


def effective_number_weights(counts, *, beta=0.999):
    """One weight for each class, (1 - beta) / (1 - beta^n) for n examples, scaled so that they add up to C.

    counts: array or tensor of shape (C,), the number of training examples of each class, all at least 1.
    beta: from 0 (all weights 1) towards 1 (weights like 1 / n), in [0, 1).
    Returns float64 of the kind that came in, for the ``weight`` of cross_entropy or the ``alpha`` of softmax_focal.

    Raises TypeError for neither an array nor a tensor; ValueError for another shape, a count below 1, or beta out of
    its range.

    Source: Cui, Jia, Lin, Song and Belongie (2019), Class-Balanced Loss Based on Effective Number of Samples, CVPR.

    >>> import numpy as np
    >>> effective_number_weights(np.array([10, 1000]), beta=0.9).round(3)
    array([1.211, 0.789])
    """
    if not isinstance(counts, (np.ndarray, torch.Tensor)):
        raise TypeError(f"counts: got {type(counts).__name__}, want an array or tensor of shape (C,)")
    n = torch.as_tensor(counts).double()
    if n.ndim != 1 or not n.numel():
        raise ValueError(f"counts has shape {tuple(n.shape)}, want (C,): one count a class")
    if not bool((n >= 1).all()):
        raise ValueError(f"counts holds {n[~(n >= 1)][0].item():g}, want at least 1 example of each class")
    if not 0 <= beta < 1:
        raise ValueError(f"beta: got {beta!r}, want a value in [0, 1)")
    # 1 - beta^n = -expm1(n log beta), to the last digit for beta near 1
    weights = 1 / -torch.expm1(n * math.log(beta)) if beta else torch.ones_like(n)
    weights = weights * (len(n) / weights.sum())
    return weights if isinstance(counts, torch.Tensor) else weights.numpy()
