"""The two sides of a generative adversarial network: what the discriminator pays, and what the generator does."""

import functools

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.byhand import by_hand
from lossbook.losses.generative.logistic import (
    sigmoid_of_minus_times,
    sigmoid_times,
    softplus,
    softplus_of_minus,
)
from lossbook.losses.parameters import Choice
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

KINDS = ("minimax", "non_saturating", "least_squares", "wasserstein", "hinge")
KIND = Choice("kind", "non_saturating", "Which pair of losses the two players have.", KINDS)
_SOURCES = (
    "minimax, non_saturating: Goodfellow et al. (2014), Generative Adversarial Nets, NeurIPS; least_squares: Mao et "
    "al. (2017), ICCV, with a = 0, b = c = 1; wasserstein: Arjovsky, Chintala and Bottou (2017), ICML; hinge: Lim and "
    "Ye (2017), Geometric GAN."
)
_CITED = (
    "goodfellow2014generative",
    "mao2017least",
    "arjovsky2017wasserstein",
    "lim2017geometric",
)


def _halved_square(x):
    return torch.mul(x, x).mul_(0.5)


# kind -> the parts of the loss in the score of a real and of a generated sample, each with its slope times a factor
_LOGISTIC = (
    (softplus_of_minus, lambda r, factor: sigmoid_of_minus_times(r, factor).neg_()),
    (softplus, sigmoid_times),
)
_QUICK = {
    "minimax": _LOGISTIC,
    "non_saturating": _LOGISTIC,
    "least_squares": (
        (lambda r: _halved_square(r - 1), lambda r, factor: (r - 1).mul_(factor)),
        (_halved_square, torch.mul),
    ),
}


def _both(real_logits, fake_logits, kind):
    """The definition in few passes."""
    if kind not in _QUICK:
        return gan_discriminator.definition(real_logits, fake_logits, kind=kind)
    (of_real, in_real), (of_fake, in_fake) = _QUICK[kind]

    def compute(real, fake, wanted):
        return (of_real(real).add_(of_fake(fake)),)

    def pull(sides, fixed, kept, upstream, wanted):
        pairs = zip((in_real, in_fake), sides, wanted, strict=True)
        return [slope(side, upstream) if need else None for slope, side, need in pairs]

    define = functools.partial(gan_discriminator.definition, kind=kind)
    return by_hand(define, compute, pull, (real_logits, fake_logits))


def _one(fake_logits, kind):
    """The definition in few passes: the generator is judged as the discriminator judges real samples, or generated ones
    with the other sign."""
    if kind not in _QUICK:
        return gan_generator.definition(fake_logits, kind=kind)
    (of_real, in_real), (of_fake, in_fake) = _QUICK[kind]
    minimax = kind == "minimax"

    def compute(fake, wanted):
        return (of_fake(fake).neg_() if minimax else of_real(fake),)

    def pull(sides, fixed, kept, upstream, wanted):
        return (in_fake(*sides, upstream).neg_() if minimax else in_real(*sides, upstream),)

    return by_hand(functools.partial(gan_generator.definition, kind=kind), compute, pull, (fake_logits,))


def _apart(s):
    """Three real and three generated samples with logits around s and -s."""
    spread = torch.stack([s * 0 - 0.4, s * 0, s * 0 + 0.4])
    return s + spread, spread - s


