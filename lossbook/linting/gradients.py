"""The gradient against finite differences, in every tensor that moves."""

import math
from collections.abc import Iterator

import torch
from torch.overrides import TorchFunctionMode

from lossbook.linting.findings import Raised, check
from lossbook.linting.samples import generator

CLOSE = 1e-5


class _Held(TorchFunctionMode):
    """Keeps what a function cuts off from its inputs (.detach(), .data, torch.no_grad()), and holds it in later calls.

    Then the differences of the held function are what autograd should say, if all that it leaves out was meant.
    """

    def __init__(self, kept: list | None = None):
        super().__init__()
        self.kept, self.holds, self.place = [] if kept is None else kept, kept is not None, 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        cuts = func in (torch.Tensor.detach, torch.Tensor.data.__get__)
        if not cuts and torch.is_grad_enabled():
            return out
        if not self.holds:
            self.kept.append(out.clone() if isinstance(out, torch.Tensor) else out)
            return out
        self.place += 1
        return self.kept[self.place - 1] if self.place <= len(self.kept) else out


@check("gradient", "the gradient against central differences in float64, in each tensor that moves")
def gradient(subject):
    e = subject.examples
    for batch in _batches(e):
        value, slopes = subject.slopes(batch)
        if slopes[e.first].any():
            break
    if not slopes[e.first].any():
        found = "the gradient is 0 everywhere: nothing can be learnt from it"
        yield "problem", found, "argmax, round, sign and comparisons have no slope; use a smooth surrogate."
        return
    rows, agreed, most = [], [], 64 if len(e.moved) == 1 else 24
    for name in e.moved:
        worst, said = _worst(subject, batch, name, value, slopes[name], most)
        if said is None:
            worst, said = _chord(subject, batch, name)
        if said is None:
            rows.append(("not run", f"{name} cannot be moved by a little: the loss refuses it", ""))
        elif worst <= CLOSE:
            agreed.append((worst, name))
        else:
            rows.append(_row(subject, batch, name, said, slopes[name], most))
    yield from rows
    if agreed and not [row for row in rows if row[0] != "not run"]:
        names = f", in {', '.join(name for _, name in agreed)}" if len(e.moved) > 1 else ""
        yield "ok", f"they agree to {max(agreed)[0]:.0e} of the largest entry{names}", ""


def _batches(e) -> Iterator[dict]:
    """The first samples; and if these are done, or past help, met with the others' partners, and near to their own."""
    batch = e.typed(torch.float64, e.few())
    yield batch
    if e.kind == "any":
        x = batch[e.first]
        if e.count > 1:
            yield batch | {e.first: x.roll(1, 0)}
        for name in e.moved[1:]:
            if batch[name].shape == x.shape:
                yield batch | {e.first: 0.9 * batch[name] + 0.1 * x}


def _row(subject, batch, name, said, slope, most):
    """The row for a gradient that differs from differences: on purpose if a part of the loss is held, or by mistake."""
    found = f"in {name}, {said}" if len(subject.examples.moved) > 1 else said
    if name != subject.examples.first and not slope.any():
        cure = "Right for a teacher, a weight or a target; else look for .detach() and torch.no_grad()."
        return "note", f"no gradient reaches {name}, though the loss depends on it", cure
    for whole in (subject.value, _readable(subject)):
        if whole and _agrees_when_held(subject, batch, name, slope, most, whole):
            cure = "Right where a factor is held on purpose (a stopped gradient): say so; else take the .detach() out."
            return "warning", f"{found}: a part of the loss is detached, and they agree if it is held", cure
    cure = "Look for .detach(), .data, torch.no_grad() or a hand-written backward; a kink or jump shows here too."
    return "problem", found, cure


def _readable(subject):
    """A loss of the registry by its definition: what a fast form leaves out cannot be seen from outside."""
    core = getattr(subject.fn, "core", None)
    return core and (lambda batch: core(**batch, **subject.hyper))


def _agrees_when_held(subject, batch, name, slope, most, whole) -> bool:
    with _Held() as held:
        value = whole(batch)

    def again(moved):
        with _Held(held.kept):
            return whole(moved)

    return bool(held.kept) and _worst(subject, batch, name, value.detach(), slope, most, again)[0] <= CLOSE


