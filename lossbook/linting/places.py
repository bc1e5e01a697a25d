"""Dtypes and devices: the answer is of the kind that came in."""

import torch

from lossbook.linting.findings import CannotRun, Raised, check
from lossbook.linting.numerics import words


@check("dtype", "the dtype of the answer, for float64 and float32 in")
def dtype(subject):
    wrong = []
    for kind in (torch.float64, torch.float32):
        out = subject(subject.examples.typed(kind))
        if out.dtype is not kind:
            wrong.append(f"{words(kind)} in, {words(out.dtype)} out")
    if wrong:
        cure = "Make constants with torch.full_like or input.new_tensor; leave out .float() and .double()."
        yield "problem", "; ".join(wrong), cure
    else:
        yield "ok", "kept", ""


@check("device", "tensors on another device than the processor")
def device(subject):
    e = subject.examples
    functions = [name for name, x in e.sides.items() if callable(x) and not isinstance(x, torch.nn.Module)]
    if functions:
        raise CannotRun(f"{', '.join(functions)} may hold tensors of its own, which stay where they are")
    other = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "meta"
    batch = {name: x.to(other) if isinstance(x, torch.Tensor) else x for name, x in e.typed(torch.float32).items()}
    try:
        out = subject(batch)
    except Raised as error:
        text = str(error).lower()
        if any(words in text for words in ("same device", "expected device", "expected all tensors")):
            cure = "Make constants beside the input: torch.arange(..., device=input.device), torch.zeros_like(input)."
            yield "problem", f"on {other}: {error}", cure
            return
        if other == "meta":
            raise CannotRun(
                f"no accelerator here, and on torch's meta device, which holds no values: {error}"
            ) from error
        raise
    if not isinstance(out, torch.Tensor) or out.device.type != other:
        where = out.device.type if isinstance(out, torch.Tensor) else type(out).__name__
        yield "problem", f"{other} in, {where} out", "Leave out .cpu() and .to('cpu')."
    else:
        how = "kept (tried on torch's meta device: no accelerator here)" if other == "meta" else f"kept ({other})"
        yield "ok", how, ""
