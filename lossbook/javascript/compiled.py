"""The result of a compilation: plain text that can be pickled, stored as JSON, or written to a file."""

from __future__ import annotations

import dataclasses
from typing import Literal

Shape = tuple[int, ...] | Literal["index"]


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A loss and its gradient as JavaScript.

    name: the JavaScript name of the value function; the gradient function is `<name>_grad`.
    parameters: the arguments' names in Python, in the order of the JavaScript parameters.
    shapes: one entry a parameter: () for a number, (n,) or (n, m) for a flat row-major array, "index" for an
        integer.
    wrt: the arguments that the gradient is taken with respect to.
    value_source: text of `function <name>(...)`.
    gradient_source: text of `function <name>_grad(...)`, which returns `[value, dvalue/dwrt0, ...]`.
    prelude: the helper functions that both of them call, one text each; empty for most losses.
    """

    name: str
    parameters: tuple[str, ...]
    shapes: tuple[Shape, ...]
    wrt: tuple[str, ...]
    value_source: str
    gradient_source: str
    prelude: tuple[str, ...] = ()

    def esm(self) -> str:
        """An ES module that exports both functions and needs nothing else."""
        return module(self)

    def as_dict(self) -> dict:
        """A dict of JSON's own types; `Compiled.from_dict` reads it back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, stored: dict) -> Compiled:
        """The inverse of `as_dict`, also after a trip through JSON.

        Raises:
            TypeError, ValueError: if `stored` is not such a dict.
        """
        if not isinstance(stored, dict):
            raise TypeError(f"stored must be a dict, got {type(stored).__name__}")
        fields = dict(stored)
        for name in ("parameters", "wrt", "prelude"):
            fields[name] = tuple(map(_text, fields.get(name, ())))
        fields["shapes"] = tuple(s if s == "index" else tuple(map(int, s)) for s in fields.get("shapes", ()))
        made = cls(**fields)
        for text in (made.name, made.value_source, made.gradient_source):
            _text(text)
        return made

    def _repr_markdown_(self) -> str:
        return f"```js\n{self.esm()}```\n"

    def __str__(self) -> str:
        return self.esm()


def module(*compiled: Compiled) -> str:
    """One ES module that exports the functions of several compiled losses; shared helpers appear once.

    Raises:
        ValueError: if two of them have the same name.
    """
    names = [c.name for c in compiled]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"two compiled functions are called {twice[0]!r}; give compile_js a name= for one of them")
    helpers = list(dict.fromkeys(text for c in compiled for text in c.prelude))
    functions = [source for c in compiled for source in (c.value_source, c.gradient_source)]
    return "\n".join([*helpers, *("export function ".join(_split(s)) for s in functions)])


def _split(source: str) -> tuple[str, str]:
    """The comment above a function and the text after its `function ` keyword."""
    comment, rest = source.split("function ", 1) if source.startswith("function ") else source.split("\nfunction ", 1)
    return comment + "\n" if comment else "", rest


def _text(value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value
