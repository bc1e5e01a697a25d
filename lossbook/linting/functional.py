"""What a loss is said to elicit: the property of the targets that the best constant prediction should equal."""

import re
from dataclasses import dataclass

QUANTILE = re.compile(r"quantile\s*\(?\s*([0-9.eE+-]+)\s*\)?")


@dataclass(frozen=True)
class Functional:
    """name: mean, quantile or probability. level: of the quantile. words: how a report says it."""

    name: str
    level: float = 0.5
    words: str = ""


def declared(elicits, record, hyper: dict, kind: str) -> Functional | None:
    """The functional of the argument ``elicits``, else of the record where it names one; None if nobody says.

    Raises ValueError for what cannot be read, and for a functional that does not go with the kind of loss.
    """
    found = _read(elicits) if elicits is not None else _of_record(record, hyper, kind)
    if elicits is not None and kind != "any":
        wants = "probability" if kind in ("binary", "classes") else "mean, median or quantile"
        if kind == "signs" or (found.name == "probability") != (kind in ("binary", "classes")):
            fits = f"want {wants}" if kind != "signs" else "a loss of scores has none of these; leave it out"
            raise ValueError(f"elicits: got {elicits!r} for a loss of kind {kind!r}, {fits}")
    return found


def _read(elicits) -> Functional:
    if isinstance(elicits, tuple) and len(elicits) == 2 and elicits[0] == "quantile":
        elicits = f"quantile {elicits[1]}"
    if elicits == "mean":
        return Functional("mean", words="mean")
    if elicits == "median":
        return Functional("quantile", 0.5, "median")
    if elicits == "probability":
        return Functional("probability", words="probability")
    level = QUANTILE.fullmatch(elicits) if isinstance(elicits, str) else None
    try:
        q = float(level[1])
    except (TypeError, ValueError):
        q = -1.0
    if not 0 < q < 1:
        raise ValueError(
            f"elicits: got {elicits!r}, want 'mean', 'median', 'probability', or a quantile between 0 and 1 such as "
            "'quantile 0.9' or ('quantile', 0.9)"
        )
    return Functional("quantile", q, f"{q:g}-quantile")


def _of_record(record, hyper: dict, kind: str) -> Functional | None:
    if record is None:
        return None
    if record.elicits in ("mean", "median"):
        return _read(record.elicits)
    if record.elicits == "q-quantile":
        default = {p.name: p.default for p in record.parameters}.get("q", 0.5)
        return _read(f"quantile {float(hyper.get('q', default))}")
    said = kind != "signs" and record.elicits.startswith(("probability", "class probabilities"))
    return _read("probability") if said and record.at("proper", **hyper) else None
