"""Losses of logits: torch's kernels, torchvision, kornia, optax, and formulas on log_softmax."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from benchmarks.peers import beside, having, optax
from lossbook import losses

SIZE, COUNT = 1_000_000, 10


def rows():
    yield from _binary()
    yield from _classes()


def _binary():
    draw = Draw()
    x, yes, soft = draw.normal(SIZE, leaf=True), draw.yes(SIZE), draw.uniform(SIZE)
    bce, theirs = losses.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits
    name, three = "binary_cross_entropy_with_logits", torch.tensor(3.0)

    def row(loss, ours, **peers):
        return Row(loss, "1e6", [x], ours, having(**peers))

    yield row(
        name,
        lambda: bce(x, yes),
        torch=lambda: theirs(x, yes),
        optax=optax(lambda o, np: o.losses.sigmoid_binary_cross_entropy, x, yes),
    )
    yield row(
        f"{name}, pos_weight", lambda: bce(x, yes, pos_weight=3.0), torch=lambda: theirs(x, yes, pos_weight=three)
    )
    yield row(f"{name} of probabilities", lambda: bce(x, soft), torch=lambda: theirs(x, soft))
    yield row(
        "focal, alpha = 0.25",
        lambda: losses.focal(x, yes, alpha=0.25),
        torchvision=beside(
            "torchvision.ops", lambda v: lambda: v.sigmoid_focal_loss(x, yes, alpha=0.25, reduction="mean")
        ),
        kornia=beside(
            "kornia.losses",
            lambda k: lambda: k.binary_focal_loss_with_logits(x[:, None], yes[:, None], 0.25, 2.0, reduction="mean"),
        ),
        optax=optax(lambda o, np: lambda a, b: o.losses.sigmoid_focal_loss(a, b, alpha=0.25), x, yes),
    )
    yield row("asymmetric", lambda: losses.asymmetric(x, yes), formula=lambda: _asymmetric(x, yes))


def _asymmetric(x, yes):
    """As its authors write it: probabilities, a shifted negative, logarithms clamped at 1e-8."""
    p = torch.sigmoid(x)
    not_p = (1 - p + 0.05).clamp(max=1)
    value = yes * torch.log(p.clamp(min=1e-8)) + (1 - yes) * torch.log(not_p.clamp(min=1e-8))
    return -(value * (1 - p * yes - not_p * (1 - yes)) ** (4 * (1 - yes))).mean()


def _classes():
    draw = Draw(1)
    z, y = draw.normal(SIZE // COUNT, COUNT, leaf=True), draw.labels(COUNT, SIZE // COUNT)
    p, weight = torch.softmax(draw.normal(SIZE // COUNT, COUNT), 1), draw.uniform(COUNT) + 0.5
    teacher = draw.normal(SIZE // COUNT, COUNT)
    ce, theirs = losses.cross_entropy, F.cross_entropy

    def row(loss, ours, **peers):
        return Row(loss, "1e5 x 10", [z], ours, having(**peers))

    def of_log_p(fn):
        """A formula of the label's log-probability."""
        return lambda: fn(F.log_softmax(z, 1).gather(1, y[:, None])).mean()

    integer = optax(lambda o, np: o.losses.softmax_cross_entropy_with_integer_labels, z, y)
    yield row("cross_entropy", lambda: ce(z, y), torch=lambda: theirs(z, y), optax=integer)
    yield row("cross_entropy, weight", lambda: ce(z, y, weight=weight), torch=lambda: theirs(z, y, weight=weight))
    yield row(
        "cross_entropy, smoothing",
        lambda: ce(z, y, label_smoothing=0.1),
        torch=lambda: theirs(z, y, label_smoothing=0.1),
    )
    yield row(
        "cross_entropy of probabilities",
        lambda: ce(z, p),
        torch=lambda: theirs(z, p),
        optax=optax(lambda o, np: o.losses.softmax_cross_entropy, z, p),
    )
    yield row(
        "softmax_focal",
        lambda: losses.softmax_focal(z, y),
        formula=of_log_p(lambda log_p: -((1 - log_p.exp()) ** 2) * log_p),
        kornia=beside("kornia.losses", lambda k: lambda: k.focal_loss(z, y, None, 2.0, reduction="mean")),
    )
    yield row("poly1", lambda: losses.poly1(z, y), formula=of_log_p(lambda log_p: 1 - log_p.exp() - log_p))
    yield row(
        "generalized_cross_entropy",
        lambda: losses.generalized_cross_entropy(z, y),
        formula=of_log_p(lambda log_p: (1 - log_p.exp() ** 0.7) / 0.7),
    )
    yield row(
        "symmetric_cross_entropy",
        lambda: losses.symmetric_cross_entropy(z, y),
        formula=of_log_p(lambda log_p: 4 * (1 - log_p.exp()) - 0.1 * log_p),
    )
    prior = torch.softmax(draw.normal(COUNT), 0)
    yield row(
        "logit_adjusted",
        lambda: losses.logit_adjusted(z, y, prior=prior),
        formula=lambda: theirs(z + prior.log(), y),
    )
    yield row(
        "distillation",
        lambda: losses.distillation(z, teacher, temperature=2.0),
        formula=lambda: 4 * F.kl_div(F.log_softmax(z / 2, 1), F.softmax(teacher / 2, 1), reduction="batchmean"),
    )
