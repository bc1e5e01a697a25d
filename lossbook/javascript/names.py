"""Names that are safe in JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterable

# ECMAScript reserved words (strict mode and modules included), and the globals that generated code reads
RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
        arguments await break case catch class const continue debugger default delete do else enum eval export
        extends false finally for function if implements import in instanceof interface let new null package
        private protected public return static super switch this throw true try typeof undefined var void while
        with yield Math Number NaN Infinity
        """,
    )
)


def safe(name: str, taken: Iterable[str] = ()) -> str:
    """`name`, with underscores appended while it is reserved or taken."""
    while name in RESERVED or name in taken:
        name += "_"
    return name


def fresh(label: str, taken: set[str]) -> str:
    """`label`, `label2`, `label3`, ...: the first that is free; it is then taken."""
    name, k = label, 1
    while name in taken or name in RESERVED:
        k += 1
        name = f"{label}{k}"
    taken.add(name)
    return name
