"""Forward and backward of every loss beside its peers: torch's kernels, other libraries, or the usual formula.

Ours and theirs run in turn on the same tensors, in one process, on one thread; each turn gives one ratio, and the
median over the turns is reported, so that whatever else the machine does falls on both sides alike. Times are the
process's own processor time; memory is what torch held at the peak of one pass beyond what it held before.
"""

from __future__ import annotations

import importlib
import re
import statistics
import sys
import time

import torch
import torch.nn.functional as F

from benchmarks.contest import LIMIT, REPEATS, Result, contest
from benchmarks.families import FAMILIES
from benchmarks.peers import installed
from benchmarks.table import table
from lossbook import losses


def door(repeats: int = 3000) -> tuple[float, float]:
    """Microseconds of one forward call on 10 elements: (huber, torch's huber_loss), medians."""
    x, t = torch.zeros(10), torch.ones(10)
    taken = {losses.huber: [], F.huber_loss: []}
    for _ in range(repeats):
        for fn, times in taken.items():
            start = time.perf_counter()
            fn(x, t)
            times.append(time.perf_counter() - start)
    ours, theirs = (1e6 * statistics.median(times) for times in taken.values())
    return ours, theirs


def run(family: str) -> list[Result]:
    """All contests of a family, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [r for row in importlib.import_module(f"benchmarks.families.{family}").rows() for r in contest(row)]
    finally:
        torch.set_num_threads(threads)


def within(results: list[Result]) -> dict[str, bool]:
    """loss -> whether it is within the limit of its fastest peer, and holds no more memory than the leanest."""
    verdicts = {}
    for loss in dict.fromkeys(r.loss for r in results):
        own = [r for r in results if r.loss == loss]
        lean = min((r.theirs_mb for r in own if r.theirs_mb is not None), default=None)
        verdicts[loss] = max(r.ratio for r in own) <= LIMIT and (lean is None or own[0].ours_mb <= LIMIT * lean)
    return verdicts


def rows_of(results: list[Result]) -> list[list[str]]:
    verdicts = within(results)
    cells = []
    for r in results:
        mb = "" if r.theirs_mb is None else f"{r.theirs_mb:.1f}"
        verdict = "yes" if verdicts[r.loss] else "no"
        times = [f"{r.ours_ms:.2f}", f"{r.theirs_ms:.2f}", f"{r.ratio:.2f}"]
        cells.append([r.loss, r.size, r.peer, *times, f"{r.ours_mb:.1f}", mb, verdict])
    return cells


def main(wanted: list[str]):
    """Print one table a family, what is missing, and what the checks at the door cost."""
    print(
        f"Forward and backward, float32, one thread, medians of at least {REPEATS} turns (9 where a pass takes long). "
        f"The aim: at most {LIMIT} of the time of the fastest peer, and of the memory of the leanest. Peers: "
        f"{installed()}."
    )
    head = ["loss", "size", "beside", "ours, ms", "theirs, ms", "ratio", "ours, MB", "theirs, MB", "within"]
    beside, alone = set(), []
    for family in wanted or FAMILIES:
        results = run(family)
        print(f"\n### {family.capitalize()}\n\n{table(head, rows_of(results))}", flush=True)
        beside |= {re.split("[ ,]", r.loss)[0] for r in results}
        alone += [name for name in losses.names(family) if name not in beside]
    print(f"\nBeside no one: {', '.join(alone) or 'none'}.")
    ours, theirs = door()
    print(f"\nThe door: one call on 10 numbers takes {ours:.1f} µs, torch's own huber_loss {theirs:.1f} µs.")


if __name__ == "__main__":
    main(sys.argv[1:])