def _worst(subject, batch, name, value, slope, most: int, value_of=None) -> tuple[float, str | None]:
    """(the largest error as a share of the largest slope, both numbers in words); no words where nothing can move."""
    worst, said, ways = 0.0, None, list(_ways(subject, batch, name, most))
    shares = subject.examples.roles[name].kind == "distribution"
    sizes = [abs(float((slope * way).sum())) for _, way in ways] if shares else slope.abs().flatten().tolist()
    largest = max(sizes, default=0.0)
    for where, way in ways:
        step = _step(subject, batch[name], name, way)
        if not step:
            continue
        try:
            numeric = _difference(value_of or subject.value, batch, name, step * way) / step
        except Raised as error:
            if subject.kind == "any" and isinstance(error.cause, (ValueError, TypeError)):
                continue
            raise
        exact = float((slope * way).sum())
        scale = max(abs(numeric), largest, 1e-9 * abs(float(value)) / step)
        error = abs(numeric - exact) / scale if scale else 0.0
        if (
            error > CLOSE
            and name != subject.examples.first
            and not slope.any()
            and _jumps(subject, batch, name, way, step)
        ):
            continue  # ranks and comparisons: flat but for jumps
        if said is None or not error <= worst:
            worst, said = error, f"autograd says {exact:.6g}, differences say {numeric:.6g}{where}"
        if math.isnan(worst):
            break
    return worst, said


def _ways(subject, batch, name, most: int) -> Iterator[tuple[str, torch.Tensor]]:
    """Directions in which a side is moved, each with where it is: single entries, or for shares from one to another."""
    x, role = batch[name], subject.examples.roles[name]
    places = list(range(x.numel()))
    if len(places) > most:
        places = torch.randperm(len(places), generator=generator())[:most].tolist()
    for i in places:
        way = torch.zeros_like(x).view(-1)
        way[i] = 1.0
        way = way.view_as(x)
        if role.kind == "distribution":
            way = way - way.roll(1, role.axis)  # what one gains, its neighbor loses
        yield (f" (entry {i})" if len(places) == 1 else ""), way


def _step(subject, x, name, way) -> float:
    """How far to go both ways: a little, and no further than half way to the end of what is legal."""
    role, there = subject.examples.roles[name], x[way != 0]
    step = 1e-6 * max(1.0, float(there.abs().max()))
    if subject.examples.domain in ("positive", "unit") and name == subject.examples.first:
        return step * min(1.0, float(there.abs().min()))
    room = min(float((there - role.low).min()), float((role.high - there).min()))
    return min(step, room / 2)


def _difference(value_of, batch, name, move) -> float:
    ends = [float(value_of(batch | {name: batch[name] + sign * move}).detach()) for sign in (1, -1)]
    return (ends[0] - ends[1]) / 2


def _jumps(subject, batch, name, way, step) -> bool:
    """Whether the difference stays when the step shrinks: a jump, which no slope tells."""
    wide, narrow = (abs(_difference(subject.value, batch, name, size * way)) for size in (step, step / 100))
    return narrow > 0.5 * wide


def _chord(subject, batch, name) -> tuple[float, str | None]:
    """As _worst, between two examples of the record: for a side whose entries cannot be moved one by one."""
    role, record = subject.examples.roles[name], subject.examples.record
    if record is None or not role.own:
        return 0.0, None
    count = {"N": len(batch[name])} if role.sample else {}
    from lossbook.losses import examples

    other = examples(record, seed=1, **count)[name]
    if other.shape != batch[name].shape:
        return 0.0, None
    way, middle = other - batch[name], batch | {name: (other + batch[name]) / 2}
    value, slopes = subject.slopes(middle)
    exact = float((slopes[name] * way).sum())
    numeric = _difference(subject.value, middle, name, 1e-6 * way) / 1e-6
    error = abs(numeric - exact) / max(abs(numeric), abs(exact), 1e-3 * abs(float(value)), 1e-12)
    return error, f"autograd says {exact:.6g}, differences say {numeric:.6g} between two examples"
