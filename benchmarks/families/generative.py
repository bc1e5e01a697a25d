"""Losses of models that make samples: the usual formulas on the same tensors."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from lossbook import losses

SIZE = 1_000_000


def rows():
    yield from _adversarial()
    yield from _variational()
    yield from _samples()


def _adversarial():
    draw = Draw()
    real, fake = draw.normal(SIZE, leaf=True), draw.normal(SIZE, leaf=True)
    pairs = {
        "non_saturating": lambda: F.softplus(-real).mean() + F.softplus(fake).mean(),
        "least_squares": lambda: 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean(),
        "wasserstein": lambda: fake.mean() - real.mean(),
        "hinge": lambda: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
    }
    for kind, formula in pairs.items():
        yield Row(
            f"gan_discriminator, {kind}",
            "2 x 1e6",
            [real, fake],
            lambda kind=kind: losses.gan_discriminator(real, fake, kind=kind),
            {"formula": formula},
        )
    yield Row(
        "gan_generator, non_saturating",
        "1e6",
        [fake],
        lambda: losses.gan_generator(fake),
        {"formula": lambda: F.softplus(-fake).mean()},
    )
    weight = draw.normal(64, 64, leaf=True)
    a, b, mixing = draw.normal(512, 64), draw.normal(512, 64), draw.uniform(512)

    def critic(x):
        return torch.tanh(x @ weight).sum(1)

    def penalty():
        x = (mixing[:, None] * a + (1 - mixing[:, None]) * b).requires_grad_()
        (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return ((slope.norm(dim=1) - 1) ** 2).mean()

    yield Row(
        "gradient_penalty",
        "512 x 64",
        [weight],
        lambda: losses.gradient_penalty(critic, a, b, mixing=mixing),
        {"formula": penalty},
    )


def _variational():
    draw = Draw(1)
    mean, log_var = draw.normal(10_000, 100, leaf=True), draw.normal(10_000, 100, leaf=True)
    yield Row(
        "gaussian_kl",
        "1e4 x 100",
        [mean, log_var],
        lambda: losses.gaussian_kl(mean, log_var),
        {"formula": lambda: (0.5 * (log_var.exp() + mean**2 - 1 - log_var)).sum(1).mean()},
    )
    x, seen, half = draw.normal(10_000, 100, leaf=True), draw.uniform(10_000, 100), draw.normal(10_000, 20, leaf=True)

    def bound():
        rebuilt = F.binary_cross_entropy_with_logits(x, seen, reduction="none").sum(1)
        return (rebuilt + 0.5 * (half.exp() + half**2 - 1 - half).sum(1)).mean()

    yield Row(
        "elbo, bernoulli",
        "1e4 x 100",
        [x, half],
        lambda: losses.elbo(x, seen, mean=half, log_var=half, likelihood="bernoulli"),
        {"torch": bound},
    )
    score, noise, std = draw.normal(10_000, 100, leaf=True), draw.normal(10_000, 100), draw.uniform(10_000) + 0.1
    yield Row(
        "denoising_score_matching",
        "1e4 x 100",
        [score],
        lambda: losses.denoising_score_matching(score, noise, std=std),
        {"formula": lambda: (0.5 * ((std[:, None] * score + noise) ** 2).sum(1)).mean()},
    )


def _samples():
    draw = Draw(2)
    x, y = draw.normal(1024, 32, leaf=True), draw.normal(1024, 32)

    def mmd():
        def kernel(a, b):
            return torch.exp(-(torch.cdist(a, b) ** 2) / (2 * 4.0**2))

        n = len(x)
        own = (kernel(x, x).sum() - n) + (kernel(y, y).sum() - n)
        return own / (n * (n - 1)) - 2 * kernel(x, y).mean()

    yield Row("mmd", "1024 x 32, twice", [x], lambda: losses.mmd(x, y, bandwidth=4.0), {"formula": mmd})
    chosen, rejected = draw.normal(SIZE, leaf=True), draw.normal(SIZE, leaf=True)
    old = draw.normal(SIZE), draw.normal(SIZE)
    yield Row(
        "dpo",
        "1e6",
        [chosen, rejected],
        lambda: losses.dpo(chosen, rejected, reference_chosen=old[0], reference_rejected=old[1]),
        {"torch": lambda: -F.logsigmoid(0.1 * ((chosen - old[0]) - (rejected - old[1]))).mean()},
    )
