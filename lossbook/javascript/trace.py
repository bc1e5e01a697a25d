"""Recording a torch function as a graph of ATen operations, together with its gradient."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import torch
from torch.fx.experimental.proxy_tensor import make_fx

from lossbook.javascript.compiled import Shape
from lossbook.javascript.decompositions import decompositions
from lossbook.javascript.guards import ChecksPass
from lossbook.javascript.refusals import CannotCompile, explain

_RECORDING = threading.Lock()  # torch's recorder keeps state that is not safe to share


def value_and_gradient(call: Callable, positions: tuple[int, ...]) -> Callable:
    """A function that returns (value, gradient, ...) for the arguments at `positions`."""

    def one_number(*values):
        out = call(*values)
        if not isinstance(out, torch.Tensor):
            raise CannotCompile(
                f"it returns {_kind(out)}, not a tensor; "
                "return one number as a tensor, computed with torch from start to end"
            )
        if out.shape != ():
            raise CannotCompile(
                f"it returns a tensor of shape {tuple(out.shape)}; "
                "a compiled loss returns one number: add .mean() or .sum()"
            )
        if not out.is_floating_point():
            raise CannotCompile(f"it returns a number of type {out.dtype}; return a floating-point number")
        return out

    if not positions:
        return lambda *values: (one_number(*values),)
    both = torch.func.grad_and_value(one_number, argnums=positions)

    def flat(*values):
        gradients, value = both(*values)
        return value, *gradients

    return flat


def record(job: Callable, shapes: Mapping[str, Shape]) -> torch.fx.GraphModule:
    """The ATen operations of `job`, decomposed to the core set, without writes in place.

    Raises:
        CannotCompile: with the cause and the rewrite, if the function cannot be recorded.
    """
    examples = [example(s) for s in shapes.values()]
    table = decompositions()
    options = {"tracing_mode": "fake", "_allow_non_fake_inputs": True}

    def checked(*values):
        with ChecksPass():
            return job(*values)

    with _RECORDING:
        try:
            recorded = make_fx(checked, decomposition_table=table, **options)(*examples)
            recorded = make_fx(torch.func.functionalize(recorded), **options)(*examples)
        except CannotCompile:
            raise
        except Exception as error:
            raise CannotCompile(explain(error)) from error
    recorded.graph.eliminate_dead_code()
    return recorded


def example(shape: Shape) -> torch.Tensor:
    """A tensor to record with; only its shape and type matter."""
    return torch.tensor(1) if shape == "index" else torch.full(shape, 0.5, dtype=torch.float64)


def _kind(value) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
