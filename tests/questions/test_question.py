"""The question as Python makes it: complete without a script, refused when it cannot be answered."""

import numpy as np
import pytest

import lossbook as lb

CHOICE = {
    "options": {"The mean": "It minimizes squared error.", "The median": "That is for absolute error."},
    "right": "The mean",
}


def html(**arguments):
    return lb.question("a-question", "What is **it**?", **arguments).html


def test_every_option_has_its_explanation_without_a_script():
    text = html(**CHOICE)
    assert text.count('type="radio"') == 2
    assert '<li data-option="0" data-right><b>The mean</b>' in text
    assert "That is for absolute error." in text
    assert text.count("<details") == text.count("<fieldset>") == text.count("<legend>") == 1
    assert 'class="lb-question__actions" hidden' in text  # the button waits for the script
    assert 'role="status"' in text


def test_number_with_slips_and_hint():
    text = html(answer=np.float64(10 / 19), wrong={10 / 9: "Divide by all."}, hint="Add them up.", unit="of the sum")
    assert f'data-right data-value="{10 / 19!r}"' in text
    assert "0.5263 of the sum" in text
    assert '<label for="input-a-question">' in text
    assert "Divide by all." in text
    assert "data-hint" in text


def test_text_is_escaped_but_code_and_maths_stay():
    text = html(options={"`x < 1` & \\(y\\)": "<script>no</script>", "b": "no"}, right="b")
    assert "<code>x &lt; 1</code> &amp; \\(y\\)" in text
    assert "<script>no" not in text


def test_style_and_script_come_along_for_jupyter_only_once_each():
    bundle = lb.question("a-question", "Which?", **CHOICE).bundle()
    assert bundle["text/html"].count('<script data-lossbook="question">') == 1
    assert bundle["text/html"].count('<style data-lossbook="question">') == 1
    assert bundle["text/plain"].splitlines() == ["Question: Which?", "( ) The mean", "( ) The median"]


WRONG = [
    ({}, "want either options"),
    ({**CHOICE, "answer": 1}, "want either options"),
    ({"options": CHOICE["options"]}, "right: got None"),
    ({**CHOICE, "right": "The Mean"}, "did you mean 'The mean'"),
    ({"options": {"only": "one"}, "right": "only"}, "at least two"),
    ({"options": {"a": "", "b": "x"}, "right": "b"}, r"options\['a'\]"),
    ({"answer": float("nan")}, "answer: got nan"),
    ({"answer": "much"}, "answer: got 'much'"),
    ({"answer": 1, "tolerance": 0}, "tolerance"),
    ({"answer": 1, "right": "a"}, "right: it names an option"),
    ({"answer": 1, "wrong": {1.001: "x"}}, r"1\.001 counts as right"),
    ({"answer": 1, "wrong": {3: ""}}, r"wrong\[3\]"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_what_cannot_be_answered_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        lb.question("a-question", "Which?", **arguments)


@pytest.mark.parametrize(("id", "text"), [("No Kebab", "Which?"), (3, "Which?"), ("a-question", " ")])
def test_id_and_text(id, text):
    with pytest.raises(ValueError, match=r"(id|text): got"):
        lb.question(id, text, **CHOICE)
