"""ATen operations that reshape, select and place: object arrays of scalar expressions in and out."""

from __future__ import annotations

import math

import numpy as np

from lossbook.javascript.elements import array
from lossbook.javascript.reductions import axes_of
from lossbook.javascript.refusals import CannotCompile


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


def _strided(x, size, stride, offset) -> np.ndarray:
    """Flat positions in a contiguous `x` of the elements that a strided view shows."""
    grids = np.meshgrid(*(np.arange(n) * step for n, step in zip(size, stride, strict=True)), indexing="ij")
    return np.asarray(sum(grids, np.zeros(tuple(size), dtype=int)) + (offset or 0), dtype=int)


def as_strided(g, x, size, stride, offset=None):
    return array(array(x).reshape(-1)[_strided(x, size, stride, offset)])


def as_strided_scatter(g, x, v, size, stride, offset=None):
    out = array(x).copy()
    out.reshape(-1)[_strided(x, size, stride, offset), ...] = v
    return out


def squeeze(g, x, dim=None):
    return np.squeeze(array(x), tuple(d for d in axes_of(x, dim) if np.shape(x)[d] == 1))


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


LAYOUTS = {
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
    "as_strided": as_strided,
    "as_strided_scatter": as_strided_scatter,
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
