"""Exercises with a check that helps: ``lb.check("huber-by-hand", (loss, gradient))``.

One function an exercise, in one file a part of the book; it receives the reader's answer and raises ``NotYet`` with
the difference and, where the slip is a usual one, its name.
"""

from importlib import import_module
from pkgutil import iter_modules

from lossbook.exercises.registry import NotYet, Outcome, check, exercise, get, names

for _module in iter_modules(__path__):  # importing a file registers its exercises
    import_module(f"{__name__}.{_module.name}")

__all__ = ["NotYet", "Outcome", "check", "exercise", "get", "names"]
