"""A threshold that is fixed before the run: ``> 10``, ``<= 0.05``, ``between 0.95 and 1.05``."""

import math
import re
from dataclasses import dataclass

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
SIDE = re.compile(rf"(>=|<=|>|<)\s*({NUMBER})")
BAND = re.compile(rf"between\s+({NUMBER})\s+and\s+({NUMBER})")
WANT = "'> number', '>= number', '< number', '<= number' or 'between number and number'"


@dataclass(frozen=True)
class Threshold:
    """The set of values ``low .. high``; an end counts as inside where ``closed`` is true."""

    text: str
    low: float
    high: float
    closed: bool

    @classmethod
    def parse(cls, text: str) -> "Threshold":
        """Read the text of ``holds_if``. Raises ValueError for anything but the forms above."""
        text = " ".join(str(text).split())
        if found := SIDE.fullmatch(text):
            sign, number = found[1], float(found[2])
            low, high = (number, math.inf) if ">" in sign else (-math.inf, number)
            return cls(text, low, high, "=" in sign)
        if found := BAND.fullmatch(text):
            low, high = float(found[1]), float(found[2])
            if low < high:
                return cls(text, low, high, True)
            raise ValueError(f"got {text!r}, want the smaller number first")
        raise ValueError(f"got {text!r}, want {WANT} (in quotes)")

    @property
    def marks(self) -> tuple[float, ...]:
        """The finite ends: one for a side, two for a band."""
        return tuple(end for end in (self.low, self.high) if math.isfinite(end))

    def contains(self, value: float) -> bool:
        return self.low <= value <= self.high if self.closed else self.low < value < self.high

    def outcome(self, low: float, high: float) -> str:
        """``passes``: the whole interval is inside; ``fails``: all of it is outside; else ``not shown``."""
        if self.contains(low) and self.contains(high):
            return "passes"
        outside = high < self.low or low > self.high
        if not self.closed:
            outside = high <= self.low or low >= self.high
        return "fails" if outside else "not shown"
