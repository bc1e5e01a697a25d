"""The text of a compiled loss: two functions with their documentation, and the helpers that they call."""

from __future__ import annotations

from collections.abc import Mapping

from lossbook.javascript.compiled import Compiled, Shape
from lossbook.javascript.names import safe
from lossbook.javascript.prelude import needed
from lossbook.javascript.printer import body
from lossbook.javascript.scalars import Expression


def write(
    name: str, wrt: tuple[str, ...], shapes: Mapping[str, Shape], outputs: list[Expression], sizes: list[int]
) -> Compiled:
    """`outputs` (the value, then each gradient flattened; `sizes` says how many of each) as a `Compiled`."""
    gradient_name = f"{name}_grad"
    names: dict[str, str] = {}
    for argument in shapes:
        names[argument] = safe(argument, names.values())
    taken = {*names.values(), name, gradient_name}

    value = outputs[0]
    returned: list[Expression | list[Expression]] = [value]
    start = 1
    for argument, size in zip(wrt, sizes[1:], strict=True):
        part = outputs[start : start + size]
        returned.append(part if shapes[argument] != () else part[0])
        start += size

    parameters = ", ".join(names.values())
    about = _arguments(names, shapes)
    value_source = (
        f"/**\n * The loss `{name}`, compiled from its PyTorch definition.\n{about}"
        f" * @returns {{number}} the value\n */\n"
        f"function {name}({parameters}) {{\n{body([value], names, taken)}\n}}\n"
    )
    slots = ", ".join(["value", *(f"d value / d {names[w]}" for w in wrt)])
    types = ", ".join("number" if shapes.get(w, ()) == () else "number[]" for w in ["", *wrt])
    gradient_source = (
        f"/**\n * The loss `{name}` and its gradient.\n{about}"
        f" * @returns {{[{types}]}} [{slots}]\n */\n"
        f"function {gradient_name}({parameters}) {{\n{body(returned, names, taken, as_array=True)}\n}}\n"
    )
    return Compiled(
        name, tuple(shapes), tuple(shapes.values()), wrt, value_source, gradient_source,
        needed(value_source + gradient_source),
    )  # fmt: skip


def _arguments(names: Mapping[str, str], shapes: Mapping[str, Shape]) -> str:
    lines = []
    for argument, shape in shapes.items():
        if shape == "index":
            kind, note = "number", " - an integer"
        elif shape == ():
            kind, note = "number", ""
        else:
            kind, note = "ArrayLike<number>", " - " + " x ".join(map(str, shape)) + " numbers"
            note += ", row by row" if len(shape) > 1 else ""
        renamed = f" (`{argument}` in Python)" if names[argument] != argument else ""
        lines.append(f" * @param {{{kind}}} {names[argument]}{note}{renamed}\n")
    return "".join(lines)
