"""The HTML of a question.

The explanations stand once, in a native disclosure; the script reads them from there, so nothing is written twice
and a reader without JavaScript opens the same text. What only works with the script is hidden until it runs.
"""

import html
from functools import cache
from pathlib import Path

from lossbook.display import inline

HERE = Path(__file__).parent
OWN_KEYS = 'data-lm-suppress-shortcuts="true"'  # on each control: JupyterLab then leaves its keys alone


@cache
def script() -> str:
    """The script element that a notebook needs; the book links the file instead."""
    return f'<script data-lossbook="question">{(HERE / "question.js").read_text("utf8")}</script>'


@cache
def style() -> str:
    """The style element that a notebook needs; the book links the file instead."""
    return f'<style data-lossbook="question">{(HERE / "question.css").read_text("utf8")}</style>'


def choice_html(id: str, text: str, options: dict[str, str], right: str) -> str:
    """Radio buttons, and in the disclosure one explanation an option."""
    inputs, answers = [], []
    for i, (label, explanation) in enumerate(options.items()):
        inputs.append(
            f'<label class="lb-question__option"><input type="radio" {OWN_KEYS} '
            f'name="question-{id}" value="{i}"> '
            f"<span>{inline(label)}</span></label>"
        )
        mark = " data-right" if label == right else ""
        word = "right" if label == right else "not this one"
        answers.append(
            f'<li data-option="{i}"{mark}><b>{inline(label)}</b>: {word}. '
            f'<span class="lb-question__because">{inline(explanation)}</span></li>'
        )
    return _frame(id, "choice", text, f'<div class="lb-question__options">{"".join(inputs)}</div>', answers)


def number_html(id, text, answer: float, tolerance: float, unit: str, wrong: dict[float, str], hint: str) -> str:
    """A text input (so that a comma and a fraction can be typed), and in the disclosure the answer and the slips."""
    after = f' <span class="lb-question__unit">{inline(unit)}</span>' if unit else ""
    field = (
        f'<p class="lb-question__number"><label for="input-{id}">Your answer</label> '
        f'<input type="text" {OWN_KEYS} id="input-{id}" size="10" '
        'autocomplete="off" autocapitalize="off" spellcheck="false">'
        f"{after}</p>"
    )
    said = f"{answer:.4g} {unit}".strip()
    answers = [f'<li data-right data-value="{answer!r}"><b>{inline(said)}</b> is right.</li>']
    answers += [
        f'<li data-value="{value!r}"><b>{value:.4g}</b>: '
        f'<span class="lb-question__because">{inline(because)}</span></li>'
        for value, because in wrong.items()
    ]
    if hint:
        answers.append(f'<li data-hint>Hint: <span class="lb-question__because">{inline(hint)}</span></li>')
    return _frame(id, "number", text, field, answers, f' data-tolerance="{tolerance!r}"')


def _frame(id: str, kind: str, text: str, inputs: str, answers: list[str], more: str = "") -> str:
    name = html.escape(id)
    return (
        f'<div class="lb-question tex2jax_process" id="question-{name}" data-question="{name}" data-kind="{kind}"'
        f"{more}>"
        '<fieldset><legend><span class="lb-question__kicker">Question</span> '
        f"{inline(text)}</legend>{inputs}"
        f'<p class="lb-question__actions" hidden><button type="button" {OWN_KEYS} '
        'class="lb-question__check">Check</button> '
        '<span class="lb-question__mark" hidden>✓ Answered</span></p></fieldset>'
        '<div class="lb-question__reply" role="status"></div>'
        f'<details class="lb-question__answer"><summary {OWN_KEYS}>Show the answer</summary><ul>{"".join(answers)}</ul>'
        "</details></div>"
    )
