"""The shape of the loss over one number: is it convex, and is its slope bounded?"""

import math

import torch

from lossbook.linting.findings import CannotRun, check
from lossbook.linting.samples import LABELS, generator


@check("convexity", "the slope along a grid from -20 to 20; for several logits, chords between random points")
def convexity(subject):
    stated = subject.record.at("convex", **subject.hyper) if subject.record else None
    if subject.kind == "classes" or subject.examples.input.ndim > 1:
        broken = _chord(subject)
        convex, text = broken is None, "on 40 random chords"
    else:
        grid = _grid(subject)
        broken, text = None, f"on a grid from {float(grid[0]):.3g} to {float(grid[-1]):.3g}"
        for target in _labels(subject):
            value, slope = subject.curve(grid, target)
            if not (torch.isfinite(value).all() and torch.isfinite(slope).all()):
                raise CannotRun("the loss or its slope is not finite on the grid; see extremes")
            falls = (slope.diff() < -1e-9 * slope.abs().max()).nonzero().flatten()
            bumps = (value.diff().diff() < -1e-9 * value.abs().max()).nonzero().flatten()
            if len(falls) or len(bumps):
                at = int(falls[0] if len(falls) else bumps[0])
                what = "slope falls" if len(falls) else "loss lies above its chord"
                broken = (
                    f"the {what} between {float(grid[at]):.3g} and {float(grid[at + (1 if len(falls) else 2)]):.3g}"
                )
                break
        convex = broken is None
    if stated is not None and stated != convex:
        found = f"the record says {'convex' if stated else 'not convex'}, and {broken or f'it is convex {text}'}"
        yield "problem", found, "Correct the record, or the definition."
    elif convex:
        yield "note", f"convex {text}", ""
    else:
        cure = "Nothing is wrong with that, but the start decides which minimum is found."
        yield "note", f"not convex: {broken}", cure


def _labels(subject):
    e = subject.examples
    return LABELS[subject.kind] if e.domain == "real" else e.target.flatten().unique()[:2].tolist()


def _grid(subject) -> torch.Tensor:
    low, high = {"real": (-20.0, 20.0), "positive": (0.05, 20.0), "unit": (0.01, 0.99)}[subject.examples.domain]
    return torch.linspace(low, high, 161, dtype=torch.float64)


def _chord(subject):
    """A chord whose middle lies below the loss, in words; None if there is none."""
    e, gen = subject.examples, generator(1)
    input, target = e.typed(torch.float64)
    labels = e.kind == "classes" and input.ndim == 2 and target.ndim == 1
    for trial in range(40):
        side = target
        if e.domain == "real":
            a, b = (5 * torch.randn(input.shape, generator=gen, dtype=torch.float64) for _ in range(2))
            if labels and trial % 2:  # one sample, its label's logit moved: a mean over many would straighten a bend
                i = trial % len(input)
                a, side, moved = a[i : i + 1], target[i : i + 1], b[i, int(target[i])]
                b = a.index_fill(1, side, 0.0).index_add(1, side, moved.reshape(1, 1))
        else:
            a, b = (input[torch.randperm(len(input), generator=gen)] for _ in range(2))
        left, middle, right = (float(subject.value(x, side).detach()) for x in (a, (a + b) / 2, b))
        if not math.isfinite(left + middle + right):
            raise CannotRun("the loss is not finite between ordinary predictions; see extremes")
        if middle > (left + right) / 2 + 1e-9 * max(abs(left), abs(right)):
            return f"{middle:.4g} halfway between two predictions that cost {left:.4g} and {right:.4g}"
    return None


@check("lipschitz", "the steepest slope out to 1e4, in batches of one sample")
def lipschitz(subject):
    if subject.examples.domain == "unit":
        raise CannotRun("the inputs are kept between 0 and 1, where a logarithm is steep without a bound")
    pairs = [(p.size, *subject.slope(p.input, p.target)) for p in subject.examples.extremes()]
    if any(value.isnan() or slope.isnan().any() for _, value, slope in pairs):
        raise CannotRun("the loss or its slope is NaN somewhere; see extremes")
    values = [(size, float(slope.norm())) for size, _, slope in pairs]
    if subject.kind != "classes" and subject.examples.input.ndim == 1:
        grid = _grid(subject)
        for target in _labels(subject):
            values += [(20.0, abs(s)) for s in subject.curve(grid, target)[1].tolist()]
    if any(math.isnan(s) for _, s in values):
        raise CannotRun("the slope is NaN between ordinary predictions; see gradient")
    steepest = max(s for _, s in values)
    near, far = (
        max((s for size, s in values if low < size <= high), default=0.0) for low, high in ((-1, 20), (20, 1e4))
    )
    grows = far > 1.5 * near
    if subject.record is not None and subject.kind != "classes":
        constant = subject.record.at("lipschitz", **subject.hyper) if subject.record.lipschitz else math.inf
        if steepest > constant * (1 + 1e-9):
            found = f"the record says at most {constant:g}, and it reaches {steepest:.4g}"
            yield "problem", found, "Correct the record, or the definition."
            return
    if math.isinf(steepest):
        yield (
            "note",
            "it grows beyond the largest number by 1e4",
            "An exponential; clip its argument if outliers occur.",
        )
    elif grows:
        cure = "One outlier can pull without a bound; huber, smooth_l1 or log_cosh limit it."
        yield "note", f"it grows with the error, to {steepest:.3g} at 1e4", cure
    else:
        yield "note", f"at most {steepest:.4g}", ""
