"""``check_loss``: make a batch, run every check, collect what they say."""

from collections.abc import Callable

from lossbook.linting.arguments import examples_for
from lossbook.linting.findings import CHECKS, CannotRun, Finding, Raised
from lossbook.linting.functional import declared
from lossbook.linting.report import Report
from lossbook.linting.subject import Subject

# isort: off
# each module registers its checks, in the order of the report
from lossbook.linting import basics, numerics, gradients, batches, masks, places, meaning, minimizers, curves, costs  # noqa: F401
# isort: on

FIRST = "runs"  # what fails here makes every other check pointless


def check_loss(fn: Callable, *args, kind=None, elicits=None, hyper=None, skip=(), speed=True, **tensors) -> Report:
    """Try a loss on what goes wrong in practice: extremes, half precision, shapes, batches, masks, meaning, cost.

    Args:
        fn: a function on torch tensors that returns one number, or one for each sample: ``fn(input, target)``, or of
            any number of tensors, ``fn(anchor, positive, negative)``.
        args, tensors: an example batch, passed as the loss itself is called: tensors or arrays by position, and further
            ones by name. The first is what is differentiated, at least 4 samples along its first axis (wrap a loss
            that has them elsewhere). All that share that axis's length are samples; others are held as they are (let
            no other length equal it), and so are functions. Without any, a batch is made: for losses of this package,
            or by ``kind``.
        kind: "regression", "binary" (logits, targets 0 and 1), "signs" (scores, targets -1 and +1) or "classes" (logits
            (N, C), class indices): what the first two tensors are; further ones are weights and the like. "any" assumes
            nothing. By default two tensors tell their kind, unless the loss compares samples with each other; and any
            other number of tensors is "any".
        elicits: what the best constant prediction should be: "mean", "median", a quantile as "quantile 0.9" or
            ("quantile", 0.9), or "probability".
        hyper: a dict of whatever is no tensor, passed to ``fn`` by name.
        skip: names of checks to leave out; the report lists them as not run.
        speed: whether to measure time and memory. They are noted, and never make a report fail.

    Returns:
        A Report: ``passed`` is False if there is a problem; it shows as a table. Nothing in it is random.

    Raises:
        TypeError: fn is not a function or does not take these tensors, the first is no floating tensor or array, one of
            them is neither a tensor nor an array nor a function, hyper is no dict.
        ValueError: the kind is unknown or cannot be told, an unknown check, a functional that cannot be read, or fewer
            than 4 samples.

    >>> import lossbook as lb
    >>> def mine(input, target):
    ...     return ((input - target) ** 2).mean()
    >>> report = lb.check_loss(mine, kind="regression", elicits="mean", speed=False)
    >>> [finding.check for finding in report.problems]
    ['broadcasting']
    >>> import torch
    >>> def far(anchor, positive, *, negative):
    ...     return torch.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + 1).mean()
    >>> a, p, n = torch.randn(3, 8, 4, generator=torch.Generator().manual_seed(0)).unbind()
    >>> report = lb.check_loss(far, a, p, negative=n, speed=False)
    >>> sorted({finding.check for finding in report.problems})
    ['broadcasting']
    """
    if not callable(fn):
        raise TypeError(f"fn: got {type(fn).__name__}, want a function fn(input, target)")
    if hyper is not None and not isinstance(hyper, dict):
        raise TypeError(f"hyper: got {type(hyper).__name__}, want a dict of hyper-parameters")
    skip, hyper = _skipped(skip), dict(hyper or {})
    subject = _subject(fn, args, tensors, kind, hyper, elicits)
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
            if name == FIRST and findings[-1].level != "problem":
                subject.settle()
    return Report(subject.name, subject.examples.describe(), tuple(findings))


def _subject(fn, args, tensors, kind, hyper, elicits) -> Subject:
    """The loss with its batch. Two tensors tell their kind, unless their samples turn out to meet each other."""

    def made(kind):
        examples = examples_for(fn, args, tensors, kind, hyper)
        return Subject(fn, examples, hyper, declared(elicits, getattr(fn, "record", None), hyper, examples.kind))

    subject = made(kind)
    e = subject.examples
    if kind is None and e.given and e.kind != "any" and e.input.ndim > 1:
        try:
            return made("any") if not subject.noisy and subject.coupling[0] == "coupled" else subject
        except (Raised, CannotRun):
            return subject
    return subject


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
