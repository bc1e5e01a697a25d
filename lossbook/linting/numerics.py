"""Finite and exact: extremes, and dtypes with few digits."""

import math

import torch

from lossbook.linting.findings import CannotRun, Raised, check
from lossbook.linting.points import extremes as points_of

FLOATS = (torch.float64, torch.float32)
LARGEST = 1e38  # in float32
ORDINARY = 100.0  # up to this size a float64 loss has no excuse for an infinity
NAN = (
    "sqrt, log, / and a power below 1 have no slope at 0: put a small constant inside, or use torch.hypot, log1p, "
    "logsigmoid, log_softmax; a NaN in the branch that torch.where does not take spoils the gradient too."
)
INF = (
    "Take the large part out before exp: logaddexp, logsumexp, softplus, |r| + log1p(exp(-2|r|)) - log 2 for log cosh."
)


def words(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _few(places: list[str]) -> str:
    more = f"; {len(places) - 2} more" if len(places) > 2 else ""
    return "; ".join(places[:2]) + more


@check("extremes", "value and gradient from 1e-30 to 1e4, in float64 and float32, one sample or one tensor at a time")
def extremes(subject):
    nans, overflows, late, refused, points = [], [], [], 0, points_of(subject.examples)
    for point in points:
        for dtype in FLOATS:
            batch = subject.examples.typed(dtype, point.batch)
            try:
                parts = _parts(subject, batch)
            except Raised as error:
                if not _refusal(subject, error):
                    raise
                refused += 1
                break
            if dtype is torch.float64:
                subject.steep[point.words] = _steepness(parts)
            for what, got in parts.items():
                place = f"{what} {_worst(got)} at {point.words} ({words(dtype)})"
                if torch.isnan(got).any():
                    nans.append(place)
                elif torch.isinf(got).any():
                    early = point.size <= ORDINARY if dtype is torch.float64 else _fits(subject, batch, what)
                    (overflows if early else late).append(place)
    if refused == len(points):
        raise CannotRun("the loss refuses every batch that was made from its tensors")
    if nans:
        yield "problem", _few(nans), NAN
    if overflows:
        yield "problem", _few(overflows), INF
    if late and not overflows:
        yield "warning", _few(late), f"{INF} If the loss is meant to grow like an exponential, clip the input."
    if not (nans or overflows or late):
        tail = f"; {refused} more are refused as illegal" if refused else ""
        yield "ok", f"finite at all {len(points) - refused} points{tail}", ""


def _parts(subject, batch) -> dict:
    """The value, and the gradient in each side that moves, that of the first side first."""
    value, grads = subject.slopes(batch)
    if len(grads) == 1:
        return {"value": value, "gradient": next(iter(grads.values()))}
    return {"value": value} | {f"gradient in {name}": grad for name, grad in grads.items()}


def _steepness(parts: dict) -> float:
    """The size of the slope in the first side; NaN if that, or the value, is none."""
    value, slope = list(parts.values())[:2]
    return float(slope.norm()) if not value.isnan() else math.nan


def _fits(subject, batch, what: str) -> bool:
    """Whether float32 could hold what float64 computes from the same numbers."""
    try:
        return float(_parts(subject, _doubled(batch))[what].abs().max()) < LARGEST
    except Raised:
        return False  # rounded to what is not legal


def _refusal(subject, error) -> bool:
    """Whether the loss says that numbers are not legal, where not all are: a tiny one may have been rounded to 0."""
    free = subject.examples.domain == "real" and subject.kind != "any"
    return not free and isinstance(error.cause, (ValueError, TypeError))


def _worst(tensor: torch.Tensor) -> str:
    bad = tensor[~torch.isfinite(tensor)]
    return f"{float(bad.flatten()[0]):g}" if bad.numel() else "finite"


@check(
    "precision",
    "float32, bfloat16 and float16 against float64 on the same numbers, sizes up to 20; a large batch in float16",
)
def precision(subject):
    if subject.noisy:
        raise CannotRun("the loss draws random numbers, others in each dtype; see repeatable")
    rows = [_precision_row(subject, dtype) for dtype in (torch.float32, torch.bfloat16, torch.float16)]
    rows += [_cancelled(subject)]
    if subject.examples.domain == "real":  # where inputs can be made larger
        rows += [_sum_row(subject)]
    yield from [row for row in rows if row] or [("ok", "as exact as each dtype allows", "")]


def _precision_row(subject, dtype):
    e, eps, largest, name = subject.examples, torch.finfo(dtype).eps, torch.finfo(dtype).max, words(dtype)
    cure = f"Compute in float32 inside: input.float(), and the answer back with .to({name})."
    cure = "Write it without a difference of near numbers: log1p, expm1, logsigmoid." if eps < 1e-6 else cure
    slack = 256 if subject.kind == "any" and eps < 1e-6 else 16  # sums over sides lose a few digits of many
    tried = False
    for point in (p for p in points_of(e) if p.size in (0.0, 1e-3, 1.0, 20.0) or 0.4 < p.size < 1):
        batch = e.typed(dtype, point.batch)
        try:
            exact = _parts(subject, _doubled(batch))
        except Raised as error:
            if _refusal(subject, error):
                continue
            raise
        if not all(torch.isfinite(x).all() and x.abs().max() < largest for x in exact.values()):
            continue  # a failure of its own, or a number that the dtype cannot hold
        try:
            got = _parts(subject, batch)
        except Raised as error:
            if tried and _refusal(subject, error):
                continue
            return "warning", f"it does not run in {name}: {error}", cure
        tried = True
        for what, true in exact.items():
            place, size = f"{what} in {name} at {point.words}", float(true.abs().max())
            if not torch.isfinite(got[what]).all():
                return "problem", f"{place} is {_worst(got[what])}, and {size:.3g} in float64", cure
            worst = float((got[what].double() - true).abs().max())
            if worst > slack * eps * size + 4 * eps:
                return "warning", f"{place} is off by {worst:.1e}, the truth being {size:.3g}", cure
    return None if tried else ("not run", f"no value and gradient here are finite and fit in {name}", "")


def _doubled(batch: dict) -> dict:
    """The same numbers in float64."""
    floats = {name: x for name, x in batch.items() if isinstance(x, torch.Tensor) and x.is_floating_point()}
    return batch | {name: x.double() for name, x in floats.items()}


def _cancelled(subject):
    """Small values of which float32 keeps no digit, although it could hold them."""
    for point in (p for p in points_of(subject.examples) if p.size in (1e-6, 1e-3, 20.0)):
        batch = subject.examples.typed(torch.float32, point.batch)
        try:
            got = float(subject.value(batch).detach())
            exact = float(subject.value(_doubled(batch)).detach())
        except Raised as error:
            if _refusal(subject, error):
                continue
            raise
        if 1e-30 < abs(exact) < 1e-5 and abs(got - exact) > 0.1 * abs(exact):
            found = f"value in float32 at {point.words} is {got:.3g}, and {exact:.3g} in float64: its digits cancel"
            cure = (
                "Where small losses matter, write them without a difference of near numbers: log1p, expm1, logsigmoid."
            )
            return "note", found, cure
    return None


def _sum_row(subject):
    """A mean that is a float16 sum divided by N overflows."""
    e = subject.examples
    if not e.count or e.large or (e.kind == "any" and subject.coupling[0] != "mean"):
        return None
    repeats = math.ceil(4096 / e.count)
    large = e.sides | {e.first: 4 * e.input}
    batch = e.typed(torch.float16, large | {name: torch.cat([large[name]] * repeats) for name in e.rows})
    true = float(subject.value(_doubled(batch)).detach())
    if not true < 6e4:
        return None
    try:
        got = float(subject.value(batch).detach())
    except Raised:
        return None  # said above
    if math.isfinite(got):
        return None
    found = f"the mean of {repeats * e.count} samples in float16 is {got:g}, and {true:.4g} in float64"
    return "problem", found, "Use .mean(), which sums in float32, not .sum() / n; or sum in float32."
