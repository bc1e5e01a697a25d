"""The shape of the loss over one number: is it convex, and is its slope bounded?"""

import math

import torch

from lossbook.linting import chords
from lossbook.linting.findings import CannotRun, Raised, check
from lossbook.linting.points import extremes, labels


@check("convexity", "the slope along a grid from -20 to 20; of several logits or tensors, chords between random ones")
def convexity(subject):
    stated = subject.record.at("convex", **subject.hyper) if subject.record else None
    if subject.kind == "any":
        yield _of_any(subject, stated)
        return
    if subject.kind == "classes" or subject.examples.input.ndim > 1:
        broken = chords.of_pair(subject)
        convex, text = broken is None, "on 40 random chords"
    else:
        grid = _grid(subject)
        broken, text = None, f"on a grid from {float(grid[0]):.3g} to {float(grid[-1]):.3g}"
        for target in labels(subject.examples, 2):
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


def _grid(subject) -> torch.Tensor:
    low, high = {"real": (-20.0, 20.0), "positive": (0.05, 20.0), "unit": (0.01, 0.99)}[subject.examples.domain]
    return torch.linspace(low, high, 161, dtype=torch.float64)


def _of_any(subject, stated):
    """The row for several tensors: chords in the first, and the bend along the record's path."""
    first = subject.examples.first
    broken, tried = chords.of_first(subject)
    path = _path_words(subject)
    text = f"on {tried} chords" if first == "input" else f"in {first}, on {tried} chords"
    if broken and stated:
        return "problem", f"the record says convex, and {broken}", "Correct the record, or the definition."
    if broken:
        cure = "Nothing is wrong with that, but the start decides which minimum is found."
        return "note", f"not convex in {first}: {broken}{path}", cure
    if stated is False:
        return "note", f"convex {text}, which the record says it is not everywhere{path}", ""
    return "note", f"convex {text}{path}", ""


def _path_words(subject) -> str:
    """What the loss does along the record's path, in words that go on from a sentence; nothing without a path."""
    found = subject.along
    if found is None:
        return ""
    grid, values, slopes = found
    if not (torch.isfinite(values).all() and torch.isfinite(slopes).all()):
        raise CannotRun("the loss or its slope is not finite along its path; see extremes")
    falls = (slopes.diff() < -1e-9 * slopes.abs().max()).nonzero().flatten()
    label = subject.record.path.label
    if len(falls):
        at = int(falls[0])
        return f"; along its path ({label}) the slope falls from {float(grid[at]):.3g} on"
    return f"; along its path ({label}) it bends upwards only"


@check("lipschitz", "the steepest slope out to 1e4, in batches of one sample; of several tensors, in the first")
def lipschitz(subject):
    if subject.examples.domain == "unit":
        raise CannotRun("the inputs are kept between 0 and 1, where a logarithm is steep without a bound")
    if subject.kind == "any":
        yield _steepest_of_any(subject)
        return
    pairs = [(p.size, *subject.slope(p.batch)) for p in extremes(subject.examples)]
    if any(value.isnan() or slope.isnan().any() for _, value, slope in pairs):
        raise CannotRun("the loss or its slope is NaN somewhere; see extremes")
    values = [(size, float(slope.norm())) for size, _, slope in pairs]
    if subject.kind != "classes" and subject.examples.input.ndim == 1:
        grid = _grid(subject)
        for target in labels(subject.examples, 2):
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


def _steepest_of_any(subject):
    """The row for several tensors: the slope in the first, wherever the extremes go."""
    first, found = subject.examples.first, []
    for point in extremes(subject.examples):
        try:
            steep = subject.steep.get(point.words)  # another check was here already
            steep = float(subject.slope(point.batch)[1].norm()) if steep is None else steep
        except Raised as error:
            if isinstance(error.cause, (ValueError, TypeError)):
                continue
            raise
        if math.isnan(steep):
            raise CannotRun("the loss or its slope is NaN somewhere; see extremes")
        found.append((steep, point.words))
    if not found:
        raise CannotRun("the loss refuses every batch that was made from its tensors")
    steepest, where = max(found)
    record, constant = subject.record, math.inf
    if record is not None and record.sides and record.lipschitz:
        constant = record.at("lipschitz", **subject.hyper)
    if steepest > constant * (1 + 1e-9) and subject.coupling[0] == "mean":
        found = f"the record says at most {constant:g}, and it reaches {steepest:.4g} at {where}"
        return "problem", found, "Correct the record, or the definition."
    path = subject.along
    tail = f"; along its path at most {float(path[2].abs().max()):.3g}" if path else ""
    if math.isinf(steepest):
        return "note", f"in {first} it grows beyond the largest number{tail}", "An exponential, or a division by 0."
    return "note", f"in {first} at most {steepest:.4g}, at {where}{tail}", ""
