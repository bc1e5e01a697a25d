"""What is said when a function has no JavaScript form: the cause, the place and the rewrite."""

from __future__ import annotations

import linecache
import pathlib
import re
import sys


class CannotCompile(ValueError):
    """The function uses something that has no JavaScript form; the message names the cause and the rewrite."""


# pattern in the offending Python source -> what is wrong and what to write instead
_READS_A_VALUE = (
    (r"\b(np|numpy)\.", "NumPy cannot be recorded or differentiated; use the torch function of the same name"),
    (r"\.numpy\(|\.tolist\(", "it takes a tensor's numbers out of torch; stay in torch from argument to result"),
    (r"(?<![\w.])(max|min)\(", "Python's max() and min() compare values; write torch.maximum or torch.minimum"),
    (r"(?<![\w.])(sorted|sum|any|all)\(", "this builtin reads values; write torch.sum, torch.any or torch.all"),
    (r"(?<![\w.])math\.(\w+)", "math.{1} wants a Python number; write torch.{1}"),
    (r"\.item\(|(?<![\w.])(float|int|bool)\(", "it turns a tensor into a Python number; keep it a tensor"),
    (r"one_hot\(", "one_hot checks values; write (torch.arange(classes) == index)"),
    (r"\w\[[^\]:]+\]", "a tensor cannot be indexed by a computed number; write torch.gather or torch.where"),
    (r"\b(if|while|assert|and|or|not)\b", "Python control flow cannot depend on a tensor; write torch.where"),
)
_ALL_CAUSES = (
    "it uses a tensor's value in Python (if, max(), math.log(), float(), .item()); "
    "write torch.where, torch.maximum or torch.log, and keep numbers as tensors"
)
_FIXED_OPTION = (
    "torch wants one of the arguments as a plain Python number; leave that argument out, "
    "or fix it beforehand: functools.partial(fn, delta=1.0)"
)
_SIGNS_OF_READING = (  # in torch's own messages
    "data-dependent",
    "value out of a tracing",
    "_local_scalar_dense",
    "numpy()",
    "data pointer",
    "unallocated storage",
)
_OURS = str(pathlib.Path(__file__).parent)
_LONGEST = 90  # characters of a source line that a message quotes


def explain(error: BaseException) -> str:
    """One sentence for an exception raised while a function was being recorded."""
    text = str(error).strip() or type(error).__name__
    reads = any(sign in text for sign in _SIGNS_OF_READING)
    frame, last = _asking(error)
    place, source = _quote(frame, last) if frame else ("", "")
    if not reads:
        return f"{type(error).__name__}: {text.splitlines()[0]}{place}"
    if frame and _torch_home() and frame.f_code.co_filename.startswith(_torch_home()):
        return _FIXED_OPTION + place
    for pattern, cause in _READS_A_VALUE:
        found = re.search(pattern, source)
        if found:
            return cause.replace("{1}", found.group(1) if found.groups() and found.group(1) else "") + place
    return _ALL_CAUSES + place


def _torch_home() -> str:
    loaded = sys.modules.get("torch")
    return str(pathlib.Path(loaded.__file__).parent) if loaded else ""


def _asking(error: BaseException):
    """The frame that asked for what failed, the reader's or one of torch.nn.functional, and its instruction."""
    found = None, None
    machinery = (_OURS, "<frozen", "<string", "<eval_with_key", _torch_home() or _OURS)
    tb = error.__traceback__
    while tb is not None:
        home = tb.tb_frame.f_code.co_filename
        if not home.startswith(machinery) or home.endswith(str(pathlib.Path("nn", "functional.py"))):
            found = tb.tb_frame, tb.tb_lasti
        tb = tb.tb_next
    return found


def _quote(frame, last: int) -> tuple[str, str]:
    """A phrase that shows the line for the message, and the Python text of the expression that failed."""
    start, end, left, right = list(frame.f_code.co_positions())[last // 2]
    line = linecache.getline(frame.f_code.co_filename, start or 0)
    whole = line.strip()
    if not whole:
        return "", ""
    piece = line.encode()[left:right].decode(errors="ignore") if start == end and left is not None else whole
    condition = re.match(r"(if|elif|while|assert)\b", whole) and "(" not in piece
    shown = whole if len(whole) <= _LONGEST else piece if len(piece) <= _LONGEST else f"{piece[: _LONGEST - 3]}..."
    return f" (line {start}: {shown})", whole if condition else piece
