"""Losses compiled to JavaScript: size, speed beside hand-written code, agreement with torch.

``python -m benchmarks.compiled`` compiles every registered loss, and for some of them times value-and-gradient in Node
beside code that a person would write for the same loss, in turns, in one process.
"""

from __future__ import annotations

import functools
import gzip
import inspect
import json
import math
import os

import numpy as np
import torch

import lossbook as lb
from benchmarks.table import table
from lossbook.javascript import Compiled, compile_js, module, run_module
from lossbook.javascript.selfcheck import sample

CALLS, ROUNDS = 200_000, 15

# [value, d value / d input] as a person would write it; the same parameters as the compiled function
HAND_WRITTEN = {
    "mse": """(x, t) => { const r = x - t; return [r * r, 2 * r]; }""",
    "mae": """(x, t) => { const r = x - t; return [Math.abs(r), Math.sign(r)]; }""",
    "huber": """(x, t, d) => {
      const r = x - t, a = Math.abs(r);
      return a <= d ? [0.5 * r * r, r] : [d * (a - 0.5 * d), d * Math.sign(r)];
    }""",
    "smooth_l1": """(x, t, b) => {
      const r = x - t, a = Math.abs(r);
      return a < b ? [0.5 * r * r / b, r / b] : [a - 0.5 * b, Math.sign(r)];
    }""",
    "quantile": """(x, t, q) => {
      const r = x - t;
      return r > 0 ? [(1 - q) * r, 1 - q] : r < 0 ? [-q * r, -q] : [0, 0];
    }""",
    "log_cosh": """(x, t) => {
      const a = Math.abs(x - t);
      return [a + Math.log1p(Math.exp(-2 * a)) - Math.LN2, Math.tanh(x - t)];
    }""",
    "cauchy": """(x, t, c) => {
      const r = x - t, u = (r / c) ** 2;
      return [0.5 * c * c * Math.log1p(u), r / (1 + u)];
    }""",
    "charbonnier": """(x, t, e) => { const r = x - t, s = Math.sqrt(r * r + e * e); return [s, r / s]; }""",
    "binary_cross_entropy_with_logits": """(x, t) => {
      const e = Math.exp(-Math.abs(x));
      return [Math.max(x, 0) - x * t + Math.log1p(e), (x >= 0 ? 1 : e) / (1 + e) - t];
    }""",
    "general_robust": """(x, t, alpha, c) => {
      const u = (x - t) / c, w = u / c, s = u * u;
      if (alpha === 2) return [0.5 * s, w];
      if (alpha === 0) return [Math.log1p(0.5 * s), w / (0.5 * s + 1)];
      const b = Math.abs(alpha - 2), v = s / b + 1;
      return [(b / alpha) * (Math.pow(v, alpha / 2) - 1), w * Math.pow(v, alpha / 2 - 1)];
    }""",
    "cross_entropy": """(z, y) => {
      let m = z[0], s = 0;
      for (let k = 1; k < z.length; k++) if (z[k] > m) m = z[k];
      const g = new Array(z.length);
      for (let k = 0; k < z.length; k++) s += g[k] = Math.exp(z[k] - m);
      for (let k = 0; k < z.length; k++) g[k] /= s;
      g[y] -= 1;
      return [Math.log(s) + m - z[y], g];
    }""",
}

# one timed loop for each function, so that none pays for another's types
LOOP = """
const loop_NAME_KIND = (() => {
  const f = FUNCTION;
  return (columns) => {
    const [COLUMNS] = columns;
    const start = process.hrtime.bigint();
    let sum = 0;
    for (let k = 0; k < CALLS; k++) sum += f(ARGUMENTS)[0];
    if (Number.isNaN(sum)) throw new Error('NAME gave NaN');
    return Number(process.hrtime.bigint() - start) / CALLS;
  };
})();
"""
HARNESS = """
const median = (v) => [...v].sort((a, b) => a - b)[v.length >> 1];
const results = {};
for (const [name, [compiled, hand, ours, theirs, rows]] of Object.entries(jobs)) {
  for (const row of rows) {
    const [a, b] = [compiled(...row).flat(), hand(...row).flat()];
    const differ = a.some((v, k) => !(Math.abs(v - b[k]) <= 1e-9 * (1 + Math.abs(b[k]))));
    if (differ) throw new Error(`${name}: compiled ${a}, by hand ${b} at ${row}`);
  }
  const columns = rows[0].map((_, k) => rows.map((row) => row[k]));
  const times = [[], []];
  for (let k = 0; k < ROUNDS + 3; k++) {
    const first = k % 2;
    const spent = first ? [ours(columns), theirs(columns)] : [theirs(columns), ours(columns)].reverse();
    if (k >= 3) spent.forEach((v, side) => times[side].push(v));
  }
  results[name] = [...times.map(median), median(times[0].map((v, k) => v / times[1][k]))];
}
console.log(JSON.stringify(results));
"""


def _shapes(record) -> dict:
    name = next(iter(inspect.signature(lb.losses.get(record.name).definition).parameters))
    classes = record.axis is None and record.family in ("classification", "margin")
    first = {name: (5,), "target": "index"} if classes else {name: (), "target": ()}
    return first | {p.name: () for p in record.parameters if isinstance(p.default, float)}


def _plain(row: dict[str, np.ndarray]) -> list:
    return [v.item() if v.ndim == 0 else v.reshape(-1).tolist() for v in row.values()]


