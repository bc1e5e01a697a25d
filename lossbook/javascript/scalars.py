"""Scalar expressions that are shared, folded and simplified as they are made.

A `Graph` belongs to one compilation, so compilations never see each other's expressions.  Within a graph equal
expressions are the same object, and an expression is made after its arguments: sorting by `serial` is a
topological order, which spares every later pass a recursion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from lossbook.javascript.compiled import Shape
from lossbook.javascript.refusals import CannotCompile
from lossbook.javascript.rules import simplify
from lossbook.javascript.vocabulary import COMMUTATIVE, LOGICAL, OPERATORS, compute

MAX_OPERATIONS = 20_000  # scalar operations in one compiled function; beyond that a loop is the better form


class Expression:
    """One scalar: an operator with arguments, an input (`op == "input"`) or a constant (`op == "const"`)."""

    __slots__ = ("args", "boolean", "graph", "op", "serial")

    def __init__(self, graph: Graph, op: str, args: tuple, boolean: bool, serial: int):
        self.graph, self.op, self.args, self.boolean, self.serial = graph, op, args, boolean, serial

    @property
    def constant(self) -> float | bool | None:
        """The number that this expression is, or None if it is not a constant."""
        return self.args[0] if self.op == "const" else None

    # what `@` and `np.add.accumulate` need of the elements of an object array
    def __add__(self, other):
        return self.graph.apply("+", self, other)

    def __sub__(self, other):
        return self.graph.apply("-", self, other)

    def __mul__(self, other):
        return self.graph.apply("*", self, other)

    def __repr__(self) -> str:
        return f"<{self.op} {self.serial}>"


class Graph:
    """The expressions of one compilation."""

    def __init__(self):
        self._made: dict[tuple, Expression] = {}

    def input(self, argument: str, position: int | None) -> Expression:
        """The argument itself (`position` None) or one element of it, counted row by row."""
        return self._make("input", (argument, position), (argument, position), boolean=False)

    def inputs(self, shapes: Mapping[str, Shape]) -> list[np.ndarray]:
        """One object array of input expressions for each argument."""
        out = []
        for name, shape in shapes.items():
            sizes = () if shape == "index" else shape
            flat = [self.input(name, k) for k in range(math.prod(sizes))] if sizes else [self.input(name, None)]
            out.append(np.array(flat, dtype=object).reshape(sizes))
        return out

    def const(self, value) -> Expression:
        value = value if isinstance(value, bool) else float(value)
        return self._make("const", (repr(value),), (value,), boolean=isinstance(value, bool))

    def apply(self, op: str, *args, loose: bool = False) -> Expression:
        """`op` applied to expressions or numbers.

        The result equals the plain expression for every double, NaN and infinities included; with `loose`
        it may differ in the sign of a zero.

        Raises:
            CannotCompile: when the function grows beyond MAX_OPERATIONS.
        """
        args = self._typed(op, [a if isinstance(a, Expression) else self.const(a) for a in args])
        if all(a.op == "const" for a in args):
            value = compute(op, *(a.args[0] for a in args))
            return self.const(bool(value) if OPERATORS[op].boolean or (args[-1].boolean and op == "?") else value)
        if op == "*" and args[1].op == "const":
            args = args[::-1]  # 2 * x reads better than x * 2
        simpler = simplify(self, op, args, loose)
        if simpler is not None:
            return simpler
        serials = [a.serial for a in args]
        boolean = OPERATORS[op].boolean or (op == "?" and args[1].boolean)
        return self._make(op, tuple(sorted(serials) if op in COMMUTATIVE else serials), tuple(args), boolean)

    def number(self, x: Expression) -> Expression:
        """`x` as a number: true counts as one."""
        return self.apply("?", x, 1.0, 0.0) if x.boolean else x

    def truth(self, x: Expression) -> Expression:
        """`x` as a boolean, by torch's rule: everything but zero is true."""
        return x if x.boolean else self.apply("!=", x, 0.0)

    def _typed(self, op: str, args: list[Expression]) -> list[Expression]:
        """Booleans where the operator wants them, numbers elsewhere (JavaScript's `true === 1` is false)."""
        if op in LOGICAL:
            return [self.truth(a) for a in args]
        if op == "?":
            pick, *arms = args
            return [self.truth(pick), *(arms if arms[0].boolean == arms[1].boolean else map(self.number, arms))]
        if op in ("==", "!=") and all(a.boolean for a in args):
            return args
        return [self.number(a) for a in args]

    def _make(self, op: str, key: tuple, args: tuple, boolean: bool) -> Expression:
        made = self._made.get((op, *key))
        if made is None:
            if len(self._made) >= 3 * MAX_OPERATIONS:
                raise too_large()
            made = self._made[(op, *key)] = Expression(self, op, args, boolean, len(self._made))
        return made


def too_large() -> CannotCompile:
    return CannotCompile(
        f"it needs more than {MAX_OPERATIONS:,} scalar operations. Compiled code has no loops: "
        "compile the loss of one sample (or use smaller shapes) and loop over the samples in JavaScript"
    )


def reachable(roots: Iterable[Expression]) -> list[Expression]:
    """Every expression that `roots` need, each once, arguments before their users."""
    found, stack = {}, list(roots)
    while stack:
        e = stack.pop()
        if e.serial not in found:
            found[e.serial] = e
            if e.op not in ("const", "input"):
                stack.extend(e.args)
    return [found[k] for k in sorted(found)]
