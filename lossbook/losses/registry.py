"""The registry: each loss is written once, with a record beside it, and everything else is made from the two."""

import ast
import difflib
import functools
import inspect
import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from lossbook.look import Look
from lossbook.losses import door
from lossbook.losses.chunks import at_once, in_chunks, several
from lossbook.losses.docs import docstring
from lossbook.losses.given import averaged, bound, given
from lossbook.losses.parameters import Choice, Parameter, fill
from lossbook.losses.paths import Path
from lossbook.losses.sides import Side

_LOSSES: dict[str, Callable] = {}
INVARIANCES = {
    "permutation": "the order of the samples",
    "scale": "a positive factor on all numbers of the first side",
    "common scale": "a positive factor on all sides that hold real numbers",
    "shift": "a number added to all of the first side's last axis",
    "common shift": "a number added to all sides that hold real numbers",
    "rotation": "a rotation of all sides that hold real numbers",
    "exchange": "the first two sides trading places",
}


@dataclass(frozen=True)
class Record:
    """What is known about a loss. Statements that depend on a hyper-parameter are Python expressions in its name.

    name, title, short, family: its names. formula: LaTeX; symbols: what its letters mean. parameters: see Parameter.
    sides: what it is given, where that is more or other than an input and a target, see Side; gives: the shape of the
    unreduced loss in the letters of the sides, "" for one number; sizes: lengths of axes that examples need.
    axis: what a curve is drawn over: "residual" (input - target), "margin" (the logit of a positive example) or None;
    path: the way to draw it otherwise, see Path.
    elicits: the property of the target's distribution that the best constant prediction equals.
    convex: in the first side. lipschitz: the least constant (or, for a family, a bound that one member reaches), None
    without one. bounded_gradient, proper: statements. All four are None where nothing is said.
    smoothness: "jumps", "C0" continuous, "C1" with a continuous slope, "C2" and curvature, "Cinf" smooth.
    invariant: what leaves the loss as it is, keys of INVARIANCES. bounds: the least and the greatest value.
    held: what the gradient takes as constant, so that it is not the derivative of the value; "" as a rule.
    uncompiled: why there is no JavaScript of it; "" as a rule.
    elsewhere: library -> what it is called there. traps: what goes wrong. primary: the source; cite: keys of the
    bibliography. look: color and dash. source: the text of the definition.
    """

    name: str
    title: str
    short: str
    family: str
    formula: str
    symbols: dict[str, str]
    parameters: tuple[Parameter | Choice, ...]
    traps: tuple[str, ...]
    primary: str
    cite: tuple[str, ...]
    look: Look
    source: str = field(repr=False)
    elsewhere: dict[str, str] = field(default_factory=dict)
    axis: str | None = None
    path: Path | None = None
    sides: tuple[Side, ...] = ()
    gives: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    elicits: str = ""
    convex: bool | str | None = None
    lipschitz: str | None = None
    bounded_gradient: bool | str | None = None
    proper: bool | str | None = None
    smoothness: str = ""
    invariant: tuple[str, ...] = ()
    bounds: tuple[float, float] = (-math.inf, math.inf)
    held: str = ""
    uncompiled: str = ""

    def at(self, statement: str, **hyper):
        """The value of a statement (``"convex"``, ``"lipschitz"``, ...) for given hyper-parameters, else the defaults.

        >>> import lossbook as lb
        >>> lb.losses.get("huber").record.at("lipschitz", delta=2.0)
        2.0
        """
        value = getattr(self, statement)
        if not isinstance(value, str):
            return value
        names = {p.name: p.default for p in self.parameters} | hyper
        result = eval(value, {"__builtins__": {}, "inf": math.inf, "max": max}, names)
        return float(result) if statement == "lipschitz" else bool(result)


class Entry:
    """A loss as the door sees it: definition, fused kernel, further checks, checked defaults."""

    def __init__(self, record: Record, definition: Callable, fused: Callable | None, check: Callable | None = None):
        self.record, self.definition, self.fused, self.check = record, definition, fused, check
        self.parameters = {p.name: p for p in record.parameters}
        self.defaults = fill(self.parameters, {}, record.name)
        self.first = first_of(definition)

    def fill(self, given: dict) -> dict:
        return fill(self.parameters, given, self.record.name, self.first)


