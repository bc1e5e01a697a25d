"""Identities by which scalar expressions become shorter.

All of them hold for every double: no `0 * x = 0`, which fails for infinities, and no reordering of sums.
The identities marked loose change at most the sign of a zero (`x + 0 = x` turns `-0 + 0 = 0` into -0); they
are used only where nothing downstream can tell, which `lossbook.javascript.zeros` works out.
"""

from __future__ import annotations

import math


def _is(x, value: float) -> bool:
    """Whether `x` is the constant `value`, with the same sign if it is zero."""
    c = x.constant
    return c is not None and not x.boolean and c == value and math.copysign(1, c) == math.copysign(1, value)


def simplify(g, op: str, args: list, loose: bool):
    """A shorter expression equal to `op` of `args`, or None."""
    rule = _RULES.get(op)
    short = rule(g, *args, loose) if rule else None
    return short if short is not None else _through_choice(g, op, args, loose)


def _add(g, a, b, loose):
    if _is(b, -0.0) or (loose and _is(b, 0.0)):
        return a
    if _is(a, -0.0) or (loose and _is(a, 0.0)):
        return b
    if b.op == "neg":
        return g.apply("-", a, b.args[0], loose=loose)
    if a.op == "neg":
        return g.apply("-", b, a.args[0], loose=loose)
    return None


def _subtract(g, a, b, loose):
    if _is(b, 0.0) or (loose and _is(b, -0.0)):
        return a
    if _is(a, -0.0) or (loose and _is(a, 0.0)):
        return g.apply("neg", b, loose=loose)
    if b.op == "neg":
        return g.apply("+", a, b.args[0], loose=loose)
    return None


def _multiply(g, a, b, loose):
    for x, y in ((a, b), (b, a)):
        if _is(x, 1.0):
            return y
        if _is(x, -1.0):
            return g.apply("neg", y, loose=loose)
        if x.op == "neg" and y.constant is not None:
            return g.apply("*", x.args[0], -y.constant, loose=loose)
        if x.op == "?" and all(arm.constant in (1.0, -1.0) and not arm.boolean for arm in x.args[1:]):
            arms = (g.apply("*", arm, y, loose=loose) for arm in x.args[1:])  # y or -y: nothing is rounded
            return g.apply("?", x.args[0], *arms, loose=loose)
        if x.op == "neg":  # the sign of a product can be taken out: rounding is symmetric
            return g.apply("neg", g.apply("*", x.args[0], y, loose=loose), loose=loose)
    return None


def _divide(g, a, b, loose):
    if _is(b, 1.0):
        return a
    if _is(b, -1.0):
        return g.apply("neg", a, loose=loose)
    if a.op == "neg":
        return g.apply("neg", g.apply("/", a.args[0], b, loose=loose), loose=loose)
    return None


def _negate(g, a, loose):
    if a.op == "neg":
        return a.args[0]
    if loose and a.op == "-":
        return g.apply("-", a.args[1], a.args[0], loose=True)
    if a.op == "*":
        for x, y in (a.args, a.args[::-1]):
            if x.constant is not None:
                return g.apply("*", -x.constant, y, loose=loose)
    return None


def _power(g, a, b, loose):
    return a if _is(b, 1.0) else None


def _absolute(g, a, loose):
    if a.op in ("abs", "exp") or (a.op == "*" and a.args[0] is a.args[1]):
        return a
    return g.apply("abs", a.args[0], loose=loose) if a.op == "neg" else None


def _single(g, a, loose):
    return a if a.op == "fround" else None


def _not(g, a, loose):
    return a.args[0] if a.op == "!" else None


def _and(g, a, b, loose):
    if a is b:
        return a
    for x, y in ((a, b), (b, a)):
        if x.constant is not None:
            return y if x.constant else g.const(False)
    return None


def _or(g, a, b, loose):
    if a is b:
        return a
    for x, y in ((a, b), (b, a)):
        if x.constant is not None:
            return g.const(True) if x.constant else y
    return None


def _extreme(g, a, b, loose):
    return a if a is b else None


def _choose(g, pick, a, b, loose):
    if pick.constant is not None:
        return a if pick.constant else b
    if a is b:
        return a
    if pick.op == "!":
        return g.apply("?", pick.args[0], b, a, loose=loose)
    if a.boolean and a.constant is not None and b.constant is not None:  # the arms differ: true/false or false/true
        return pick if a.constant else g.apply("!", pick)
    if loose or a.op != "const" or b.op != "const":
        known = assume(g, a, pick, True, loose), assume(g, b, pick, False, loose)
        if known != (a, b):
            return g.apply("?", pick, *known, loose=loose)
    return None


def assume(g, e, condition, truth: bool, loose: bool, depth: int = 2):
    """`e` where `condition` is known: c ? (c ? x : y) * z : w  ->  c ? x * z : w.

    Only near the surface: deeper down, an expression that others share would be computed twice.
    """
    if e.op == "?" and e.args[0] is condition:
        return assume(g, e.args[1 if truth else 2], condition, truth, loose, depth)
    if depth == 0 or e.op in ("const", "input") or e.serial < condition.serial:  # what is older cannot contain it
        return e
    args = [assume(g, x, condition, truth, loose, depth - 1) for x in e.args]
    changed = any(p is not q for p, q in zip(args, e.args, strict=True))
    return g.apply(e.op, *args, loose=loose) if changed else e


def _through_choice(g, op, args, loose):
    """(c ? 1 : 0) * 3  ->  c ? 3 : 0, and (c ? x : y) + (c ? z : w)  ->  c ? x + z : y + w."""
    choices = [x for x in args if x.op == "?"]
    if op == "?" or not choices:
        return None
    pick = choices[0].args[0]
    if any(x.args[0] is not pick for x in choices):
        return None
    others = [x for x in args if x.op != "?" and x.constant is None]
    folds = not others and all(y.constant is not None for x in choices for y in x.args[1:])
    merges = len(choices) == 2 and len(args) == 2
    if not (folds or merges):
        return None
    arms = [[x.args[side] if x.op == "?" else x for x in args] for side in (1, 2)]
    return g.apply("?", pick, *(g.apply(op, *arm, loose=loose) for arm in arms), loose=loose)


_RULES = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "neg": _negate,
    "pow": _power,
    "abs": _absolute,
    "fround": _single,
    "!": _not,
    "&&": _and,
    "||": _or,
    "max": _extreme,
    "min": _extreme,
    "?": _choose,
}
