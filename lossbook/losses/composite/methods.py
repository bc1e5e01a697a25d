"""The register of methods: ways to combine several losses, which are no losses of tensors themselves."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from lossbook.losses.registry import source_of

_METHODS: dict[str, Callable] = {}


@dataclass(frozen=True)
class MethodRecord:
    """What is known about a method. name, signature: as it is called. title, short: its names. formula: LaTeX; symbols:
    what its letters mean. says: one sentence on what it does. traps: what goes wrong. elsewhere: library -> what it is
    called there. primary: the source; cite: keys of the bibliography. source: the text of the code."""

    name: str
    title: str
    short: str
    formula: str
    symbols: dict[str, str]
    says: str
    traps: tuple[str, ...]
    elsewhere: dict[str, str]
    primary: str
    cite: tuple[str, ...]
    signature: str
    source: str = field(repr=False)


def method(*, title, short, formula, symbols, says, traps, elsewhere, primary, cite):
    """Register the decorated function or class, which keeps its own behavior and gets the attribute ``record``.

    Its docstring is completed with the facts of the record, which are written nowhere else.
    """

    def register(made):
        record = MethodRecord(
            name=made.__name__,
            title=title,
            short=short,
            formula=formula,
            symbols=dict(symbols),
            says=says,
            traps=tuple(traps),
            elsewhere=dict(elsewhere),
            primary=primary,
            cite=tuple(cite),
            signature=f"{made.__name__}{inspect.signature(made)}",
            source=source_of(made),
        )
        made.record = record
        made.__doc__ = _completed(inspect.cleandoc(made.__doc__), record)
        _METHODS[record.name] = made
        return made

    return register


def methods() -> list[MethodRecord]:
    """The records of all methods, in the order of the book.

    >>> [record.name for record in methods()][:2]
    ['weighted_sum', 'UncertaintyWeighting']
    """
    return [made.record for made in _METHODS.values()]


def _completed(words: str, record: MethodRecord) -> str:
    first, *rest = words.split("\n\n")
    letters = "; ".join(f"{symbol}: {meaning}" for symbol, meaning in record.symbols.items())
    parts = [
        first,
        f".. math:: {record.formula}",
        _wrap(f"where {letters}."),
        *rest,
        *(
            ["\n".join(["Elsewhere:", *(_item(f"{k}: {v}") for k, v in record.elsewhere.items())])]
            * bool(record.elsewhere)
        ),
        "\n".join(["Mind:", *(_item(f"- {trap}") for trap in record.traps)]),
        _wrap(f"Source: {record.primary}"),
    ]
    return "\n\n".join(parts) + "\n"


def _wrap(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        text, 110, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def _item(text: str) -> str:
    return _wrap(text, "    ", "      ")
