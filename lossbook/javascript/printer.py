"""Scalar expressions as readable straight-line JavaScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lossbook.javascript.names import fresh
from lossbook.javascript.scalars import Expression, reachable
from lossbook.javascript.vocabulary import CALL, OPERATORS

WIDTH = 96  # longer expressions are cut into named parts

_NAMED_NUMBERS = {
    math.pi: "Math.PI",
    math.e: "Math.E",
    math.log(2): "Math.LN2",
    math.log(10): "Math.LN10",
    math.sqrt(2): "Math.SQRT2",
    math.sqrt(0.5): "Math.SQRT1_2",
}


def literal(v: float | bool) -> str:
    """A double or boolean as JavaScript writes it; reading it back gives the same bits."""
    if isinstance(v, bool):
        return "true" if v else "false"
    if math.isnan(v):
        return "NaN"
    if v < 0 or (v == 0 and math.copysign(1, v) < 0):
        return "-" + literal(-v)
    if math.isinf(v):
        return "Infinity"
    if v in _NAMED_NUMBERS:
        return _NAMED_NUMBERS[v]
    return str(int(v)) if v == int(v) and v < 1e15 else repr(v)


def body(
    outputs: Sequence[Expression | list[Expression]], names: dict[str, str], taken: set[str], as_array: bool = False
) -> str:
    """The statements of a function that returns its one output, or all of them as an array.

    `names` gives each argument's JavaScript name; `taken` the names that temporaries must avoid.
    """
    roots = [e for o in outputs for e in (o if isinstance(o, list) else [o])]
    statements, text = _statements(roots, names, set(taken))
    shown = [_array([text(e) for e in o], 4) if isinstance(o, list) else text(o) for o in outputs]
    result = _array(shown, 2) if as_array else shown[0]
    return "\n".join("  " + line for line in [*statements, f"return {result};"])


def _statements(
    roots: list[Expression], names: dict[str, str], taken: set[str]
) -> tuple[list[str], Callable[[Expression], str]]:
    """A `const` for each expression that is used twice or is long, and the printer for what remains."""
    order = reachable(roots)
    uses = dict.fromkeys((e.serial for e in order), 0)
    for e in roots:
        uses[e.serial] += 1
    for e in order:
        for a in e.args if e.op not in ("const", "input") else ():
            uses[a.serial] += 1
    printed: dict[int, tuple[str, int]] = {}
    lines: list[str] = []

    def name(e: Expression) -> None:
        label = fresh(OPERATORS[e.op].label, taken)
        lines.append(f"const {label} = {printed[e.serial][0]};")
        printed[e.serial] = label, CALL

    for e in order:
        printed[e.serial] = _source(e, printed, names)
        while len(printed[e.serial][0]) > WIDTH:  # name the longest part, until the rest fits a line
            part = max(e.args, key=lambda a: len(printed[a.serial][0]))
            if part.op in ("const", "input") or printed[part.serial][0].isidentifier():
                break
            name(part)
            printed[e.serial] = _source(e, printed, names)
        if e.op not in ("const", "input") and uses[e.serial] > 1:
            name(e)
    return lines, lambda e: printed[e.serial][0]


def _source(e: Expression, printed: dict[int, tuple[str, int]], names: dict[str, str]) -> tuple[str, int]:
    """The text of `e` and its precedence, given the text of its arguments."""
    if e.op == "input":
        argument, position = e.args
        return names[argument] + ("" if position is None else f"[{position}]"), CALL
    if e.op == "const":
        source = literal(e.args[0])
        return source, 16 if source[0] == "-" else CALL
    if e.op == "pow" and e.args[1].constant is not None and math.isfinite(e.args[1].constant):
        template, mine = "Math.pow({}, {})", CALL
    else:
        template, mine = OPERATORS[e.op].js, OPERATORS[e.op].precedence
    parts = []
    for position, a in enumerate(e.args):
        source, precedence = printed[a.serial]
        signs = position > 0 and e.op in "+-" and source.startswith("-")  # a - (-b)
        parts.append(f"({source})" if signs or precedence < _least(e.op, mine, position) else source)
    return template.format(*parts), mine


def _least(op: str, mine: int, position: int) -> int:
    """The lowest precedence that an argument may have without brackets."""
    if mine == CALL:
        return 0
    if op == "?":
        return 3 if position == 2 else 4
    if op in ("neg", "!"):
        return CALL if op == "neg" else mine
    # a sum or product in the right-hand place keeps its brackets: (a + b) + c rounds unlike a + (b + c)
    return mine + (position > 0 and op not in ("&&", "||"))


def _array(items: list[str], indent: int) -> str:
    one = "[" + ", ".join(items) + "]"
    if len(one) + indent <= WIDTH and "\n" not in one:
        return one
    pad = "\n" + " " * (indent + 2)
    return "[" + pad + ("," + pad).join(items) + ",\n" + " " * indent + "]"
