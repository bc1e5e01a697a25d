"""Quick questions: native inputs, an explanation for every answer, nothing stored but a mark in the reader's browser.

The same HTML works in Jupyter and in the book. Without JavaScript the answer is behind a native disclosure.
"""

import difflib
import math
import re

from lossbook.display import Shown, plain
from lossbook.questions.markup import choice_html, number_html, script, style

__all__ = ["Question", "question", "script", "style"]

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Question(Shown):
    """A displayed question."""

    def __init__(self, id: str, text: str, html: str, lines: list[str]):
        self.id, self.text, self.html, self.lines = id, text, html, lines

    def bundle(self) -> dict:
        words = "\n".join(["Question: " + plain(self.text), *self.lines])
        return {"text/plain": words, "text/html": style() + self.html + script()}


def question(
    id: str,
    text: str,
    *,
    options: dict[str, str] | None = None,
    right: str | None = None,
    answer: float | None = None,
    tolerance: float = 0.01,
    unit: str = "",
    wrong: dict[float, str] | None = None,
    hint: str = "",
) -> Question:
    r"""Display a question with options, or one that wants a number.

    Args:
        id: lower-case words joined by hyphens, unique in the book; the mark "answered" is kept under it.
        text: the question; `` `code` `` and ``\( maths \)`` are set as such.
        options: label -> explanation, shown when that option is checked, for the right one too.
        right: the label of the right option.
        answer: the number wanted, computed in the cell.
        tolerance: an answer at most this far off is right; a wrong one is explained by the nearest of ``wrong`` that is
            at most this far off. In the unit of the answer.
        unit: said beside the input.
        wrong: number -> explanation, for the mistakes that one expects.
        hint: said for any other number.

    Raises:
        ValueError: a question that cannot be answered; the message names the argument.
    """
    if not isinstance(id, str) or not KEBAB.fullmatch(id):
        raise ValueError(f"id: got {id!r}, want lower-case words joined by hyphens")
    _said(text, "text")
    if (options is None) == (answer is None):
        raise ValueError(f"{id}: want either options= and right=, or answer=")
    if options is not None:
        return _choice(id, text, options, right).show()
    if right is not None:
        raise ValueError("right: it names an option; a question with answer= has none")
    return _number(id, text, answer, tolerance, unit, wrong or {}, hint).show()


def _choice(id, text, options, right) -> Question:
    if not isinstance(options, dict) or len(options) < 2:
        raise ValueError(f"options: got {options!r}, want a dict of at least two labels with an explanation each")
    for label, explanation in options.items():
        _said(label, "options")
        _said(explanation, f"options[{label!r}]")
    if right not in options:
        near = difflib.get_close_matches(str(right), options, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"want one of {', '.join(map(repr, options))}"
        raise ValueError(f"right: got {right!r}, which is no option; {hint}")
    lines = [f"( ) {plain(label)}" for label in options]
    return Question(id, text, choice_html(id, text, options, right), lines)


def _number(id, text, answer, tolerance, unit, wrong, hint) -> Question:
    answer = _finite(answer, "answer")
    tolerance = _finite(tolerance, "tolerance")
    if tolerance <= 0:
        raise ValueError(f"tolerance: got {tolerance}, want a number above 0")
    mistakes = {_finite(value, "wrong"): explanation for value, explanation in wrong.items()}
    for value, explanation in mistakes.items():
        _said(explanation, f"wrong[{value:g}]")
        if abs(value - answer) <= tolerance:
            raise ValueError(f"wrong: {value:g} counts as right, with answer {answer:g} and tolerance {tolerance:g}")
    return Question(id, text, number_html(id, text, answer, tolerance, unit, mistakes, hint), ["Answer: ____ " + unit])


def _finite(value, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: got {value!r}, want a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{name}: got {number}, want a finite number")
    return number


def _said(text, name: str):
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name}: got {text!r}, want a text")
