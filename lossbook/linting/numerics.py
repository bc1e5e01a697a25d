"""Finite and exact: extremes, dtypes with few digits, and the gradient against finite differences."""

import math

import torch

from lossbook.linting.findings import Raised, check
from lossbook.linting.samples import cast, generator
from lossbook.linting.subject import both_dtypes

FLOATS = (torch.float64, torch.float32)
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


@check("extremes", "value and gradient one sample at a time, from 1e-30 to 1e4, in float64 and float32")
def extremes(subject):
    nans, overflows, late, points = [], [], [], subject.examples.extremes()
    for point in points:
        exact = None
        for dtype in FLOATS:
            pair = subject.slope(*both_dtypes(point, dtype))
            exact = pair if dtype is torch.float64 else exact
            for what, got, true in zip(("value", "gradient"), pair, exact, strict=True):
                place = f"{what} {_worst(got)} at {point.words} ({words(dtype)})"
                if torch.isnan(got).any():
                    nans.append(place)
                elif torch.isinf(got).any():
                    fits = dtype is torch.float32 and float(true.abs().max()) < 1e38
                    (overflows if fits or (dtype is torch.float64 and point.size <= ORDINARY) else late).append(place)
    if nans:
        yield "problem", _few(nans), NAN
    if overflows:
        yield "problem", _few(overflows), INF
    if late and not overflows:
        yield "warning", _few(late), f"{INF} If the loss is meant to grow like an exponential, clip the input."
    if not (nans or overflows or late):
        yield "ok", f"finite at all {len(points)} points", ""


def _worst(tensor: torch.Tensor) -> str:
    bad = tensor[~torch.isfinite(tensor)]
    return f"{float(bad.flatten()[0]):g}" if bad.numel() else "finite"


@check(
    "precision",
    "float32, bfloat16 and float16 against float64 on the same numbers, sizes up to 20; a large batch in float16",
)
def precision(subject):
    rows = [_precision_row(subject, dtype) for dtype in (torch.float32, torch.bfloat16, torch.float16)]
    rows += [_cancelled(subject)]
    if subject.examples.domain == "real":  # where inputs can be made larger
        rows += [_sum_row(subject)]
    yield from [row for row in rows if row] or [("ok", "as exact as each dtype allows", "")]


def _precision_row(subject, dtype):
    eps, largest, name = torch.finfo(dtype).eps, torch.finfo(dtype).max, words(dtype)
    cure = f"Compute in float32 inside: input.float(), and the answer back with .to({name})."
    tried = False
    for point in (p for p in subject.examples.extremes() if p.size in (0.0, 1e-3, 1.0, 20.0) or 0.4 < p.size < 1):
        sides = both_dtypes(point, dtype)
        exact = subject.slope(sides[0].double(), cast(sides[1], torch.float64))
        if not all(torch.isfinite(e).all() and e.abs().max() < largest for e in exact):
            continue  # a failure of its own, or a number that the dtype cannot hold
        tried = True
        try:
            got = subject.slope(*sides)
        except Raised as error:
            return "warning", f"it does not run in {name}: {error}", cure
        for what, g, e in zip(("value", "gradient"), got, exact, strict=True):
            place = f"{what} in {name} at {point.words}"
            if not torch.isfinite(g).all():
                return "problem", f"{place} is {_worst(g)}, and {float(e.abs().max()):.3g} in float64", cure
            worst = float((g.double() - e).abs().max())
            if worst > 16 * eps * float(e.abs().max()) + 4 * eps:
                return "warning", f"{place} is off by {worst:.1e}, the truth being {float(e.abs().max()):.3g}", cure
    return None if tried else ("not run", f"no value and gradient here are finite and fit in {name}", "")


def _cancelled(subject):
    """Small values of which float32 keeps no digit, although it could hold them."""
    for point in (p for p in subject.examples.extremes() if p.size in (1e-6, 1e-3, 20.0)):
        sides = both_dtypes(point, torch.float32)
        got = float(subject.value(*sides).detach())
        exact = float(subject.value(sides[0].double(), cast(sides[1], torch.float64)).detach())
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
    repeats = math.ceil(4096 / e.count)
    batch = [torch.cat([side] * repeats) for side in (4 * e.input, e.target)]
    half = batch[0].half(), cast(batch[1], torch.float16)
    true = float(subject.value(half[0].double(), cast(half[1], torch.float64)))
    if not true < 6e4:
        return None
    try:
        got = float(subject.value(*half))
    except Raised:
        return None  # said above
    if math.isfinite(got):
        return None
    found = f"the mean of {len(half[0])} samples in float16 is {got:g}, and {true:.4g} in float64"
    return "problem", found, "Use .mean(), which sums in float32, not .sum() / n; or sum in float32."


@check("gradient", "the gradient against central differences in float64, in every entry of the input")
def gradient(subject):
    input, target = subject.examples.typed(torch.float64)
    input, target = input[:8], target[:8]
    value, slope = subject.slope(input, target)
    if not slope.any():
        found = "the gradient is 0 everywhere: nothing can be learnt from it"
        yield "problem", found, "argmax, round, sign and comparisons have no slope; use a smooth surrogate."
        return
    places = list(range(input.numel()))
    if len(places) > 64:
        places = torch.randperm(len(places), generator=generator())[:64].tolist()
    flat = slope.flatten()
    worst, words_ = 0.0, ""
    for i in places:
        step = 1e-6 * max(1.0, abs(float(input.flatten()[i])))
        if subject.examples.domain != "real":
            step *= min(1.0, abs(float(input.flatten()[i])))
        ends = []
        for sign in (1, -1):
            moved = input.clone()
            moved.view(-1)[i] += sign * step
            ends.append(float(subject.value(moved, target).detach()))
        numeric = (ends[0] - ends[1]) / (2 * step)
        scale = max(abs(numeric), float(flat.abs().max()), 1e-9 * abs(float(value)) / step)
        error = abs(numeric - float(flat[i])) / scale
        if not error <= worst:
            worst, words_ = error, f"autograd says {float(flat[i]):.6g}, differences say {numeric:.6g}"
        if math.isnan(worst):
            break
    if worst <= 1e-5:
        yield "ok", f"they agree to {worst:.0e} of the largest entry", ""
    else:
        cure = "Look for .detach(), .data, torch.no_grad() or a hand-written backward; a kink or jump shows here too."
        yield "problem", f"{words_} (entry {i})" if len(places) == 1 else words_, cure
