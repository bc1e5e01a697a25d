"""Where the sign of a zero can be forgotten.

`x + 0` is x except for x = -0, and gradients are full of such sums.  Dropping the zero is safe unless some
operator downstream can see the sign: 1 / x, atan2, a negative power.  A demand is carried backwards from those
operators, and every expression that nobody demands the sign of is rebuilt with the loose identities.
"""

from __future__ import annotations

from lossbook.javascript.scalars import Expression, reachable
from lossbook.javascript.vocabulary import DROPS, OPERATORS, PASSES


def forget_zero_signs(roots: list[Expression]) -> list[Expression]:
    """Shorter expressions equal to `roots` for every double, but for the sign of a result that is zero."""
    order = reachable(roots)
    demanded = set()
    for e in reversed(order):
        if e.op in ("const", "input"):
            continue
        for position, a in enumerate(e.args):
            treatment = OPERATORS[e.op].zero_of(position)
            if treatment != DROPS and (treatment != PASSES or e.serial in demanded):
                demanded.add(a.serial)
    new: dict[int, Expression] = {}
    for e in order:
        if e.op == "const" and e.constant == 0 and not e.boolean and e.serial not in demanded:
            new[e.serial] = e.graph.const(0.0)
        elif e.op in ("const", "input"):
            new[e.serial] = e
        else:
            args = [new[a.serial] for a in e.args]
            new[e.serial] = e.graph.apply(e.op, *args, loose=e.serial not in demanded)
    return [new[r.serial] for r in roots]
