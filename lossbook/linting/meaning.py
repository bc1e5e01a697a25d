"""What the loss means: logits or probabilities, the size of its gradient, and what the best prediction is."""

import math

import torch

from lossbook.linting.findings import CannotRun, check
from lossbook.linting.peers import nearest

FAR = 30.0


@check("logits", "sure logits, right and wrong; a constant added to all logits (a heuristic)")
def logits(subject):
    e, kind = subject.examples, _like(subject.examples)
    if kind not in ("binary", "classes") or e.domain != "real":
        named = f"{e.first} is not called logits, and no kind says so"
        raise CannotRun(f"it concerns losses of logits; {named if e.kind == 'any' else f'this is {e.describe()}'}")
    if kind == "classes" and not (e.input.ndim == 2 and e.target.ndim == 1):
        raise CannotRun("it needs logits (N, C) and class indices (N,)")
    (right, _), (wrong, slope) = (_at(subject, kind, size) for size in (FAR, -FAR))
    if not math.isfinite(right + wrong + slope):
        raise CannotRun(f"the loss is not finite at logits of size {FAR:g}; see extremes")
    # a second softmax sees numbers between 0 and 1: right and sure costs log(1 + (C - 1) / e), wrong and sure 1 more;
    # for a second sigmoid it is log(1 + 1 / e) and log 2; all of it perhaps times a weight
    others = e.input.shape[1] - 1 if kind == "classes" else 1
    least = math.log1p(others / math.e)
    rise = 1.0 if kind == "classes" else math.log(2) - least
    squash = "softmax" if kind == "classes" else "sigmoid"
    flat, unit = slope < 1e-4, wrong - right
    rows = []
    if flat and abs(right - least * unit / rise) < 1e-4 * unit:
        found = f"right and sure costs {right:.3f}, wrong and sure {wrong:.3f}: the marks of a second {squash}"
        rows.append(("problem", f"{found} (a heuristic)", f"Leave out the {squash} before the loss: it is inside."))
    elif flat and abs(wrong) < 1e-4 * unit:
        found = f"right and sure costs {right:.3f}, wrong and sure {wrong:.3f}: minus the probability (a heuristic)"
        rows.append(("warning", found, f"The logarithm is missing: F.nll_loss takes log_softmax, not {squash}."))
    elif right > wrong:
        found = f"right and sure costs {right:.3g}, more than wrong and sure, {wrong:.3g} (a heuristic)"
        rows.append(("problem", found, "A sign, or the labels, are swapped."))
    elif flat:
        found = f"flat where it is most wrong: slope {slope:.1e} at a wrong logit of size {FAR:g} (a heuristic)"
        cure = "Use logsigmoid or log_softmax, not log(p + eps); a bounded loss is flat there on purpose."
        rows.append(("warning", found, cure))
    if kind == "classes":
        batch = e.typed(torch.float64)
        moved = batch | {e.first: batch[e.first] + 5}
        plain, moved = (float(subject.value(sides).detach()) for sides in (batch, moved))
        if not abs(plain - moved) <= 1e-6 * max(abs(plain), 1e-3):
            found = (
                f"{plain:.4g}, and {moved:.4g} with 5 added to every logit: no softmax seems to be inside (a heuristic)"
            )
            rows.append(
                ("warning", found, "Apply log_softmax first, once: F.nll_loss, for one, takes log-probabilities.")
            )
    yield from rows or [("ok", f"right and sure costs {right:.3g}, wrong and sure {wrong:.3g}", "")]


def _like(e) -> str:
    """The kind, or what the names and values of tensors without one look like: logits, with labels or answers."""
    if e.kind != "any" or "logit" not in e.first or e.second is None:
        return e.kind
    role = e.roles[e.second].kind
    if role == "labels" and e.input.ndim == 2 and e.target.ndim == 1 and int(e.target.max()) < e.input.shape[1]:
        return "classes"
    return "binary" if role == "yes_no" and e.target.shape == e.input.shape else "any"


def _at(subject, kind: str, size: float) -> tuple[float, float]:
    """Loss and size of slope with a logit of ``size`` for the true label: positive is right, negative is wrong."""
    e = subject.examples
    if kind == "classes":
        input, target = torch.zeros_like(e.input[:1]), e.target[:1]
        input[0, int(target[0])] = abs(size)
        if size < 0:
            target = (target + 1) % e.input.shape[1]
        value, slope = subject.slope(e.pair(input, target))
    else:
        value, slope = subject.slope(e.pair(e.row(size), e.label(1.0).to(e.target.dtype)))
    return float(value), float(slope.abs().max())


@check("scale", "the size of the gradient beside torch's standard loss for this kind")
def scale(subject):
    batch = subject.examples.typed(torch.float64)
    first = subject.examples.first
    name, peer = nearest(subject.examples)
    try:
        leaf = batch[first].clone().requires_grad_()
        (reference,) = torch.autograd.grad(peer(batch | {first: leaf}), leaf)
    except (RuntimeError, ValueError, IndexError) as error:
        raise CannotRun(f"{name} does not take this batch: {str(error).splitlines()[0]}") from error
    own = float(subject.slope(batch)[1].norm())
    if not (reference.norm() and math.isfinite(own)) or (subject.kind == "any" and not own):
        raise CannotRun("one of the two gradients is 0, or not finite, on this batch; see gradient")
    ratio = own / float(reference.norm())
    text = f"{ratio:.3g} times that of {name}"
    if 1e-2 <= ratio <= 1e2:
        yield "note", text, ""
    else:
        cure = "A learning rate tuned for the standard loss will not do; rescale the loss, or the learning rate."
        yield "warning", text, f"{cure} Look for a sum where a mean is meant."
