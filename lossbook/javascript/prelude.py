"""The helper functions that generated code may call: only those that it names are emitted."""

from __future__ import annotations

import functools
import re
from importlib import resources

_HELPER = re.compile(r"\$\w+")


@functools.cache
def helpers() -> dict[str, str]:
    """Name -> text of every helper in prelude.js, in the order of that file."""
    text = resources.files("lossbook.javascript").joinpath("prelude.js").read_text(encoding="utf-8")
    bodies = re.split(r"\n\n(?=/\*\*|function|const)", text.strip())
    found = {}
    for piece in bodies:
        declared = re.search(r"^(?:function|const) (\$\w+)", piece, re.M)
        if declared:
            found[declared.group(1)] = piece + "\n"
    return found


def needed(source: str) -> tuple[str, ...]:
    """The texts of the helpers that `source` calls, directly or through others, in the order of prelude.js."""
    every, found, ahead = helpers(), set(), set(_HELPER.findall(source))
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead |= set(_HELPER.findall(every[name])) & set(every)
    return tuple(text for name, text in every.items() if name in found)
