"""What the best constant prediction is, against what the loss is said to elicit."""

import math

import torch

from lossbook.linting.findings import CannotRun, check

SKEWED = [1.0] * 4 + [2.0] * 5 + [3.0] * 4 + [5.0] * 3 + [10.0] * 3 + [21.0] * 2


@check("minimizer", "the best constant prediction for skewed targets, against the declared functional")
def minimizer(subject):
    wanted, e = subject.elicits, subject.examples
    if subject.kind == "signs":
        raise CannotRun("how a score becomes a probability differs from loss to loss; none is assumed")
    if wanted is None:
        said = getattr(subject.record, "elicits", "")
        why = f"the record says {said!r}, which this check does not know" if said else "nobody says what it should be"
        raise CannotRun(f"{why}; pass elicits='mean', 'median', 'quantile 0.9' or 'probability'")
    shares = subject.kind == "classes" or (subject.kind == "any" and wanted.name == "probability")
    if e.second is None or e.input.ndim > (2 if shares else 1) or e.domain == "unit":
        raise CannotRun("it needs one prediction, or one row of logits, a sample")
    if shares:
        if not (e.input.ndim == 2 and e.target.ndim == 1 and e.roles[e.second].kind == "labels"):
            raise CannotRun("it needs logits (N, C) and class indices (N,)")
        got, want = _best_shares(subject)
        yield _compared("class probabilities", [f"{p:.3f}" for p in got], [f"{p:.3f}" for p in want], got, want, 2e-3)
        return
    if subject.kind == "any" and not (e.roles[e.second].kind == "real" and e.target.shape == e.input.shape):
        raise CannotRun(f"it needs one number to predict a sample, and {e.second} is not of {e.first}'s shape and kind")
    if subject.kind == "binary":
        y = (torch.arange(20) < 7).double()
        low, high = _best(subject, y, -6.0, 6.0)
        got, want = torch.sigmoid(torch.tensor([low, high])).tolist(), 0.35
    else:
        y = torch.tensor(SKEWED).double()
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
        pair = subject.examples.pair
        cost = torch.stack([subject.value(pair(torch.full_like(y, c), y)).detach() for c in grid.tolist()])
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
    shares = subject.examples.roles[subject.examples.first].kind == "distribution"
    search = torch.optim.LBFGS([z], max_iter=60, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def closure():
        search.zero_grad()
        rows = z.softmax(0) if shares else z
        value = subject.value(subject.examples.pair(rows.expand(len(labels), count).clone(), labels))
        value.backward()
        return value

    search.step(closure)
    return z.detach().softmax(0).tolist(), (torch.bincount(labels.long(), minlength=count) / len(labels)).tolist()
