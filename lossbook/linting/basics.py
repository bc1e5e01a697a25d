"""First of all: does the loss run, is its answer repeatable, and does it leave its inputs alone?"""

import torch

from lossbook.linting.findings import Raised, check

KEEP = "Stay in torch from argument to result: no .item(), .numpy(), .detach() or torch.tensor(...) on the way."


@check("runs", "an ordinary batch in float64 and float32: a finite number, with a gradient")
def runs(subject):
    input, target = subject.examples.typed(torch.float64)
    try:
        for dtype in (torch.float64, torch.float32):
            sides = subject.examples.typed(dtype)
            out = subject(sides[0].clone().requires_grad_().clone(), sides[1].clone())
            wrong = _wrong(out, len(input), str(dtype).removeprefix("torch."))
            if wrong:
                yield _probabilities(subject, input, target) or wrong
                return
    except Raised as error:
        by_hand = "Call the loss on this batch by hand; the traceback names the line."
        cure = KEEP if "numpy" in str(error).lower() else by_hand
        yield _probabilities(subject, input, target) or ("problem", f"it raises {error}", cure)
        return
    kind = "one number" if out.ndim == 0 else f"shape {tuple(out.shape)}, averaged here"
    yield "ok", f"{float(out.detach().double().mean()):.4g}; it returns {kind}", ""


def _wrong(out, count: int, dtype: str):
    """The row of what is wrong with an answer, or None."""
    if not isinstance(out, torch.Tensor):
        return "problem", f"it returns {type(out).__name__}, which has no gradient; want a tensor", KEEP
    if out.ndim and out.shape[0] != count:
        cure = "Reduce with .mean(), or return one loss a sample."
        return "problem", f"it returns shape {tuple(out.shape)} for {count} samples", cure
    if out.ndim > 1 and out.shape[1] == count:
        cure = "Give both sides one shape before subtracting; return one loss a sample, or their mean."
        return "problem", f"it returns shape {tuple(out.shape)}: every sample against every other", cure
    if not torch.isfinite(out).all():
        cure = "Look for log, sqrt or / of what can be 0 or negative; pass example tensors if few are legal."
        return "problem", f"it returns {float(out.detach().mean()):g} in {dtype}", cure
    return None if out.requires_grad else ("problem", "its result is cut off from the input: no gradient", KEEP)


def _probabilities(subject, input, target):
    """The row for a loss that fails on logits and runs on probabilities, or None. A heuristic."""
    if subject.kind not in ("binary", "classes"):
        return None
    squashed = input.sigmoid() if subject.kind == "binary" else input.softmax(1)
    try:
        out = subject(squashed.requires_grad_(), target.clone())
    except Raised:
        return None
    if _wrong(out, len(input), "float64"):
        return None
    found = "it fails on logits and runs on probabilities, so it seems to want probabilities (a heuristic)"
    torchs = "binary_cross_entropy_with_logits" if subject.kind == "binary" else "cross_entropy"
    cure = f"Take logits and work with logsigmoid or log_softmax, as torch.nn.functional.{torchs} does."
    return "problem", found, f"{cure} If probabilities are meant, pass an example input."


@check("repeatable", "the same batch twice, with another state of torch's random numbers")
def repeatable(subject):
    input, target = subject.examples.typed(torch.float64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        first = subject.value(input, target)
        torch.manual_seed(2)
        second = subject.value(input, target)
    if torch.equal(first, second):
        yield "ok", "equal to the last bit", ""
    else:
        found = f"{float(first.detach()):.6g} the first time and {float(second.detach()):.6g} the second"
        yield "warning", found, "Pass a torch.Generator, or take the noise (dropout, sampling) out of the loss."


@check("inputs kept", "input and target before and after a call")
def inputs_kept(subject):
    given = subject.examples.typed(torch.float64)
    sides = [side.clone() for side in given]
    subject(*sides)
    changed = [
        name for name, was, now in zip(("input", "target"), given, sides, strict=True) if not torch.equal(was, now)
    ]
    if changed:
        found = f"it writes into {' and '.join(changed)}: the numbers are others after the call"
        yield "problem", found, "Replace -=, *=, clamp_() and the like by their forms that return a new tensor."
    else:
        yield "ok", "unchanged", ""
