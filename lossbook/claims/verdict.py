"""From measured values to a verdict: one interval a part, one rule for all claims."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lossbook.claims.rounding import rounded, spread_text
from lossbook.claims.store import CONDITIONS, EXACT, FAILS, HOLDS, Entry, Part

WORDS = {  # what an outcome means, said beside the number
    "passes": "passes",
    "not shown": "not shown: the interval crosses the threshold",
    "fails": "fails",
}


class VerdictMismatch(AssertionError):
    """The measured verdict is not the recorded one; the message says which part went which way."""


@dataclass(frozen=True)
class Result:
    """A part with what was measured, as rounded texts, and on which side of the threshold it lies."""

    part: Part
    mean: str
    low: str
    high: str
    outcome: str

    @property
    def shown(self) -> str:
        """``28.8 [26.8, 30.8] times``."""
        return f"{spread_text(self.mean, self.low, self.high)} {self.part.unit}".strip()


@dataclass(frozen=True)
class Judgement:
    """A claim, judged. ``verdict`` is the measured one."""

    entry: Entry
    results: tuple[Result, ...]
    controls: tuple[tuple[str, str], ...]

    @property
    def verdict(self) -> str:
        failed = {result.part.role for result in self.results if result.outcome != "passes"}
        return FAILS if "main" in failed else CONDITIONS if "condition" in failed else HOLDS

    def data(self) -> dict:
        """What the ledger needs, as plain JSON; numbers are the rounded ones."""
        entry = self.entry
        return {
            "id": entry.id,
            "statement": entry.statement,
            "origin": entry.origin,
            "page": entry.page,
            "verdict": self.verdict,
            "because": entry.because,
            "sampling": entry.sampling,
            "parts": [
                {
                    "name": result.part.name,
                    "says": result.part.says,
                    "role": result.part.role,
                    "rule": result.part.holds_if.text,
                    "unit": result.part.unit,
                    "mean": result.mean,
                    "low": result.low,
                    "high": result.high,
                    "outcome": result.outcome,
                }
                for result in self.results
            ],
            "control": entry.control,
            "controls": [{"label": label, "mean": mean} for label, mean in self.controls],
        }

    def compare_with_record(self):
        """Raises VerdictMismatch unless measured and recorded verdict agree."""
        recorded = self.entry.verdict
        if self.verdict == recorded:
            return
        lines = [f"claim {self.entry.id!r}: recorded {recorded!r}, measured {self.verdict!r}."]
        for result in self.results:
            role = "main part" if result.part.role == "main" else "condition"
            rule = f"holds if {result.part.holds_if.text}"
            lines.append(f"  {role} {result.part.name}: {result.shown}; {rule}: {WORDS[result.outcome]}")
        advice = f"verdict: {self.verdict}" + ("" if self.verdict == HOLDS else " and say why in because")
        lines.append(
            f"Check the run first. If it is right, write {advice} in claims.yml; "
            "a threshold is not moved after the run, nor seeds added until it passes."
        )
        raise VerdictMismatch("\n".join(lines))


def judge(entry: Entry, measured: Mapping, control: Mapping | None) -> Judgement:
    """Judge the values of every part, one per seed.

    Args:
        entry: the claim as recorded.
        measured: part name -> values of shape (seeds,), or one number where the claim is exact.
        control: label -> values of shape (seeds,), or one number where the control does not depend on the seed.

    Raises:
        ValueError: a part is missing, unknown, of the wrong length or not finite; or there is no control.
    """
    names = [part.name for part in entry.parts]
    for name in measured:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
            raise ValueError(f"{name}: claim {entry.id!r} has no such part; {hint}")
    missing = [name for name in names if name not in measured]
    if missing:
        raise ValueError(f"{missing[0]}: claim {entry.id!r} needs values for this part; none were given")
    if not isinstance(control, Mapping) or not control:
        got = "none" if control is None else repr(control)
        raise ValueError(
            f"control: got {got}, want a dict of label -> values; claim {entry.id!r} is judged beside: {entry.control}"
        )
    results = tuple(_result(part, _values(measured[part.name], part.name, entry), entry) for part in entry.parts)
    controls = tuple(
        (str(label), _spread(_values(values, f"control[{label!r}]", entry, one_will_do=True))[1][0])
        for label, values in control.items()
    )
    return Judgement(entry, results, controls)


def _result(part: Part, values: np.ndarray, entry: Entry) -> Result:
    (_, low, high), texts = _spread(values, part.holds_if)
    return Result(part, *texts, part.holds_if.outcome(low, high))


def _spread(values: np.ndarray, threshold=None):
    """(mean, low, high) as numbers and as rounded texts."""
    if values.size == 1:
        numbers = (float(values[0]),) * 3
    else:
        from lossbook.experiments import interval

        found = interval(values)
        numbers = (found.mean, found.low, found.high)
    return numbers, rounded(*numbers, threshold)


def _values(values, name: str, entry: Entry, one_will_do: bool = False) -> np.ndarray:
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: got {type(values).__name__}, want numbers, one per seed") from None
    seeds = 1 if entry.seeds == EXACT else entry.seeds
    single = array.size == 1 and (seeds == 1 or (one_will_do and array.ndim == 0))
    if not single and array.shape != (seeds,):
        want = (
            "one number (the claim is exact)"
            if seeds == 1
            else f"one value for each of the {seeds} seeds, shape ({seeds},)"
        )
        raise ValueError(f"{name}: got shape {array.shape}, want {want}")
    bad = [i for i, value in enumerate(array.flat) if not math.isfinite(value)]
    if bad:
        where = "" if array.size == 1 else f" at seed {bad[0]}"
        raise ValueError(f"{name}: got {array.flat[bad[0]]}{where}, want finite numbers")
    return array.reshape(-1)
