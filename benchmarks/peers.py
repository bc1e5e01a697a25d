"""The libraries that losses are measured beside. All but torch are optional: what is missing is said to be missing."""

from __future__ import annotations

import functools
import importlib
import os
import re
import sys
from importlib.metadata import PackageNotFoundError, version

import torch

from benchmarks.contest import Ready

_LIBRARIES: list = []

OPTIONAL = {  # module -> package
    "torchvision": "torchvision",
    "monai": "monai",
    "kornia": "kornia",
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "pytorch_metric_learning": "pytorch-metric-learning",
    "optax": "optax",
}


@functools.cache
def load(module: str):
    """A module of an optional library, or None where the library is not installed."""
    if module.split(".")[0] in ("optax", "jax"):  # one thread, as torch here; JAX reads these when it is imported
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
    try:
        return importlib.import_module(module)
    except ImportError:
        return None
    except RuntimeError as error:
        operator = re.match(r"operator torchvision::(\w+) does not exist", str(error))
        if operator is None:
            raise
        _declare(operator[1])
        return load.__wrapped__(module)


def _declare(operator: str):
    """Give an operator of torchvision a name. Beside a torch without CUDA the compiled ones may not load; the losses
    are plain Python, and only the package's own import asks for the names."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _LIBRARIES.append(library)  # a declaration lasts as long as this object
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]


def having(**calls) -> dict:
    """The peers whose call could be made: those that are not None."""
    return {name.replace("_", " "): call for name, call in calls.items() if call is not None}


def beside(module: str, make):
    """``make(module)``, a call of an optional library, or None where it is missing."""
    found = load(module)
    return None if found is None else make(found)


def optax(fn, leaf, *others):
    """A Ready of ``fn(optax, jax.numpy)(leaf, *others).mean()`` and its gradient in leaf, compiled by JAX; or None."""
    library, jax = load("optax"), load("jax")
    if library is None or jax is None:
        return None
    numbers = [jax.numpy.asarray(t.detach().numpy()) for t in (leaf, *others)]
    call = fn(library, jax.numpy)
    run = jax.jit(jax.value_and_grad(lambda *sides: call(*sides).mean()))
    return Ready(lambda: jax.block_until_ready(run(*numbers)))


def installed() -> str:
    """Which of the optional libraries are here, in which version, and which are missing."""
    said = []
    for module, package in OPTIONAL.items():
        try:
            said.append(f"{package} {version(package).partition('+')[0]}" if load(module) else f"{package} missing")
        except PackageNotFoundError:
            said.append(f"{package} missing")
    return ", ".join(said)
