"""Learning from preferences between two answers, without a model of the reward."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.byhand import by_hand
from lossbook.losses.generative.logistic import sigmoid_times, softplus
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _quick(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta):
    """The definition in few passes."""
    sides = policy_chosen, policy_rejected, reference_chosen, reference_rejected

    def define(chosen, rejected, chosen_0, rejected_0):
        reference = {"reference_chosen": chosen_0, "reference_rejected": rejected_0}
        return dpo.definition(chosen, rejected, **reference, beta=beta)

    def compute(chosen, rejected, chosen_0, rejected_0, wanted):
        short = torch.sub(rejected, rejected_0).sub_(torch.sub(chosen, chosen_0)).mul_(beta)
        return (softplus(short), short) if any(wanted) else (softplus(short),)

    def pull(sides, fixed, kept, upstream, wanted):
        up = sigmoid_times(kept[0], beta * upstream)
        down = -up
        return [slope if need else None for slope, need in zip((down, up, up, down), wanted, strict=True)]

    # a beta that may be learnt is left to the definition
    return define(*sides) if isinstance(beta, torch.Tensor) else by_hand(define, compute, pull, sides)


def _preferring(s):
    """Two pairs of answers: the policy gives the chosen ones s nats more than the reference, the others s less."""
    chosen = torch.tensor([-12.0, -20.0], dtype=torch.float64)
    rejected = torch.tensor([-14.0, -15.0], dtype=torch.float64)
    return chosen + s, rejected - s, chosen, rejected


@loss(
    title="Direct preference optimization",
    short="DPO",
    family="generative",
    formula=r"\ell = \log \left( 1 + e^{-\beta ((c - c_0) - (r - r_0))} \right)",
    symbols={},
    sides=[
        Side("policy_chosen", "N", "Log-probabilities of the preferred answers under the model.", symbol="c"),
        Side("policy_rejected", "N", "Those of the other answers.", symbol="r"),
        Side("reference_chosen", "N", "Of the preferred answers under the model it started from.", symbol="c_0"),
        Side("reference_rejected", "N", "Of the other answers under that one.", symbol="r_0"),
    ],
    gives="N",
    parameters=[
        Parameter(
            "beta",
            0.1,
            "How dear it is to leave the reference: the loss is flat only where the two differ by several 1 / beta.",
            low=0.0,
            open_low=True,
            high=math.inf,
            open_high=True,
            symbol=r"\beta",
            slider=(0.01, 1.0),
            log=True,
        )
    ],
    path=Path(
        "Nats given to the chosen and taken from the rejected answers",
        -30.0,
        30.0,
        _preferring,
        "Two pairs of answers; the policy gives the chosen ones s nats more than the reference, and the others s less.",
        start=0.0,
    ),
    elicits="the logarithm of the odds that the first answer is preferred, as beta times the difference",
    convex=True,
    bounded_gradient=True,
    smoothness="Cinf",
    invariant=["permutation", "common shift"],
    bounds=(0.0, math.inf),
    elsewhere={"TRL": "trl.DPOTrainer(loss_type='sigmoid'), its default"},
    traps=[
        "The log-probability of an answer is the sum over its tokens, without those of the prompt and of the padding; "
        "a mean over the tokens is another loss.",
        "Chosen before rejected: exchanged, the loss teaches the worse answers, and falls as well.",
        "The reference is held fixed: compute it without gradient.",
        "Only the difference counts: the loss also falls when both answers lose probability, the rejected one more.",
        "With the policy at the reference it is log 2 = 0.69 for every pair, whatever beta is.",
    ],
    primary="Rafailov, Sharma, Mitchell, Ermon, Manning and Finn (2023), Direct Preference Optimization, NeurIPS, "
    "equation 7.",
    cite=["rafailov2023direct"],
    look=Look(8, "dashdot"),
    fused=_quick,
)
def dpo(policy_chosen, policy_rejected, *, reference_chosen, reference_rejected, beta=0.1):
    """The logistic loss of the preferred answer's gain over the other's, both counted from the reference.

    It is logistic of beta times the difference of the gains, with labels +1: a Bradley-Terry model whose rewards are
    beta times the logarithm of policy over reference.

    >>> import torch
    >>> chosen, rejected = torch.tensor([-10.0, -12.0]), torch.tensor([-11.0, -12.0])
    >>> dpo(chosen + 5, rejected - 5, reference_chosen=chosen, reference_rejected=rejected, reduction="none")
    tensor([0.3133, 0.3133])
    """
    gain = (policy_chosen - reference_chosen) - (policy_rejected - reference_rejected)
    return -F.logsigmoid(beta * gain)  # log(1 + e^-z), without overflow
