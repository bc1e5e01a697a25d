"""Argument checks such as `if (var < 0).any(): raise ...` while a function is being recorded.

They read a tensor's value but leave no trace in the result, so they are taken as passed.  Any other `if` on a
tensor stays an error: its other branch would be lost.
"""

from __future__ import annotations

import linecache
import pathlib
import re
import sys

import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode

_TORCH = pathlib.Path(torch.__file__).parent
# the parts of torch that carry out an operation, as opposed to code that asks for one
_MACHINERY = tuple(
    str(_TORCH / part)
    for part in (
        *("_compile", "_decomp", "_dynamo", "_functorch", "_ops", "_prims", "_refs", "_subclasses", "_tensor"),
        *("autograd", "fx", "overrides", "utils"),
    )
)


class ReadsAValue(RuntimeError):
    """A recorded tensor was asked for its value."""


class ChecksPass(TorchDispatchMode):
    """Within this mode a tensor that is asked for its truth by a check that raises says "all is well"."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten._local_scalar_dense.default:
            answer = _passing_answer(_asking_frame())
            if answer is not None:
                return answer
            if isinstance(args[0], FakeTensor) and args[0].constant is None:
                raise ReadsAValue("data-dependent: the value of a tensor is read")
        return func(*args, **(kwargs or {}))


def _asking_frame():
    """The frame, outside torch's machinery, that reads the value."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith((*_MACHINERY, "<")):
        frame = frame.f_back
    return frame


def _passing_answer(frame) -> bool | None:
    """The truth value with which the check on the frame's line does not raise, or None if it is no such check.

    Only plain checks count: `assert` or an `if` whose next line raises, with at most a leading `not`.
    """
    if frame is None:
        return None
    home, number = frame.f_code.co_filename, frame.f_lineno
    line = linecache.getline(home, number).strip()
    if re.search(r"\bor\b|\band\b|\belse\b", line):
        return None
    if re.match(r"assert (?!not\b)", line):
        return True
    if re.match(r"(if|elif) .*:$", line) and linecache.getline(home, number + 1).strip().startswith("raise"):
        return bool(re.match(r"(if|elif) not ", line)) or (None if " not " in line else False)
    return None
