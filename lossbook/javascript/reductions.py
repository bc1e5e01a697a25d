"""ATen operations that reduce: sums, extremes, norms, softmax, matrix products."""

from __future__ import annotations

import math

import numpy as np

from lossbook.javascript.elements import array, each
from lossbook.javascript.refusals import CannotCompile


def axes_of(x, dim) -> tuple[int, ...]:
    """The axes that `dim` names: all of them for None or [], as torch has it."""
    rank = np.ndim(x)
    if dim is None or dim == [] or rank == 0:
        return tuple(range(rank))
    return tuple(int(d) % rank for d in np.atleast_1d(dim))


def _count(x, dim) -> int:
    return math.prod(np.shape(x)[d] for d in axes_of(x, dim))


def _fold(op: str, empty: float | None = None):
    """A reduction that applies `op` from the first element to the last."""

    def reduce(g, x, dim=None, keepdim=False, dtype=None):
        axes = axes_of(x, dim)
        kept = tuple(n for d, n in enumerate(np.shape(x)) if d not in axes)
        rows = np.moveaxis(array(x), axes, range(len(axes))).reshape((_count(x, dim), *kept))
        if not len(rows):
            if empty is None:
                raise CannotCompile("it takes a maximum or minimum over no elements")
            out = np.full(kept, g.const(empty), dtype=object)
        else:
            out = array(rows[0])
            for row in rows[1:]:
                out = each(g, op, out, row)
        return np.expand_dims(out, axes) if keepdim else out

    return reduce


total, largest, smallest = _fold("+", 0.0), _fold("max"), _fold("min")


def mean(g, x, dim=None, keepdim=False, dtype=None):
    return each(g, "/", total(g, x, dim, keepdim), _count(x, dim))


def variance(g, x, dim=None, correction=1, keepdim=False):
    r = each(g, "-", x, mean(g, x, dim, True))
    return each(g, "/", total(g, each(g, "*", r, r), dim, keepdim), max(_count(x, dim) - correction, 0))


def norm(g, x, ord=2, dim=None, keepdim=False, dtype=None):
    if ord == 2:
        return each(g, "sqrt", total(g, each(g, "*", x, x), dim, keepdim))
    sizes = each(g, "abs", x)
    if ord == 0:
        return total(g, each(g, "!=", x, 0.0), dim, keepdim)
    if ord in (1, math.inf, -math.inf):
        return {1: total, math.inf: largest, -math.inf: smallest}[ord](g, sizes, dim, keepdim)
    return each(g, "pow", total(g, each(g, "pow", sizes, float(ord)), dim, keepdim), 1 / ord)


def _first_where(g, hit, dim, keepdim):
    """Position along `dim` of the first true element."""
    rows = np.moveaxis(hit, dim, 0)
    out = np.full(rows.shape[1:], g.const(len(rows) - 1), dtype=object)
    for k in range(len(rows) - 2, -1, -1):
        out = each(g, "?", rows[k], float(k), out)
    return np.expand_dims(out, dim) if keepdim else out


def _with_position(extreme):
    def reduce(g, x, dim=None, keepdim=False):
        if dim is None:
            return extreme(g, x)
        best = extreme(g, x, dim, True)
        values = best if keepdim else np.squeeze(best, dim)
        return values, _first_where(g, each(g, "==", x, best), dim, keepdim)

    return reduce


def _position(extreme):
    def reduce(g, x, dim=None, keepdim=False):
        x, dim = (array(x).reshape(-1), 0) if dim is None else (array(x), dim)
        return _first_where(g, each(g, "==", x, extreme(g, x, dim, True)), dim, keepdim)

    return reduce


def log_softmax(g, x, dim, half_to_float=False):
    """x - m - log(sum exp(x - m)) with m the largest element: no overflow, no log of zero."""
    s = each(g, "-", x, largest(g, x, dim, True))
    return each(g, "-", s, each(g, "log", total(g, each(g, "exp", s), dim, True)))


def softmax(g, x, dim, half_to_float=False):
    e = each(g, "exp", each(g, "-", x, largest(g, x, dim, True)))
    return each(g, "/", e, total(g, e, dim, True))


def cumulative(g, x, dim, dtype=None):
    rows = np.moveaxis(array(x), dim, 0).copy() if np.ndim(x) else array(x)
    for k in range(1, len(rows) if np.ndim(x) else 0):
        rows[k, ...] = each(g, "+", rows[k - 1], rows[k])
    return np.moveaxis(rows, 0, dim) if np.ndim(x) else rows


def matmul(g, a, b):
    return array(array(a) @ array(b))


def addmm(g, c, a, b, beta=1, alpha=1):
    return each(g, "+", each(g, "*", beta, c), each(g, "*", alpha, matmul(g, a, b)))


REDUCTIONS = {
    "sum": total,
    "mean": mean,
    "var": variance,
    "amax": largest,
    "amin": smallest,
    "max": _with_position(largest),
    "min": _with_position(smallest),
    "argmax": _position(largest),
    "argmin": _position(smallest),
    "prod": _fold("*", 1.0),
    "any": _fold("||", 0.0),
    "all": _fold("&&", 1.0),
    "cumsum": cumulative,
    "linalg_vector_norm": norm,
    "_log_softmax": log_softmax,
    "_softmax": softmax,
    **dict.fromkeys(("mm", "bmm", "mv", "dot"), matmul),
    "addmm": addmm,
}
