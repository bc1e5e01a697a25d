"""Batches: what shapes are taken, how samples become one number, empty batches and masks."""

import warnings

import torch

from lossbook.linting.findings import CannotRun, Raised, check

SHAPES = (
    "Raise unless the shapes match: if input.shape != target.shape: raise ValueError(...); "
    "squeeze or unsqueeze one side on purpose."
)
MASKS = ("mask", "ignore_index", "sample_weight")


@check("broadcasting", "shapes (N, 1) against (N,): (N, N) differences that nobody asked for")
def broadcasting(subject):
    input, target = subject.examples.typed(torch.float64)
    right = subject.value(input, target).detach()
    tries = {"target with an extra axis": (input, target.unsqueeze(1))}
    if subject.kind != "classes":
        tries["input with an extra axis"] = (input.unsqueeze(1), target)
    quiet, told, refused = [], [], 0
    for words, sides in tries.items():
        try:
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                out = subject.fn(*sides, **subject.hyper)
        except Exception:
            refused += 1
            continue
        got = out.mean().detach() if isinstance(out, torch.Tensor) else torch.tensor(float("nan"))
        same = isinstance(out, torch.Tensor) and out.ndim < 2
        if not (same and torch.allclose(got, right, rtol=1e-9)):
            (told if heard else quiet).append(f"{words} gives {float(got):.4g} instead of {float(right):.4g}")
    if quiet:
        yield "problem", "; ".join(quiet) + ", without a word", SHAPES
    if told:
        yield "warning", "; ".join(told) + ", with a Python warning only", SHAPES
    if not (quiet or told):
        yield "ok", "refused" if refused == len(tries) else "refused, or the right answer", ""


@check("reduction", "the loss of a batch against those of its parts: the mean of the samples' losses")
def reduction(subject):
    input, target = subject.examples.typed(torch.float64)
    cut = len(input) // 3
    whole = float(subject.value(input, target).detach())
    parts = [float(subject.value(input[s], target[s]).detach()) for s in (slice(cut), slice(cut, None))]
    n = cut, len(input) - cut
    mean = (n[0] * parts[0] + n[1] * parts[1]) / sum(n)
    close = 1e-9 * max(abs(whole), *map(abs, parts), 1e-12)
    if abs(whole - mean) <= close:
        yield "ok", "it is the mean of its parts", ""
    elif abs(whole - sum(parts)) <= close:
        cure = "Use .mean(); or scale the learning rate with the batch, and say so."
        yield "warning", "it is a sum: twice the batch, twice the gradient", cure
    else:
        found = (
            f"{whole:.6g} for the batch, {mean:.6g} for its parts weighted by size: a sample's loss depends on others"
        )
        cure = "Divide by the number of samples, not by a statistic of the batch; if samples must interact, say so."
        yield "warning", found, cure


@check("permutation", "the same samples in another order")
def permutation(subject):
    input, target = subject.examples.typed(torch.float64)
    first, second = (float(subject.value(i, t).detach()) for i, t in ((input, target), (input.flip(0), target.flip(0))))
    if abs(first - second) <= 1e-9 * max(abs(first), 1e-12):
        yield "ok", "the same loss", ""
    else:
        cure = "Look for an axis that is reduced by mistake, cumsum, or neighbors compared with each other."
        yield "problem", f"{first:.6g} in one order and {second:.6g} in the other", cure


@check("empty", "a batch of no samples")
def empty(subject):
    input, target = subject.examples.typed(torch.float64)
    cure = "Decide what an empty batch is worth: return 0, or raise ValueError with a sentence that says so."
    try:
        got = float(subject.value(input[:0], target[:0]).detach())
    except Raised as error:
        if isinstance(error.cause, (ValueError, TypeError)):
            yield "ok", f"refused: {error}", ""
        else:
            yield "warning", f"it fails with {error}", cure
        return
    if got == 0:
        yield "ok", "0", ""
    elif got != got:
        found = "NaN, as the mean of nothing is in torch: one batch that a filter emptied spoils the weights"
        yield "note", found, "Leave such batches out of the training loop, or return input.sum() * 0."
    else:
        yield "warning", f"{got:g}", cure


@check("masked", "masks: all masked, half masked against sliced, NaN under the mask")
def masked(subject):
    name = next((n for n in MASKS if n in subject.arguments), None)
    if name is None:
        raise CannotRun(f"the loss takes none of {', '.join(MASKS)}")
    input, target = subject.examples.typed(torch.float64)
    if name == "ignore_index" and target.is_floating_point():
        raise CannotRun("ignore_index concerns class indices, and the target holds probabilities")
    keep = torch.arange(len(input)) % 2 == 0
    rows = []
    try:
        call = _masking(subject, name, input, target)
        half = float(call(input, keep))
        poisoned = torch.where(keep.reshape(-1, *[1] * (input.ndim - 1)), input, torch.nan)
        through = float(call(poisoned, keep))
        value, slope = call(input, ~keep & keep), call(input, ~keep & keep, slope=True)
    except Raised as error:
        raise CannotRun(f"with a mask of shape ({len(input)},) as {name} it raises {error}") from error
    sliced = float(subject.value(input[keep], target[keep]).detach())
    if not abs(half - sliced) <= 1e-9 * abs(sliced):
        found = f"{half:.6g} with every other sample masked, {sliced:.6g} without those samples"
        rows.append(
            ("warning", found, "Divide by the number of samples that are left: (loss * mask).sum() / mask.sum().")
        )
    if through != through and half == half:
        found = "a NaN under the mask comes through: it multiplies by 0 and does not select"
        rows.append(("warning", found, "Select first, input[mask], or torch.where(mask, input, 0) before computing."))
    if not torch.isfinite(value) or not torch.isfinite(slope).all():
        level = "note" if name == "ignore_index" else "warning"  # NaN is torch's own convention for ignored labels
        found = (
            f"all masked: value {float(value):g}, gradient {'finite' if torch.isfinite(slope).all() else 'not finite'}"
        )
        rows.append((level, found, "Divide by mask.sum().clamp(min=1)."))
    yield from rows or [("ok", f"{name}: masked equals sliced, and all masked is {float(value):g}", "")]


def _masking(subject, name, input, target):
    """call(input, keep, slope=False) -> the loss, or its gradient, with all but ``keep`` masked."""

    def call(input, keep, slope=False):
        sides, more = (input, target), {}
        if name == "ignore_index":
            ignored = int(subject.hyper.get("ignore_index", -100))
            rows = keep.reshape(-1, *[1] * (target.ndim - 1))
            sides = input, torch.where(rows, target, torch.full_like(target, ignored))
            more = {} if "ignore_index" in subject.hyper else {"ignore_index": ignored}
        else:
            more = {name: keep if name == "mask" else keep.double()}
        return subject.slope(*sides, **more)[1 if slope else 0]

    return call
