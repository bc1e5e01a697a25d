"""``python -m benchmarks``: measure everything, print it, and keep it in benchmarks/results.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = {
    "losses": "Losses beside torch's own kernels",
    "compiled": "Losses compiled to JavaScript",
    "page": "Pages and widgets in Chromium",
}
LIBRARIES = ("torch", "numpy", "anywidget", "jupyter-book", "playwright")


def machine() -> str:
    """What the numbers were measured on: processor, cores, versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {version(name).partition('+')[0]}" for name in LIBRARIES)
    return f"{model}, {cores} cores; Python {platform.python_version()}, {versions}; one thread."


def main(wanted: list[str]) -> int:
    """Run the named parts (all when none is named); writes the results only when all were run and none failed."""
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"unknown part {unknown[0]!r}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    text = f"# Measured\n\nWritten by `make bench`. {machine()}\n"
    for name in wanted or PARTS:
        print(f"\n== {PARTS[name]}", flush=True)
        started = time.monotonic()
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        done = subprocess.run(command, cwd=HERE.parent, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout, flush=True)
        if done.returncode:
            print(f"benchmarks.{name} failed (exit code {done.returncode})", file=sys.stderr)
            return 1
        print(f"({time.monotonic() - started:.0f} s)", flush=True)
        text += f"\n## {PARTS[name]}\n\n{done.stdout.strip()}\n"
    if not wanted:
        (HERE / "results.md").write_text(text, encoding="utf-8")
        print(f"\nKept in {os.path.relpath(HERE / 'results.md')}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
