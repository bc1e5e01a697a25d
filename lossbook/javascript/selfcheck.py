"""The check that runs after every compilation: the compiled expressions against the function itself.

The inputs are ones that the recording never saw: random numbers, points where losses have their kinks (zeros,
ones, equal arguments), and magnitudes from 1e-300 to 1e300.  Inputs where torch gives no finite number are left
out, except that a row where both sides have none agrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch

from lossbook.javascript.compiled import Shape
from lossbook.javascript.evaluate import evaluate
from lossbook.javascript.refusals import CannotCompile
from lossbook.javascript.scalars import Expression

_KINKS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
ORDINARY, KINKS, EXTREMES = 12, 12, 16  # rows of each sort
TOLERANCE = 1e-9  # of the value, or of what double precision loses in a sum of the inputs


def check(job: Callable, outputs: list[Expression], shapes: Mapping[str, Shape]) -> None:
    """Compare `outputs` with what `job` returns, each flattened and joined.

    Raises:
        CannotCompile: if they differ; the message shows the arguments and both results.
    """
    rows = sample(shapes)
    columns = {
        (name, k if shape not in ((), "index") else None): np.array([row[name].reshape(-1)[k] for row in rows])
        for name, shape in shapes.items()
        for k in range(1 if shape == "index" else math.prod(shape))
    }
    got = evaluate(outputs, columns)
    for row, ours in zip(rows, got, strict=True):
        try:
            theirs = _torch(job, row)
        except (IndexError, ValueError, RuntimeError):  # an argument that the function itself refuses
            continue
        scale = max([1.0, *(np.abs(v).max() for v in row.values())])
        loss = 8 * np.finfo(float).eps * scale  # what is left after the cancellation of terms as large as the inputs
        finite = np.isfinite(theirs)
        with np.errstate(invalid="ignore"):
            close = np.abs(ours - theirs) <= np.maximum(TOLERANCE * np.abs(theirs), loss) + 1e-15
        if not close[finite].all():
            bad = int(np.flatnonzero(finite & ~close)[0])
            what = "value" if bad == 0 else "gradient"
            at = ", ".join(f"{n}={_short(v)}" for n, v in row.items())
            raise CannotCompile(
                f"the recorded operations do not reproduce the function: at {at} its {what} is {theirs[bad]:.12g}, "
                f"the compiled one {ours[bad]:.12g}. Does it leave torch, keep state, or draw random numbers? "
                "Compute the result from the arguments alone, with torch operations"
            )


def sample(shapes: Mapping[str, Shape]) -> list[dict[str, np.ndarray]]:
    """The arguments to compare at: the same ones each time, for the same shapes."""
    draw = np.random.default_rng(20240229)
    classes = min((s[-1] for s in shapes.values() if s not in ((), "index")), default=3)
    rows = []
    for k in range(ORDINARY + KINKS + EXTREMES):
        same = draw.choice(_KINKS)
        row = {}
        for name, shape in shapes.items():
            if shape == "index":
                row[name] = np.array(draw.integers(classes))
            elif k < ORDINARY:
                row[name] = draw.random(shape) if k % 2 else 3 * draw.standard_normal(shape)
            elif k < ORDINARY + KINKS:
                row[name] = np.where(draw.random(shape) < 0.4, same, draw.choice(_KINKS, shape))
            else:
                huge = 10.0 ** draw.uniform(-300, 300, shape) * draw.choice([-1.0, 1.0], shape)
                row[name] = huge if draw.random() < 0.6 else draw.random(shape)
            row[name] = np.asarray(row[name])
        rows.append(row)
    return rows


def _torch(job: Callable, row: Mapping[str, np.ndarray]) -> np.ndarray:
    outs = job(*(torch.from_numpy(np.array(v)) for v in row.values()))
    return np.concatenate([o.detach().double().reshape(-1).numpy() for o in outs])


def _short(v: np.ndarray) -> str:
    return f"{v.item():.6g}" if v.ndim == 0 else np.array2string(v, precision=4, threshold=6).replace("\n", "")
