"""Element-wise ATen operations on object arrays of scalar expressions.

Each function takes the graph first and then what the ATen operation takes, with a NumPy object array in place
of each tensor; broadcasting is NumPy's own.
"""

from __future__ import annotations

import math

import numpy as np

from lossbook.javascript.refusals import CannotCompile
from lossbook.javascript.vocabulary import OPERATORS


def array(x) -> np.ndarray:
    """`x` as an object array (an expression alone becomes a 0-d array)."""
    return np.asarray(x, dtype=object)


def each(g, op: str, *arrays) -> np.ndarray:
    """The scalar operator `op` applied element by element."""
    arrays = [a if isinstance(a, np.ndarray) else array(a) for a in arrays]
    with np.errstate(all="ignore"):  # folding constants may overflow, as the JavaScript would
        return array(np.frompyfunc(lambda *a: g.apply(op, *a), len(arrays), 1)(*arrays))


def _plain(op: str):
    return lambda g, *args: each(g, op, *args)


def _scaled(op: str):
    return lambda g, a, b, alpha=1: each(g, op, a, b if alpha == 1 else each(g, "*", b, alpha))


def divide(g, a, b, rounding_mode=None):
    ratio = each(g, "/", a, b)
    return ratio if rounding_mode is None else each(g, rounding_mode, ratio)


def remainder(g, a, b):
    """Python's modulus: the remainder with the sign of the divisor."""
    rest = each(g, "fmod", a, b)
    other_side = each(g, "&&", each(g, "!=", rest, 0.0), each(g, "!=", each(g, "<", rest, 0.0), each(g, "<", b, 0.0)))
    return each(g, "?", other_side, each(g, "+", rest, b), rest)


def power(g, base, exponent):
    """A power with a number as exponent takes the short ways that torch's kernel takes."""
    if isinstance(exponent, np.ndarray):
        return each(g, "pow", base, exponent)
    square = each(g, "*", base, base)
    short = {
        0.0: lambda: np.full(np.shape(base), g.const(1.0), dtype=object),
        1.0: lambda: array(base),
        2.0: lambda: square,
        3.0: lambda: each(g, "*", square, base),
        0.5: lambda: each(g, "sqrt", base),
        -0.5: lambda: each(g, "/", 1.0, each(g, "sqrt", base)),
        -1.0: lambda: each(g, "/", 1.0, base),
        -2.0: lambda: each(g, "/", 1.0, square),
    }.get(float(exponent))
    return short() if short else each(g, "pow", base, exponent)


def clamp(g, x, min=None, max=None):
    x = array(x) if min is None else each(g, "max", x, min)
    return x if max is None else each(g, "min", x, max)


def bitwise(op: str):
    def apply(g, *args):
        if not all(e.boolean for a in args if isinstance(a, np.ndarray) for e in a.flat):
            raise CannotCompile("it uses &, | or ~ on numbers; they are compiled for booleans only")
        return each(g, op, *args)

    return apply


def sign(g, x):
    """torch's sign of -0 is +0, JavaScript's is -0."""
    return each(g, "+", each(g, "sign", x), 0.0)


def xor(g, a, b):
    truth = np.frompyfunc(g.truth, 1, 1)
    return each(g, "!=", array(truth(array(a))), array(truth(array(b))))


def sigmoid(g, x):
    """1 / (1 + exp(-x)): full precision in both tails, as exp(-x) overflows only where the result underflows."""
    return each(g, "/", 1.0, each(g, "+", 1.0, each(g, "exp", each(g, "neg", x))))


def sigmoid_log(g, x):
    """log(sigmoid(x)) = min(x, 0) - log1p(exp(-|x|)), as torch's kernel has it."""
    tail = each(g, "log1p", each(g, "exp", each(g, "neg", each(g, "abs", x))))
    return each(g, "-", each(g, "min", x, 0.0), tail)


def polygamma(g, n, x):
    return each(g, "digamma", x) if n == 0 else each(g, "polygamma", float(n), x)


def log_normal_cdf(g, x):
    """log of the normal distribution function; erfcx keeps the left tail from underflowing."""
    t = each(g, "*", x, math.sqrt(0.5))
    left = each(g, "-", each(g, "log", each(g, "*", 0.5, each(g, "erfcx", each(g, "neg", t)))), each(g, "*", t, t))
    right = each(g, "log1p", each(g, "*", -0.5, each(g, "erfc", t)))
    return each(g, "?", each(g, "<", x, -1.0), left, right)


ELEMENTS = {
    **{name: _plain(name) for name in OPERATORS if name.isalnum() and name not in ("max", "min", "polygamma", "pow")},
    "add": _scaled("+"),
    "sub": _scaled("-"),
    "rsub": lambda g, a, b, alpha=1: _scaled("-")(g, b, a, alpha),
    "mul": _plain("*"),
    "div": divide,
    "true_divide": divide,
    "floor_divide": lambda g, a, b: divide(g, a, b, "floor"),
    "remainder": remainder,
    "pow": power,
    "reciprocal": lambda g, x: each(g, "/", 1.0, x),
    "rsqrt": lambda g, x: each(g, "/", 1.0, each(g, "sqrt", x)),
    "sign": sign,
    "sgn": sign,
    "square": lambda g, x: each(g, "*", x, x),
    "exp2": lambda g, x: each(g, "pow", 2.0, x),
    "lt": _plain("<"),
    "le": _plain("<="),
    "gt": _plain(">"),
    "ge": _plain(">="),
    "eq": _plain("=="),
    "ne": _plain("!="),
    "where": _plain("?"),
    "logical_and": _plain("&&"),
    "logical_or": _plain("||"),
    "logical_not": _plain("!"),
    "logical_xor": xor,
    "bitwise_and": bitwise("&&"),
    "bitwise_or": bitwise("||"),
    "bitwise_not": bitwise("!"),
    "bitwise_xor": xor,
    "isinf": lambda g, x: each(g, "==", each(g, "abs", x), math.inf),
    "maximum": _plain("max"),
    "minimum": _plain("min"),
    "clamp": clamp,
    "clamp_min": lambda g, x, min: clamp(g, x, min),
    "clamp_max": lambda g, x, max: clamp(g, x, None, max),
    "relu": lambda g, x: clamp(g, x, 0.0),
    "special_erfcx": _plain("erfcx"),
    "special_log_ndtr": log_normal_cdf,
    "sigmoid": sigmoid,
    "log_sigmoid": sigmoid_log,
    "polygamma": polygamma,
}
