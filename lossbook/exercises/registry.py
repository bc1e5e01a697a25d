"""The list of exercises, and the check that a notebook calls."""

import difflib
from collections.abc import Callable

_exercises: dict[str, Callable] = {}


class NotYet(AssertionError):
    """The answer is not right yet; the message says how it differs."""


class Outcome(int):
    """1 for right, 0 for "not tried": true or false, but not printed when a cell ends with it."""

    def _ipython_display_(self):
        """Nothing: ``check`` has said it."""

    def __repr__(self):
        return repr(bool(self))


def exercise(id: str):
    """Register a function ``f(answer)`` that returns for a right answer and raises NotYet for a wrong one."""

    def register(function):
        if id in _exercises:
            raise ValueError(f"id: there is an exercise {id!r} already, in {_exercises[id].__module__}")
        _exercises[id] = function
        return function

    return register


def names() -> list[str]:
    """All ids, in the order in which they were registered."""
    return list(_exercises)


def get(id: str) -> Callable:
    """The function behind an exercise. Raises LookupError with near names for an unknown id."""
    if id not in _exercises:
        near = difflib.get_close_matches(str(id), _exercises, n=3, cutoff=0.4)
        raise LookupError(
            f"id: no exercise {id!r}; " + (f"did you mean {' or '.join(near)}?" if near else "see names()")
        )
    return _exercises[id]


def check(id: str, answer) -> Outcome:
    """Check an answer: a number, a tuple of numbers, an array or a function, as the exercise says.

    Returns:
        true for a right answer (a line with a tick is printed); false, with the words "Your turn", where the answer
        still is ``...`` or a function that returns ``...`` or nothing, so that an untouched notebook runs through.

    Raises:
        NotYet: the answer is wrong; the message says at which input, by how much, and which slip it looks like.
        LookupError: there is no such exercise.
    """
    judge = get(id)
    try:
        if untouched(answer):
            raise Untouched
        judge(answer)
    except Untouched:
        print("Your turn: replace the ... and run the cell again.")
        return Outcome(0)
    print("✓ Right.")
    return Outcome(1)


class Untouched(Exception):
    """The answer, or what the reader's function returned, is still ``...`` or nothing."""


def untouched(answer) -> bool:
    """True for ``...``, nothing, or a tuple with ``...`` in it."""
    if isinstance(answer, list | tuple):
        return any(item is ... for item in answer)
    return answer is ... or answer is None
