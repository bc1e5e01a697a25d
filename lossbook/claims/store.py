"""Reading ``claims.yml``: every entry is checked before anything runs. The format stands at the top of that file."""

import difflib
import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path

from lossbook.claims.threshold import Threshold

HOLDS, CONDITIONS, FAILS = "holds", "holds with conditions", "does not hold as stated"
VERDICTS = (HOLDS, CONDITIONS, FAILS)
ROLES = ("main", "condition")
EXACT = "exact"  # in place of a number of seeds: computed, not sampled
ENTRY_KEYS = ("id", "statement", "origin", "page", "seeds", "control", "parts", "verdict", "because", "word")
PART_KEYS = ("name", "says", "holds_if", "unit", "role")
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ClaimsFileError(ValueError):
    """``claims.yml`` says something that cannot be judged; the message names entry, key, value and what is wanted."""


@dataclass(frozen=True)
class Part:
    """One measured quantity of a claim, with the threshold that it must meet."""

    name: str
    says: str
    holds_if: Threshold
    unit: str = ""
    role: str = "main"


@dataclass(frozen=True)
class Entry:
    """One claim as recorded: what is measured, by which rule, and which verdict is expected."""

    id: str
    statement: str
    page: str
    seeds: int | str
    control: str
    parts: tuple[Part, ...]
    verdict: str
    origin: str = ""
    because: str = ""
    word: str = ""

    @property
    def sampling(self) -> str:
        """In words, how the numbers come about."""
        return "computed exactly, no seeds" if self.seeds == EXACT else f"{self.seeds} seeds, 95% interval of the mean"


def location() -> Path:
    """Where ``claims.yml`` is: ``LOSSBOOK_CLAIMS`` if set, else in the installed package, else in the repository."""
    if chosen := os.environ.get("LOSSBOOK_CLAIMS"):
        return Path(chosen)
    package = Path(__file__).resolve().parents[1]
    installed = package / "claims.yml"
    return installed if installed.is_file() else package.parent / "chapters" / "claims.yml"


def load(path=None) -> dict[str, Entry]:
    """All entries by id, in the order of the file. Raises ClaimsFileError, or FileNotFoundError with the path."""
    path = Path(path) if path is not None else location()
    if not path.is_file():
        raise FileNotFoundError(f"claims.yml: no file at {path}")
    return _load(path, path.stat().st_mtime_ns)


def get(claim_id: str) -> Entry:
    """One entry. Raises LookupError with near names for an unknown id."""
    entries = load()
    if claim_id not in entries:
        near = difflib.get_close_matches(str(claim_id), entries, n=3, cutoff=0.4)
        listing = f"did you mean {' or '.join(map(repr, near))}?" if near else f"it has {len(entries)} claims."
        raise LookupError(f"id: no claim {claim_id!r} in claims.yml; {listing}")
    return entries[claim_id]


@functools.lru_cache(maxsize=8)
def _load(path: Path, changed: int) -> dict[str, Entry]:
    import yaml

    try:
        rows = yaml.safe_load(path.read_text("utf8"))
    except yaml.YAMLError as error:
        raise ClaimsFileError(
            f"{path.name} is not YAML (a holds_if or a text with ': ' must be in quotes): {error}"
        ) from None
    if not isinstance(rows, list):
        raise ClaimsFileError(f"{path.name}: got {type(rows).__name__}, want a list of claims ([] if there are none)")
    entries = {}
    for number, row in enumerate(rows, 1):
        where = f"{path.name}, entry {number}"
        if not isinstance(row, dict):
            raise ClaimsFileError(f"{where}: got {row!r}, want a mapping with the keys {', '.join(ENTRY_KEYS)}")
        entry = _entry(row, f"{where} ({row.get('id')})" if row.get("id") else where)
        if entry.id in entries:
            raise ClaimsFileError(f"{where} ({entry.id}): id: it stands twice, want every id once")
        entries[entry.id] = entry
    return entries


def _entry(row: dict, where: str) -> Entry:
    _known(row, ENTRY_KEYS, where)
    texts = {
        key: _text(row, key, where, optional=key in ("origin", "because", "word"))
        for key in ENTRY_KEYS
        if key not in ("seeds", "parts")
    }
    _want(KEBAB.fullmatch(texts["id"]), f"{where}: id", texts["id"], "lower-case words joined by hyphens")
    page = texts["page"]
    relative = not page.startswith(("/", ".", "chapters/")) and not page.endswith((".ipynb", ".md"))
    _want(relative, f"{where}: page", page, "a notebook under chapters/ without suffix, such as types/huber")
    seeds = row.get("seeds")
    whole = isinstance(seeds, int) and not isinstance(seeds, bool) and seeds >= 2
    _want(whole or seeds == EXACT, f"{where}: seeds", seeds, "a whole number of at least 2, or 'exact'")
    _want(texts["verdict"] in VERDICTS, f"{where}: verdict", texts["verdict"], f"one of {', '.join(VERDICTS)}")
    if texts["verdict"] != HOLDS:
        _want(
            texts["because"], f"{where}: because", texts["because"], f"a sentence that says why it {texts['verdict']}"
        )
    rows = row.get("parts")
    _want(isinstance(rows, list) and rows, f"{where}: parts", rows, "a list of at least one part")
    parts = tuple(_part(part, f"{where}: parts[{i}]") for i, part in enumerate(rows))
    names = [part.name for part in parts]
    _want(len(set(names)) == len(names), f"{where}: parts", names, "every name once")
    roles = [part.role for part in parts]
    _want("main" in roles, f"{where}: parts", roles, "at least one part with role main")
    if texts["verdict"] == CONDITIONS:
        _want(
            "condition" in roles,
            f"{where}: parts",
            roles,
            "a part with role condition, as the verdict names conditions",
        )
    return Entry(**texts, seeds=seeds, parts=parts)


def _part(row, where: str) -> Part:
    _want(isinstance(row, dict), where, row, f"a mapping with the keys {', '.join(PART_KEYS)}")
    _known(row, PART_KEYS, where)
    texts = {key: _text(row, key, where, optional=key in ("unit", "role")) for key in PART_KEYS}
    name = texts["name"]
    _want(
        name.isidentifier() and name not in ("control", "id"),
        f"{where}.name",
        name,
        "a Python name (not control or id)",
    )
    texts["role"] = texts["role"] or "main"
    _want(texts["role"] in ROLES, f"{where}.role", texts["role"], " or ".join(ROLES))
    try:
        texts["holds_if"] = Threshold.parse(texts["holds_if"])
    except ValueError as error:
        raise ClaimsFileError(f"{where}.holds_if: {error}") from None
    return Part(**texts)


def _known(row: dict, keys, where: str):
    for key in row:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; want {', '.join(keys)}"
            raise ClaimsFileError(f"{where}: unknown key {key!r}{hint}")


def _text(row: dict, key: str, where: str, optional: bool) -> str:
    value = row.get(key)
    if value is None and optional:
        return ""
    _want(isinstance(value, str) and value.strip(), f"{where}: {key}", value, "a text")
    return " ".join(value.split())


def _want(ok, where: str, got, want: str):
    if not ok:
        raise ClaimsFileError(f"{where}: got {got!r}, want {want}")
