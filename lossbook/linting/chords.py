"""Chords: is the loss halfway between two predictions at most the mean of their losses?"""

import math

import torch

from lossbook.linting.findings import CannotRun, Raised
from lossbook.linting.samples import generator

TRIALS = 40
SPREADS = (5.0, 0.5, 1.0, 30.0)


def of_pair(subject) -> str | None:
    """A chord whose middle lies below the loss, in words; None if there is none."""
    e, gen = subject.examples, generator(1)
    input, target = e.input, e.target
    labels = e.kind == "classes" and input.ndim == 2 and target.ndim == 1
    for trial in range(TRIALS):
        side = target
        if e.domain == "real":
            a, b = (5 * torch.randn(input.shape, generator=gen, dtype=torch.float64) for _ in range(2))
            if labels and trial % 2:  # one sample, its label's logit moved: a mean over many would straighten a bend
                i = trial % len(input)
                a, side, moved = a[i : i + 1], target[i : i + 1], b[i, int(target[i])]
                b = a.index_fill(1, side, 0.0).index_add(1, side, moved.reshape(1, 1))
        else:
            a, b = (input[torch.randperm(len(input), generator=gen)] for _ in range(2))
        broken = _above(*(float(subject.value(e.pair(x, side)).detach()) for x in (a, (a + b) / 2, b)))
        if broken:
            return broken
    return None


def of_first(subject) -> tuple[str | None, int]:
    """(as above for the first of several tensors, the others held, how many chords were tried)."""
    e, gen, tried = subject.examples, generator(1), 0
    batch = e.typed(torch.float64)
    role, x = e.roles[e.first], batch[e.first]
    for trial in range(TRIALS if not e.large else TRIALS // 4):
        if role.unbounded:
            spread = SPREADS[trial // 2 % len(SPREADS)]
            a, b = (spread * torch.randn(x.shape, generator=gen, dtype=torch.float64) for _ in range(2))
        else:
            a, b = (_other(e, x, trial, k, gen) for k in range(2))
        if trial % 2 and e.count:  # one sample moved: a mean over many would straighten a bend
            i = trial % len(x)
            b = torch.cat([a[:i], b[i : i + 1], a[i + 1 :]])
        try:
            values = [float(subject.value(batch | {e.first: y}).detach()) for y in (a, (a + b) / 2, b)]
        except Raised as error:
            if isinstance(error.cause, (ValueError, TypeError)):
                continue
            raise
        tried += 1
        broken = _above(*values)
        if broken:
            return broken, tried
    if not tried:
        raise CannotRun(f"the loss takes no other {e.first} in place of the example")
    return None, tried


def _other(e, x, trial: int, k: int, gen):
    """Another legal first side: a further example of the record, or the samples in another order, stretched."""
    role = e.roles[e.first]
    if e.record is not None:
        from lossbook.losses import examples

        made = examples(e.record, seed=2 * trial + k, **({"N": e.count} if e.count else {}))[e.first]
        if made.shape == x.shape:
            x = made
    if e.count:
        x = x[torch.randperm(len(x), generator=gen)]
    stretched = None if role.own else role.scaled(x, (1.0, 0.3, 3.0)[trial % 3])
    return x if stretched is None else stretched


def _above(left: float, middle: float, right: float) -> str | None:
    if not math.isfinite(left + middle + right):
        raise CannotRun("the loss is not finite between ordinary predictions; see extremes")
    if middle > (left + right) / 2 + 1e-9 * max(abs(left), abs(right)):
        return f"{middle:.4g} halfway between two predictions that cost {left:.4g} and {right:.4g}"
    return None
