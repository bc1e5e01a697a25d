"""Build the book aside and swap it in when it is whole: a failed build leaves the last good one where it was.

``_build/html`` is the book; ``_build/next`` is where Sphinx works. Pages are rebuilt one by one only while everything
that others depend on (package, configuration, table of contents, installed versions, the pages' titles) is as in the
last good build; otherwise, and after any failure, from nothing: a half-read environment would not repeat its warnings.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_STAMP = ".built-from"
_TITLE = re.compile(rb'^\s*"?# (.+)$', re.MULTILINE)
_OUTSIDE = {"_build", "tests", "benchmarks", "binder", "docs", "tools", "node_modules", "__pycache__", "build", "dist"}


class BuildFailed(Exception):
    """The book could not be built; the message says why and names the log."""


def build(root: Path, *, fresh: bool = False, workers: int | None = None, say: Callable[[str], None] = print) -> Path:
    """Execute what changed, build the pages with warnings as errors, put them in ``root/_build/html``; returns that.

    ``fresh`` rebuilds every page even if nothing changed (notebooks still come from the cache).
    Raises NotebookFailed or BuildFailed and then leaves the former ``_build/html`` untouched.
    """
    from filelock import FileLock, Timeout

    root = root.resolve()
    (root / "_build").mkdir(exist_ok=True)
    lock = FileLock(root / "_build" / "build.lock")
    try:
        with lock.acquire(timeout=0):
            return _build(root, fresh, workers, say)
    except Timeout:
        raise BuildFailed(f"Another build is at work in {_shown(root / '_build')}.") from None


def is_current(root: Path) -> bool:
    """Whether ``root/_build/html`` is a whole book, built from the sources and the packages as they are now."""
    return _is(root.resolve() / "_build" / "html", _stamp(*_digests(root.resolve())))


def _stamp(pages: str, rest: str) -> str:
    return f"{rest} {pages}\n"


def _is(out: Path, stamp: str) -> bool:
    return _read(out / _STAMP) == stamp and (out / "index.html").is_file()


def _build(root: Path, fresh: bool, workers: int | None, say: Callable[[str], None]) -> Path:
    started = time.perf_counter()
    out = root / "_build" / "html"
    pages, rest = _digests(root)
    stamp = _stamp(pages, rest)
    if not fresh and _is(out, stamp):
        say(f"Nothing changed: {_shown(out)} is up to date.")
        return out

    from lossbook.book.cache import cache_path
    from lossbook.book.execute import execute

    cache = cache_path(root)
    _prune(cache)
    say("Running the notebooks")
    execute(root, cache, workers=workers, say=say)

    aside = root / "_build" / "next"
    if fresh or _read(aside / _STAMP) != rest:
        shutil.rmtree(aside, ignore_errors=True)
    say("Building the pages")
    try:
        _sphinx(root, aside, cache)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    (aside / _STAMP).write_text(rest, encoding="utf-8")
    _swap(aside / "html", out, stamp)
    say(f"Built {_shown(out)} in {time.perf_counter() - started:.1f} s.")
    return out


def _sphinx(root: Path, aside: Path, cache: Path) -> None:
    """One Sphinx run, as ``jupyter-book build -W -n --keep-going`` does it; what it says goes to a log file."""
    from jupyter_book.sphinx import build_sphinx
    from sphinx.util.console import nocolor

    nocolor()
    aside.mkdir(parents=True, exist_ok=True)
    log = root / "_build" / "build.log"
    overrides = {
        "external_toc_path": str(root / "_toc.yml"),
        "latex_individualpages": False,
        "nb_execution_cache_path": str(cache),
        "nitpicky": True,
    }
    with log.open("w", encoding="utf-8") as stream, contextlib.redirect_stdout(stream):
        result = build_sphinx(
            root,
            aside / "html",
            doctreedir=aside / "doctrees",
            noconfig=True,
            path_config=root / "_config.yml",
            confoverrides=overrides,
            warningiserror=True,
            keep_going=True,
        )
    if isinstance(result, KeyboardInterrupt):
        raise result
    if result != 0:
        raise BuildFailed(f"The pages were not built; warnings count as errors. All that Sphinx said: {_shown(log)}")
    if not (aside / "html" / "index.html").is_file():
        raise BuildFailed(f"Sphinx wrote no index.html. All that it said: {_shown(log)}")


def _swap(made: Path, out: Path, stamp: str) -> None:
    """Put a copy of ``made`` where ``out`` is by renaming, so that ``out`` is at all times one whole book."""
    new, old = out.with_name("html.new"), out.with_name("html.old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(made, new)
    (new / _STAMP).write_text(stamp, encoding="utf-8")
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _prune(cache: Path) -> None:
    """Remove the caches of former states of the package: nothing will ever match them again."""
    for folder in cache.parent.glob(".jupyter_cache*"):
        if folder != cache and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)


def _digests(root: Path) -> tuple[str, str]:
    """(digest of the pages, digest of all that more than one page depends on): contents, titles, installed versions."""
    pages, rest = hashlib.sha256(), hashlib.sha256(sys.version.encode())
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        content = path.read_bytes()
        whole = name.encode() + b"\0" + hashlib.sha256(content).digest()
        if name.startswith("chapters/") and path.suffix in (".ipynb", ".md"):
            pages.update(whole)
            title = _TITLE.search(content)  # every page shows it in its sidebar
            rest.update(name.encode() + b"\0" + (title[1] if title else b""))
        else:
            rest.update(whole)
    for site in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        installed = sorted(entry for entry in os.listdir(site) if entry.endswith(".dist-info"))
        rest.update("\n".join(installed).encode())
    return pages.hexdigest()[:16], rest.hexdigest()[:16]


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith(".") or entry.name in _OUTSIDE:
            continue
        if entry.is_dir():
            yield from _files(Path(entry.path))
        elif not entry.name.endswith(".log"):
            yield Path(entry.path)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _shown(path: Path) -> str:
    return os.path.relpath(path)
