"""``python -m lossbook check module:function``: the linter for a terminal and for continuous integration."""

import argparse
import ast
import importlib
import sys
from pathlib import Path

from lossbook.linting.run import check_loss
from lossbook.linting.samples import KINDS

PASSED, FAILED, MISUSED = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    made = argparse.ArgumentParser(
        prog="python -m lossbook",
        description="The Loss Book's package at the command line.",
    )
    words = made.add_subparsers(dest="command", required=True)
    check = words.add_parser(
        "check",
        help="try a loss on what goes wrong in practice",
        description="Try a loss on what goes wrong in practice. Exit status: 0 passed, 1 not passed, 2 wrong use.",
    )
    check.add_argument("loss", metavar="module:function", help="where the loss is, for example mypackage.losses:focal")
    check.add_argument("--kind", choices=list(KINDS), help="what its input and target are")
    check.add_argument(
        "--example",
        metavar="module:name",
        help="example tensors, or a function without arguments that returns them: a tuple (by position), a dict "
        "(by name), or a tuple whose last item is a dict (both)",
    )
    check.add_argument("--elicits", help="mean, median, probability, or a quantile such as 'quantile 0.9'")
    check.add_argument("--hyper", action="append", default=[], metavar="NAME=VALUE", help="a hyper-parameter")
    check.add_argument("--skip", action="append", default=[], metavar="CHECK", help="a check to leave out")
    check.add_argument("--speed", action="store_true", help="measure time and memory as well")
    check.add_argument("--strict", action="store_true", help="a warning fails too")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = parser().parse_args(arguments)
    try:
        fn = _named(given.loss)
        args, tensors = _example(given.example) if given.example else ((), {})
        report = check_loss(
            fn,
            *args,
            **tensors,
            kind=given.kind,
            elicits=given.elicits,
            hyper=dict(map(_pair, given.hyper)),
            skip=given.skip,
            speed=given.speed,
        )
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        print(f"python -m lossbook check: {error}", file=sys.stderr)
        return MISUSED
    print(report)
    return PASSED if report.passed and not (given.strict and report.warnings) else FAILED


def _example(place: str) -> tuple[tuple, dict]:
    """(tensors by position, tensors by name) of what ``--example`` names."""
    found = _named(place)
    found = found() if callable(found) else found
    if isinstance(found, dict):
        return (), found
    args = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    return (args[:-1], args[-1]) if args and isinstance(args[-1], dict) else (args, {})


def _named(place: str):
    """What ``module:name`` names; the folder where the command runs is looked in first."""
    module, colon, name = place.partition(":")
    if not (module and colon and name):
        raise ValueError(f"got {place!r}, want module:function, for example mypackage.losses:focal")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    found = importlib.import_module(module)
    for part in name.split("."):
        if not hasattr(found, part):
            raise AttributeError(f"{module} has no {name!r}")
        found = getattr(found, part)
    return found


def _pair(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        raise ValueError(f"--hyper: got {text!r}, want NAME=VALUE")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value
