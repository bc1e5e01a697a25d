"""Make or bring up to date this checkout's environment ``.venv``: ``python3 tools/environment.py book|test``.

Needs nothing but Python. Installs again only when what is installed would change (requirements, package metadata, the
widgets' JavaScript sources), so that every ``make`` can begin with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".lossbook.json"
LOG = ROOT / "_build" / "install.log"
EXTRAS = {"book": ["book"], "test": ["book", "test"]}
METADATA = ("pyproject.toml", "requirements.txt", "constraints.txt", "hatch_build.py")
FRONTEND = ROOT / "lossbook" / "widgets" / "frontend"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST = (3, 11)


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in EXTRAS:
        print(f"usage: {sys.argv[0]} {'|'.join(EXTRAS)}", file=sys.stderr)
        return 2
    extras = EXTRAS[sys.argv[1]]
    state = {"python": sys.version.split()[0], "metadata": _digest(METADATA), "frontend": _digest(_frontend())}
    known = json.loads(STAMP.read_text()) if STAMP.is_file() else {}
    installed = known.pop("extras", [])
    if known == state and set(extras) <= set(installed) and _python().is_file():
        return 0
    if problem := _unfit():
        print(problem, file=sys.stderr)
        return 1

    started = time.monotonic()
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    STAMP.unlink(missing_ok=True)
    if not _python().is_file():
        print("Making the environment .venv", flush=True)
        if not _run([sys.executable, "-m", "venv", "--clear", str(VENV)]):
            return 1
    extras = sorted({*extras, *installed})
    if {**known, "frontend": ""} == {**state, "frontend": ""} and set(extras) == set(installed):
        print("Building the widgets", flush=True)
        done = _pip("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    else:
        print("Installing (minutes the first time; details in _build/install.log)", flush=True)
        done = _torch() and _packages(extras)
    if not done:
        return 1
    STAMP.write_text(json.dumps({**state, "extras": extras}))
    print(f"The environment is ready ({time.monotonic() - started:.0f} s).", flush=True)
    return 0


def _unfit() -> str | None:
    """Why this Python cannot make the environment, in one line that says what to do."""
    if sys.version_info < OLDEST:
        got = ".".join(map(str, sys.version_info[:3]))
        want = ".".join(map(str, OLDEST))
        return f"Python {want} or newer is needed, {sys.executable} is {got}: try make PYTHON=python{want}"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return "Python's venv module is missing: apt-get install python3-venv"
    return None


def _python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _torch() -> bool:
    """On Linux, take torch from PyTorch's index of CPU builds where it answers; the default build brings CUDA along."""
    pin = next(line for line in (ROOT / "requirements.txt").read_text().split() if line.startswith("torch=="))
    check = f"from importlib.metadata import version; assert version('torch').split('+')[0] == {pin[7:]!r}"
    present = subprocess.run([str(_python()), "-c", check], stderr=subprocess.DEVNULL, check=False).returncode == 0
    if present or not sys.platform.startswith("linux"):
        return True
    try:
        urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=5).close()
    except OSError:
        print("PyTorch's index of CPU builds does not answer: torch comes from the default index", flush=True)
        return True
    return _pip("--no-deps", "--index-url", CPU_INDEX, pin)


def _packages(extras: list[str]) -> bool:
    """All that is needed, then this checkout itself; it is built with what is there, so that Node is fetched once."""
    import tomllib  # here, because an older Python must get as far as saying that it is too old

    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    pins = ("-c", str(ROOT / "constraints.txt"))
    return _pip(*pins, "-r", str(ROOT / "requirements.txt"), *tools) and _pip(
        *pins, "--no-build-isolation", "-e", f"{ROOT}[{','.join(extras)}]"
    )


def _pip(*arguments: str) -> bool:
    return _run([str(_python()), "-m", "pip", "install", "--no-input", "--progress-bar", "off", *arguments])


def _run(command: list[str]) -> bool:
    """Run quietly with the output in the log; show its end when the command fails."""
    with LOG.open("a") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=environment, check=False)
    if done.returncode:
        print(*LOG.read_text().splitlines()[-30:], sep="\n", file=sys.stderr)
        print(f"\nThis did not work: {' '.join(command)}", file=sys.stderr)
    return done.returncode == 0


def _frontend() -> list[str]:
    files = (path for path in FRONTEND.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


def _digest(names: list[str] | tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        path = ROOT / name
        digest.update(name.encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
