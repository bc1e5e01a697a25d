"""Masks, labels to ignore, and batches whose labels are all of one kind."""

import torch

from lossbook.linting.findings import CannotRun, Raised, check
from lossbook.linting.samples import generator

MASKS = ("mask", "ignore_index", "sample_weight")
SELECT = "Select first, input[mask], or torch.where(mask, input, 0) before computing."
NOTHING = "Divide by the number that is left .clamp(min=1); return input.sum() * 0 where nothing is left."


@check("masked", "masks: all masked, half masked against sliced, NaN under the mask; labels that are all alike")
def masked(subject):
    e = subject.examples
    name = next((n for n in MASKS if n in subject.arguments and e.sides.get(n) is None), None)
    given = [n for n, role in e.roles.items() if role.kind == "mask"]
    rows, reasons, said = [], [], []
    for mask in given:
        found, words = _of_given(subject, mask)
        rows += found
        said += [words] if words else []
    if name and not given:
        try:
            found, words = _of_argument(subject, name)
            rows += found
            said += [words] if words else []
        except CannotRun as reason:
            reasons.append(str(reason))
    found, words = _one_sided(subject)
    rows += found
    said += [words] if words else []
    if rows or said:
        yield from rows or [("ok", "; ".join(said), "")]
    else:
        none = f"the loss takes none of {', '.join(MASKS)}"
        raise CannotRun(reasons[0] if reasons else none)


def _of_argument(subject, name):
    """Rows, and words if all is well, for a mask that the loss may be given."""
    e = subject.examples
    if not e.count:
        raise CannotRun("nothing counts samples that a mask could leave out")
    batch = e.typed(torch.float64)
    if name == "ignore_index" and (batch[e.second].is_floating_point() if e.second else True):
        raise CannotRun("ignore_index concerns class indices, and the target holds probabilities")
    side = next((s for s in e.record.sides if s.name == name), None) if e.record else None
    shapes = [batch[e.first].shape[: len(side.axes)]] if side else list(_shapes(batch[e.first], e.kind))
    for shape in shapes:
        try:
            return _rows(subject, name, tuple(shape), batch)
        except Raised as error:
            problem = f"with a mask of shape {tuple(shape)} as {name} it raises {error}"
            if len(shape) > 1 or len(shapes) == 1:
                raise CannotRun(problem) from error
    raise CannotRun(problem)


def _shapes(x, kind: str):
    """The shapes a mask may have: one entry a sample, or one an item of each sample's list."""
    yield x.shape[:1]
    if kind == "any" and x.ndim > 1:
        yield x.shape[:2]


def _rows(subject, name, shape, batch):
    e, count = subject.examples, subject.examples.count
    keep, none = torch.arange(count) % 2 == 0, torch.zeros(shape, dtype=torch.bool)
    wide = keep.reshape(-1, *[1] * (len(shape) - 1)).expand(shape)
    poisoned = {n: torch.where(_beside(keep, batch[n]), batch[n], torch.nan) for n in e.moved if n in e.rows}
    half = float(_masking(subject, name, batch, wide)[0])
    through = float(_masking(subject, name, batch | poisoned, wide)[0])
    value, slopes = _masking(subject, name, batch, none)
    rows = []
    if e.kind != "any" or subject.coupling[0] != "coupled":
        sliced = float(subject.value(e.at(keep, batch)).detach())
        if not abs(half - sliced) <= 1e-9 * abs(sliced):
            found = f"{half:.6g} with every other sample masked, {sliced:.6g} without those samples"
            rows.append(
                ("warning", found, "Divide by the number of samples that are left: (loss * mask).sum() / mask.sum().")
            )
    if through != through and half == half:
        found = "a NaN under the mask comes through: it multiplies by 0 and does not select"
        rows.append(("warning", found, SELECT))
    if not _finite(value, slopes):
        level = "note" if name == "ignore_index" else "warning"  # NaN is torch's own convention for ignored labels
        rows.append((level, f"all masked: {_told(value, slopes)}", "Divide by mask.sum().clamp(min=1)."))
    if len(shape) > 1:
        rows += _one_list(lambda mask: _masking(subject, name, batch, mask), none)
    return rows, f"{name}: masked equals sliced, and all masked is {float(value):g}"


def _one_list(masking, none):
    """The row for one sample of which nothing is left, among others."""
    one = ~none
    one[0] = none[0]
    value, slopes = masking(one)
    if _finite(value, slopes):
        return []
    found = f"one sample without items, among others: {_told(value, slopes)}"
    return [("problem", found, f"{NOTHING} A log or softmax over no items is NaN.")]


