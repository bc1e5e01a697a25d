"""What the loss costs beside torch's own, and whether it can run in a page."""

import statistics
import time

import torch

from lossbook.linting.findings import CannotRun, Raised, check
from lossbook.linting.peers import nearest

SAMPLES = 50_000  # numbers in the batch that is timed
COUPLED = 512  # samples there, if each meets all others
LARGEST = 64  # numbers in a tensor that is compiled


@check("speed", "forward and backward on 50,000 numbers in float32, beside the nearest torch loss")
def speed(subject):
    e = subject.examples
    name, peer = nearest(e)
    repeats = max(SAMPLES // e.input.numel(), 1) if e.count else 1
    if e.count and subject.coupling[0] not in ("mean", "sum"):
        repeats = max(min(repeats, COUPLED // e.count), 1)  # samples that meet each other cost by the square
    batch = e.typed(torch.float32)
    batch |= {side: torch.cat([batch[side]] * repeats) for side in e.rows}

    def own(batch):
        return _mean(subject.call(batch))

    try:
        times = [[], []]
        for _ in range(7):  # in turn, so that a busy moment hits both
            for fn, row in zip((own, peer), times, strict=True):
                row.append(_seconds(fn, batch, e.first))
    except Exception as error:
        raise CannotRun(f"the loss or {name} does not take the larger batch: {Raised(error)}") from error
    ratio = statistics.median(times[0]) / statistics.median(times[1])
    size = batch[e.first].element_size() * batch[e.first].numel()
    what = "what it is given" if e.kind == "any" else "the two sides"
    unit = f"times the numbers of {e.first}" if e.kind == "any" else "inputs"
    try:
        kept, others = (f"{_kept(fn, batch, e.first) / size:.3g}" for fn in (own, peer))
        memory = f"autograd keeps {kept} {unit} beside {what}, against {others}"
    except RuntimeError:
        memory = "what autograd keeps cannot be counted: torch.func inside the loss takes no hooks"
    many = f", with {batch[e.first].numel():,} numbers in {e.first}" if e.kind == "any" else ""
    slow = "relu, abs, softplus and torch's fused losses are quicker than torch.where with a random mask."
    cure = slow if ratio > 3 and e.kind != "any" else ""
    yield "note", f"{ratio:.2g} times the time of {name}{many}; {memory}", cure


def _kept(fn, batch, first) -> int:
    """Bytes of the arrays that autograd keeps for the way back, each once, without the inputs themselves."""
    seen = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        seen[storage.data_ptr()] = storage.nbytes()
        return tensor

    batch = batch | {first: batch[first].clone().requires_grad_()}
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        fn(batch)
    own = {x.untyped_storage().data_ptr() for x in batch.values() if isinstance(x, torch.Tensor)}
    return sum(size for place, size in seen.items() if place not in own)


def _seconds(fn, batch, first) -> float:
    leaf = batch[first].clone().requires_grad_()
    start = time.perf_counter()
    value = fn(batch | {first: leaf})
    torch.autograd.grad(value, leaf)
    return time.perf_counter() - start


@check("javascript", "compilation to JavaScript, for the book's live pages")
def javascript(subject):
    from lossbook.javascript import CannotCompile, compile_js

    try:
        fn, wrt, shapes, what = _one(subject)
        compiled = compile_js(fn, wrt=wrt, name="loss", **shapes)
    except CannotCompile as refusal:
        why = str(refusal).removeprefix("loss cannot be compiled to JavaScript: ")
        yield "note", f"no: {why}", "Only needed to draw the loss in a page."
    else:
        yield "ok", f"yes{what}, {len(compiled.esm()):,} characters with the gradient", ""


def _one(subject) -> tuple:
    """(a function to compile, its argument to differentiate in, shapes, what it is a function of, in words)."""
    e, hyper = subject.examples, dict(subject.hyper)
    fn = getattr(subject.fn, "definition", subject.fn)
    if e.kind == "any":
        return _of_path(subject) if getattr(e.record, "path", None) else _of_sides(subject)
    if e.input.ndim > (2 if subject.kind == "classes" else 1) or (subject.kind == "classes" and e.target.ndim != 1):
        raise CannotRun("it is tried on one number or one row of logits a sample")
    if len(e.sides) > 2:
        return _of_sides(subject)
    if subject.kind == "classes":
        shapes = {"input": (e.input.shape[1],), "target": "index"}

        def one(input, target):
            return _mean(fn(input.unsqueeze(0), target.reshape(1), **hyper))
    else:
        shapes = {"input": (3,), "target": (3,)}

        def one(input, target):
            return _mean(fn(input, target, **hyper))

    return one, "input", shapes, ""


def _of_path(subject) -> tuple:
    from lossbook.losses import along

    value, hyper = along(subject.fn), dict(subject.hyper)

    def one(s):
        return value(s, **hyper)

    return one, "s", {"s": ()}, " along its path"


def _of_sides(subject) -> tuple:
    """The loss as a function of the tensors that move; the others stay as they are."""
    e = subject.examples
    few = e.few(3)
    if any(few[name].ndim > 2 or few[name].numel() > LARGEST for name in e.moved):
        raise CannotRun(f"it is tried on up to two axes and {LARGEST} numbers a tensor")
    shapes = {f"side{i}": tuple(few[name].shape) for i, name in enumerate(e.moved)}
    core = getattr(subject.fn, "core", None)

    def one(**moved):
        batch = few | dict(zip(e.moved, moved.values(), strict=True))
        if core:
            return core(**batch, **subject.hyper)
        return _mean(subject.call(batch))

    return one, f"side{e.moved.index(e.first)}", shapes, f" in {', '.join(e.moved)}, with three samples"


def _mean(out):
    return out.mean() if out.ndim else out
