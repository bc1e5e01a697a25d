"""The scalar operators that compiled losses are made of: how each one prints and what it computes.

Every operator has a JavaScript form and a NumPy form that agree on doubles, so that an expression can be
printed for a browser and evaluated here for the check that runs after each compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

CALL = 20  # precedence of a call or a name: it never needs brackets

# What an operator does with the sign of a zero that it is given
DROPS, PASSES, MATTERS = "drops", "passes", "matters"


@dataclass(frozen=True, slots=True)
class Operator:
    """One scalar operator: `js` is its template, `numpy` its meaning, `zero` how it treats the sign of a zero."""

    js: str
    numpy: Callable
    precedence: int = CALL
    label: str = "t"
    boolean: bool = False
    zero: str | tuple[str, ...] = DROPS

    @property
    def arity(self) -> int:
        return self.js.count("{}")

    def zero_of(self, position: int) -> str:
        """What happens to the sign of a zero in the argument at `position`."""
        return self.zero if isinstance(self.zero, str) else self.zero[position]


def _special(name: str) -> Callable:
    """`torch.special.<name>` on NumPy arrays; torch is loaded when the operator is first evaluated."""

    def apply(*args):
        import torch

        arrays = [np.asarray(a, dtype=np.float64) for a in args]
        tensors = [torch.from_numpy(np.atleast_1d(a)) for a in arrays]
        if name == "polygamma":
            tensors[0] = int(arrays[0].flat[0])
        out = getattr(torch.special, name)(*tensors).numpy()
        return out.reshape(np.broadcast_shapes(*(a.shape for a in arrays)))

    return apply


def _infix(symbol: str, precedence: int, fn: Callable, **more) -> Operator:
    return Operator(f"{{}} {symbol} {{}}", fn, precedence, **more)


OPERATORS: dict[str, Operator] = {
    "+": _infix("+", 13, np.add, label="sum", zero=PASSES),
    "-": _infix("-", 13, np.subtract, label="diff", zero=PASSES),
    "*": _infix("*", 14, np.multiply, label="prod", zero=PASSES),
    "/": _infix("/", 14, np.divide, label="ratio", zero=(PASSES, MATTERS)),
    "neg": Operator("-{}", np.negative, 16, label="neg", zero=PASSES),
    "!": Operator("!{}", np.logical_not, 16, label="not", boolean=True),
    "<": _infix("<", 11, np.less, label="below", boolean=True),
    "<=": _infix("<=", 11, np.less_equal, label="within", boolean=True),
    ">": _infix(">", 11, np.greater, label="above", boolean=True),
    ">=": _infix(">=", 11, np.greater_equal, label="atLeast", boolean=True),
    "==": _infix("===", 10, np.equal, label="same", boolean=True),
    "!=": _infix("!==", 10, np.not_equal, label="differs", boolean=True),
    "&&": _infix("&&", 5, np.logical_and, label="both", boolean=True),
    "||": _infix("||", 4, np.logical_or, label="either", boolean=True),
    "isnan": Operator("Number.isNaN({})", np.isnan, label="missing", boolean=True),
    "?": Operator("{} ? {} : {}", np.where, 3, label="pick", zero=(DROPS, PASSES, PASSES)),
    "max": Operator("Math.max({}, {})", np.maximum, label="max", zero=PASSES),
    "min": Operator("Math.min({}, {})", np.minimum, label="min", zero=PASSES),
    "abs": Operator("Math.abs({})", np.abs, label="abs"),
    "sign": Operator("Math.sign({})", lambda x: np.where(x == 0, x, np.sign(x)), label="sign", zero=PASSES),
    "sqrt": Operator("Math.sqrt({})", np.sqrt, label="root", zero=PASSES),
    "exp": Operator("Math.exp({})", np.exp, label="exp"),
    "expm1": Operator("Math.expm1({})", np.expm1, label="expm1", zero=PASSES),
    "log": Operator("Math.log({})", np.log, label="log"),
    "log1p": Operator("Math.log1p({})", np.log1p, label="log1p", zero=PASSES),
    "log2": Operator("Math.log2({})", np.log2, label="log2"),
    "log10": Operator("Math.log10({})", np.log10, label="log10"),
    "pow": Operator("$pow({}, {})", np.power, label="power", zero=(MATTERS, DROPS)),
    "atan2": Operator("Math.atan2({}, {})", np.arctan2, label="angle", zero=MATTERS),
    "copysign": Operator("$copysign({}, {})", np.copysign, label="signed", zero=(DROPS, MATTERS)),
    "fmod": Operator("{} % {}", np.fmod, 14, label="rest", zero=PASSES),
    "floor": Operator("Math.floor({})", np.floor, label="floor", zero=PASSES),
    "ceil": Operator("Math.ceil({})", np.ceil, label="ceil", zero=PASSES),
    "trunc": Operator("Math.trunc({})", np.trunc, label="trunc", zero=PASSES),
    "round": Operator("$round({})", np.rint, label="round", zero=PASSES),
    "fround": Operator("Math.fround({})", lambda x: np.float64(np.float32(x)), label="single", zero=PASSES),
    "sin": Operator("Math.sin({})", np.sin, label="sin", zero=PASSES),
    "cos": Operator("Math.cos({})", np.cos, label="cos"),
    "tan": Operator("Math.tan({})", np.tan, label="tan", zero=PASSES),
    "asin": Operator("Math.asin({})", np.arcsin, label="asin", zero=PASSES),
    "acos": Operator("Math.acos({})", np.arccos, label="acos"),
    "atan": Operator("Math.atan({})", np.arctan, label="atan", zero=PASSES),
    "sinh": Operator("Math.sinh({})", np.sinh, label="sinh", zero=PASSES),
    "cosh": Operator("Math.cosh({})", np.cosh, label="cosh"),
    "tanh": Operator("Math.tanh({})", np.tanh, label="tanh", zero=PASSES),
    "asinh": Operator("Math.asinh({})", np.arcsinh, label="asinh", zero=PASSES),
    "acosh": Operator("Math.acosh({})", np.arccosh, label="acosh"),
    "atanh": Operator("Math.atanh({})", np.arctanh, label="atanh", zero=PASSES),
    "erf": Operator("$erf({})", _special("erf"), label="erf", zero=PASSES),
    "erfc": Operator("$erfc({})", _special("erfc"), label="erfc"),
    "erfcx": Operator("$erfcx({})", _special("erfcx"), label="erfcx"),
    "lgamma": Operator("$lgamma({})", _special("gammaln"), label="lgamma"),
    "digamma": Operator("$digamma({})", _special("digamma"), label="digamma", zero=MATTERS),
    "polygamma": Operator("$polygamma({}, {})", _special("polygamma"), label="polygamma", zero=MATTERS),
}

COMMUTATIVE = frozenset({"+", "*", "max", "min", "==", "!=", "&&", "||"})
LOGICAL = frozenset({"!", "&&", "||"})


def compute(op: str, *values):
    """`op` on plain numbers or arrays, without NumPy's warnings; IEEE results for every double."""
    with np.errstate(all="ignore"):
        return OPERATORS[op].numpy(*values)
