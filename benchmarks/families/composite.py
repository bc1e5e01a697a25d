"""Penalties, curricula and losses of quantum states: the usual formulas on the same tensors."""

from __future__ import annotations

import math

import torch
from scipy.special import lambertw

from benchmarks.contest import Row
from benchmarks.families import Draw
from lossbook import losses

SIZE = 1_000_000


def rows():
    yield from _penalties()
    yield from _curricula()
    yield from _states()


def _penalties():
    draw = Draw()
    w, anchor, fisher = draw.normal(1000, 1000, leaf=True), draw.normal(1000, 1000), draw.uniform(1000, 1000)
    pairs = {
        "l1": (lambda: losses.l1(w), lambda: w.abs().sum()),
        "l2": (lambda: losses.l2(w), lambda: (w**2).sum()),
        "group_lasso": (lambda: losses.group_lasso(w), lambda: math.sqrt(w.shape[1]) * w.norm(dim=1).sum()),
        "ewc": (
            lambda: losses.ewc(w, anchor, fisher=fisher),
            lambda: 0.5 * (fisher * (w - anchor) ** 2).sum(),
        ),
        "fedprox": (lambda: losses.fedprox(w, anchor), lambda: 0.5 * ((w - anchor) ** 2).sum()),
    }
    for name, (ours, formula) in pairs.items():
        yield Row(name, "1000 x 1000", [w], ours, {"formula": formula})


def _curricula():
    each = Draw(1).uniform(SIZE, leaf=True)

    def linear():
        with torch.no_grad():
            weight = (1 - each / 0.5).clamp(min=0)
        return (weight * each - 0.5 * (weight - 0.5 * weight**2) + 0.25).mean()

    def superloss():
        beta = ((each.detach() - 0.5) / 1.0).clamp(min=-2 / math.e)
        sigma = torch.exp(-torch.from_numpy(lambertw(0.5 * beta.numpy()).real.astype("float32")))
        return ((each - 0.5) * sigma + torch.log(sigma) ** 2).mean()

    pairs = {
        "self_paced, hard": (
            lambda: losses.self_paced(each, threshold=0.5),
            lambda: torch.where(each < 0.5, each, 0.5).mean(),
        ),
        "self_paced, linear": (lambda: losses.self_paced(each, threshold=0.5, weights="linear"), linear),
        "superloss": (lambda: losses.superloss(each, tau=0.5), superloss),
    }
    for name, (ours, formula) in pairs.items():
        yield Row(name, "1e6", [each], ours, {"formula": formula})


def _states():
    draw = Draw(2)
    a, b = (torch.complex(draw.normal(64, 8, 8), draw.normal(64, 8, 8)) for _ in range(2))
    rho, sigma = (m @ m.mH / (m @ m.mH).diagonal(dim1=-2, dim2=-1).sum(-1).real[:, None, None] for m in (a, b))
    sigma.requires_grad_()

    def function(matrix, f):
        values, vectors = torch.linalg.eigh(matrix)
        return (vectors * f(values)[..., None, :]) @ vectors.mH

    def infidelity():
        root = function(rho, torch.sqrt)
        return (1 - torch.linalg.eigvalsh(root @ sigma @ root).clamp(min=0).sqrt().sum(-1) ** 2).mean()

    def entropy():
        apart = function(rho, torch.log) - function(sigma, torch.log)
        return (rho @ apart).diagonal(dim1=-2, dim2=-1).sum(-1).real.mean()

    for name, formula in (("infidelity", infidelity), ("relative_entropy", entropy)):
        yield Row(
            name, "64 x 8 x 8", [sigma], lambda name=name: getattr(losses, name)(rho, sigma), {"formula": formula}
        )
