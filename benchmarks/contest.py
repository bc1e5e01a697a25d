"""One loss beside its peers on the same tensors: time and peak memory of forward and backward, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

LIMIT = 1.05
REPEATS = 40
LONG = 0.25  # seconds: contests of slower losses are repeated less often


@dataclass
class Row:
    """loss, with what is special about the call. size: of the tensors, in words. leaves: what is differentiated in.
    ours: the loss as a 0-d tensor. peers: name -> the same by somebody else; a Ready runs its own backward pass.
    """

    loss: str
    size: str
    leaves: list[torch.Tensor]
    ours: Callable
    peers: dict[str, Callable] = field(default_factory=dict)


class Ready:
    """A peer that differentiates by itself: called, it has done forward and backward."""

    def __init__(self, run: Callable):
        self.run = run


@dataclass
class Result:
    """Medians: milliseconds, their ratio (ours / theirs) over turns, and megabytes at the peak."""

    loss: str
    size: str
    peer: str
    ours_ms: float
    theirs_ms: float
    ratio: float
    ours_mb: float
    theirs_mb: float | None


def once(call, leaves) -> float:
    """Processor seconds of one forward and backward pass."""
    for leaf in leaves:
        leaf.grad = None
    start = time.process_time()
    if isinstance(call, Ready):
        call.run()
    else:
        call().backward()
    return time.process_time() - start


def peak(call, leaves) -> float | None:
    """Megabytes that torch held at most beyond what it held before, in one pass; None for a peer outside torch."""
    if isinstance(call, Ready):
        return None
    for leaf in leaves:
        leaf.grad = None
    activity = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activity, profile_memory=True) as seen:
        call().backward()
    changes = [e.nbytes() for e in seen.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = most = 0
    for change in changes:
        held += change
        most = max(most, held)
    return most / 1e6


def contest(row: Row) -> list[Result]:
    """One result a peer."""
    ours_mb = peak(row.ours, row.leaves)
    results = []
    for peer, call in row.peers.items():
        warm = [once(fn, row.leaves) for fn in (row.ours, call, row.ours, call)]
        repeats = REPEATS if max(warm) > 2e-3 else 5 * REPEATS  # short ones need more
        repeats = 9 if max(warm[2:]) > LONG else repeats
        pairs = []
        for k in range(repeats):
            turn = (row.ours, call) if k % 2 else (call, row.ours)
            spent = [once(fn, row.leaves) for fn in turn]
            pairs.append(spent if k % 2 else spent[::-1])
        middle = statistics.median
        results.append(
            Result(
                row.loss,
                row.size,
                peer,
                1e3 * middle(a for a, _ in pairs),
                1e3 * middle(b for _, b in pairs),
                middle(a / b for a, b in pairs),
                ours_mb,
                peak(call, row.leaves),
            )
        )
    return results
