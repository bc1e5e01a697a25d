"""The gradient against finite differences, in every tensor that moves."""

import math
from collections.abc import Iterator

import torch
from torch.overrides import TorchFunctionMode

from lossbook.linting.findings import Raised, check
from lossbook.linting.samples import generator

CLOSE = 1e-5


class _Listener(TorchFunctionMode):
    """Notices that a function cuts a tensor off from what it was made of."""

    def __init__(self):
        super().__init__()
        self.heard = False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "")
        cut = name.startswith("detach") or (name == "__get__" and "data" in str(getattr(func, "__self__", "")))
        self.heard |= cut and any(isinstance(a, torch.Tensor) and a.requires_grad for a in args)
        return func(*args, **(kwargs or {}))


@check("gradient", "the gradient against central differences in float64, in each tensor that moves")
def gradient(subject):
    e = subject.examples
    batch = e.typed(torch.float64, e.few())
    value, slopes = subject.slopes(batch)
    if not slopes[e.first].any() and e.kind == "any" and e.count > 1:
        # nothing to do for these samples, perhaps: meet each with the others' partners
        batch = batch | {e.first: batch[e.first].roll(1, 0)}
        value, slopes = subject.slopes(batch)
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
            rows.append(_row(subject, batch, name, said, not slopes[name].any(), len(e.moved) > 1))
    yield from rows
    if agreed and not [row for row in rows if row[0] != "not run"]:
        names = f", in {', '.join(name for _, name in agreed)}" if len(e.moved) > 1 else ""
        yield "ok", f"they agree to {max(agreed)[0]:.0e} of the largest entry{names}", ""


def _row(subject, batch, name, said, none, several):
    """The row for a gradient that differs; a side that is not the first may be cut off on purpose."""
    found = f"in {name}, {said}" if several else said
    if name != subject.examples.first:
        if none:
            cure = "Right for a teacher, a weight or a target; else look for .detach() and torch.no_grad()."
            return "note", f"no gradient reaches {name}, though the loss depends on it", cure
        leaves = {side: batch[side].clone().requires_grad_().clone() for side in subject.examples.moved}
        with _Listener() as listener:
            subject.value(batch | leaves)
        if listener.heard:
            cure = "Right where a factor is held on purpose (a stopped gradient): say so; else take the .detach() out."
            return "warning", f"{found}: a part of it is detached", cure
    cure = "Look for .detach(), .data, torch.no_grad() or a hand-written backward; a kink or jump shows here too."
    return "problem", found, cure


def _worst(subject, batch, name, value, slope, most: int) -> tuple[float, str | None]:
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
            numeric = _difference(subject, batch, name, step * way) / step
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
        if role.kind == "distribution":
            last = x.shape[-1]
            way[i - i % last + (i + 1) % last] -= 1.0  # what one gains, its neighbor loses
        yield (f" (entry {i})" if len(places) == 1 else ""), way.view_as(x)


def _step(subject, x, name, way) -> float:
    """How far to go both ways: a little, and no further than half way to the end of what is legal."""
    role, there = subject.examples.roles[name], x[way != 0]
    step = 1e-6 * max(1.0, float(there.abs().max()))
    if subject.examples.domain in ("positive", "unit") and name == subject.examples.first:
        return step * min(1.0, float(there.abs().min()))
    room = min(float((there - role.low).min()), float((role.high - there).min()))
    return min(step, room / 2)


def _difference(subject, batch, name, move) -> float:
    ends = [float(subject.value(batch | {name: batch[name] + sign * move}).detach()) for sign in (1, -1)]
    return (ends[0] - ends[1]) / 2


def _jumps(subject, batch, name, way, step) -> bool:
    """Whether the difference stays when the step shrinks: a jump, which no slope tells."""
    wide, narrow = (abs(_difference(subject, batch, name, size * way)) for size in (step, step / 100))
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
    numeric = _difference(subject, middle, name, 1e-6 * way) / 1e-6
    error = abs(numeric - exact) / max(abs(numeric), abs(exact), 1e-3 * abs(float(value)), 1e-12)
    return error, f"autograd says {exact:.6g}, differences say {numeric:.6g} between two examples"
