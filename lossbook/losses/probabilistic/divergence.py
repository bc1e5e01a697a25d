"""Divergences of predicted class probabilities, as logits, from given ones."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses import few
from lossbook.losses.chunks import wrapped
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

_SIDES = [
    Side("logits", "... C", "Their softmax is the prediction.", symbol="x"),
    Side("target_probs", "... C", "The probabilities to meet.", kind="distribution", symbol="q"),
]
_SYMBOLS = {"p": "softmax of x, over the C classes"}


def _three(s):
    zero = torch.zeros_like(s)
    return torch.stack([s, zero, zero]), torch.stack([zero + 0.7, zero + 0.2, zero + 0.1])


_PATH = Path(
    "first logit (target probability 0.7)",
    -8.0,
    8.0,
    _three,
    "One logit moves, the two others stay at 0; the target probabilities are 0.7, 0.2 and 0.1.",
    0.0,
)


class _KullbackLeibler(torch.autograd.Function):
    """Value, and slope p_k sum(q) - q_k in the logits."""

    @staticmethod
    def forward(ctx, logits, target_probs):
        log_p = few.log_softmax(logits, -1).contiguous()
        ctx.save_for_backward(logits, target_probs, log_p)
        return torch.linalg.vecdot(target_probs, target_probs.clamp(min=_floor(log_p)).log_().sub_(log_p))

    @staticmethod
    def backward(ctx, grad):
        logits, target_probs, log_p = ctx.saved_tensors
        if torch.is_grad_enabled():
            return torch.func.vjp(kl_divergence.definition, logits, target_probs)[1](grad)
        slope = torch.exp(log_p).mul_(target_probs.sum(-1, keepdim=True)).sub_(target_probs)
        return slope.mul_(grad.unsqueeze(-1)), None


def _kernel(logits, target_probs):
    """The same in fewer steps, where no slope in the target is asked for."""
    if target_probs.requires_grad or wrapped(logits, target_probs):
        return kl_divergence.definition(logits, target_probs)
    return _KullbackLeibler.apply(logits, target_probs)


def _floor(p):
    """Below it p log p is 0 in the dtype; the logarithm has finite slopes, and slopes of slopes."""
    return torch.finfo(p.dtype).tiny ** 0.75


@loss(
    title="Kullback-Leibler divergence",
    short="KL",
    family="probabilistic",
    formula=r"\ell(x, q) = \sum_{k=1}^{C} q_k \log \frac{q_k}{p_k}",
    symbols=_SYMBOLS,
    sides=_SIDES,
    gives="...",
    sizes={"...": 5},
    path=_PATH,
    elicits="class probabilities, as the softmax of the logits",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper=True,
    smoothness="Cinf",
    invariant=("shift",),
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "torch.nn.functional.kl_div(log_softmax(logits, -1), target_probs, reduction='batchmean')",
        "keras": "keras.losses.KLDivergence(), from probabilities, target first",
        "scipy": "scipy.stats.entropy(target_probs, probs)",
        "optax": "optax.losses.kl_divergence, from log-probabilities",
    },
    traps=[
        "It takes logits; torch's kl_div takes the logarithm of the model's probabilities, first.",
        "reduction='mean' of torch's kl_div divides by the number of classes too; its 'batchmean' is the mean here.",
        "The target stands first in D(q || p): where it puts weight the prediction has to as well. A prediction that "
        "spreads over more costs less than one that leaves something out.",
        "Cross-entropy minus the entropy of the target: the same gradient in the logits, and 0 at the best.",
        "A target of 0 contributes 0, in value and in the slope of the logits; in the target itself the slope there is "
        "minus infinity.",
        "The class axis is the last one, not axis 1.",
    ],
    primary="Kullback and Leibler (1951), On Information and Sufficiency, The Annals of Mathematical Statistics 22(1).",
    cite=["kullback1951information"],
    look=Look(1, "dashed"),
    fused=_kernel,
)
def kl_divergence(logits, target_probs):
    """What a code for the predicted classes costs above the best code for the target's, in nats.

    With a target that is sure it is cross_entropy.

    >>> import torch
    >>> target = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    >>> kl_divergence(torch.tensor([[0.0, 0.0], [2.0, 0.0]]), target, reduction="none")
    tensor([0.0000, 0.1269])
    """
    # entr(q) = -q log q, and 0 at 0
    return (-torch.special.entr(target_probs) - target_probs * F.log_softmax(logits, -1)).sum(-1)


class _JensenShannon(torch.autograd.Function):
    """Value, and slope p_k / 2 (log(p_k / m_k) - sum over j of p_j log(p_j / m_j)) in the logits, m = (p + q) / 2."""

    @staticmethod
    def forward(ctx, logits, target_probs):
        log_p = few.log_softmax(logits, -1).contiguous()
        p = torch.exp(log_p)
        log_middle = (p + target_probs).mul_(0.5).clamp_(min=_floor(p)).log_()
        gap = log_p.sub_(log_middle)
        own = torch.linalg.vecdot(p, gap)
        log_q = target_probs.clamp(min=_floor(p)).log_()
        ctx.save_for_backward(logits, target_probs, p, gap, own)
        return (own + torch.linalg.vecdot(target_probs, log_q.sub_(log_middle))).mul_(0.5)

    @staticmethod
    def backward(ctx, grad):
        logits, target_probs, p, gap, own = ctx.saved_tensors
        if torch.is_grad_enabled():
            return torch.func.vjp(js_divergence.definition, logits, target_probs)[1](grad)
        return (gap - own.unsqueeze(-1)).mul_(p).mul_(0.5 * grad.unsqueeze(-1)), None


def _short(logits, target_probs):
    """The same in fewer steps, where no slope in the target is asked for."""
    if target_probs.requires_grad or wrapped(logits, target_probs):
        return js_divergence.definition(logits, target_probs)
    return _JensenShannon.apply(logits, target_probs)


@loss(
    title="Jensen-Shannon divergence",
    short="JS",
    family="probabilistic",
    formula=r"\ell(x, q) = \frac{1}{2} \sum_{k=1}^{C} \left( p_k \log \frac{2 p_k}{p_k + q_k} "
    r"+ q_k \log \frac{2 q_k}{p_k + q_k} \right)",
    symbols=_SYMBOLS,
    sides=_SIDES,
    gives="...",
    sizes={"...": 5},
    path=_PATH,
    elicits="the target, where it is the same each time; of labels drawn at random the most likely class, but not the "
    "probabilities",
    convex=False,
    lipschitz=None,
    bounded_gradient=True,
    proper=False,
    smoothness="Cinf",
    invariant=("shift",),
    bounds=(0.0, math.log(2)),
    elsewhere={
        "scipy": "scipy.spatial.distance.jensenshannon(probs, target_probs) ** 2",
    },
    traps=[
        "At most log 2 = 0.69 nats (1 in bits): a prediction far on the wrong side hardly pulls, as with bounded "
        "losses of regression. That resists wrong labels, and stalls a bad start.",
        "Not a proper score: with labels drawn from q, its best prediction is sharper or flatter than q. Only for "
        "target probabilities that are known is the best prediction the target.",
        "scipy's jensenshannon is the square root of this.",
        "Not convex in the logits.",
        "The class axis is the last one, not axis 1.",
    ],
    primary="Lin (1991), Divergence Measures Based on the Shannon Entropy, IEEE Transactions on Information Theory "
    "37(1).",
    cite=["lin1991divergence"],
    look=Look(2, "dashed"),
    fused=_short,
)
def js_divergence(logits, target_probs):
    """The mean divergence of prediction and target from the distribution halfway between them, in nats.

    It is the same with the two exchanged, and finite where one leaves out what the other has.

    >>> import torch
    >>> target = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    >>> js_divergence(torch.tensor([[0.0, 0.0], [-50.0, 50.0]]), target, reduction="none")
    tensor([0.0000, 0.6931])
    """
    log_p = F.log_softmax(logits, -1)
    p = torch.exp(log_p)
    middle = 0.5 * (p + target_probs)
    log_middle = torch.log(middle.clamp(min=_floor(p)))
    return (0.5 * (p * log_p - torch.special.entr(target_probs)) - middle * log_middle).sum(-1)
