"""Losses on the slope of a function of the samples: the gradient penalty of a critic, and the score of a density."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.generative.critics import norm_in_one_pass, norm_of, quick_slope, slope_of
from lossbook.losses.generative.samples import beside, rows
from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _between(real, fake, mixing):
    """A point between each pair of samples."""
    if mixing is None:
        mixing = torch.rand(len(real), dtype=real.dtype, device=real.device)
    return torch.lerp(fake, real, beside(mixing, real))  # u x + (1 - u) y


def _quick(critic, real, fake, mixing, norm):
    """The definition with a quick slope, and the norm in one pass."""
    return (norm_in_one_pass(quick_slope(critic, _between(real, fake, mixing))) - norm) ** 2


def _critic():
    """A critic for examples: smooth, with another slope at each point."""
    return lambda samples: rows(0.2 * samples**2 + torch.tanh(samples)).sum(1)


def _steeper(s):
    """A linear critic of slope s on points of the plane, and two pairs of them."""
    fixed = torch.tensor([[0.0, 1.0], [2.0, 0.5]], dtype=torch.float64)
    return lambda x: s * (0.6 * x[:, 0] + 0.8 * x[:, 1]), fixed, -fixed, fixed[:, 0] * 0.25


@loss(
    title="Gradient penalty",
    short="Gradient penalty",
    family="generative",
    formula=r"\ell = \left( \left\| \nabla_{z} D(z) \right\|_2 - c \right)^2, \quad z = u x + (1 - u) y",
    symbols={"z": "a point between the two samples", r"\nabla_{z} D": "the critic's gradient there, over all axes"},
    sides=[
        Side(
            "critic",
            "",
            "A function of samples, (N, ...), to one score each; it is given tensors.",
            kind="function",
            symbol="D",
            example=_critic,
        ),
        Side("real", "N ...", "Real samples.", symbol="x"),
        Side("fake", "N ...", "Generated samples, as many.", symbol="y"),
        Side(
            "mixing",
            "N",
            "The share of the real sample in each pair; None draws them uniformly, by torch's global generator.",
            low=0.0,
            high=1.0,
            symbol="u",
            optional=True,
            example=lambda draw, shape: torch.rand(shape, generator=draw, dtype=torch.float64),
        ),
    ],
    gives="N",
    sizes={"...": 3},
    parameters=[
        Parameter(
            "norm",
            1.0,
            "The norm that the slope is drawn to; 0 makes the critic flat.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol="c",
            slider=(0.0, 2.0),
        )
    ],
    path=Path(
        "Slope of a linear critic",
        -2.0,
        3.0,
        _steeper,
        "The critic is a plane over the samples and as steep everywhere; at a slope of 0 the norm has a corner.",
        start=2.0,
    ),
    smoothness="C0",
    invariant=["permutation"],
    bounds=(0.0, math.inf),
    elsewhere={"TensorFlow GAN": "tfgan.losses.wasserstein_gradient_penalty"},
    traps=[
        "It comes without its factor: 10 in the paper, 10 * gradient_penalty(critic, real, fake).",
        "The norm runs over all axes of a sample but the first. Over the channels of an image only, as in some "
        "programs, it holds another slope.",
        "The square root has no slope at 0: a critic that is flat somewhere, as after a relu, gets NaN in plain torch, "
        "and in many programs a small number added under the root. Here the slope of the norm is 0 there.",
        "One mixing number a sample, not one for each pixel and not one for the batch.",
        "The critic must treat each sample alone: batch normalization makes the slope of one depend on the others.",
        "It pulls slopes below the norm up as well, although a critic with a smaller slope is a legal one.",
        "Without mixing two calls differ: give mixing=torch.rand(n, generator=...) to repeat one.",
        "float16 and bfloat16 samples reach the critic as float32.",
    ],
    primary="Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville (2017), Improved Training of Wasserstein GANs, "
    "NeurIPS.",
    cite=["gulrajani2017improved"],
    look=Look(3),
    fused=_quick,
)
def gradient_penalty(critic, real, fake, *, mixing=None, norm=1.0):
    """How far the critic's slope is from 1, at a point between a real and a generated sample.

    It differentiates in the critic's parameters and in both samples, also under torch.no_grad, where only its value
    is of use.

    >>> import torch
    >>> real, fake = torch.tensor([[1.0, 0.0], [2.0, 2.0]]), torch.zeros(2, 2)
    >>> gradient_penalty(lambda x: 3 * x[:, 0] + 4 * x[:, 1], real, fake)
    tensor(16.)
    >>> gradient_penalty(lambda x: (x**2).sum(1) / 2, real, fake, mixing=torch.tensor([1.0, 0.5]), reduction="none")
    tensor([0.0000, 0.1716])
    """
    return (norm_of(slope_of(critic, _between(real, fake, mixing))) - norm) ** 2


def _towards(s):
    """A score s beside two axes that are right already: the noise is (1, 0.4, -0.6), times 0.5 on the sample."""
    noise = torch.tensor([[1.0, 0.4, -0.6]], dtype=torch.float64)
    return torch.stack([s, s * 0 - 0.8, s * 0 + 1.2])[None], noise, noise[:, 0] * 0.5


@loss(
    title="Denoising score matching",
    short="Score matching",
    family="generative",
    formula=r"\ell(s, z, \sigma) = \frac{1}{2} \begin{cases} \left\| \sigma s + z \right\|^2 & \text{variance} \\ "
    r"\left\| s + z / \sigma \right\|^2 & \text{none} \end{cases}",
    symbols={},
    sides=[
        Side("score", "N ...", "The model's answer to the noisy samples, x + std * noise.", symbol="s"),
        Side("noise", "N ...", "The standard normal noise that was added, before its factor.", symbol="z"),
        Side("std", "N", "The factor of the noise, for each sample.", low=0.0, open_low=True, symbol=r"\sigma"),
    ],
    gives="N",
    sizes={"...": 3},
    parameters=[
        Choice(
            "weighting",
            "variance",
            "What a sample's loss is multiplied by: the variance of its noise, or nothing.",
            ("variance", "none"),
        )
    ],
    path=Path(
        "First entry of the score",
        -6.0,
        2.0,
        _towards,
        "Noise of 1 with a factor of 0.5 was added to the first axis, so that -2 is right; two axes are right already.",
        start=0.0,
    ),
    elicits="the gradient of the logarithm of the density of the noisy samples",
    convex=True,
    bounded_gradient=False,
    smoothness="Cinf",
    invariant=["permutation"],
    bounds=(0.0, math.inf),
    elsewhere={"diffusion models": "mean squared error of the predicted noise -std * score, up to the factor D / 2"},
    traps=[
        "noise is the standard normal draw, not the difference between the noisy and the clean sample, which is std "
        "times it.",
        "The score points back: the right answer to noise z is -z / std, with a minus.",
        "Sum over all axes of a sample, and a half, as in the papers; mean squared error of the predicted noise "
        "divides by the number of axes and has no half.",
        "With weighting='none' a sample's loss is about D / (2 std^2): the smallest noise outweighs all the rest, and "
        "that is why 'variance' is the default.",
        "Its minimum is not 0: the same noisy sample may come from many clean ones.",
        "The model learns the score of the noisy samples; it comes near that of the data for small std only.",
    ],
    primary="Vincent (2011), A Connection Between Score Matching and Denoising Autoencoders, Neural Computation 23(7); "
    "weighted by the variance in Song and Ermon (2019), NeurIPS.",
    cite=["vincent2011connection", "song2019generative"],
    look=Look(6, "dashed"),
)
def denoising_score_matching(score, noise, *, std, weighting="variance"):
    """Half of the squared distance between a predicted score and the one that leads from the noise back to the sample.

    With predicted noise e, score = -e / std gives half of the summed squared error of e: the loss of a diffusion model.

    >>> import torch
    >>> noise, std = torch.tensor([[1.0, -1.0]]), torch.tensor([0.5])
    >>> denoising_score_matching(torch.tensor([[-2.0, 2.0]]), noise, std=std)
    tensor(0.)
    >>> denoising_score_matching(torch.tensor([[0.0, 0.0]]), noise, std=std, weighting="none")
    tensor(4.)
    """
    factor = beside(std, score)
    miss = factor * score + noise if weighting == "variance" else score + noise / factor
    return 0.5 * rows(miss * miss).sum(1)
