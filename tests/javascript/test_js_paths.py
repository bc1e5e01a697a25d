"""Losses of several sides in JavaScript: along their paths with every number they take, and as small arrays."""

import inspect

import numpy as np
import pytest
import torch

import lossbook as lb
from lossbook.javascript import CannotCompile, compile_js
from lossbook.losses import Parameter, along, examples

RECORDS = {r.name: r for r in lb.losses.records() if r.path}
COMPILED = [name for name, record in RECORDS.items() if not record.uncompiled]


def numbers(record):
    """Hyper-parameters that stay arguments of the compiled function, with their defaults."""
    return {p.name: p.default for p in record.parameters if isinstance(p, Parameter) and isinstance(p.default, float)}


def drawn(name):
    """(function of s and the numbers, shapes, rows)"""
    record, hyper = RECORDS[name], numbers(RECORDS[name])
    fn = along(lb.losses.get(name))
    fixed = {p.name: p.default for p in record.parameters if p.name not in hyper}
    kind = inspect.Parameter

    def value(s, **given):
        return fn(s, **fixed, **given)

    value.__signature__ = inspect.Signature(
        [kind("s", kind.POSITIONAL_OR_KEYWORD), *(kind(k, kind.KEYWORD_ONLY, default=v) for k, v in hyper.items())]
    )
    value.__name__ = f"{name}_path"
    rows = [[s, *hyper.values()] for s in np.linspace(record.path.low, record.path.high, 13).tolist()]
    return value, {"s": (), **dict.fromkeys(hyper, ())}, rows


def arrays(name):
    """(function of the floating sides, shapes, rows); integers, masks and labels are held as the example has them."""
    loss, record = lb.losses.get(name), RECORDS[name]
    given = examples(record)
    own = [s.name for s in record.sides if s.floating and given[s.name] is not None]
    hyper = {p.name: p.default for p in record.parameters}
    kind = inspect.Parameter

    def value(*sides, **named):
        values = {**given, **dict(zip(own, sides, strict=False)), **named}
        return loss.core(**values, **hyper)

    value.__signature__ = inspect.Signature([kind(k, kind.POSITIONAL_OR_KEYWORD) for k in own])
    value.__name__ = f"{name}_arrays"
    rows = [[examples(record, seed=seed)[k].flatten().tolist() for k in own] for seed in range(4)]
    shapes = {k: tuple(given[k].shape) for k in own}
    rows = [[v[0] if shapes[k] == () else v for k, v in zip(own, row, strict=True)] for row in rows]
    return value, shapes, rows


JOBS = {f"{n}_path": (drawn, n) for n in COMPILED}
JOBS |= {
    f"{n}_arrays": (arrays, n)
    for n in COMPILED
    if RECORDS[n].sides and sum(v.numel() for v in examples(RECORDS[n]).values() if isinstance(v, torch.Tensor)) <= 80
}


@pytest.fixture(scope="module")
def sweep(in_node):
    """name -> (function, shapes, rows, what Node computed), all in one process; or why it does not compile."""
    jobs, results = {}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSBOOK_CACHE", "off")
        for name, (make, loss) in JOBS.items():
            fn, shapes, rows = make(loss)
            try:
                jobs[name] = compile_js(fn, name=name, wrt=next(iter(shapes)), **shapes), rows
                results[name] = fn, shapes, rows
            except CannotCompile as refusal:
                results[name] = refusal
    for (name, _), got in zip(jobs.items(), in_node.call(*jobs.values()), strict=True):
        results[name] = *results[name], got
    return results


@pytest.mark.parametrize("name", JOBS)
def test_value_and_gradient_agree_with_torch(name, sweep, in_node):
    assert not isinstance(sweep[name], CannotCompile), sweep[name]
    fn, shapes, rows, got = sweep[name]
    for row, ours in zip(rows, got, strict=True):
        theirs = in_node.torch(fn, row, shapes, (next(iter(shapes)),))
        assert np.isfinite(theirs).all()
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", [n for n in RECORDS if RECORDS[n].uncompiled])
def test_what_is_said_not_to_compile_does_not(name):
    fn, shapes, _ = drawn(name)
    with pytest.raises(CannotCompile):
        compile_js(fn, name=name, wrt="s", **shapes)