def loss(*, fused=None, kernel=None, once=None, check=None, call=None, **fields):
    """Register the decorated definition and turn it into the public function.

    The definition takes tensors, (input, target) or the sides, and returns the unreduced loss (with sides perhaps a
    pair, see given.py); hyper-parameters may be 0-d tensors, so it branches on none of them. Without sides:
    fused(input, target, reduction, **hyper), a faster equal, or kernel, a pair (value, slope), see in_chunks, or once,
    a pair (value, both), see at_once; call: the door. With sides: fused(**sides, **hyper) returns what the definition
    does, or kernel is a pair (value, both), see several; check(**sides, **hyper) raises for what no side alone can
    tell; call(entry, arguments): what stands before the door, by default nothing. Further fields are those of Record.
    The public function also takes numpy arrays and, unless the loss gives one number, ``reduction``; it has the
    attributes ``definition`` and ``record``.
    """

    def register(definition):
        listed = {k: tuple(v) for k, v in fields.items() if k in ("parameters", "sides", "traps", "cite", "invariant")}
        empty = {"parameters": (), "traps": (), "cite": ()}
        record = Record(name=definition.__name__, source=source_of(definition), **{**fields, **empty, **listed})
        chunked = functools.partial(several, names=[s.name for s in record.sides]) if record.sides else in_chunks
        run = chunked(*kernel, definition) if kernel else fused
        entry = Entry(record, definition, at_once(*once, definition, first_of(definition)) if once else run, check)
        public = _of_sides(entry, call or given) if record.sides else _of_two(entry, call or door.elementwise)
        public.__doc__ = docstring(record, definition.__doc__)
        public.__annotations__ = {}
        public.definition, public.record = definition, record
        _LOSSES[record.name] = public
        return public

    return register


def _of_two(entry, call) -> Callable:
    """The public function of a loss of an input and a target."""

    @functools.wraps(entry.definition)
    def public(input, target, *, reduction="mean", **hyper):
        return call(entry, input, target, reduction, hyper)

    public = public if entry.first == "input" else _called(public, entry.first)
    del public.__wrapped__  # the signature is the one below, and the source is shown by definition()
    public.__signature__ = signature(entry.record, entry.first)
    return public


def _of_sides(entry, call) -> Callable:
    """The public function of a loss of several sides."""
    shown = signature_of_sides(entry)

    @functools.wraps(entry.definition)
    def public(*sides, **others):
        return call(entry, bound(entry.record, shown, sides, others))

    del public.__wrapped__
    public.__signature__ = shown
    public.core = averaged(entry.definition)
    return public


def first_of(definition: Callable) -> str:
    """The name of the first side: "input", or what the field calls it, such as log_rate."""
    return next(iter(inspect.signature(definition).parameters))


def _called(public: Callable, first: str) -> Callable:
    """``public`` with its first side under another name."""

    @functools.wraps(public)
    def renamed(*sides, **others):
        if first in others:
            sides = (others.pop(first), *sides)
        return public(*sides, **others)

    return renamed


def signature(record: Record, first: str = "input") -> inspect.Signature:
    """(input, target, *, hyper-parameters, reduction="mean")"""
    kind = inspect.Parameter
    sides = [kind(side, kind.POSITIONAL_OR_KEYWORD) for side in (first, "target")]
    hyper = [kind(p.name, kind.KEYWORD_ONLY, default=p.default) for p in record.parameters]
    return inspect.Signature([*sides, *hyper, kind("reduction", kind.KEYWORD_ONLY, default="mean")])


def signature_of_sides(entry) -> inspect.Signature:
    """The definition's own, and reduction="mean" unless the loss gives one number.

    Raises ValueError unless the definition takes the sides and then the hyper-parameters, with their defaults.
    """
    record, kind = entry.record, inspect.Parameter
    found = list(inspect.signature(entry.definition).parameters.values())
    wanted = [(s.name, None if s.optional else kind.empty) for s in record.sides]
    wanted += [(p.name, p.default) for p in record.parameters]
    if [(p.name, p.default) for p in found] != wanted:
        raise ValueError(f"{record.name}: the definition takes {found}, the record says {wanted}")
    if record.gives:
        found.append(kind("reduction", kind.KEYWORD_ONLY, default="mean"))
    return inspect.Signature(found)


def source_of(function: Callable) -> str:
    """The text of a function as it stands in its file, without decorators and without the docstring."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    node = ast.parse("\n".join(lines)).body[0]
    first = node.body[0]
    head = lines[node.lineno - 1 : first.lineno - 1]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return "\n".join([*head, *lines[(first.end_lineno if documented else first.lineno - 1) :]]) + "\n"


def near(name: str, known) -> str:
    """A sentence that lists the near names, or all of them when nothing is near."""
    close = difflib.get_close_matches(str(name).lower(), list(known), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"


def get(name: str) -> Callable:
    """The public function of a loss by name. Raises LookupError, which lists near names."""
    if name not in _LOSSES:
        raise LookupError(f"no loss is called {name!r}; {near(name, _LOSSES)}")
    return _LOSSES[name]


def names(family: str | None = None) -> list[str]:
    """The names of all losses, or of one family. Raises LookupError for an unknown family."""
    families = list(dict.fromkeys(f.record.family for f in _LOSSES.values()))
    if family is not None and family not in families:
        raise LookupError(f"no family is called {family!r}; {near(family, families)}")
    return [name for name, f in _LOSSES.items() if family in (None, f.record.family)]


def records() -> list[Record]:
    """The records of all losses, in the order of their families."""
    return [f.record for f in _LOSSES.values()]
