"""What a reader is told: a tick, "your turn", or how the answer differs."""

import numpy as np
import pytest

import lossbook as lb
from lossbook.exercises import NotYet
from lossbook.exercises.registry import exercise


def right_gradient(prediction, target):
    return 2 * (prediction - target) / len(prediction)


def right_huber(residual, delta):
    size = np.abs(residual)
    return np.where(size <= delta, residual**2 / 2, delta * size - delta**2 / 2)


RIGHT = {
    "mse-share-of-loss": (100 / 109, 10 / 19),
    "mse-gradient": right_gradient,
    "huber-by-hand": (4.875, 1.5),
    "huber-from-scratch": right_huber,
    "interval-low-end": 0.3956,
    "sign-flip-p": 2 / 32,
}


def test_every_exercise_is_tested():
    assert set(RIGHT) == set(lb.exercises.names())


@pytest.mark.parametrize("name", RIGHT)
def test_right_answer(name, capsys):
    outcome = lb.check(name, RIGHT[name])
    assert outcome
    assert outcome == True  # noqa: E712  (it stands in for True)
    assert capsys.readouterr().out == "✓ Right.\n"
    assert outcome._ipython_display_() is None


def returns_ellipsis(*arguments):
    return ...


def returns_nothing(residual, delta): ...


@pytest.mark.parametrize("name", RIGHT)
def test_untouched_answer_runs_through(name, capsys):
    assert not lb.check(name, ...)
    assert capsys.readouterr().out.startswith("Your turn")


def test_untouched_tuple_and_functions(capsys):
    assert not lb.check("huber-by-hand", (..., ...))
    assert not lb.check("huber-by-hand", (4.875, ...))
    assert not lb.check("huber-from-scratch", returns_ellipsis)
    assert not lb.check("huber-from-scratch", returns_nothing)
    assert capsys.readouterr().out.count("Your turn") == 4


def test_unknown_exercise():
    with pytest.raises(LookupError, match="did you mean huber-by-hand"):
        lb.check("huber-hand", 1)


def test_an_id_is_registered_once():
    with pytest.raises(ValueError, match="there is an exercise 'sign-flip-p' already"):
        exercise("sign-flip-p")(lambda answer: None)


NUMBERS = [
    ("mse-share-of-loss", (100 / 9, 10 / 19), "share of the squared errors: got 11.11. The whole includes the outlier"),
    ("mse-share-of-loss", (0.917, 0.1), "share of the absolute errors: got 0.1. That is its share of the count"),
    ("mse-share-of-loss", (0.917, 0.53), r"absolute errors: got 0.53, which is too large\."),
    ("mse-share-of-loss", 0.917, "want 2 numbers"),
    ("mse-share-of-loss", ("most", 0.5), "got 'most', want a number"),
    ("huber-by-hand", (8.0, 1.5), "loss: got 8. That is the square branch"),
    ("huber-by-hand", (4.875, float("nan")), "gradient: got nan, want a finite number"),
    ("interval-low-end", 0.5424, r"uses 1\.96"),
    ("interval-low-end", 0.4509, "ddof=1"),
    ("interval-low-end", 1.404, "upper end"),
    ("sign-flip-p", 1 / 32, "one side"),
    ("sign-flip-p", 0, "never 0"),
]


@pytest.mark.parametrize(("name", "answer", "message"), NUMBERS)
def test_wrong_numbers(name, answer, message):
    with pytest.raises(NotYet, match=message):
        lb.check(name, answer)


FUNCTIONS = [
    ("mse-gradient", lambda p, t: (p - t) / p.size, "The factor 2 from the square is missing"),
    ("mse-gradient", lambda p, t: 2 * (p - t), "divides by the number of errors"),
    ("mse-gradient", lambda p, t: 2 * (t - p) / p.size, "sign is turned around"),
    ("mse-gradient", lambda p, t: np.mean((p - t) ** 2), r"returns shape \(\), want shape \(1,\)"),
    ("mse-gradient", lambda p: p, r"must take 2 arguments; it has \(p\)"),
    ("mse-gradient", lambda p, t: p - unknown, "raises NameError"),  # noqa: F821
    ("mse-gradient", lambda p, t: ["a"] * len(p), "want numbers"),
    ("mse-gradient", 3.0, "want a function"),
    ("huber-from-scratch", lambda r, d: r**2 / 2, "square everywhere"),
    ("huber-from-scratch", lambda r, d: np.where(np.abs(r) <= d, r**2, d * (np.abs(r) - d / 2)), "factor 1/2"),
    ("huber-from-scratch", lambda r, d: np.where(r <= d, r**2 / 2, d * (r - d / 2)), r"Compare \|r\| with delta"),
    ("huber-from-scratch", lambda r, d: right_huber(r, d) / d, "Smooth L1"),
    ("huber-from-scratch", lambda r, d: right_huber(r, d).mean(), r"want shape \(4,\)"),
    ("huber-from-scratch", lambda r, d: right_huber(r, d) + 0.1, r"returns 0\.1 at position 0, want 0\."),
]


@pytest.mark.parametrize(("name", "answer", "message"), FUNCTIONS)
def test_wrong_functions(name, answer, message):
    with pytest.raises(NotYet, match=message):
        lb.check(name, answer)


def test_the_input_is_shown_and_kept():
    def in_place(residual, delta):
        residual *= 0
        return residual

    with pytest.raises(NotYet, match="changes its input in place"):
        lb.check("huber-from-scratch", in_place)
    with pytest.raises(NotYet, match=r"For residual = \[.*\], delta = 1.0 your function returns"):
        lb.check("huber-from-scratch", lambda residual, delta: residual + 7)
    lb.check("huber-from-scratch", right_huber)


def test_nothing_after_the_first_input_is_an_error():
    def half_done(residual, delta):
        return right_huber(residual, delta) if delta == 1.0 else None

    with pytest.raises(NotYet, match="returns nothing"):
        lb.check("huber-from-scratch", half_done)
