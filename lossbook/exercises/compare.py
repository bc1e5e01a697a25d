"""Comparing a reader's answer with the right one, and saying how it differs."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lossbook.exercises.registry import NotYet, Untouched, untouched

RELATIVE = 5e-3  # three digits are enough for an answer typed by hand


def number(answer, right: float, name: str = "Your answer", *, slips: Mapping[float, str] | None = None):
    """Compare one number, to half a percent.

    Args:
        answer: what the reader gave.
        right: the right number.
        name: how the message calls it.
        slips: wrong number -> what it looks like.

    Raises:
        NotYet: it is no finite number, or not the right one.
    """
    try:
        value = float(answer)
    except (TypeError, ValueError):
        raise NotYet(f"{name}: got {_brief(answer)}, want a number.") from None
    if not math.isfinite(value):
        raise NotYet(f"{name}: got {value}, want a finite number.")
    if _near(value, right):
        return
    for wrong, because in (slips or {}).items():
        if _near(value, wrong):
            raise NotYet(f"{name}: got {value:.4g}. {because}")
    side = "small" if value < right else "large"
    raise NotYet(f"{name}: got {value:.4g}, which is too {side}.")


def numbers(answer, rights: Sequence[float], names: Sequence[str], *, slips: Sequence[Mapping] = ()):
    """Compare a tuple of numbers one by one. Raises NotYet for the first that differs or for a wrong count."""
    if not isinstance(answer, tuple | list | np.ndarray) or len(answer) != len(rights):
        raise NotYet(f"Got {_brief(answer)}, want {len(rights)} numbers: ({', '.join(names)}).")
    for i, (value, right, name) in enumerate(zip(answer, rights, names, strict=True)):
        number(value, right, name, slips=slips[i] if i < len(slips) else None)


def function(
    answer: Callable,
    right: Callable,
    inputs: Sequence[tuple],
    *,
    slips: Sequence[tuple[Callable, str]] = (),
):
    """Compare a reader's function with the right one on several inputs, each a tuple of arguments.

    Args:
        answer: the reader's function; NumPy in, NumPy out.
        right: the reference, called with the same arguments.
        inputs: tuples of arguments; arrays are copied, so that a function that writes into them is found out.
        slips: (wrong function, what it looks like) pairs: named if the reader's values match one on every input.

    Raises:
        NotYet: not callable, wrong number of parameters, an exception, a wrong shape, or a wrong value; the message
            shows the input, the value got and the value wanted.
        Untouched: the function returns ``...`` or nothing at the first input.
    """
    if not callable(answer):
        raise NotYet(f"Got {_brief(answer)}, want a function: pass its name without calling it.")
    _takes(answer, len(inputs[0]))
    got = [_call(answer, arguments, first=i == 0) for i, arguments in enumerate(inputs)]
    wanted = [np.asarray(right(*arguments), dtype=float) for arguments in inputs]
    for value, want, arguments in zip(got, wanted, inputs, strict=True):
        if value.shape != want.shape:
            said = f"For {_said(answer, arguments)} your function returns shape {value.shape}, want shape {want.shape}."
            raise NotYet(said + _slip(got, inputs, slips))
        if not _close(value, want):
            raise NotYet(_difference(answer, arguments, value, want) + _slip(got, inputs, slips))


def _takes(answer, count: int):
    try:
        inspect.signature(answer).bind(*range(count))
    except TypeError:
        raise NotYet(f"Your function must take {count} arguments; it has {inspect.signature(answer)}.") from None
    except ValueError:
        return  # a built-in without a signature: calling it will tell


def _call(answer, arguments, first: bool) -> np.ndarray:
    given = [np.array(item, copy=True) if isinstance(item, np.ndarray) else item for item in arguments]
    try:
        value = answer(*given)
    except Exception as error:
        raise NotYet(f"For {_said(answer, arguments)} your function raises {type(error).__name__}: {error}") from error
    if untouched(value):
        if first:
            raise Untouched
        raise NotYet(f"For {_said(answer, arguments)} your function returns nothing.")
    for before, after in zip(arguments, given, strict=True):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after):
            raise NotYet("Your function changes its input in place; return a new array instead.")
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise NotYet(f"For {_said(answer, arguments)} your function returns {_brief(value)}, want numbers.") from None


def _difference(answer, arguments, value, want) -> str:
    if value.ndim == 0:
        return f"For {_said(answer, arguments)} your function returns {value:.4g}, want {want:.4g}."
    place = tuple(int(i) for i in np.argwhere(~np.isclose(value, want, rtol=1e-6, atol=1e-9))[0])
    index = place[0] if len(place) == 1 else place
    return (
        f"For {_said(answer, arguments)} your function returns {value[place]:.4g} at position {index}, "
        f"want {want[place]:.4g}."
    )


def _slip(got, inputs, slips) -> str:
    for wrong, because in slips:
        values = [np.asarray(wrong(*arguments), dtype=float) for arguments in inputs]
        if all(a.shape == b.shape and _same(a, b) for a, b in zip(got, values, strict=True)):
            return " " + because
    return ""


def _said(answer, arguments) -> str:
    """The arguments by name, as one would type them."""
    try:
        names = [f"{name} = " for name in inspect.signature(answer).parameters][: len(arguments)]
    except ValueError:
        names = [""] * len(arguments)
    names += [""] * (len(arguments) - len(names))
    return ", ".join(f"{name}{_brief(item)}" for name, item in zip(names, arguments, strict=True))


def _brief(value) -> str:
    text = (
        np.array2string(value, precision=4, threshold=8, separator=", ")
        if isinstance(value, np.ndarray)
        else repr(value)
    )
    return text if len(text) <= 80 else text[:77] + "..."


def _near(value: float, right: float) -> bool:
    return abs(value - right) <= RELATIVE * abs(right) + 1e-9


def _close(value, want) -> bool:
    return bool(np.allclose(value, want, rtol=1e-6, atol=1e-9))


def _same(value, wrong) -> bool:
    """As ``_close``, but two values that are both no number are the same slip."""
    return bool(np.allclose(value, wrong, rtol=1e-6, atol=1e-9, equal_nan=True))
