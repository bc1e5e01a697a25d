"""Exercises with a check that helps: ``lb.check("huber-by-hand", (loss, gradient))``.

One function an exercise, in one file a part of the book; it receives the reader's answer and raises ``NotYet`` with
the difference and, where the slip is a usual one, its name.
"""

from lossbook.exercises import core_types, embeddings, margins, reading  # noqa: F401  (importing registers their exercises)
from lossbook.exercises.registry import NotYet, Outcome, check, exercise, get, names

__all__ = ["NotYet", "Outcome", "check", "exercise", "get", "names"]
