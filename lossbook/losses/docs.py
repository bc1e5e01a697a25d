"""The docstring of a public loss: its own words, and the facts of its record, which are written nowhere else."""

import inspect
import textwrap

from lossbook.losses.sides import told

_SHAPES = "input, target: any shape, the same for both; numpy arrays or torch tensors of a floating dtype."


def docstring(record, words: str) -> str:
    """Compose: the sentence, the formula, shapes, parameters, returns, raises, the rest of ``words``, names elsewhere,
    traps, source. ``words`` may open a paragraph with "Shapes:" to replace the one for element-wise losses; the shapes
    of a loss with sides are made from these."""
    paragraphs = inspect.cleandoc(words).split("\n\n")
    shapes = next((p for p in paragraphs if p.startswith("Shapes:")), f"Shapes: {_SHAPES}")
    shapes = _shapes(record) if record.sides else shapes
    rest = [p for p in paragraphs[1:] if p is not shapes]
    letters = {s.symbol: s.name for s in record.sides if s.symbol} | record.symbols
    symbols = "; ".join(f"{symbol}: {meaning}" for symbol, meaning in letters.items())
    parts = [
        paragraphs[0],
        f".. math:: {record.formula}",
        _wrap(f"where {symbols}."),
        shapes,
        _parameters(record),
        _RAISES,
        *rest,
        *_elsewhere(record),
        "\n".join(["Mind:", *(_wrap(trap, "    - ", "      ") for trap in record.traps)]),
        _wrap(f"Source: {record.primary}"),
    ]
    return "\n\n".join(parts) + "\n"


_REDUCTION = '    reduction: "mean" (default), "sum" or "none". The mean of nothing is NaN, its sum 0.'
_RAISES = """\
Raises:
    TypeError: neither arrays nor tensors, one of each, a dtype that is not floating, an unknown argument.
    ValueError: shapes or devices that differ, an unknown reduction, a parameter out of its range."""


def _shapes(record) -> str:
    sides = [_wrap(f"{side.name}: {side.words}. {side.meaning}", "    ", "        ") for side in record.sides]
    gives = f"of shape {told(record.gives.split())} before the reduction" if record.gives else "one number"
    return "\n".join(["Shapes: numpy arrays or torch tensors, all of a kind.", *sides, f"    The loss: {gives}."])


def _parameters(record) -> str:
    listed = [*map(_parameter, record.parameters)]
    listed += [] if record.sides and not record.gives else [_REDUCTION]
    return "\n".join(["Parameters:", *listed]) if listed else "Parameters: none."


def _elsewhere(record) -> list[str]:
    named = [_wrap(f"{k}: {v}", "    ", "        ") for k, v in record.elsewhere.items()]
    return ["\n".join(["Elsewhere:", *named])] if named else []


def _parameter(p) -> str:
    return _wrap(f"{p.name}: {p.meaning} Range {p.range}, default {p.default}.", "    ", "        ")


def _wrap(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        text, 110, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
