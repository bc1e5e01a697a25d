"""The losses of several tasks, as the methods take them: checked, and as one tensor of shape (tasks,)."""

import numbers

import torch


def count(tasks) -> int:
    """The number of tasks. Raises TypeError or ValueError unless it is a whole number from 1."""
    if isinstance(tasks, bool) or not isinstance(tasks, numbers.Integral):
        raise TypeError(f"tasks: got {tasks!r}, want how many losses there are, an integer")
    if tasks < 1:
        raise ValueError(f"tasks: got {tasks}, want at least 1")
    return int(tasks)


def number(value, name: str, low: float, *, open_low: bool = False) -> float:
    """A plain number of at least, or above, ``low``. Raises TypeError or ValueError, naming the argument."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: got {value!r}, want a number")
    if not (value > low if open_low else value >= low) or value == float("inf"):
        raise ValueError(f"{name}: got {value!r}, want a finite number {'above' if open_low else 'from'} {low:g}")
    return float(value)


def stacked(losses, tasks: int | None = None) -> torch.Tensor:
    """Losses, one number each, as a tensor of shape (tasks,) that still leads back to them.

    losses: a list or tuple of tensors with one element, or a tensor of shape (tasks,). Raises TypeError for anything
    else and ValueError for other shapes or another number of them.
    """
    if isinstance(losses, torch.Tensor):
        if losses.ndim != 1:
            raise ValueError(f"losses has shape {tuple(losses.shape)}, want one number for each task")
    elif isinstance(losses, (list, tuple)):
        for k, value in enumerate(losses):
            one_number(value, f"losses[{k}]")
        losses = torch.stack([value.reshape(()) for value in losses]) if losses else torch.empty(0)
    else:
        raise TypeError(f"losses: got {type(losses).__name__}, want a list of tensors with one number each")
    if tasks is not None and len(losses) != tasks:
        raise ValueError(f"losses: got {len(losses)}, want {tasks}, one for each task")
    return losses


def one_number(value, name: str):
    """Raise TypeError unless ``value`` is a floating tensor, ValueError unless it holds one number."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        got = f"a tensor of {value.dtype}" if isinstance(value, torch.Tensor) else type(value).__name__
        raise TypeError(f"{name}: got {got}, want a floating tensor with one number")
    if value.numel() != 1:
        raise ValueError(f"{name} has shape {tuple(value.shape)}, want one number: reduce it first")


def positive(values: torch.Tensor, name: str) -> torch.Tensor:
    """``values``, detached. Raises ValueError unless all are above 0 and finite."""
    values = values.detach()
    bad = ~((values > 0) & (values < float("inf")))
    if bool(bad.any()):
        where = int(bad.nonzero()[0])
        raise ValueError(f"{name}: got {values[where].item():g} for task {where}, want finite numbers above 0")
    return values
