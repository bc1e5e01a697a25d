"""From a recorded ATen graph to scalar expressions.

Operations whose inputs are all known numbers are left to torch itself; the others go through the tables of
`elements`, `reductions` and `layouts`.
"""

from __future__ import annotations

import numpy as np
import torch

from lossbook.javascript.elements import ELEMENTS, array, each
from lossbook.javascript.layouts import LAYOUTS
from lossbook.javascript.reductions import REDUCTIONS
from lossbook.javascript.refusals import CannotCompile

TABLE = {**ELEMENTS, **REDUCTIONS, **LAYOUTS}

# operation -> how to write it instead
_INSTEAD = {
    "sort": "sorting has no straight-line form; use torch.maximum and torch.minimum on the elements",
    "topk": "use torch.maximum on the elements, or amax over a dimension",
    "_local_scalar_dense": "keep numbers as tensors: no .item(), no float()",
    "nonzero": "its shape depends on values; use torch.where(condition, a, b)",
    "convolution": "write the sum over shifted slices",
}
_DTYPES = {torch.float64, torch.float32, torch.bool, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8}


def constant(g, tensor: torch.Tensor) -> np.ndarray:
    """A tensor of known numbers as an array of constants."""
    if tensor.dtype not in _DTYPES:
        raise CannotCompile(_wrong_dtype(tensor.dtype))
    values = np.asarray(tensor.detach().tolist(), dtype=object).reshape(tuple(tensor.shape))
    return array(np.frompyfunc(g.const, 1, 1)(values))


def interpret(g, recorded: torch.fx.GraphModule, inputs: list[np.ndarray]):
    """The outputs of `recorded` as arrays of expressions over `inputs`.

    Raises:
        CannotCompile: for an operation without a JavaScript form, randomness, or a number type that
            JavaScript lacks.
    """
    known, feed = {}, iter(inputs)
    for node in recorded.graph.nodes:
        if node.op == "placeholder":
            known[node] = next(feed)
        elif node.op == "get_attr":
            known[node] = getattr(recorded, node.target)
        elif node.op == "output":
            return torch.fx.node.map_arg(node.args[0], lambda n: _expressions(g, known[n]))
        else:
            known[node] = _call(g, node, known)


def _call(g, node, known):
    name = _name(node.target)
    if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
        raise CannotCompile(f"it draws random numbers (aten.{name}); draw them outside and pass them as an argument")
    args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), known.__getitem__)
    if name == "getitem":
        return args[0][args[1]]
    flat = torch.utils._pytree.tree_leaves((args, kwargs))
    if not any(isinstance(a, np.ndarray) for a in flat):
        out = node.target(*args, **kwargs)
        return torch.zeros(out.shape, dtype=out.dtype) if name == "_efficientzerotensor" else out
    args, kwargs = torch.utils._pytree.tree_map(lambda a: _expressions(g, a), (args, kwargs))
    dtype = _dtype(node)
    if dtype is not None and dtype not in _DTYPES:
        raise CannotCompile(_wrong_dtype(dtype))
    if name in ("_to_copy", "convert_element_type"):
        return _convert(g, args[0], dtype)
    if name not in TABLE:
        hint = _INSTEAD.get(name, "write it with operations that are simpler (sums, products, exp, log, torch.where)")
        raise CannotCompile(f"the operation aten.{name} has no JavaScript form; {hint}")
    try:
        out = TABLE[name](g, *args, **kwargs)
    except (TypeError, KeyError, IndexError) as error:
        raise CannotCompile(f"this use of aten.{name} has no JavaScript form ({error})") from error
    return each(g, "fround", out) if dtype == torch.float32 and isinstance(out, np.ndarray) else out


def _name(target) -> str:
    return target.__name__.split(".")[0]


def _dtype(node):
    value = node.meta.get("val")
    return value.dtype if isinstance(value, torch.Tensor) else None


def _expressions(g, value):
    return constant(g, value) if isinstance(value, torch.Tensor) else value


def _convert(g, x, dtype):
    """What `.to(dtype)` does to a number."""
    if dtype == torch.bool:
        return array(np.frompyfunc(g.truth, 1, 1)(array(x)))
    x = array(np.frompyfunc(g.number, 1, 1)(array(x)))
    if dtype == torch.float32:
        return each(g, "fround", x)
    return x if dtype == torch.float64 else each(g, "trunc", x)


def _wrong_dtype(dtype) -> str:
    return f"it computes in {dtype}, which JavaScript lacks; compute in float64 (or float32)"
