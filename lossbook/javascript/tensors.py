"""ATen operations that reduce, reshape, select and place: object arrays of scalar expressions in and out."""

from __future__ import annotations

import math

import numpy as np

from lossbook.javascript.elements import array, each
from lossbook.javascript.refusals import CannotCompile


def _axes(x, dim) -> tuple[int, ...]:
    """The axes that `dim` names: all of them for None or [], as torch has it."""
    rank = np.ndim(x)
    if dim is None or dim == [] or rank == 0:
        return tuple(range(rank))
    return tuple(int(d) % rank for d in np.atleast_1d(dim))


def _count(x, dim) -> int:
    return math.prod(np.shape(x)[d] for d in _axes(x, dim))


def _fold(op: str, empty: float | None = None):
    """A reduction that applies `op` from the first element to the last."""

    def reduce(g, x, dim=None, keepdim=False, dtype=None):
        axes = _axes(x, dim)
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


def _at(x, dim: int, key) -> tuple:
    return (slice(None),) * (dim % np.ndim(x)) + (key,)


def _put(x, key, v):
    out = array(x).copy()
    out[(*key, ...)] = v
    return out


def gather(g, x, dim, index, sparse_grad=False):
    """A chain of comparisons; an index out of range gives NaN."""
    x, index = np.moveaxis(np.atleast_1d(array(x)), dim, 0), array(index)
    out = np.empty(index.shape, dtype=object)
    for place in np.ndindex(*out.shape):
        rest = list(place)
        if rest:
            del rest[dim]
        column = x[(slice(None), *rest)]
        out[place] = array(column[-1]).item() if column[-1].boolean else g.const(math.nan)
        for k in range(len(column) - 1, -1, -1):
            out[place] = g.apply("?", g.apply("==", index[place], k), column[k], out[place])
    return out


def scatter(g, x, dim, index, src, add=False):
    """The reverse of gather: each source element goes (or is added) where its index says."""
    flat = np.ndim(x) == 0
    out, index = np.atleast_1d(array(x)).copy(), np.atleast_1d(array(index))
    src = np.broadcast_to(array(src), index.shape)
    for place in np.ndindex(*index.shape):
        for k in range(out.shape[dim]):
            to = list(place)
            to[dim] = k
            to = tuple(to)
            new = g.apply("+", out[to], src[place]) if add else src[place]
            out[to] = g.apply("?", g.apply("==", index[place], k), new, out[to])
    return out.reshape(()) if flat else out


def _fixed(keys) -> tuple:
    """Index arrays that hold no computed numbers, as NumPy wants them."""
    if any(k is not None and any(e.constant is None for e in array(k).flat) for k in keys):
        raise CannotCompile("it indexes by a computed tensor; use torch.gather, or torch.where on the condition")
    as_index = np.frompyfunc(lambda e: e.constant, 1, 1)
    return tuple(
        slice(None) if k is None else np.asarray(as_index(k), dtype=bool if k.size and k.flat[0].boolean else int)
        for k in keys
    )


def index(g, x, keys):
    return array(array(x)[_fixed(keys)])


def index_put(g, x, keys, values, accumulate=False):
    out, fixed = array(x).copy(), _fixed(keys)
    where = np.arange(out.size).reshape(out.shape)[fixed]
    values = np.broadcast_to(array(values), where.shape)
    for place, v in zip(where.flat, values.flat, strict=True):
        out.flat[place] = g.apply("+", out.flat[place], v) if accumulate else v
    return out


def diagonal(g, x, offset=0, dim1=0, dim2=1):
    return np.diagonal(array(x), offset, dim1, dim2)


def diagonal_scatter(g, x, v, offset=0, dim1=0, dim2=1):
    places = np.diagonal(np.arange(array(x).size).reshape(np.shape(x)), offset, dim1, dim2)
    out = array(x).copy()
    out.flat[places.reshape(-1)] = array(v).reshape(-1)
    return out


def squeeze(g, x, dim=None):
    return np.squeeze(array(x), tuple(d for d in _axes(x, dim) if np.shape(x)[d] == 1))


def expand(g, x, size, implicit=False):
    lead = len(size) - np.ndim(x)
    return np.broadcast_to(array(x), [n if n >= 0 else np.shape(x)[i - lead] for i, n in enumerate(size)])


def split(g, x, sizes, dim=0):
    n = np.shape(x)[dim]
    sizes = [min(sizes, n - k) for k in range(0, n, sizes)] if isinstance(sizes, int) else list(sizes)
    return tuple(np.split(array(x), np.cumsum(sizes)[:-1], dim))


def take_slice(g, x, dim=0, start=None, end=None, step=1):
    return array(x)[_at(x, dim, slice(start, end, step))]


def _filled(value=None):
    def fill(g, x, v=value, **_):
        return np.full(np.shape(x), g.const(v), dtype=object)

    return fill


def new_filled(g, x, size, v=0.0, **_):
    return np.full(tuple(size), g.const(v), dtype=object)


TENSORS = {
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
    "permute": lambda g, x, dims: np.transpose(array(x), dims),
    "t": lambda g, x: array(x).T,
    "transpose": lambda g, x, a, b: np.swapaxes(array(x), a, b),
    **dict.fromkeys(("view", "_unsafe_view", "reshape"), lambda g, x, size: array(x).reshape(size)),
    "unsqueeze": lambda g, x, dim: np.expand_dims(array(x), dim),
    "squeeze": squeeze,
    "flip": lambda g, x, dims: np.flip(array(x), dims),
    "expand": expand,
    "repeat": lambda g, x, n: np.tile(array(x), n),
    "select": lambda g, x, dim, i: array(array(x)[_at(x, dim, i)]),
    "select_scatter": lambda g, x, v, dim, i: _put(x, _at(x, dim, i), v),
    "slice": take_slice,
    "slice_scatter": lambda g, x, v, dim=0, start=None, end=None, step=1: _put(
        x, _at(x, dim, slice(start, end, step)), v
    ),
    "split": split,
    "split_with_sizes": split,
    "diagonal": diagonal,
    "diagonal_scatter": diagonal_scatter,
    "cat": lambda g, xs, dim=0: np.concatenate([x for x in map(array, xs) if x.shape != (0,)], dim),
    "stack": lambda g, xs, dim=0: np.stack([array(x) for x in xs], dim),
    "unbind": lambda g, x, dim=0: tuple(array(v) for v in np.moveaxis(array(x), dim, 0)),
    "gather": gather,
    "scatter": scatter,
    "scatter_add": lambda g, *a: scatter(g, *a, add=True),
    "index": index,
    "index_put": index_put,
    "index_select": lambda g, x, dim, i: array(x)[_at(x, dim, _fixed([i])[0])],
    **dict.fromkeys(("clone", "alias", "detach", "lift_fresh_copy", "lift_fresh"), lambda g, x, **_: array(x)),
    "copy": lambda g, x, y, *_: np.broadcast_to(array(y), np.shape(x)),
    "full_like": _filled(),
    "fill": _filled(),
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
    "empty_like": _filled(0.0),
    "new_full": new_filled,
    "new_zeros": new_filled,
    "new_empty": new_filled,
    "new_ones": lambda g, x, size, **_: new_filled(g, x, size, 1.0),
}
