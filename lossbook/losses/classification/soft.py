"""Learning from another network's logits."""

import math

import torch

from lossbook.look import Look
from lossbook.losses import few
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _three(s):
    """Logits (s, 0, 0) for the student, (2, 1, 0) for the teacher."""
    zero = torch.zeros_like(s)
    return torch.stack([s, zero, zero]), torch.stack([zero + 2, zero + 1, zero])


@loss(
    title="Knowledge distillation",
    short="Distillation",
    family="classification",
    formula=r"\ell(x, z) = T^2 \sum_{k=1}^{C} q_k \log \frac{q_k}{p_k}",
    symbols={
        "p": "softmax of x / T, over the C classes",
        "q": "softmax of z / T",
    },
    sides=[
        Side("logits", "... C", "The student's logits.", symbol="x"),
        Side("teacher_logits", "... C", "The teacher's, for the same examples.", symbol="z"),
    ],
    gives="...",
    sizes={"...": 5},
    parameters=[
        Parameter(
            "temperature",
            4.0,
            "What both logits are divided by: the higher, the more the unlikely classes count.",
            low=0.0,
            open_low=True,
            high=math.inf,
            open_high=True,
            symbol="T",
            slider=(0.5, 20.0),
            log=True,
        )
    ],
    path=Path(
        "student's logit of the teacher's first class",
        -8.0,
        8.0,
        _three,
        "One logit of the student moves, its two others stay at 0; the teacher's logits are 2, 1 and 0.",
        0.0,
    ),
    elicits="the teacher's logits, up to a constant",
    convex=True,
    lipschitz="temperature",
    bounded_gradient=True,
    proper=True,
    smoothness="Cinf",
    invariant=("shift",),
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "T * T * torch.nn.functional.kl_div(log_softmax(x / T, -1), log_softmax(z / T, -1), "
        "log_target=True, reduction='batchmean')",
        "optax": "optax.losses.kl_divergence, from log-probabilities and probabilities, without the T^2",
    },
    traps=[
        "The factor T^2 is in it: gradients are then of about the same size at every temperature, so that the weight "
        "beside cross-entropy need not be changed with it. Code without it needs a weight T^2 times as large.",
        "The gradient flows into the teacher's logits as well: compute them under torch.no_grad(), or detach them.",
        "Kullback-Leibler divergence and not cross-entropy of the teacher's probabilities: the same gradient in the "
        "student, and 0 when the two agree.",
        "reduction='mean' of torch's kl_div divides by the number of classes too; here the mean is over examples.",
        "The class axis is the last one, not axis 1.",
        "For temperatures far above the logits it becomes the squared error of centered logits, over 2 C.",
    ],
    primary="Hinton, Vinyals and Dean (2015), Distilling the Knowledge in a Neural Network, arXiv:1503.02531.",
    cite=["hinton2015distilling"],
    look=Look(8),
)
def distillation(logits, teacher_logits, *, temperature=4.0):
    """How far the student's class probabilities are from the teacher's, both flattened by a temperature.

    With temperature=1 it is kl_divergence of the student's logits and the teacher's probabilities.

    >>> import torch
    >>> student, teacher = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[2.0, 0.0], [1.0, 0.0]])
    >>> distillation(student, teacher, reduction="none")
    tensor([0.0000, 0.4974])
    """
    log_p = few.log_softmax(logits / temperature, -1)
    log_q = few.log_softmax(teacher_logits / temperature, -1)
    return temperature**2 * (torch.exp(log_q) * (log_q - log_p)).sum(-1)