@loss(
    title="GAN discriminator loss",
    short="GAN discriminator",
    family="generative",
    formula=r"\ell(r, f) = \begin{cases} \log(1 + e^{-r}) + \log(1 + e^{f}) & \text{minimax, non-saturating} \\ "
    r"\tfrac{1}{2} (r - 1)^2 + \tfrac{1}{2} f^2 & \text{least squares} \\ f - r & \text{Wasserstein} \\ "
    r"\max(0, 1 - r) + \max(0, 1 + f) & \text{hinge} \end{cases}",
    symbols={},
    sides=[
        Side("real_logits", "...", "The discriminator's scores of real samples.", symbol="r"),
        Side("fake_logits", "...", "Its scores of generated samples, as many.", symbol="f"),
    ],
    gives="...",
    parameters=[KIND],
    path=Path(
        "Half of the gap between the scores of real and generated samples",
        -3.0,
        4.0,
        _apart,
        "Three real samples score s - 0.4, s and s + 0.4; three generated ones -s - 0.4, -s and -s + 0.4.",
        start=0.5,
    ),
    elicits="minimax, non_saturating: the logarithm of the ratio of the densities of real and generated samples; "
    "least_squares: the share of real samples; hinge: which of the two densities is larger, -1 or +1",
    convex=True,
    bounded_gradient="kind != 'least_squares'",
    smoothness="C0",
    elsewhere={
        "torch": "binary_cross_entropy_with_logits of ones for the real and of zeros for the generated samples, added",
        "TensorFlow GAN": "tfgan.losses.modified_discriminator_loss, least_squares_discriminator_loss, "
        "wasserstein_discriminator_loss",
    },
    traps=[
        "It takes scores of any size: no sigmoid before it, whatever the kind.",
        "The two halves are added, not averaged: at scores of 0 minimax costs 2 log 2 = 1.39. Code that halves the sum "
        "halves the discriminator's learning rate with it.",
        "least_squares has the halves of the paper; many programs leave them out, which doubles loss and gradient.",
        "Labels are not smoothed. One-sided smoothing, 0.9 for real samples, is binary_cross_entropy_with_logits with "
        "targets of 0.9.",
        "wasserstein falls without end unless the discriminator's slope is held: add 10 * gradient_penalty(...).",
        "Detach the generated samples when the discriminator learns; else the generator is trained against itself.",
        "The corner of hinge: at r = 1 and f = -1 its slope is reported as 0.",
        "A low loss is no sign of good samples: it says that the discriminator tells them apart.",
    ],
    primary=_SOURCES,
    cite=_CITED,
    look=Look(1),
    fused=_both,
)
def gan_discriminator(real_logits, fake_logits, *, kind="non_saturating"):
    """What a discriminator pays for its scores of a real and of a generated sample.

    minimax and non_saturating are the same for the discriminator; they differ in gan_generator. They are the sum of
    binary_cross_entropy_with_logits of the real samples with targets 1 and of the generated ones with targets 0.
    hinge is the sum of hinge of the real ones with labels +1 and of the generated ones with labels -1.

    >>> import torch
    >>> real, fake = torch.tensor([2.0, 0.0]), torch.tensor([-1.0, 0.0])
    >>> gan_discriminator(real, fake, reduction="none")
    tensor([0.4402, 1.3863])
    >>> gan_discriminator(real, fake, kind="hinge")
    tensor(1.)
    """
    if kind == "least_squares":
        return 0.5 * ((real_logits - 1) ** 2 + fake_logits**2)
    if kind == "wasserstein":
        return fake_logits - real_logits
    if kind == "hinge":
        return F.relu(1 - real_logits) + F.relu(1 + fake_logits)
    return -F.logsigmoid(real_logits) - F.logsigmoid(-fake_logits)  # log(1 + e^-r) + log(1 + e^f), without overflow


@loss(
    title="GAN generator loss",
    short="GAN generator",
    family="generative",
    formula=r"\ell(f) = \begin{cases} -\log(1 + e^{f}) & \text{minimax} \\ \log(1 + e^{-f}) & \text{non-saturating} "
    r"\\ \tfrac{1}{2} (f - 1)^2 & \text{least squares} \\ -f & \text{Wasserstein, hinge} \end{cases}",
    symbols={},
    sides=[Side("fake_logits", "...", "The discriminator's scores of generated samples.", symbol="f")],
    gives="...",
    parameters=[KIND],
    path=Path(
        "Score of a generated sample",
        -6.0,
        6.0,
        lambda s: (torch.stack([s]),),
        "One generated sample; a low score means that the discriminator sees through it.",
        start=-3.0,
    ),
    convex="kind != 'minimax'",
    bounded_gradient="kind != 'least_squares'",
    smoothness="Cinf",
    elsewhere={
        "torch": "binary_cross_entropy_with_logits of ones, for non_saturating",
        "TensorFlow GAN": "tfgan.losses.modified_generator_loss, least_squares_generator_loss, "
        "wasserstein_generator_loss",
    },
    traps=[
        "minimax hardly teaches what is worst: where the discriminator is sure that a sample is generated, its slope "
        "is near 0, and that of non_saturating near 1. That is why the latter is the default.",
        "minimax is the negative of the discriminator's loss, up to terms that the generator does not change, and "
        "below 0; its values do not compare with those of non_saturating.",
        "least_squares has the half of the paper, and a slope on samples that pass for real already: it pulls scores "
        "above 1 back.",
        "wasserstein and hinge are the same for the generator; they differ in gan_discriminator.",
    ],
    primary=_SOURCES,
    cite=_CITED,
    look=Look(2, "dashed"),
    fused=_one,
)
def gan_generator(fake_logits, *, kind="non_saturating"):
    """What a generator pays for the score that the discriminator gives to its sample.

    non_saturating is binary_cross_entropy_with_logits of the generated samples with targets 1; minimax is the negative
    of their part of gan_discriminator.

    >>> import torch
    >>> fake = torch.tensor([-8.0, 0.0])
    >>> gan_generator(fake, reduction="none")
    tensor([8.0003, 0.6931])
    >>> gan_generator(fake, kind="minimax", reduction="none")
    tensor([-3.3541e-04, -6.9315e-01])
    """
    if kind == "minimax":
        return F.logsigmoid(-fake_logits)  # log(1 - sigmoid(f)) = -log(1 + e^f)
    if kind == "non_saturating":
        return -F.logsigmoid(fake_logits)
    if kind == "least_squares":
        return 0.5 * (fake_logits - 1) ** 2
    return -fake_logits
