"""What a function is called, what arguments it wants, and how to call it with tensors in the order of `shapes`."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping

from lossbook.javascript.compiled import Shape
from lossbook.javascript.refusals import CannotCompile

MAX_ELEMENTS = 256  # numbers in one argument


def default_name(fn: Callable) -> str:
    """The function's own name; "loss" for a lambda; a class's name in lower case for a callable object."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    name = getattr(fn, "__name__", None) or type(fn).__name__.lower()
    return name if name.isidentifier() else "loss"


def checked_shapes(shapes: Mapping[str, object]) -> dict[str, Shape]:
    """`shapes` as tuples of ints or "index".

    Raises:
        CannotCompile: if an entry is no shape, or too large.
    """
    if not shapes:
        raise CannotCompile('it needs the shape of each argument: input=(), target=(), z=(5,), label="index"')
    return {name: _checked(name, shape) for name, shape in shapes.items()}


def _checked(name: str, shape) -> Shape:
    if shape == "index":
        return "index"
    sizes = (shape,) if isinstance(shape, int) and not isinstance(shape, bool) else shape
    whole = isinstance(sizes, (tuple, list)) and all(isinstance(n, int) and not isinstance(n, bool) for n in sizes)
    if not whole or any(n < 1 for n in sizes):
        raise CannotCompile(
            f'the shape of {name} is {shape!r}; it must be () for a number, (n,) or (n, m) for an array, or "index"'
        )
    if math.prod(sizes) > MAX_ELEMENTS:
        raise CannotCompile(
            f"{name} has {math.prod(sizes):,} numbers; the limit is {MAX_ELEMENTS}, because compiled code has no "
            "loops. Compile the loss of one sample (or use smaller shapes) and loop in JavaScript"
        )
    return tuple(sizes)


def checked_wrt(wrt, shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    """`wrt` as a tuple of argument names that can be differentiated."""
    wrt = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    for name in wrt:
        if name not in shapes:
            raise CannotCompile(f"wrt names {name!r}, but the arguments are {', '.join(shapes)}")
        if shapes[name] == "index":
            raise CannotCompile(f"wrt names {name!r}, which is an integer and has no derivative; give it a shape")
    if len(set(wrt)) < len(wrt):
        raise CannotCompile(f"wrt names an argument twice: {', '.join(wrt)}")
    return wrt


def in_order(fn: Callable, shapes: Mapping[str, Shape]) -> Callable:
    """`fn` as a function of positional tensors in the order of `shapes`.

    Raises:
        CannotCompile: for a name that is not an argument of `fn`, or an argument that lacks a shape.
    """
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):  # a builtin that does not tell: all by position
        return fn
    names = list(shapes)
    own = signature.parameters
    kinds = {p.kind for p in own.values()}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        unknown = [n for n in names if n not in own]
        if unknown:
            raise CannotCompile(f"{unknown[0]!r} is not an argument of the function, which has {', '.join(own)}")
    missing = [
        p.name
        for p in own.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in shapes
    ]
    if missing:
        raise CannotCompile(f"the argument {missing[0]!r} has no shape; add {missing[0]}=() if it is a number")

    def call(*values):
        bound = signature.bind_partial()
        bound.arguments.update(_by_kind(signature, dict(zip(names, values, strict=True))))
        return fn(*bound.args, **bound.kwargs)

    return call


def _by_kind(signature: inspect.Signature, values: dict) -> dict:
    """`values` in the order of the signature; what only **kwargs can take goes there."""
    own = {n: values[n] for n in signature.parameters if n in values}
    rest = {n: v for n, v in values.items() if n not in own}
    extra = [p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD]
    return {**own, extra[0]: rest} if rest else own
