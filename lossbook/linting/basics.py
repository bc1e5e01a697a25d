"""First of all: does the loss run, is its answer repeatable, and does it leave its inputs alone?"""

import torch

from lossbook.linting.findings import Raised, check

KEEP = "Stay in torch from argument to result: no .item(), .numpy(), .detach() or torch.tensor(...) on the way."


@check("runs", "an ordinary batch in float64 and float32: a finite number, with a gradient")
def runs(subject):
    e = subject.examples
    try:
        for dtype in (torch.float64, torch.float32):
            batch = e.typed(dtype)
            batch[e.first].requires_grad_()
            out = subject(batch)
            wrong = _wrong(subject, out, str(dtype).removeprefix("torch."))
            if wrong:
                yield _probabilities(subject) or wrong
                return
    except Raised as error:
        by_hand = "Call the loss on this batch by hand; the traceback names the line."
        cure = KEEP if "numpy" in str(error).lower() else by_hand
        yield _probabilities(subject) or ("problem", f"it raises {error}", cure)
        return
    kind = "one number" if out.ndim == 0 else f"shape {tuple(out.shape)}, averaged here"
    yield "ok", f"{float(out.detach().double().mean()):.4g}; it returns {kind}", ""


def _wrong(subject, out, dtype: str):
    """The row of what is wrong with an answer, or None."""
    e, count = subject.examples, subject.examples.count
    if not isinstance(out, torch.Tensor):
        return "problem", f"it returns {type(out).__name__}, which has no gradient; want a tensor", KEEP
    rows = {count, 2 * count} if e.kind == "any" else {count}  # two views of each sample are two terms
    if out.ndim and count and e.record is None and out.shape[0] not in rows:
        cure = "Reduce with .mean(), or return one loss a sample."
        return "problem", f"it returns shape {tuple(out.shape)} for {count} samples", cure
    if out.ndim > 1 and count and e.record is None and out.shape[1] == count not in e.input.shape[1:]:
        sides = "both sides" if len(e.rows) < 3 else "all sides"
        cure = f"Give {sides} one shape before subtracting; return one loss a sample, or their mean."
        return "problem", f"it returns shape {tuple(out.shape)}: every sample against every other", cure
    if not torch.isfinite(out).all():
        cure = "Look for log, sqrt or / of what can be 0 or negative; pass example tensors if few are legal."
        return "problem", f"it returns {float(out.detach().mean()):g} in {dtype}", cure
    return None if out.requires_grad else ("problem", f"its result is cut off from the {_noun(e)}: no gradient", KEEP)


def _noun(e) -> str:
    return e.first if e.kind == "any" else "input"


def _probabilities(subject):
    """The row for a loss that fails on logits and runs on probabilities, or None. A heuristic."""
    if subject.kind not in ("binary", "classes"):
        return None
    batch = subject.examples.typed(torch.float64)
    input = batch[subject.examples.first]
    squashed = input.sigmoid() if subject.kind == "binary" else input.softmax(1)
    try:
        out = subject(batch | {subject.examples.first: squashed.requires_grad_()})
    except Raised:
        return None
    if _wrong(subject, out, "float64"):
        return None
    found = "it fails on logits and runs on probabilities, so it seems to want probabilities (a heuristic)"
    torchs = "binary_cross_entropy_with_logits" if subject.kind == "binary" else "cross_entropy"
    cure = f"Take logits and work with logsigmoid or log_softmax, as torch.nn.functional.{torchs} does."
    return "problem", found, f"{cure} If probabilities are meant, pass an example input."


@check("repeatable", "the same batch twice, with another state of torch's random numbers")
def repeatable(subject):
    first, second = subject.repeats
    if not subject.noisy:
        yield "ok", "equal to the last bit", ""
    else:
        found = f"{first:.6g} the first time and {second:.6g} the second"
        yield "warning", found, "Pass a torch.Generator, or take the noise (dropout, sampling) out of the loss."


@check("inputs kept", "the tensors before and after a call")
def inputs_kept(subject):
    given = subject.examples.typed(torch.float64)
    batch = {name: x.clone() if isinstance(x, torch.Tensor) else x for name, x in given.items()}
    subject.call(batch)
    tensors = [name for name, x in given.items() if isinstance(x, torch.Tensor)]
    changed = [name for name in tensors if not torch.equal(given[name], batch[name])]
    if changed:
        found = f"it writes into {' and '.join(changed)}: the numbers are others after the call"
        yield "problem", found, "Replace -=, *=, clamp_() and the like by their forms that return a new tensor."
    else:
        yield "ok", "unchanged", ""
