"""The docstring of a public loss: its own words, and the facts of its record, which are written nowhere else."""

import inspect
import textwrap

_SHAPES = "input, target: any shape, the same for both; numpy arrays or torch tensors of a floating dtype."


def docstring(record, words: str) -> str:
    """Compose: the sentence, the formula, shapes, parameters, returns, raises, the rest of ``words``, names elsewhere,
    traps, source. ``words`` may open a paragraph with "Shapes:" to replace the one for element-wise losses."""
    paragraphs = inspect.cleandoc(words).split("\n\n")
    shapes = next((p for p in paragraphs if p.startswith("Shapes:")), f"Shapes: {_SHAPES}")
    rest = [p for p in paragraphs[1:] if p is not shapes]
    symbols = "; ".join(f"{symbol}: {meaning}" for symbol, meaning in record.symbols.items())
    parts = [
        paragraphs[0],
        f".. math:: {record.formula}",
        _wrap(f"where {symbols}."),
        shapes,
        "\n".join(
            ["Parameters:", *map(_companion, record.companions), *map(_parameter, record.parameters), _REDUCTION]
        ),
        _RAISES,
        *rest,
        "\n".join(["Elsewhere:", *(_wrap(f"{k}: {v}", "    ", "        ") for k, v in record.elsewhere.items())]),
        "\n".join(["Mind:", *(_wrap(trap, "    - ", "      ") for trap in record.traps)]),
        _wrap(f"Source: {record.primary}"),
    ]
    return "\n\n".join(parts) + "\n"


_REDUCTION = '    reduction: "mean" (default), "sum" or "none". The mean of nothing is NaN, its sum 0.'
_RAISES = """\
Raises:
    TypeError: neither arrays nor tensors, one of each, a dtype that is not floating, an unknown argument.
    ValueError: shapes or devices that differ, an unknown reduction, a parameter out of its range."""


def _companion(c) -> str:
    return _wrap(f"{c.name}: {c.meaning} Required, of the shape of the two sides; {c.range}.", "    ", "        ")


def _parameter(p) -> str:
    return _wrap(f"{p.name}: {p.meaning} Range {p.range}, default {p.default}.", "    ", "        ")


def _wrap(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        text, 110, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
