"""Compiled functions run in Node, many at a time."""

import json
import math

import numpy as np
import pytest
import torch

from lossbook.javascript import module, run_module
from lossbook.javascript.signature import in_order


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    """Every test compiles afresh; the tests of the cache choose a folder of their own."""
    monkeypatch.setenv("LOSSBOOK_CACHE", "off")


def _number(v):
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}[v] if isinstance(v, str) else v


class InNode:
    """Calls of compiled functions, made in one Node process."""

    @staticmethod
    def call(*jobs) -> list[np.ndarray]:
        """For each (compiled, rows): [value, *gradients] of every row, flattened, shape (rows, numbers)."""
        calls = ",".join(f"{json.dumps(rows)}.map((r) => {c.name}_grad(...r).flat())" for c, rows in jobs)
        text = "(k, v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)"
        out = run_module(module(*(c for c, _ in jobs)) + f"\nconsole.log(JSON.stringify([{calls}], {text}));\n")
        return [np.array([[_number(v) for v in row] for row in job], dtype=float) for job in json.loads(out)]

    @staticmethod
    def torch(fn, row, shapes, wrt) -> np.ndarray:
        """[value, *gradients] of `fn` by torch's ordinary backward pass, flattened."""
        leaves = {
            n: torch.tensor(v) if s == "index" else torch.tensor(v, dtype=torch.float64).reshape(s)
            for (n, s), v in zip(shapes.items(), row, strict=True)
        }
        for name in wrt:
            leaves[name].requires_grad_()
        value = in_order(fn, shapes)(*leaves.values())
        ends = [leaves[n] for n in wrt]
        grads = torch.autograd.grad(value, ends, allow_unused=True) if value.requires_grad else [None] * len(ends)
        parts = [torch.zeros_like(leaves[n]) if g is None else g for n, g in zip(wrt, grads, strict=True)]
        return torch.cat([value.detach().reshape(1), *(p.reshape(-1) for p in parts)]).numpy()


@pytest.fixture(scope="session")
def in_node():
    return InNode