def _timing_rows(record, shapes) -> list:
    """256 rows of ordinary numbers, hyper-parameters at their defaults; labels of 0 and 1 for a margin."""
    draw = np.random.default_rng(0)
    fixed = {p.name: p.default for p in record.parameters}
    rows = []
    for _ in range(256):
        row = {n: draw.integers(5).item() if s == "index" else 2 * draw.standard_normal(s) for n, s in shapes.items()}
        if record.axis == "margin":
            row["target"] = float(draw.integers(2))
        row |= {n: v for n, v in fixed.items() if n in row}
        rows.append([v.tolist() if isinstance(v, np.ndarray) else float(v) for v in row.values()])
    return rows


def _agreement(names: list[str], made: dict[str, Compiled]) -> dict[str, float]:
    """The largest difference from torch over random rows, kinks and extremes, relative to value or input."""
    rows = {n: [_plain(r) for r in sample(dict(zip(made[n].parameters, made[n].shapes, strict=True)))] for n in names}
    calls = ", ".join(f"{json.dumps(rows[n])}.map((r) => {n}_grad(...r).flat().map(String))" for n in names)
    out = json.loads(run_module(module(*made.values()) + f"\nconsole.log(JSON.stringify([{calls}]));"))
    worst = {}
    for name, results in zip(names, out, strict=True):
        definition, shapes = lb.losses.get(name).definition, made[name].shapes
        worst[name] = 0.0
        for row, ours in zip(rows[name], results, strict=True):
            leaves = [
                torch.tensor(v) if s == "index" else torch.tensor(v, dtype=torch.float64)
                for v, s in zip(row, shapes, strict=True)
            ]
            leaves[0].requires_grad_()
            value = definition(leaves[0], leaves[1], **dict(zip(made[name].parameters[2:], leaves[2:], strict=True)))
            (slope,) = torch.autograd.grad(value, leaves[0])
            theirs = np.array([value.item(), *slope.reshape(-1).tolist()])
            finite = np.isfinite(theirs)
            scale = max(np.abs(np.asarray(v, dtype=float)).max() for v in row)
            size = np.maximum(np.abs(theirs), np.finfo(float).eps * scale)[finite]
            difference = np.abs(np.array(ours, dtype=float)[finite] - theirs[finite])
            worst[name] = max(worst[name], *(difference / np.where(size > 0, size, 1)), 0.0)
    return worst


def _timing_program(made: dict[str, Compiled], jobs: dict[str, list]) -> str:
    """An ES module that times every job and prints {name: [ns compiled, ns by hand, ratio]}."""
    loops, entries = [], []
    for name, rows in jobs.items():
        columns = [f"c{k}" for k in range(len(rows[0]))]
        for kind, function in (("ours", f"{name}_grad"), ("hand", HAND_WRITTEN[name])):
            loop = LOOP.replace("NAME", name).replace("KIND", kind).replace("FUNCTION", function)
            loop = loop.replace("COLUMNS", ", ".join(columns))
            loops.append(loop.replace("ARGUMENTS", ", ".join(f"{c}[k & 255]" for c in columns)))
        hand = HAND_WRITTEN[name]
        entries.append(f"{name}: [{name}_grad, {hand}, loop_{name}_ours, loop_{name}_hand, {json.dumps(rows)}]")
    numbers = f"const CALLS = {CALLS}, ROUNDS = {ROUNDS};"
    return "\n".join([module(*made.values()), numbers, *loops, f"const jobs = {{{', '.join(entries)}}};", HARNESS])


@functools.cache
def _compiled() -> dict[str, Compiled]:
    os.environ["LOSSBOOK_CACHE"] = "off"
    return {
        r.name: compile_js(lb.losses.get(r.name).definition, wrt=next(iter(_shapes(r))), name=r.name, **_shapes(r))
        for r in lb.losses.records()
        if not r.sides  # those are compiled along a path
    }


def run() -> list[dict]:
    """One row a loss: bytes gzipped, nanoseconds a call beside hand-written code, largest relative difference."""
    made = _compiled()
    records = {r.name: r for r in lb.losses.records()}
    worst = _agreement(list(made), made)
    jobs = {n: _timing_rows(records[n], _shapes(records[n])) for n in made if n in HAND_WRITTEN}
    times = json.loads(run_module(_timing_program(made, jobs), timeout=600))
    rows = []
    for name, compiled in made.items():
        ours, theirs, ratio = times.get(name, (math.nan,) * 3)
        size = len(gzip.compress(compiled.esm().encode(), 9, mtime=0))
        rows.append(
            {"loss": name, "bytes": size, "ns": ours, "ns_hand": theirs, "ratio": ratio, "difference": worst[name]}
        )
    together = len(gzip.compress(module(*made.values()).encode(), 9, mtime=0))
    rows.append({"loss": "all in one module", "bytes": together, "difference": max(worst.values())})
    return rows


def main() -> None:
    """Print the table."""
    head = ["loss (value and gradient)", "gzipped bytes", "ns a call", "by hand", "ratio", "largest difference"]
    cells = []
    for row in run():
        timed = [row.get("ns", math.nan), row.get("ns_hand", math.nan), row.get("ratio", math.nan)]
        texts = ["" if math.isnan(v) else f"{v:.{d}f}" for v, d in zip(timed, (1, 1, 2), strict=True)]
        cells.append([row["loss"], f"{row['bytes']:,}", *texts, f"{row['difference']:.1e}"])
    print(table(head, cells))
    print(f"\nMedians of {ROUNDS} rounds of {CALLS:,} calls in Node, compiled and hand-written in turns.")


if __name__ == "__main__":
    main()
