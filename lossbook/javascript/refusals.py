"""What is said when a function has no JavaScript form: the cause, the place and the rewrite."""

from __future__ import annotations

import linecache
import pathlib
import re
import sys
import traceback


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
    (r"\b(if|while|assert|and|or|not)\b", "Python control flow cannot depend on a tensor; write torch.where"),
)
_ALL_CAUSES = (
    "it uses a tensor's value in Python (if, max(), math.log(), float(), .item()); "
    "write torch.where, torch.maximum or torch.log, and keep numbers as tensors"
)
_OURS = str(pathlib.Path(__file__).parent)


def explain(error: BaseException) -> str:
    """One sentence for an exception raised while a function was being recorded."""
    text = str(error).strip() or type(error).__name__
    reads = "data-dependent" in text or "value out of a tracing" in text or "_local_scalar_dense" in text
    reads = reads or "numpy" in text.lower() or "DataDependent" in type(error).__name__
    place, source = _user_line(error)
    if reads:
        for pattern, cause in _READS_A_VALUE:
            found = re.search(pattern, source)
            if found:
                return cause.replace("{1}", found.group(1) if found.groups() and found.group(1) else "") + place
        return _ALL_CAUSES + place
    return f"{type(error).__name__}: {text.splitlines()[0]}{place}"


def _user_line(error: BaseException) -> tuple[str, str]:
    """Where in the reader's own code the error arose: a phrase for the message, and the Python text."""
    torch_home = str(pathlib.Path(sys.modules["torch"].__file__).parent) if "torch" in sys.modules else _OURS
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        code = frame.f_code
        if code.co_filename.startswith((_OURS, torch_home, "<frozen")) or code.co_filename.startswith("<eval_with_key"):
            continue
        last = _last_instruction(error, frame)
        start, end, left, right = list(code.co_positions())[last // 2] if last is not None else (None,) * 4
        line = linecache.getline(code.co_filename, start or frame.f_lineno)
        whole = line.strip()
        if not whole:
            return "", ""
        piece = line.encode()[left:right].decode(errors="ignore") if start == end and left is not None else whole
        calls = "(" in piece or piece.lstrip().startswith(("if", "while"))
        return f" (line {start}: {whole})", piece if calls else whole
    return "", ""


def _last_instruction(error: BaseException, frame) -> int | None:
    tb, last = error.__traceback__, None
    while tb is not None:
        if tb.tb_frame is frame:
            last = tb.tb_lasti
        tb = tb.tb_next
    return last