def _of_given(subject, name):
    """Rows, and words if all is well, for a mask among the tensors."""
    e = subject.examples
    batch = e.typed(torch.float64)
    shape = batch[name].shape
    keep = torch.rand(shape, generator=generator(2)) < 0.6
    if keep.ndim > 1:
        keep[:, 0] = True
    beside = [n for n in e.moved if batch[n].shape[: len(shape)] == shape and e.roles[n].kind == "real"]

    def masking(mask, **sides):
        return subject.slopes(batch | sides | {name: mask})

    rows, hides = [], False
    try:
        if beside and keep.any() and not keep.all():
            rows, hides = _under(batch, name, keep, beside, masking)
        none = torch.full_like(keep, hides)
        value, slopes = masking(none)
        if not _finite(value, slopes):
            rows.append(("warning", f"{name} all {hides}: {_told(value, slopes)}", NOTHING))
        if keep.ndim > 1 and name in e.rows:
            rows += _one_list(masking, none)
    except Raised as error:
        if isinstance(error.cause, (ValueError, TypeError)):
            return rows, f"{name}: a batch of which nothing is left is refused"
        return [*rows, ("problem", f"with a {name} of which nothing is left it raises {error}", NOTHING)], ""
    return rows, f"{name}: what it hides does not count, and all {hides} is {float(value):g}"


def _under(batch, name, keep, beside, masking):
    """(the rows of other numbers, and of NaN, under a mask; whether True is what hides)."""
    plain = float(masking(keep)[0])
    for hides in (False, True):
        hidden = keep if hides else ~keep
        other = {n: torch.where(_beside(hidden, batch[n]), batch[n].roll(1, 0), batch[n]) for n in beside}
        if abs(float(masking(keep, **other)[0]) - plain) <= 1e-9 * max(abs(plain), 1e-12):
            break
    else:
        found = f"the loss changes with the numbers that {name} hides, whichever of True and False means hidden"
        return [("warning", found, "Take the masked entries out of every sum, mean, softmax and maximum.")], False
    nans = {n: torch.where(_beside(hidden, batch[n]), torch.nan, batch[n]) for n in beside}
    value, slopes = masking(keep, **nans)
    left = [slopes[n][~hidden] for n in beside]
    if not torch.isfinite(value) or not all(torch.isfinite(slope).all() for slope in left):
        found = f"a NaN under {name} comes through: it multiplies by 0 and does not select"
        return [("warning", found, SELECT)], hides
    return [], hides


def _one_sided(subject):
    """Rows, and words if all is well, for labels that are all alike or all different, all yes or all no."""
    e = subject.examples
    batch = e.typed(torch.float64)
    tries = []
    for name, role in e.roles.items():
        x = batch[name]
        if name == e.first or role.kind not in ("labels", "signs", "yes_no", "whole") or not x.numel():
            continue
        if role.kind == "whole":
            tries += [(f"{name} all alike", name, torch.full_like(x, float(x.max())), False)]
            tries += [(f"{name} all 0", name, torch.zeros_like(x), False)]
        elif role.kind == "labels":
            tries.append((f"{name} all alike", name, x.flatten()[0].expand_as(x).clone(), False))
            if role.free and x.ndim == 1 and e.kind == "any":
                tries.append((f"{name} all different", name, torch.arange(len(x), dtype=x.dtype), True))
        else:
            low = -1.0 if role.kind == "signs" else 0.0
            tries += [(f"{name} all {v:g}", name, torch.full_like(x, v), False) for v in (low, 1.0)]
    rows, refused = [], 0
    for words, name, labels, guessed in tries:
        try:
            value, slopes = subject.slopes(batch | {name: labels})
        except Raised as error:
            if isinstance(error.cause, (ValueError, TypeError)) or (guessed and _out_of_range(error)):
                refused += 1
            else:
                rows.append(("problem", f"{words}: it raises {error}", NOTHING))
            continue
        if not _finite(value, slopes):
            rows.append(("problem", f"{words}: {_told(value, slopes)}", f"{NOTHING} Such batches occur."))
    tail = f" ({refused} refused)" if refused else ""
    return rows, f"finite with {', '.join(words for words, *_ in tries)}{tail}" if tries else ""


def _out_of_range(error: Raised) -> bool:
    """Whether labels that were guessed are simply no class indices."""
    return isinstance(error.cause, IndexError) or "index" in str(error.cause) or "class" in str(error.cause).lower()


def _finite(value, slopes) -> bool:
    return bool(torch.isfinite(value)) and all(bool(torch.isfinite(g).all()) for g in slopes.values())


def _told(value, slopes) -> str:
    finite = all(torch.isfinite(g).all() for g in slopes.values())
    return f"value {float(value):g}, gradient {'finite' if finite else 'not finite'}"


def _beside(mask, x):
    """A mask with the axes that ``x`` has beyond it."""
    return mask.reshape(*mask.shape, *[1] * (x.ndim - mask.ndim))


def _masking(subject, name, batch, keep):
    """(value, slopes) with all but ``keep`` masked by the argument ``name``."""
    if name == "ignore_index":
        second = subject.examples.second
        ignored = int(subject.hyper.get("ignore_index", -100))
        rows = keep.reshape(-1, *[1] * (batch[second].ndim - 1))
        sides = batch | {second: torch.where(rows, batch[second], torch.full_like(batch[second], ignored))}
        return subject.slopes(sides, **({} if "ignore_index" in subject.hyper else {"ignore_index": ignored}))
    return subject.slopes(batch, **{name: keep if name == "mask" else keep.double()})
