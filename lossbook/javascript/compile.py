"""The front door: a torch function in, JavaScript with its gradient out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lossbook.javascript import cache
from lossbook.javascript.compiled import Compiled, Shape
from lossbook.javascript.names import safe
from lossbook.javascript.refusals import CannotCompile
from lossbook.javascript.signature import checked_shapes, checked_wrt, default_name, in_order


def compile_js(fn: Callable, /, *, wrt: str | Sequence[str], name: str | None = None, **shapes: Shape) -> Compiled:
    """Compile a torch function of fixed-size arguments, and its exact gradient, to JavaScript.

    fn: computes one number from tensors with torch operations; arguments that are not in `shapes` keep their
        defaults.  Not allowed: Python decisions that depend on a tensor, randomness, numbers taken out of torch.
    wrt: the argument, or arguments, that the gradient is taken with respect to.
    name: what the JavaScript function is called; the function's own name by default.
    shapes: for each argument () for a number (a hyper-parameter is one too), (n,) or (n, m) for an array, or
        "index" for an integer.  The order is that of the JavaScript parameters.

    For curvature, compile the derivative: `compile_js(torch.func.grad(huber), wrt="input", ...)`.

    Results are kept in the user's cache folder (see `lossbook.javascript.cache`).

    Raises:
        CannotCompile: a ValueError that names the cause and the rewrite.

    >>> compiled = compile_js(huber, wrt="input", input=(), target=(), delta=())
    >>> print(compiled.esm())
    """
    if not callable(fn):
        raise TypeError(f"fn must be a function, got {type(fn).__name__}")
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"name must be a JavaScript identifier such as 'huber_slope', got {name!r}")
    title = name or default_name(fn)
    try:
        shapes = checked_shapes(shapes)
        wrt = checked_wrt(wrt, shapes)
        call = in_order(fn, shapes)
        entry = cache.key(fn, title, wrt, shapes)
        compiled = cache.load(entry)
        if compiled is None:
            compiled = _compile(call, title, wrt, shapes)
            cache.store(entry, compiled)
        return compiled
    except CannotCompile as refusal:
        raise CannotCompile(f"{title} cannot be compiled to JavaScript: {refusal}.") from refusal.__cause__


def _compile(call: Callable, title: str, wrt: tuple[str, ...], shapes: dict[str, Shape]) -> Compiled:
    # torch's recorder is slow to import, and a warm cache does without it
    from lossbook.javascript.operations import interpret
    from lossbook.javascript.scalars import Graph
    from lossbook.javascript.selfcheck import check
    from lossbook.javascript.trace import record, value_and_gradient
    from lossbook.javascript.write import write
    from lossbook.javascript.zeros import forget_zero_signs

    job = value_and_gradient(call, tuple(list(shapes).index(w) for w in wrt))
    recorded = record(job, shapes)
    graph = Graph()
    outputs = [list(o.flat) for o in interpret(graph, recorded, graph.inputs(shapes))]
    sizes = [len(o) for o in outputs]
    flat = forget_zero_signs([graph.number(e) for o in outputs for e in o])
    check(job, flat, shapes)
    return write(safe(title), wrt, shapes, flat, sizes)
