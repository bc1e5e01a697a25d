"""Cross-entropy of many yes-or-no labels at once, nearly all of them no: the easy no is faded out, then dropped."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.classification.focal import ends, power
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss

# With p = sigmoid(x), q = sigmoid(-x), the clip m and o = max(p - m, 0), the loss goes from no^ = o^b (-log(1 - o)) at
# a target of 0 to yes^ = q^a (-log p) at 1 on a straight line. 1 - o = q + m > 0 wherever o > 0, so that
# -log(1 - o) = log1p(o / (q + m)) loses no digit. The slopes of the ends are
#     no^' = o^(b - 1) (b (-log(1 - o)) + o / (q + m)) p q      yes^' = -q^a (q + a p (-log p)).
# At m = 0 they are those of focal, each with an exponent of its own.


def _to_the(base, exponent):
    """base^exponent for a base of at least 0; finite there for an exponent below 0 too"""
    if exponent in (0, 1, 2, 3):
        return base.pow(exponent)
    if exponent == 4:
        square = base * base
        return square.mul_(square)
    return base.clamp(min=torch.finfo(base.dtype).tiny).log_().mul_(exponent).exp_()


def _value(logits, target, gamma_pos, gamma_neg, clip):
    no, yes = ends(logits)
    p, q = torch.sigmoid(logits), torch.neg(logits).sigmoid_()
    if clip:
        over = F.relu(p.sub_(clip))
        raised = torch.div(over, torch.add(q, clip)).log1p_().mul_(_to_the(over, gamma_neg))
    else:
        raised = no * power(p, yes, gamma_neg)
    if gamma_pos:
        yes.mul_(power(q, no, gamma_pos))
    return torch.lerp(raised, yes, target)


def _slope(logits, target, gamma_pos, gamma_neg, clip):
    no, yes = ends(logits)
    p, q = torch.sigmoid(logits), torch.neg(logits).sigmoid_()
    if clip:
        over = F.relu(p - clip)
        ratio = torch.div(over, torch.add(q, clip))
        rises = torch.log1p(ratio).mul_(gamma_neg).add_(ratio).mul_(_to_the(over, gamma_neg - 1)).mul_(p).mul_(q)
    else:
        rises = torch.addcmul(p, q, no, value=gamma_neg).mul_(power(p, yes, gamma_neg))
    falls = torch.addcmul(q, p, yes, value=gamma_pos).mul_(power(q, no, gamma_pos)).neg_() if gamma_pos else q.neg_()
    return torch.lerp(rises, falls, target)


@loss(
    title="Asymmetric loss",
    short="Asymmetric",
    family="classification",
    formula=r"\ell(x, t) = t \left( 1 + e^{x} \right)^{-\gamma_+} \log \left( 1 + e^{-x} \right) "
    r"- (1 - t) p_m^{\gamma_-} \log (1 - p_m)",
    symbols={
        "x": "logit",
        "t": "target, the probability of yes, 0 to 1",
        "p_m": "probability of yes less the clip, max(sigmoid(x) - m, 0)",
    },
    parameters=[
        Parameter(
            "gamma_pos",
            0.0,
            "How fast the cost of a yes fades as its probability rises; 0 is cross-entropy.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\gamma_+",
            slider=(0.0, 5.0),
        ),
        Parameter(
            "gamma_neg",
            4.0,
            "How fast the cost of a no fades as its probability rises; 0 is cross-entropy.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\gamma_-",
            slider=(0.0, 8.0),
        ),
        Parameter(
            "clip",
            0.05,
            "A no costs nothing while the probability of yes is below this; 0 drops none.",
            low=0.0,
            high=1.0,
            open_high=True,
            symbol="m",
            slider=(0.0, 0.5),
        ),
    ],
    axis="margin",
    elicits="a score that rises with the probability of yes; the probability itself only with both gammas and clip 0",
    convex="gamma_pos == 0 and gamma_neg == 0 and clip == 0",
    lipschitz="1 + max(gamma_pos, gamma_neg) / 14",
    bounded_gradient=True,
    proper="gamma_pos == 0 and gamma_neg == 0 and clip == 0",
    smoothness="C2",
    elsewhere={
        "timm": "timm.loss.AsymmetricLossMultiLabel, which sums over everything and clips probabilities at 1e-8",
    },
    traps=[
        "A no with a probability of yes below clip has no gradient at all, a mislabeled one included.",
        "Its fitted probabilities are too high: what is rare is no longer counted as rare. Choose the threshold on "
        "held-out data.",
        "The clip makes the slope of a very wrong no fade as well: it is 0 again far beyond, which is meant to let go "
        "of wrong labels.",
        "The mean is over all entries. The paper's code sums them, so its learning rates do not carry over.",
        "Code that clamps probabilities at 1e-8 has no gradient for a yes below a logit of -18, where it is needed "
        "most. Here the slope there is -1.",
        "With gamma_neg below 2 the slope or the curvature jumps where the probability passes clip.",
    ],
    primary="Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter and Zelnik-Manor (2021), Asymmetric Loss for "
    "Multi-Label Classification, ICCV.",
    cite=["ridnik2021asymmetric"],
    look=Look(7, "dotted"),
    kernel=(_value, _slope),
)
def asymmetric(logits, target, *, gamma_pos=0.0, gamma_neg=4.0, clip=0.05):
    """Binary cross-entropy that fades an easy no faster than an easy yes, and drops the easiest.

    Shapes: logits, target: any shape, the same for both; numpy arrays or torch tensors of a floating dtype.

    With clip=0 and both gammas the same it is focal; with all three 0, binary_cross_entropy_with_logits.

    >>> import torch
    >>> asymmetric(torch.tensor([-3.0, 0.0, 3.0]), torch.zeros(3), reduction="none")
    tensor([0.0000, 0.0245, 1.5454])
    """
    yes = -F.logsigmoid(logits)  # log(1 + exp(-x)), with no overflow on one side and no cancellation on the other
    no = -F.logsigmoid(-logits)
    clip = torch.as_tensor(clip, dtype=logits.dtype, device=logits.device)
    some = clip > 0
    log_clip = torch.where(some, torch.log(torch.where(some, clip, 1.0)), -math.inf)
    ahead = logits - log_clip + torch.log1p(-clip)  # of the logit whose probability is clip
    # p - clip = p (1 - clip) (1 - e^-ahead), whose logarithm is finite where p rounds to 0
    share = 1 - torch.exp(-F.relu(ahead))
    costs = share > 0
    share = (1 - clip) * torch.where(costs, share, 0.5)
    over = torch.exp(-yes) * share
    # -log(1 - over), where 1 - over is also the probability of no plus clip
    far = -torch.logsumexp(torch.stack([-no, log_clip.expand_as(no)]), 0)
    dear = torch.where(over < 0.5, -torch.log1p(-over.clamp(max=0.5)), far)
    raised = torch.where(costs, torch.exp(gamma_neg * (torch.log(share) - yes)) * dear, 0.0)
    return target * torch.exp(-gamma_pos * no) * yes + (1 - target) * raised
