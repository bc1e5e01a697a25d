"""Losses of losses that give easy samples more weight than hard ones, each weight being the slope."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.composite.lambert import lambert_w
from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

LOSSES = Side("losses", "...", "The losses of single samples, before any reduction.", symbol=r"\ell")
ALONG = "The loss of a single sample rises: the slope is the weight that the sample gets."


def _paced(losses, threshold, weights):
    return _paced_both(losses, threshold, weights, (False,))[0]


def _paced_both(losses, threshold, weights, needed):
    """The self-paced loss, and the weights as its slopes: through clamp, a random pattern of samples above and below
    the threshold costs several times as much."""
    low = torch.clamp(losses, max=threshold)
    if weights == "hard":
        return low, [(losses <= threshold).to(losses.dtype) if needed[0] else None]
    weight = torch.clamp(losses, 0, threshold).div_(-threshold).add_(1)
    # l - l^2 / (2 threshold) = l (1 + weight) / 2 for l from 0 to the threshold, and so it is outside
    return low.addcmul_(low, weight).mul_(0.5), [weight]


@loss(
    title="Self-paced loss",
    short="Self-paced",
    family="composite",
    formula=r"L(\ell) = \min(\ell, \lambda) \quad \text{or} \quad "
    r"\min(\ell, \lambda) - \frac{\max(0, \min(\ell, \lambda))^2}{2 \lambda}",
    symbols={r"\lambda": "threshold", "L": "the loss made of it, first with hard, then with linear weights"},
    sides=[LOSSES],
    parameters=[
        Parameter(
            "threshold",
            default=1.0,
            low=0.0,
            open_low=True,
            meaning="The loss from which on a sample is left out; raise it from epoch to epoch.",
            symbol=r"\lambda",
            slider=(0.2, 3.0),
        ),
        Choice(
            "weights",
            default="hard",
            meaning='The weight of a sample: "hard" is 1 below the threshold and 0 above, "linear" falls from 1 at a '
            "loss of 0 to 0 at the threshold.",
            options=("hard", "linear"),
        ),
    ],
    gives="...",
    convex=False,
    smoothness="C0",
    path=Path("loss of the sample", 0.0, 4.0, lambda s: (torch.stack([s]),), ALONG, start=0.5),
    traps=[
        "The gradient is that of weight times loss with the weight held fixed; the value is not that product but its "
        "integral, so that value and gradient belong together, and a sample that is left out costs a constant.",
        "The mean divides by all samples, kept or not: with few of them kept, steps are short.",
        "A fixed threshold keeps what is easy at the start and never sees the rest: raise it, from about the median of "
        "the losses.",
        "Give it losses of single samples; of a mean there is only one to weigh.",
        "It drops hard samples, focal weighs them up: use it against wrong labels, not for rare classes.",
        "At a loss of exactly the threshold both hard weights are optimal; the slope is taken as 1.",
    ],
    primary="Kumar, Packer and Koller (2010), Self-Paced Learning for Latent Variable Models, NeurIPS; linear weights: "
    "Jiang, Meng, Mitamura and Hauptmann (2014), Easy Samples First, ACM Multimedia; as a loss: Meng, Zhao and Jiang "
    "(2017), A Theoretical Understanding of Self-Paced Learning, Information Sciences 414.",
    cite=["kumar2010self", "jiang2014easy", "meng2017theoretical"],
    look=Look(6, "dashed"),
    kernel=(_paced, _paced_both),
)
def self_paced(losses, *, threshold=1.0, weights="hard"):
    """A loss of losses under which samples above a threshold teach nothing.

    It is the least, over weights v from 0 to 1, of v loss - threshold v, or of v loss - threshold (v - v^2 / 2) for
    linear weights, plus the constant that makes it 0 at a loss of 0. For a large threshold it is the loss itself.

    >>> import torch
    >>> each = torch.tensor([0.25, 0.5, 4.0], requires_grad=True)
    >>> self_paced(each, threshold=1.0, reduction="none").tolist()
    [0.25, 0.5, 1.0]
    >>> self_paced(each, threshold=1.0, weights="linear", reduction="sum").backward()
    >>> each.grad  # the weights
    tensor([0.7500, 0.5000, 0.0000])
    """
    low = torch.clamp(losses, max=threshold)
    if weights == "hard":
        return low
    paid = torch.relu(low)
    return low - 0.5 * paid * (paid / threshold)


def _super(losses, tau, lam):
    return _super_both(losses, tau, lam, (False,))[0]


def _super_both(losses, tau, lam, needed):
    """The SuperLoss as below; its slope is the weight e^(-w) itself, as d(w (w + 2)) = 2 (1 + w) dw = 2 e^(-w) dx for
    w e^w = x = beta / 2."""
    beta = (losses - tau).div_(lam)
    easy = beta <= -2 / math.e
    w = lambert_w(torch.where(easy, 0.0, 0.5 * beta))
    slope = torch.exp(-w).masked_fill_(easy, math.e) if needed[0] else None
    return torch.where(easy, math.e * beta + 1, w * (w + 2)).mul_(lam), [slope]


@loss(
    title="SuperLoss",
    short="SuperLoss",
    family="composite",
    formula=r"L(\ell) = (\ell - \tau) \sigma + \lambda (\log \sigma)^2, \quad "
    r"\sigma = \exp \left( -W \left( \tfrac{1}{2} \max \left( -\tfrac{2}{e}, \tfrac{\ell - \tau}{\lambda} \right) "
    r"\right) \right)",
    symbols={
        r"\sigma": "the weight of the sample",
        "W": "Lambert's function, W e^W = x",
        "L": "the loss made of it",
    },
    sides=[LOSSES],
    parameters=[
        Parameter(
            "tau",
            default=1.0,
            meaning="The loss that divides easy from hard: log C for the cross-entropy of C classes, or a running mean "
            "of the losses.",
            symbol=r"\tau",
            slider=(0.0, 3.0),
        ),
        Parameter(
            "lam",
            default=1.0,
            low=0.0,
            open_low=True,
            meaning="How much the weights are held to 1: small values tell easy from hard more sharply.",
            symbol=r"\lambda",
            slider=(0.1, 4.0),
            log=True,
        ),
    ],
    gives="...",
    convex=False,
    smoothness="C1",
    path=Path("loss of the sample", -1.0, 5.0, lambda s: (torch.stack([s]),), ALONG, start=0.5),
    traps=[
        "It can be negative, and is for every easy sample: it is 0 at a loss of tau.",
        "Losses of single samples go in, before any mean; their mean has a single weight.",
        "The weight never exceeds e, which it reaches for losses from tau - 2 lam / e down, and never becomes 0.",
        "The slope in the losses is the weight exactly: the weight is the best one, so that holding it fixed or not is "
        "the same. Curvature jumps to minus infinity where the weight leaves e.",
        "It favors easy samples: against wrong labels, not for rare classes.",
    ],
    primary="Castells, Weinzaepfel and Revaud (2020), SuperLoss: A Generic Loss for Robust Curriculum Learning, "
    "NeurIPS.",
    cite=["castells2020superloss", "corless1996lambert"],
    look=Look(7, "dashdot"),
    kernel=(_super, _super_both),
)
def superloss(losses, *, tau=1.0, lam=1.0):
    """A loss of losses that weighs samples by how easy they are, with the best weight in closed form.

    It is the least, over weights sigma up to e, of (loss - tau) sigma + lam log(sigma)^2. For large lam it is
    loss - tau.

    >>> import torch
    >>> each = torch.tensor([0.0, 1.0, 4.0], requires_grad=True)
    >>> value = superloss(each, tau=1.0, reduction="none")
    >>> value.detach()
    tensor([-1.7183,  0.0000,  1.9786])
    >>> torch.autograd.grad(value.sum(), each)[0]  # the weights
    tensor([2.7183, 1.0000, 0.4839])
    """
    beta = (losses - tau) / lam
    easy = beta <= -2 / math.e  # here the weight is e, and the loss a straight line
    w = lambert_w(torch.where(easy, 0.0, 0.5 * beta))  # sigma = e^(-w), log(sigma) = -w, and beta e^(-w) = 2 w
    return lam * torch.where(easy, math.e * beta + 1, w * (w + 2))
