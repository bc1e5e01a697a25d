"""The same experiment once per seed, here or on many machines.

Any ``concurrent.futures.Executor`` will do: ``ProcessPoolExecutor`` on one machine, or a cluster's, such as
``dask.distributed.Client(...).get_executor()``. There is no scheduler here.
"""

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any


class SeedFailed(RuntimeError):
    """A run of a sweep raised; ``.seed`` is its seed and ``__cause__`` the error."""

    def __init__(self, seed, error: BaseException):
        super().__init__(f"seed {seed}: {type(error).__name__}: {error}")
        self.seed = seed


def sweep(fn: Callable[[int], Any], seeds: Iterable[int], executor: Executor | None = None) -> list:
    """``[fn(seed) for seed in seeds]``, in the order of the seeds, wherever the calls run.

    Args:
        fn: takes one seed and returns what was measured. For processes and clusters it must be defined in a module,
            not in a notebook cell, unless the engine can send functions by value (dask can).
        seeds: the seeds, each handed to one call.
        executor: where to run; None runs here, one after the other. The caller opens and closes it.

    Returns:
        list of results, one per seed, in order.

    Raises:
        SeedFailed: a call raised; names the seed. Calls that have not started are cancelled.
        TypeError: fn is not callable, or executor has no ``submit``.

    A call in another process computes with one torch thread, so that its numbers are those of a run here.
    """
    if not callable(fn):
        raise TypeError(f"fn: got {fn!r}, want a function of one seed")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor: got {executor!r}, want a concurrent.futures.Executor or None")
    seeds = list(seeds)
    if executor is None:
        return [_result(seed, lambda seed=seed: fn(seed)) for seed in seeds]
    call = _OneThread(fn, os.getpid())
    futures = [executor.submit(call, seed) for seed in seeds]
    try:
        return [_result(seed, future.result) for seed, future in zip(seeds, futures, strict=True)]
    except SeedFailed:
        for future in futures:
            future.cancel()
        raise


def _result(seed, get: Callable[[], Any]):
    try:
        return get()
    except Exception as error:
        raise SeedFailed(seed, error) from error


@dataclass(frozen=True)
class _OneThread:
    """``fn``, made to run with one torch thread when it finds itself in another process than ``home``."""

    fn: Callable
    home: int

    def __call__(self, seed):
        if os.getpid() != self.home and "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        return self.fn(seed)
