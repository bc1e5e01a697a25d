import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import torch
from distributed import Client, LocalCluster

from lossbook.experiments import SeedFailed, robust_fit, sweep

SEEDS = [3, 1, 4, 15]


def absolute(input, target):
    return (input - target).abs()


def median_of(seed):
    return float(robust_fit(None, np.random.default_rng(seed).normal(size=21), absolute)[0])


def where(seed):
    return os.getpid(), torch.get_num_threads()


def fails_on_four(seed):
    if seed == 4:
        raise KeyError("no such row")
    return seed


def test_here_in_order():
    got = sweep(median_of, SEEDS)
    want = [np.median(np.random.default_rng(seed).normal(size=21)) for seed in SEEDS]
    np.testing.assert_allclose(got, want, atol=1e-5)
    assert sweep(str, iter(range(3))) == ["0", "1", "2"]


def test_processes_give_the_same_numbers_with_one_thread_each():
    here = sweep(median_of, SEEDS)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert sweep(median_of, SEEDS, pool) == here
        places = sweep(where, range(4), pool)
        with pytest.raises(SeedFailed, match="seed 4: KeyError: 'no such row'") as caught:
            sweep(fails_on_four, SEEDS, pool)
    assert os.getpid() not in {pid for pid, _ in places}
    assert {threads for _, threads in places} == {1}
    assert caught.value.seed == 4
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_dask_cluster_gives_the_same_numbers():
    here = sweep(median_of, SEEDS)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        executor = client.get_executor()
        assert sweep(median_of, SEEDS, executor) == here
        assert sweep(lambda seed: seed * 10, SEEDS, executor) == [30, 10, 40, 150]
        with pytest.raises(SeedFailed, match="seed 4: KeyError"):
            sweep(fails_on_four, SEEDS, executor)


@pytest.mark.parametrize("threads", [None, 2])
def test_a_failure_names_its_seed(threads):
    if threads is None:
        with pytest.raises(SeedFailed, match="seed 4"):
            sweep(fails_on_four, SEEDS)
        return
    with ThreadPoolExecutor(threads) as pool, pytest.raises(SeedFailed, match="seed 4"):
        sweep(fails_on_four, SEEDS, pool)


def test_calls_that_have_not_started_are_cancelled():
    ran, gate = [], threading.Event()

    def fn(seed):
        ran.append(seed)
        if seed == 0:
            raise ValueError("at once")
        gate.wait(10)  # holds the only thread while the sweep gives up

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(SeedFailed, match="seed 0"):
            sweep(fn, range(1000), pool)
        gate.set()
    assert len(ran) <= 2


@pytest.mark.parametrize(
    ("arguments", "message"), [((3, [1]), "fn: got 3"), ((str, [1], "processes"), "executor: got 'processes'")]
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(TypeError, match=message):
        sweep(*arguments)
