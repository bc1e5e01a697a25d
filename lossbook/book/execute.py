"""Execute the book's notebooks side by side, once each, into the cache that the build then reads.

Jupyter Book executes one notebook after the other. Here as many kernels run as there are cores, one thread each; what
has not changed since it last ran without an error is not run again.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from nbformat import NotebookNode

# One thread a kernel: kernels already fill the cores, and torch with two threads on a busy core is far slower.
_KERNEL_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONHASHSEED": "0",
}
_KERNEL_SETTINGS = """\
c = get_config()  # noqa: F821
c.IPKernelApp.log_level = 40
c.HistoryManager.enabled = False
"""
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class NotebookFailed(Exception):
    """A notebook stopped; the message has the notebook, the cell's number and source, and the plain traceback."""


def notebooks(root: Path) -> list[Path]:
    """The notebooks that ``_toc.yml`` of the book in ``root`` names, in its order.

    Raises FileNotFoundError when there is no ``_toc.yml`` or it names a page that does not exist.
    """
    found: list[Path] = []

    def walk(entry: object) -> None:
        if isinstance(entry, list):
            for item in entry:
                walk(item)
        elif isinstance(entry, dict):
            for key, value in entry.items():
                if key in ("root", "file"):
                    found.append(_page(root, value))
                else:
                    walk(value)

    walk(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))
    return [path for path in found if path.suffix == ".ipynb"]


def _page(root: Path, name: str) -> Path:
    for suffix in ("", ".ipynb", ".md"):
        if (path := root / f"{name}{suffix}").is_file():
            return path
    raise FileNotFoundError(f"_toc.yml names {name}, but there is no {name}.ipynb and no {name}.md")


def execute(root: Path, cache: Path, *, workers: int | None = None, say: Callable[[str], None] = print) -> None:
    """Run every notebook of the book in ``root`` that ``cache`` does not hold yet, ``workers`` at a time.

    ``workers`` defaults to the number of cores. ``say`` receives one line a notebook. At the first failure the
    remaining kernels are stopped and NotebookFailed is raised; what ran before stays cached.
    """
    paths = notebooks(root)
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"workers: got {workers}, want 1 or more")
    _prepare_kernels(cache.parent / "ipython")
    asyncio.run(_execute_all(root, paths, cache, workers, say))


def _prepare_kernels(profile: Path) -> None:
    """Quiet kernels with no history file; the settings reach them through the environment."""
    settings = profile / "profile_default" / "ipython_kernel_config.py"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(_KERNEL_SETTINGS, encoding="utf-8")
    os.environ.update(_KERNEL_ENVIRONMENT, IPYTHONDIR=str(profile))
    os.environ.pop("MPLBACKEND", None)  # notebooks draw inline; with another backend their figures would be missing


async def _execute_all(root: Path, paths: list[Path], folder: Path, workers: int, say: Callable[[str], None]) -> None:
    import nbformat
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    cache = get_cache(str(folder))
    slots = asyncio.Semaphore(workers)
    done = 0
    config = root / "_config.yml"
    timeout = (yaml.safe_load(config.read_text(encoding="utf-8")) or {}).get("execute", {}).get("timeout", 120)

    def report(path: Path, result: str) -> None:
        nonlocal done
        done += 1
        name = path.relative_to(root).with_suffix("").as_posix().removeprefix("chapters/")
        say(f"[{done:{len(str(len(paths)))}}/{len(paths)}] {name:<44} {result}")

    async def one(path: Path, notebook: NotebookNode) -> None:
        async with slots:
            started = time.perf_counter()
            await _run(path, notebook, timeout, path.relative_to(root))
            seconds = time.perf_counter() - started
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        report(path, f"{seconds:5.1f} s")

    waiting = []
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        try:
            cache.match_cache_notebook(notebook)
            report(path, "cached")
        except KeyError:
            waiting.append((path, notebook))

    tasks = [asyncio.create_task(one(*item)) for item in waiting]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(path: Path, notebook: NotebookNode, timeout: int, name: Path) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    # record_timing would write into the cell metadata, which is part of the cache's key: nothing would ever match.
    client = NotebookClient(
        notebook,
        timeout=timeout,
        record_timing=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(path.parent)}},
    )
    started: list[int] = []
    client.on_cell_start = lambda cell, cell_index: started.append(cell_index)
    try:
        await client.async_execute()
    except (CellControlSignal, DeadKernelError) as error:
        raise NotebookFailed(_describe(name, notebook, started[-1] if started else 0, error)) from None


def _describe(name: Path, notebook: NotebookNode, index: int, error: Exception) -> str:
    cell = notebook.cells[index]
    number = sum(other.cell_type == "code" for other in notebook.cells[: index + 1])
    traceback = getattr(error, "traceback", "") or str(error)
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            traceback = "\n".join(output.traceback)
    source = "\n".join(f"    {line}" for line in cell.source.splitlines())
    return f"{name} stopped in code cell {number} (cell {index + 1} of the notebook):\n\n{source}\n\n" + _ANSI.sub(
        "", traceback
    )
