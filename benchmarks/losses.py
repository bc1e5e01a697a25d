"""Forward and backward time of every loss beside torch's kernel, or, where torch has none, beside the usual formula.

Ours and theirs run in turn on the same tensors, in one process, on one thread; each repeat gives one ratio, and the
median over the repeats is reported, so that whatever else the machine does falls on both sides alike. Times are the
thread's own processor time.
"""

from __future__ import annotations

import math
import statistics
import time

import torch
import torch.nn.functional as F

from benchmarks.table import table
from lossbook import losses

SIZE, CLASSES, REPEATS = 1_000_000, 10, 60
LIMIT = 1.05


def general_formula(r, alpha):
    """The general robust loss as it is written, for an alpha that is not a special case."""
    b = abs(alpha - 2)
    return (b / alpha * ((r**2 / b + 1) ** (alpha / 2) - 1)).mean()


def pairs(size: int) -> list[tuple[str, str, torch.Tensor, object, object]]:
    """(loss, beside what, the tensor to differentiate in, ours, theirs)"""
    gen = torch.Generator().manual_seed(0)
    x = torch.randn(size, generator=gen).requires_grad_()
    t = torch.randn(size, generator=gen)
    yes = (torch.rand(size, generator=gen) < 0.5).float()
    soft = torch.rand(size, generator=gen)
    z = torch.randn(size // CLASSES, CLASSES, generator=gen).requires_grad_()
    y = torch.randint(0, CLASSES, (size // CLASSES,), generator=gen)
    p = torch.softmax(torch.randn(z.shape, generator=gen), 1)
    w = torch.rand(CLASSES, generator=gen) + 0.5
    three = torch.tensor(3.0)
    bce, ce, cross = losses.binary_cross_entropy_with_logits, losses.cross_entropy, F.cross_entropy
    torch_bce, general = F.binary_cross_entropy_with_logits, losses.general_robust
    kernel, formula = "torch kernel", "formula"
    return [
        ("mse", kernel, x, lambda: losses.mse(x, t), lambda: F.mse_loss(x, t)),
        ("huber", kernel, x, lambda: losses.huber(x, t, delta=0.7), lambda: F.huber_loss(x, t, delta=0.7)),
        ("smooth_l1", kernel, x, lambda: losses.smooth_l1(x, t, beta=0.7), lambda: F.smooth_l1_loss(x, t, beta=0.7)),
        ("mae", kernel, x, lambda: losses.mae(x, t), lambda: F.l1_loss(x, t)),
        ("binary_cross_entropy_with_logits", kernel, x, lambda: bce(x, yes), lambda: torch_bce(x, yes)),
        (
            "  with pos_weight",
            kernel,
            x,
            lambda: bce(x, yes, pos_weight=3.0),
            lambda: torch_bce(x, yes, pos_weight=three),
        ),
        ("  of probabilities", kernel, x, lambda: bce(x, soft), lambda: torch_bce(x, soft)),
        ("cross_entropy", kernel, z, lambda: ce(z, y), lambda: cross(z, y)),
        ("  with weight", kernel, z, lambda: ce(z, y, weight=w), lambda: cross(z, y, weight=w)),
        (
            "  with smoothing",
            kernel,
            z,
            lambda: ce(z, y, label_smoothing=0.1),
            lambda: cross(z, y, label_smoothing=0.1),
        ),
        ("  of probabilities", kernel, z, lambda: ce(z, p), lambda: cross(z, p)),
        (
            "quantile",
            formula,
            x,
            lambda: losses.quantile(x, t, q=0.3),
            lambda: (F.leaky_relu(t - x, -7 / 3) * 0.3).mean(),
        ),
        ("log_cosh", formula, x, lambda: losses.log_cosh(x, t), lambda: keras_log_cosh(x - t)),
        ("cauchy", formula, x, lambda: losses.cauchy(x, t), lambda: (torch.log1p((x - t) ** 2) / 2).mean()),
        ("charbonnier", formula, x, lambda: losses.charbonnier(x, t), lambda: ((x - t) ** 2 + 1e-6).sqrt().mean()),
        (
            "general_robust, alpha = 1",
            formula,
            x,
            lambda: general(x, t),
            lambda: (((x - t) ** 2 + 1).sqrt() - 1).mean(),
        ),
        ("  alpha = 0.5", formula, x, lambda: general(x, t, alpha=0.5), lambda: general_formula(x - t, 0.5)),
        ("  alpha = -1.5", formula, x, lambda: general(x, t, alpha=-1.5), lambda: general_formula(x - t, -1.5)),
    ]


def keras_log_cosh(r):
    """The formula of Keras and others: quick, and 0 for small residuals."""
    return (r + F.softplus(-2 * r) - math.log(2)).mean()


def once(fn, leaf) -> float:
    """Processor seconds of one forward and backward pass."""
    leaf.grad = None
    start = time.thread_time()
    fn().backward()
    return time.thread_time() - start


def measure(leaf, ours, theirs, repeats: int) -> tuple[float, float, float]:
    """(ms of ours, ms of theirs, median ratio)"""
    warm = [once(fn, leaf) for fn in (ours, theirs, ours, theirs)]
    rows = []
    for k in range(repeats if warm[-1] > 2e-3 else 5 * repeats):  # short ones need more
        if k % 2:
            rows.append((once(ours, leaf), once(theirs, leaf)))
        else:
            rows.append((once(theirs, leaf), once(ours, leaf))[::-1])
    middle = statistics.median
    return 1e3 * middle(a for a, _ in rows), 1e3 * middle(b for _, b in rows), middle(a / b for a, b in rows)


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


def run(size: int = SIZE, repeats: int = REPEATS) -> list[dict]:
    """One row a loss: loss, beside, ours_ms, theirs_ms, ratio, and within (ratio at most 1.05 of a torch kernel)."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = []
        for name, beside, leaf, ours, theirs in pairs(size):
            ours_ms, theirs_ms, ratio = measure(leaf, ours, theirs, repeats)
            rows.append(
                {
                    "loss": name,
                    "beside": beside,
                    "ours_ms": ours_ms,
                    "theirs_ms": theirs_ms,
                    "ratio": ratio,
                    "within": ratio <= LIMIT,
                }
            )
        return rows
    finally:
        torch.set_num_threads(threads)


def main():
    """Print the table, and what the checks at the door cost."""
    print(
        f"Forward and backward, {SIZE:,} float32 numbers ({CLASSES} classes for cross-entropy), one thread, medians of "
        f"at least {REPEATS} repeats in turn; the aim is a ratio of at most {LIMIT}.\n"
    )
    rows = [
        [
            r["loss"],
            r["beside"],
            f"{r['ours_ms']:.2f}",
            f"{r['theirs_ms']:.2f}",
            f"{r['ratio']:.2f}",
            "yes" if r["within"] else "no",
        ]
        for r in run()
    ]
    print(table(["loss", "beside", "ours, ms", "theirs, ms", "ratio", "within"], rows))
    ours, theirs = door()
    print(f"\nThe door: one call on 10 numbers takes {ours:.1f} µs, torch's own huber_loss {theirs:.1f} µs.")


if __name__ == "__main__":
    main()
