"""Compiled losses kept on disk, so that a book that is built twice compiles once.

An entry is found again only if the function (its code and everything that it reads), the shapes, the compiler,
torch and Python are all the same.  The folder is `$LOSSBOOK_CACHE`, else `lossbook/javascript` in the user's
cache folder; `LOSSBOOK_CACHE=off` keeps nothing.  A folder that cannot be used and an entry that cannot be read
count as not there.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Mapping

from lossbook.javascript.compiled import Compiled, Shape
from lossbook.javascript.fingerprint import Unknown, fingerprint

MAX_ENTRIES = 2000  # a few kilobytes each; beyond that the oldest half goes


def folder() -> pathlib.Path | None:
    """Where entries are kept, or None if caching is off."""
    chosen = os.environ.get("LOSSBOOK_CACHE", "")
    if chosen.lower() in ("off", "0", "no"):
        return None
    if chosen:
        return pathlib.Path(chosen)
    home = pathlib.Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Caches"
    elif sys.platform == "win32":
        base = pathlib.Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "lossbook" / "javascript"


def key(fn: Callable, name: str, wrt: tuple[str, ...], shapes: Mapping[str, Shape]) -> str | None:
    """What the entry for this compilation is called, or None if the function cannot be told from others."""
    try:
        own = fingerprint(fn)
    except Unknown:
        return None
    parts = [own, name, wrt, list(shapes.items()), _compiler(), _torch(), sys.version]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def load(entry: str | None) -> Compiled | None:
    """The compiled loss of that name, if there is a readable one."""
    home = folder()
    if entry is None or home is None:
        return None
    try:
        stored = json.loads((home / f"{entry}.json").read_text(encoding="utf-8"))
        compiled = Compiled.from_dict(stored["compiled"])
        return compiled if stored["digest"] == _digest(compiled) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def store(entry: str | None, compiled: Compiled) -> None:
    """Keep `compiled`; readers see the whole entry or none."""
    home = folder()
    if entry is None or home is None:
        return
    text = json.dumps({"digest": _digest(compiled), "compiled": compiled.as_dict()})
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=home, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text)
            os.replace(partial, home / f"{entry}.json")
        except OSError:
            os.unlink(partial)
            raise
        _prune(home)


def _prune(home: pathlib.Path) -> None:
    entries = list(home.glob("*.json"))
    if len(entries) > MAX_ENTRIES:
        for old in sorted(entries, key=lambda e: e.stat().st_mtime)[: len(entries) - MAX_ENTRIES // 2]:
            old.unlink(missing_ok=True)


def _digest(compiled: Compiled) -> str:
    return hashlib.sha256(json.dumps(compiled.as_dict(), sort_keys=True).encode()).hexdigest()


@functools.cache
def _compiler() -> str:
    """A digest of this package's own files: an entry of another version of the compiler is never used."""
    digest = hashlib.sha256()
    for file in sorted(pathlib.Path(__file__).parent.iterdir()):
        if file.suffix in (".py", ".js"):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _torch() -> str:
    """torch's version, and its default number type, which decides what `torch.tensor(0.1)` is."""
    loaded = sys.modules.get("torch")
    if loaded is None:
        return f"{importlib.metadata.version('torch')} torch.float32"
    return f"{loaded.__version__} {loaded.get_default_dtype()}"
