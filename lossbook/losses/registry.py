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
from lossbook.losses.chunks import in_chunks
from lossbook.losses.companions import Companion
from lossbook.losses.docs import docstring
from lossbook.losses.parameters import Parameter, fill

_LOSSES: dict[str, Callable] = {}


@dataclass(frozen=True)
class Record:
    """What is known about a loss. Statements that depend on a hyper-parameter are Python expressions in its name.

    name, title, short, family: its names. formula: LaTeX; symbols: what its letters mean. parameters: see Parameter.
    companions: tensors beside input and target, see Companion.
    axis: what a curve is drawn over: "residual" (input - target), "margin" (the logit of a positive example) or None.
    elicits: the property of the target's distribution that the best constant prediction equals.
    convex: in input. lipschitz: the least constant (or, for a family, a bound that one member reaches), None without
    one. bounded_gradient, proper: statements; proper is None where the question makes no sense.
    smoothness: "C0" continuous, "C1" with a continuous slope, "C2" and curvature, "Cinf" smooth.
    elsewhere: library -> what it is called there. traps: what goes wrong. primary: the source; cite: keys of the
    bibliography. look: color and dash. source: the text of the definition.
    """

    name: str
    title: str
    short: str
    family: str
    formula: str
    symbols: dict[str, str]
    parameters: tuple[Parameter, ...]
    axis: str | None
    elicits: str
    convex: bool | str
    lipschitz: str | None
    bounded_gradient: bool | str
    proper: bool | str | None
    smoothness: str
    elsewhere: dict[str, str]
    traps: tuple[str, ...]
    primary: str
    cite: tuple[str, ...]
    look: Look
    source: str = field(repr=False)
    companions: tuple[Companion, ...] = ()

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
    """A loss as the door sees it: definition, fused kernel, checked defaults."""

    def __init__(self, record: Record, definition: Callable, fused: Callable | None):
        self.record, self.definition, self.fused = record, definition, fused
        self.parameters = {p.name: p for p in record.parameters}
        self.defaults = fill(self.parameters, {}, record.name)
        self.first = first_of(definition)

    def fill(self, given: dict) -> dict:
        return fill(self.parameters, given, self.record.name, [c.name for c in self.record.companions])


def loss(*, parameters=(), companions=(), traps=(), cite=(), fused=None, kernel=None, call=door.elementwise, **fields):
    """Register the decorated definition and turn it into the public function.

    The definition takes tensors (input, target) and returns the unreduced loss; hyper-parameters may be 0-d tensors,
    so it branches on none of them. fused(input, target, reduction, **hyper): a faster equal; or kernel, a pair
    (value, slope): see in_chunks. call: the door.
    Further fields are those of Record. The public function also takes ``reduction`` and numpy arrays, and has the
    attributes ``definition`` and ``record``.
    """

    def register(definition):
        name = definition.__name__
        record = Record(
            name=name,
            parameters=tuple(parameters),
            companions=tuple(companions),
            traps=tuple(traps),
            cite=tuple(cite),
            source=source_of(definition),
            **fields,
        )
        entry = Entry(record, definition, in_chunks(*kernel, definition) if kernel else fused)

        @functools.wraps(definition)
        def public(input, target, *, reduction="mean", **hyper):
            return call(entry, input, target, reduction, hyper)

        public = public if entry.first == "input" else _called(public, entry.first)
        del public.__wrapped__  # the signature is the one below, and the source is shown by definition()
        public.__signature__ = signature(record, entry.first)
        public.__doc__ = docstring(record, definition.__doc__)
        public.__annotations__ = {}
        public.definition, public.record = definition, record
        _LOSSES[name] = public
        return public

    return register


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
    """(input, target, *, companions, hyper-parameters, reduction="mean")"""
    kind = inspect.Parameter
    sides = [kind(side, kind.POSITIONAL_OR_KEYWORD) for side in (first, "target")]
    beside = [kind(c.name, kind.KEYWORD_ONLY) for c in record.companions]
    hyper = [kind(p.name, kind.KEYWORD_ONLY, default=p.default) for p in record.parameters]
    return inspect.Signature([*sides, *beside, *hyper, kind("reduction", kind.KEYWORD_ONLY, default="mean")])


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
