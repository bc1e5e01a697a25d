"""What the loss means: logits or probabilities, the size of its gradient, and what the best prediction is."""

import math

import torch
import torch.nn.functional as F

from lossbook.linting.findings import CannotRun, check

FAR = 30.0
NEAREST = {
    "regression": ("mse_loss", F.mse_loss),
    "binary": ("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits),
    "signs": ("soft_margin_loss", F.soft_margin_loss),
    "classes": ("cross_entropy", F.cross_entropy),
}


@check("logits", "sure logits, right and wrong; a constant added to all logits (a heuristic)")
def logits(subject):
    if subject.kind not in ("binary", "classes") or subject.examples.domain != "real":
        raise CannotRun(f"it concerns losses of logits; this is {subject.examples.describe()}")
    if subject.kind == "classes" and not _plain_classes(subject):
        raise CannotRun("it needs logits (N, C) and class indices (N,)")
    (right, _), (wrong, slope) = (_at(subject, size) for size in (FAR, -FAR))
    if not math.isfinite(right + wrong + slope):
        raise CannotRun(f"the loss is not finite at logits of size {FAR:g}; see extremes")
    # a second softmax sees numbers between 0 and 1, so the least loss is log(1 + (C - 1) / e); a sigmoid likewise
    others = subject.examples.input.shape[1] - 1 if subject.kind == "classes" else 1
    squash = "softmax" if subject.kind == "classes" else "sigmoid"
    flat = slope < 1e-4
    rows = []
    if flat and abs(right - math.log1p(others / math.e)) < 1e-4:
        found = f"right and sure costs {right:.3f}, wrong and sure {wrong:.3f}: the marks of a second {squash}"
        rows.append(("problem", f"{found} (a heuristic)", f"Leave out the {squash} before the loss: it is inside."))
    elif flat and abs(right + 1) < 1e-4 and abs(wrong) < 1e-4:
        found = f"right and sure costs {right:.3f}, wrong and sure {wrong:.3f}: minus the probability (a heuristic)"
        rows.append(("warning", found, f"The logarithm is missing: F.nll_loss takes log_softmax, not {squash}."))
    elif right > wrong:
        found = f"right and sure costs {right:.3g}, more than wrong and sure, {wrong:.3g} (a heuristic)"
        rows.append(("problem", found, "A sign, or the labels, are swapped."))
    elif flat:
        found = f"flat where it is most wrong: slope {slope:.1e} at a wrong logit of size {FAR:g} (a heuristic)"
        cure = "Use logsigmoid or log_softmax, not log(p + eps); a bounded loss is flat there on purpose."
        rows.append(("warning", found, cure))
    if subject.kind == "classes":
        input, target = subject.examples.typed(torch.float64)
        plain, moved = (float(subject.value(x, target).detach()) for x in (input, input + 5))
        if not abs(plain - moved) <= 1e-6 * max(abs(plain), 1e-3):
            found = (
                f"{plain:.4g}, and {moved:.4g} with 5 added to every logit: no softmax seems to be inside (a heuristic)"
            )
            rows.append(
                ("warning", found, "Apply log_softmax first, once: F.nll_loss, for one, takes log-probabilities.")
            )
    yield from rows or [("ok", f"right and sure costs {right:.3g}, wrong and sure {wrong:.3g}", "")]


def _plain_classes(subject) -> bool:
    return subject.examples.input.ndim == 2 and subject.examples.target.ndim == 1


def _at(subject, size: float) -> tuple[float, float]:
    """Loss and size of slope with a logit of ``size`` for the true label: positive is right, negative is wrong."""
    e = subject.examples
    if subject.kind == "classes":
        input, target = torch.zeros_like(e.input[:1]), e.target[:1]
        input[0, int(target[0])] = abs(size)
        if size < 0:
            target = (target + 1) % e.input.shape[1]
        value, slope = subject.slope(input, target)
        return float(value), float(slope.abs().max())
    value, slope = subject.slope(e.row(size), e.label(1.0))
    return float(value), float(slope.abs().max())


@check("scale", "the size of the gradient beside torch's standard loss for this kind")
def scale(subject):
    input, target = subject.examples.typed(torch.float64)
    name, peer = NEAREST[subject.kind]
    try:
        leaf = input.clone().requires_grad_()
        (reference,) = torch.autograd.grad(peer(leaf, target), leaf)
    except (RuntimeError, ValueError, IndexError) as error:
        raise CannotRun(f"{name} does not take this batch: {str(error).splitlines()[0]}") from error
    ratio = float(subject.slope(input, target)[1].norm() / reference.norm())
    text = f"{ratio:.3g} times that of {name}"
    if 1e-2 <= ratio <= 1e2:
        yield "note", text, ""
    else:
        cure = "A learning rate tuned for the standard loss will not do; rescale the loss, or the learning rate."
        yield "warning", text, f"{cure} Look for a sum where a mean is meant."


@check("minimizer", "the best constant prediction for skewed targets, against the declared functional")
def minimizer(subject):
    wanted = subject.elicits
    if subject.kind == "signs":
        raise CannotRun("how a score becomes a probability differs from loss to loss; none is assumed")
    if wanted is None:
        why = "the record names no mean, median, quantile or probability" if subject.record else "elicits is not given"
        raise CannotRun(f"{why}; pass elicits='mean', 'median', 'quantile 0.9' or 'probability'")
    if subject.examples.input.ndim > (2 if subject.kind == "classes" else 1) or subject.examples.domain == "unit":
        raise CannotRun("it needs one prediction, or one row of logits, a sample")
    if subject.kind == "classes":
        if not _plain_classes(subject):
            raise CannotRun("it needs logits (N, C) and class indices (N,)")
        got, want = _best_shares(subject)
        yield _compared("class probabilities", [f"{p:.3f}" for p in got], [f"{p:.3f}" for p in want], got, want, 2e-3)
        return
    if subject.kind == "binary":
        y = (torch.arange(20) < 7).double()
        low, high = _best(subject, y, -6.0, 6.0)
        got, want = torch.sigmoid(torch.tensor([low, high])).tolist(), 0.35
    else:
        y = torch.tensor([1.0] * 4 + [2.0] * 5 + [3.0] * 4 + [5.0] * 3 + [10.0] * 3 + [21.0] * 2).double()
        low, high = _best(subject, y, 0.5, 25.0)
        got, want = [low, high], float(y.mean()) if wanted.name == "mean" else _quantile(y, wanted.level)
    miss = max(got[0] - want, want - got[1], 0.0)
    near = got[0] if abs(got[0] - want) < abs(got[1] - want) else got[1]
    yield _compared(wanted.words, f"{want if not miss else near:.3f}", f"{want:.3f}", [miss], [0.0], 2e-3 * (1 + want))


def _compared(words, got, want, left, right, tolerance):
    if max(abs(a - b) for a, b in zip(left, right, strict=True)) <= tolerance:
        return "ok", f"the {words}: {want if isinstance(want, str) else ', '.join(want)}", ""
    verb = "are" if words.endswith("s") else "is"
    shown, wanted = (x if isinstance(x, str) else ", ".join(x) for x in (got, want))
    cure = (
        "Check the sign of the residual (input - target), the weights of the two sides, and any extra transformation."
    )
    return "problem", f"the best constant {verb} {shown}; the {words} {verb} {wanted}", cure


def _quantile(y: torch.Tensor, level: float) -> float:
    return float(y.sort().values[max(math.ceil(level * len(y) - 1e-9), 1) - 1])


def _best(subject, y: torch.Tensor, low: float, high: float) -> tuple[float, float]:
    """The ends of the interval of constants with the least loss, by a grid that is refined four times."""
    ends = None
    for _ in range(5):
        grid = torch.linspace(low, high, 81, dtype=torch.float64)
        cost = torch.stack([subject.value(torch.full_like(y, c), y).detach() for c in grid.tolist()])
        cost = cost.nan_to_num(nan=math.inf)
        if not torch.isfinite(cost).any():
            raise CannotRun("no constant prediction has a finite loss")
        best = (cost <= cost.min() + 1e-12 * cost.min().abs()).nonzero().flatten()
        first, last = int(best[0]), int(best[-1])
        ends = float(grid[first]), float(grid[last])
        if first != last:
            break  # a flat stretch: every constant of it is a best one
        low, high = float(grid[max(first - 1, 0)]), float(grid[min(last + 1, 80)])
    return ends


def _best_shares(subject) -> tuple[list[float], list[float]]:
    """(the probabilities that the least loss leads to, the shares of the classes)."""
    count = subject.examples.input.shape[1]
    labels = torch.cat([torch.full((k + 1,), k) for k in range(count)]).to(subject.examples.target.dtype)
    z = torch.zeros(count, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([z], max_iter=60, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def closure():
        search.zero_grad()
        value = subject.value(z.expand(len(labels), count).clone(), labels)
        value.backward()
        return value

    search.step(closure)
    return z.detach().softmax(0).tolist(), (torch.bincount(labels.long(), minlength=count) / len(labels)).tolist()
