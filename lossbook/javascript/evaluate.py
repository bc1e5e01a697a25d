"""The value of scalar expressions in Python, for many inputs at once."""

from __future__ import annotations

import numpy as np

from lossbook.javascript.scalars import Expression, reachable
from lossbook.javascript.vocabulary import compute


def evaluate(roots: list[Expression], columns: dict[tuple[str, int | None], np.ndarray]) -> np.ndarray:
    """Values of `roots`, shape (inputs, roots).

    `columns` holds for each (argument, position) an array with one number per input.
    """
    size = len(next(iter(columns.values()))) if columns else 1
    value: dict[int, np.ndarray] = {}
    for e in reachable(roots):
        if e.op == "const":
            value[e.serial] = np.asarray(e.args[0])
        elif e.op == "input":
            value[e.serial] = np.asarray(columns[e.args], dtype=np.float64)
        else:
            value[e.serial] = compute(e.op, *(value[a.serial] for a in e.args))
    out = [np.broadcast_to(np.asarray(value[r.serial], dtype=np.float64), (size,)) for r in roots]
    return np.stack(out, axis=1) if out else np.zeros((size, 0))
