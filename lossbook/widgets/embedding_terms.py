"""The losses of EmbeddingLab over all pairs, triplets or picks: in torch, and compiled for the front end."""

import itertools
from dataclasses import dataclass

import torch

from lossbook.javascript import compile_js
from lossbook.losses import contrastive, info_nce, triplet

LOSSES = {"contrastive": contrastive, "triplet": triplet, "info_nce": info_nce}
FORCES = ("both", "pull", "push")  # which pairs of the contrastive loss are counted
COSTS = 1e-12  # a term that costs less is rounding


@dataclass(frozen=True)
class Felt:
    """A loss of all points: its ``value``, the force on each point (n, 2), and how many of ``terms`` cost something.

    The force is minus n times the gradient, so that it does not fade where there are more points. Under the contrastive
    loss only dissimilar pairs are counted.
    """

    value: float
    force: list[list[float]]
    costly: int
    terms: int


def pairs(classes: list[int]) -> list[tuple[int, int]]:
    """All pairs of two points, each once."""
    return list(itertools.combinations(range(len(classes)), 2))


def partners(classes: list[int]) -> list[tuple[int, int]]:
    """All pairs of an anchor and another point of its class, in both orders."""
    return [(a, p) for a, p in itertools.permutations(range(len(classes)), 2) if classes[a] == classes[p]]


def felt(name: str, z: torch.Tensor, classes: list[int], margin: float, temperature: float, forces: str) -> Felt:
    """The mean loss over all pairs, triplets or picks, for points z (n, 2) in float64, with the force on each."""
    z = z.detach().clone().requires_grad_()
    counted, values = _terms(name, z, classes, margin, temperature, forces)
    loss = values.mean()
    (slope,) = torch.autograd.grad(loss, z)
    watched = values.detach()[counted]
    return Felt(float(loss.detach()), (-len(z) * slope).tolist(), int((watched > COSTS).sum()), len(watched))


def _terms(name, z, classes, margin, temperature, forces):
    """Which terms are counted, and the value of each."""
    if name == "contrastive":
        i, j = torch.tensor(pairs(classes)).T
        kind = torch.tensor(classes)
        similar = kind[i] == kind[j]
        values = contrastive(z[i], z[j], similar=similar.long(), margin=margin, reduction="none")
        kept = {"both": torch.ones_like(similar), "pull": similar, "push": ~similar}[forces]
        return ~similar, torch.where(kept, values, 0.0)
    rows = partners(classes)
    others = {a: [n for n in range(len(classes)) if classes[n] != classes[a]] for a, _ in rows}
    if name == "triplet":
        a, p, n = torch.tensor([(a, p, n) for a, p in rows for n in others[a]]).T
        values = triplet(z[a], z[p], negative=z[n], margin=margin, reduction="none")
    else:
        picks = [info_nce_of_one(z[a], z[[p, *others[a]]], temperature) for a, p in rows]
        values = torch.stack(picks)
    return torch.ones(len(values), dtype=torch.bool), values


def contrastive_of_one(first, second, similar, margin):
    """The loss of a single pair; all of shape (2,) but the two numbers."""
    return contrastive.definition(first[None], second[None], similar=similar[None], margin=margin)[0]


def triplet_of_one(anchor, positive, negative, margin):
    """The loss of a single triplet of points."""
    return triplet.definition(anchor[None], positive[None], negative=negative[None], margin=margin)[0]


def info_nce_of_one(query, keys, temperature):
    """The loss of picking the first of the keys (k, 2) for one query (2,)."""
    return info_nce.definition(query.expand(len(keys), 2), keys, temperature=temperature)[0]


def compiled(name: str, keys: int) -> str:
    """A term of a loss as an ES module that exports ``term_grad``: its value and its slope in each point."""
    point = (2,)
    if name == "contrastive":
        shapes = {"first": point, "second": point, "similar": (), "margin": ()}
        made = compile_js(contrastive_of_one, wrt=("first", "second"), name="term", **shapes)
    elif name == "triplet":
        shapes = {"anchor": point, "positive": point, "negative": point, "margin": ()}
        made = compile_js(triplet_of_one, wrt=("anchor", "positive", "negative"), name="term", **shapes)
    else:
        shapes = {"query": point, "keys": (keys, 2), "temperature": ()}
        made = compile_js(info_nce_of_one, wrt=("query", "keys"), name="term", **shapes)
    return made.esm()
