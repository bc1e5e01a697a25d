"""Batches: what shapes are taken, how samples become one number, and empty batches."""

import warnings

import torch

from lossbook.linting.findings import CannotRun, Raised, check

SHAPES = (
    "Raise unless the shapes match: if input.shape != target.shape: raise ValueError(...); "
    "squeeze or unsqueeze one side on purpose."
)
FITTING = "Compare the shapes first, and raise ValueError unless they fit; squeeze or unsqueeze a side on purpose."
SAMPLES = "the first axis of its tensors counts no samples"


@check("broadcasting", "an extra axis, shapes (N, 1) against (N,): (N, N) differences that nobody asked for")
def broadcasting(subject):
    e = subject.examples
    batch = e.typed(torch.float64)
    right = subject.value(batch).detach()
    plain = subject(batch).ndim
    names = [name for name in e.rows if not (e.kind == "classes" and name == e.first)]
    if len([x for x in e.sides.values() if isinstance(x, torch.Tensor) and x.ndim]) < 2:
        raise CannotRun("there is one tensor only")
    quiet, told, refused = [], [], 0
    for name in names if e.kind == "any" else sorted(names, key=lambda name: name == e.first):
        try:
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                out = subject.call(batch | {name: batch[name].unsqueeze(1)})
        except Exception:
            refused += 1
            continue
        got = out.mean().detach() if isinstance(out, torch.Tensor) else torch.tensor(float("nan"))
        same = isinstance(out, torch.Tensor) and out.ndim < max(2, plain + (e.kind == "any"))
        if not (same and torch.allclose(got, right, rtol=1e-9)):
            wrong = f"{name} with an extra axis gives {float(got):.4g} instead of {float(right):.4g}"
            (told if heard else quiet).append(wrong)
    cure = SHAPES if e.kind != "any" else FITTING
    if quiet:
        yield "problem", "; ".join(quiet) + ", without a word", cure
    if told:
        yield "warning", "; ".join(told) + ", with a Python warning only", cure
    if not (quiet or told):
        yield "ok", "refused" if refused == len(names) else "refused, or the right answer", ""


def coupling(subject) -> tuple[str, str]:
    """How the loss of a batch is made of the losses of its two parts: (word, in words).

    "mean": their mean, weighted by size or by what a mask lets through; "sum"; or "coupled": a sample's loss depends on
    the others. "refused" where a part is refused. Raises CannotRun where nothing counts samples.
    """
    e = subject.examples
    if not e.count:
        raise CannotRun(SAMPLES)
    cut = e.count // 3
    batch = e.typed(torch.float64)
    parts = [e.at(s, batch) for s in (slice(cut), slice(cut, None))]
    whole = float(subject.value(batch).detach())
    try:
        values = [float(subject.value(part).detach()) for part in parts]
    except Raised as error:
        if e.kind == "any" and isinstance(error.cause, ValueError):
            return "refused", f"a part of the batch is refused: {error}"
        raise
    close = 1e-9 * max(abs(whole), *map(abs, values), 1e-12)
    mean = _mean(values, [cut, e.count - cut])
    if abs(whole - mean) <= close:
        return "mean", "it is the mean of its parts"
    masks = [name for name in e.rows if e.roles[name].kind in ("mask", "yes_no")]
    weights = [[float(part[name].sum()) for part in parts] for name in masks]
    weights += [[float((part[name] == 0).sum()) for part in parts] for name in masks]  # True may mean hidden
    if any(abs(whole - _mean(values, pair)) <= close for pair in weights if sum(pair)):
        return "mean", "it is the mean over what its mask lets through"
    if abs(whole - sum(values)) <= close:
        return "sum", "it is a sum: twice the batch, twice the gradient"
    if "reduction" in subject.arguments and "reduction" not in subject.hyper:
        sums = [float(subject.value(part, reduction="sum").detach()) for part in (batch, *parts)]
        if abs(sums[0] - sums[1] - sums[2]) <= 1e-9 * max(*map(abs, sums), 1e-12):
            return "mean", "it is a mean with weights, or of those that count: its sum is the sum of its parts"
    return "coupled", f"{whole:.6g} for the batch, {mean:.6g} for its parts weighted by size"


def _mean(values, weights) -> float:
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


@check("reduction", "the loss of a batch against those of its parts: the mean of the samples' losses")
def reduction(subject):
    if subject.noisy:
        raise CannotRun("the loss draws random numbers, others for each part; see repeatable")
    word, said = subject.coupling
    if word == "mean":
        yield "ok", said, ""
    elif word == "sum":
        yield "warning", said, "Use .mean(); or scale the learning rate with the batch, and say so."
    elif word == "refused":
        raise CannotRun(said)
    elif subject.kind == "any" and _turned(subject)[2]:
        cure = (
            "Right for losses that compare samples with each other; the batch size is then a hyper-parameter. Else "
            "divide by the number of samples, not by a statistic of the batch."
        )
        yield "note", f"samples are coupled: {said}", cure
    else:
        cure = "Divide by the number of samples, not by a statistic of the batch; if samples must interact, say so."
        yield "warning", f"{said}: a sample's loss depends on others", cure


@check("permutation", "the same samples in another order")
def permutation(subject):
    if not subject.examples.count:
        raise CannotRun(SAMPLES)
    if subject.noisy:
        raise CannotRun("the loss draws random numbers, others for each sample; see repeatable")
    first, second, same = _turned(subject)
    if same:
        yield "ok", "the same loss", ""
    else:
        cure = "Look for an axis that is reduced by mistake, cumsum, or neighbors compared with each other."
        yield "problem", f"{first:.6g} in one order and {second:.6g} in the other", cure


def _turned(subject) -> tuple[float, float, bool]:
    """The loss of the batch, the loss of the batch turned round, and whether they are the same."""
    e = subject.examples
    batch = e.typed(torch.float64)
    turned = batch | {name: batch[name].flip(0) for name in e.rows}
    first, second = (float(subject.value(sides).detach()) for sides in (batch, turned))
    return first, second, abs(first - second) <= 1e-9 * max(abs(first), 1e-12)


@check("empty", "a batch of no samples")
def empty(subject):
    e = subject.examples
    if not e.count:
        raise CannotRun(SAMPLES)
    cure = "Decide what an empty batch is worth: return 0, or raise ValueError with a sentence that says so."
    try:
        got = float(subject.value(e.at(slice(0), e.typed(torch.float64))).detach())
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
    elif subject.coupling[0] == "coupled":
        yield "note", f"{got:g}: what is left without samples", ""
    else:
        yield "warning", f"{got:g}", cure
