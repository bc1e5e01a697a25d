"""``check_loss``: make a batch, run every check, collect what they say."""

from collections.abc import Callable

import numpy as np
import torch

from lossbook.linting.findings import CHECKS, CannotRun, Finding, Raised
from lossbook.linting.functional import declared
from lossbook.linting.report import Report
from lossbook.linting.samples import KINDS, Examples, kind_of_record, kind_of_tensors
from lossbook.linting.subject import Subject

# isort: off
# each module registers its checks, in the order of the report
from lossbook.linting import basics, numerics, batches, places, meaning, curves, costs  # noqa: F401
# isort: on

FIRST = "runs"  # what fails here makes every other check pointless


def check_loss(
    fn: Callable, input=None, target=None, *, kind=None, elicits=None, hyper=None, skip=(), speed=True
) -> Report:
    """Try a loss on what goes wrong in practice: extremes, half precision, shapes, batches, masks, meaning, cost.

    Args:
        fn: a function ``fn(input, target, **hyper)`` on torch tensors that returns one number, or one for each sample.
        input, target: an example batch, samples along the first axis; both or none. Without, one is made by ``kind``.
        kind: "regression", "binary" (logits, targets 0 and 1), "signs" (scores, targets -1 and +1) or "classes" (logits
            (N, C), class indices). Not needed with tensors, nor for losses of this package.
        elicits: what the best constant prediction should be: "mean", "median", a quantile as "quantile 0.9" or
            ("quantile", 0.9), or "probability".
        hyper: hyper-parameters, passed to ``fn`` by name.
        skip: names of checks to leave out; the report lists them as not run.
        speed: whether to measure time and memory. They are noted, and never make a report fail.

    Returns:
        A Report: ``passed`` is False if there is a problem; it shows as a table. Nothing in it is random.

    Raises:
        TypeError: fn is not a function, input or target is no tensor or floating array, hyper is no dict.
        ValueError: the kind is unknown or cannot be told, an unknown check, a functional that cannot be read, one of
            input and target without the other, or fewer than 4 samples.

    >>> import lossbook as lb
    >>> def mine(input, target):
    ...     return ((input - target) ** 2).mean()
    >>> report = lb.check_loss(mine, kind="regression", elicits="mean", speed=False)
    >>> [finding.check for finding in report.problems]
    ['broadcasting']
    """
    if not callable(fn):
        raise TypeError(f"fn: got {type(fn).__name__}, want a function fn(input, target)")
    if hyper is not None and not isinstance(hyper, dict):
        raise TypeError(f"hyper: got {type(hyper).__name__}, want a dict of hyper-parameters")
    skip = _skipped(skip)
    examples = _examples(fn, input, target, kind)
    hyper = dict(hyper or {})
    subject = Subject(fn, examples, hyper, declared(elicits, getattr(fn, "record", None), hyper, examples.kind))
    if not speed:
        skip["speed"] = "speed=False"
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        if name in skip:
            findings.append(Finding(name, "not run", check.title, f"left out: {skip[name]}"))
        elif any(f.check == FIRST and f.level == "problem" for f in findings):
            findings.append(Finding(name, "not run", check.title, "the loss does not run on ordinary input"))
        else:
            findings += _look(check, subject)
    return Report(subject.name, examples.describe(), tuple(findings))


def _look(check, subject) -> list[Finding]:
    try:
        return [Finding(check.name, level, check.title, found, cure) for level, found, cure in check.look(subject)]
    except CannotRun as reason:
        return [Finding(check.name, "not run", check.title, str(reason))]
    except Raised as error:
        cure = "Every input tried here is legal: let the loss return a number for it."
        return [Finding(check.name, "problem", check.title, f"the loss raises {error}", cure)]


def _skipped(skip) -> dict[str, str]:
    names = (skip,) if isinstance(skip, str) else tuple(skip)
    unknown = [name for name in names if name not in CHECKS]
    if FIRST in names:
        raise ValueError(f"skip: got {FIRST!r}, which cannot be left out: every other check rests on it")
    if unknown:
        raise ValueError(f"skip: got {unknown[0]!r}, want names of checks: {', '.join(CHECKS)}")
    return dict.fromkeys(names, "in skip")


def _examples(fn, input, target, kind) -> Examples:
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind: got {kind!r}, want {_kinds()}")
    if (input is None) != (target is None):
        raise ValueError("input and target: got one without the other, want both or none")
    if input is None:
        kind = kind or (kind_of_record(fn.record) if hasattr(fn, "record") else None)
        if kind is None:
            raise ValueError(f"kind: cannot be told from the function; pass an example input and target, or {_kinds()}")
        return Examples(kind)
    input, target = _tensor(input, "input"), _tensor(target, "target")
    if not input.is_floating_point():
        raise TypeError(f"input: got {input.dtype}, want a floating dtype")
    if not (input.ndim and target.ndim) or input.shape[0] != target.shape[0] or input.shape[0] < 4:
        shapes = f"{tuple(input.shape)} and {tuple(target.shape)}"
        raise ValueError(f"input and target: got shapes {shapes}, want at least 4 samples along the first axis of both")
    return Examples(kind or kind_of_tensors(input, target), input, target)


def _tensor(value, name: str) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    raise TypeError(f"{name}: got {type(value).__name__}, want a torch tensor or a numpy array")


def _kinds() -> str:
    return "one of " + "; ".join(f'kind="{name}" ({words})' for name, words in KINDS.items())
