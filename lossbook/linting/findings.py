"""What a check says, and the list of the checks."""

from collections.abc import Callable
from dataclasses import dataclass

LEVELS = ("problem", "warning", "note", "ok", "not run")  # worst first


@dataclass(frozen=True)
class Finding:
    """One result of one check.

    check: its name. level: one of LEVELS; only a problem makes a report fail. tried: what was done. found: what came
    out, or why nothing could be tried. cure: what usually helps; empty where nothing is wrong.
    """

    check: str
    level: str
    tried: str
    found: str
    cure: str = ""

    def __post_init__(self):
        if self.level not in LEVELS:
            raise ValueError(f"level: got {self.level!r}, want one of {', '.join(LEVELS)}")


@dataclass(frozen=True)
class Check:
    """A check: its name (for ``skip``), what it looks at, and the function that looks."""

    name: str
    title: str
    look: Callable


CHECKS: dict[str, Check] = {}


class CannotRun(Exception):
    """A check has nothing to try here; the message says why."""


class Raised(Exception):
    """The loss raised an exception; ``cause`` is that exception, and the text names it."""

    def __init__(self, cause: BaseException):
        first = (str(cause).strip() or "no message").splitlines()[0]
        super().__init__(f"{type(cause).__name__}: {first if len(first) <= 160 else first[:157] + '...'}")
        self.cause = cause


def check(name: str, title: str):
    """Register a function ``look(subject)`` that yields (level, found, cure) rows; ``title`` says what it tries."""

    def register(look):
        CHECKS[name] = Check(name, title, look)
        return look

    return register
