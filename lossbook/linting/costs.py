"""What the loss costs beside torch's own, and whether it can run in a page."""

import statistics
import time

import torch

from lossbook.linting.findings import CannotRun, check
from lossbook.linting.meaning import NEAREST

SAMPLES = 50_000  # numbers in the batch that is timed


@check("speed", "forward and backward on 50,000 numbers in float32, beside the nearest torch loss")
def speed(subject):
    e = subject.examples
    name, peer = NEAREST[subject.kind]
    repeats = max(SAMPLES // e.input.numel(), 1)
    input, target = (torch.cat([side] * repeats) for side in e.typed(torch.float32))
    own, theirs = subject.value, lambda i, t: peer(i, t)
    try:
        kept = [_kept(fn, input, target) for fn in (own, theirs)]
        times = [[], []]
        for _ in range(7):  # in turn, so that a busy moment hits both
            for fn, row in zip((own, theirs), times, strict=True):
                row.append(_seconds(fn, input, target))
    except (RuntimeError, ValueError, IndexError) as error:
        raise CannotRun(f"{name} does not take this batch: {str(error).splitlines()[0]}") from error
    ratio = statistics.median(times[0]) / statistics.median(times[1])
    size = input.element_size() * input.numel()
    memory = f"autograd keeps {kept[0] / size:.3g} inputs beside the two sides, against {kept[1] / size:.3g}"
    slow = "relu, abs, softplus and torch's fused losses are quicker than torch.where with a random mask."
    yield "note", f"{ratio:.2g} times the time of {name}; {memory}", slow if ratio > 3 else ""


def _kept(fn, input, target) -> int:
    """Bytes of the arrays that autograd keeps for the way back, each once, without the inputs themselves."""
    seen = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        seen[storage.data_ptr()] = storage.nbytes()
        return tensor

    leaf = input.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        fn(leaf, target)
    own = {side.untyped_storage().data_ptr() for side in (leaf, target)}
    return sum(size for place, size in seen.items() if place not in own)


def _seconds(fn, input, target) -> float:
    leaf = input.clone().requires_grad_()
    start = time.perf_counter()
    value = fn(leaf, target)
    torch.autograd.grad(value, leaf)
    return time.perf_counter() - start


@check("javascript", "compilation to JavaScript, for the book's live pages")
def javascript(subject):
    from lossbook.javascript import CannotCompile, compile_js

    e = subject.examples
    fn, hyper = getattr(subject.fn, "definition", subject.fn), dict(subject.hyper)
    if e.input.ndim > (2 if subject.kind == "classes" else 1) or (subject.kind == "classes" and e.target.ndim != 1):
        raise CannotRun("it is tried on one number or one row of logits a sample")
    if subject.kind == "classes":
        shapes = {"input": (e.input.shape[1],), "target": "index"}

        def one(input, target):
            return _mean(fn(input.unsqueeze(0), target.reshape(1), **hyper))
    else:
        shapes = {"input": (3,), "target": (3,)}

        def one(input, target):
            return _mean(fn(input, target, **hyper))

    try:
        compiled = compile_js(one, wrt="input", name="loss", **shapes)
    except CannotCompile as refusal:
        why = str(refusal).removeprefix("loss cannot be compiled to JavaScript: ")
        yield "note", f"no: {why}", "Only needed to draw the loss in a page."
    else:
        yield "ok", f"yes, {len(compiled.esm()):,} characters with the gradient", ""


def _mean(out):
    return out.mean() if out.ndim else out
