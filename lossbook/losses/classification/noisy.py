"""Losses over C classes for labels that may be wrong: they stop listening to what they find least likely."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.classification.labels import LABEL, SOFTMAX, classes, labels_only, minus_log_p, mixed
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss

_A = -4.0  # what stands for log 0 in the reverse cross-entropy


@loss(
    title="Generalized cross-entropy",
    short="GCE",
    family="classification",
    formula=r"\ell(p, y) = \frac{1 - p_y^{q}}{q}",
    symbols=SOFTMAX,
    parameters=[
        Parameter(
            "q",
            0.7,
            "From cross-entropy (towards 0) to 1 - p (at 1): the greater, the less a label counts that seems wrong.",
            low=0.0,
            high=1.0,
            open_low=True,
            symbol="q",
            slider=(0.01, 1.0),
        )
    ],
    path=LABEL,
    elicits="the most likely class, as the largest logit: the best probabilities are the true ones to the power "
    "1 / (1 - q), made to add up to 1",
    convex=False,
    lipschitz="(q / (1 + q)) ** q / (1 + q)",
    bounded_gradient=True,
    proper=False,
    smoothness="Cinf",
    elsewhere={"torch": "none; in most code (1 - p ** q) / q of a softmax"},
    traps=[
        "An example whose label is given probability p pulls with p^q of cross-entropy's slope: one that starts far "
        "on the wrong side is hardly learnt. Training starts from moderate logits, or with cross-entropy.",
        "At q = 1 it is 1 - p, half the absolute error summed over the classes: robust, and slow to fit.",
        "Its best probabilities are too sharp: recalibrate before reading them.",
        "Written as (1 - p ** q) / q it loses all digits for small q and its slope is NaN at p = 0. Here it is an "
        "expm1 of the cross-entropy.",
        "Bounded by 1 / q and flat far on the wrong side: that is the point of it.",
    ],
    primary="Zhang and Sabuncu (2018), Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy "
    "Labels, NeurIPS.",
    cite=["zhang2018generalized"],
    look=Look(4, "dashdot"),
    call=classes,
)
def generalized_cross_entropy(logits, target, *, q=0.7):
    """(1 - p^q) / q for the probability p of the label: cross-entropy as q goes to 0, 1 - p at q = 1.

    Shapes: logits is (C,) or (N, C, ...). target holds class indices, any integer dtype, of their shape without
        the class axis; or class probabilities, a floating dtype, of their shape.

    At q = 1 it is half the sum over the classes of |p - one-hot|, the absolute error that robustness is proved for.

    Also raises ValueError for a label that is no class; the message names it.

    >>> import torch
    >>> generalized_cross_entropy(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]), reduction="none")
    tensor([0.1215, 0.2813])
    """
    c = minus_log_p(logits, target)
    return mixed(-torch.expm1(-q * c) / q, target)  # p^q = exp(q log p)


@loss(
    title="Symmetric cross-entropy",
    short="SCE",
    family="classification",
    formula=r"\ell(p, y) = -\alpha \log p_y + 4 \beta (1 - p_y)",
    symbols=SOFTMAX,
    parameters=[
        Parameter(
            "alpha",
            0.1,
            "The factor on cross-entropy, which fits.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\alpha",
            slider=(0.0, 2.0),
        ),
        Parameter(
            "beta",
            1.0,
            "The factor on the reverse cross-entropy, which resists wrong labels.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\beta",
            slider=(0.0, 2.0),
        ),
    ],
    path=LABEL,
    elicits="the most likely class, as the largest logit; probabilities only at beta = 0",
    convex="4 * beta <= alpha",
    lipschitz="alpha if 4 * beta <= alpha else (alpha + 4 * beta) ** 2 / (16 * beta)",
    bounded_gradient=True,
    proper="beta == 0 and alpha > 0",
    smoothness="Cinf",
    elsewhere={"torch": "none; in most code a one-hot label is clipped at 1e-4 and its logarithm taken"},
    traps=[
        "The logarithm of the label's zeros is -infinity; it is replaced by a constant A, here -4. Code that clips "
        "the one-hot label at 1e-4 has A = -9.2 instead: the same as beta 2.3 times as large here.",
        "It is alpha times poly1 with epsilon = 4 beta / alpha: cross-entropy plus a share of 1 - p.",
        "The defaults suit ten classes; with a hundred, a larger alpha and a smaller beta learn faster.",
        "Labels only: for target probabilities the clipped logarithm would be that of each of them.",
    ],
    primary="Wang, Ma, Chen, Luo, Yi and Bailey (2019), Symmetric Cross Entropy for Robust Learning with Noisy "
    "Labels, ICCV.",
    cite=["wang2019symmetric"],
    look=Look(5, "dashdot"),
    call=labels_only,
)
def symmetric_cross_entropy(logits, target, *, alpha=0.1, beta=1.0):
    """alpha times cross-entropy plus beta times the cross-entropy with label and prediction exchanged.

    Shapes: logits is (C,) or (N, C, ...). target holds class indices, any integer dtype, of their shape without
        the class axis.

    The reverse part, -sum p_k log(one-hot_k) with log 0 = -4, is 4 (1 - p) for the probability p of the label.

    Also raises ValueError for a label that is no class, and names it; TypeError for target probabilities.

    >>> import torch
    >>> symmetric_cross_entropy(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]), reduction="none")
    tensor([0.4895, 1.1071])
    """
    c = minus_log_p(logits, target)
    return alpha * c + beta * _A * torch.expm1(-c)  # 1 - p = -expm1(log p)
