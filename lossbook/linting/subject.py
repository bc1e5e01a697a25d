"""The loss under test: calls that tell the loss's own exceptions from ours, values, and gradients."""

import inspect
import warnings
from collections.abc import Callable

import torch

from lossbook.linting.findings import Raised
from lossbook.linting.samples import Examples, cast


class Subject:
    """A loss with its hyper-parameters, example batch and declared functional."""

    def __init__(self, fn: Callable, examples: Examples, hyper: dict, elicits):
        self.fn, self.examples, self.hyper, self.elicits = fn, examples, hyper, elicits
        self.name = getattr(fn, "__name__", None) or type(fn).__name__
        self.record = getattr(fn, "record", None)
        self.arguments = _arguments(fn)
        self._curves: dict[tuple, tuple] = {}  # two checks look at the same curve

    @property
    def kind(self) -> str:
        return self.examples.kind

    def __call__(self, input, target, **more):
        """What the loss returns, as it is. Raises Raised."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self.fn(input, target, **self.hyper, **more)
            except Exception as error:
                raise Raised(error) from error

    def value(self, input, target, **more) -> torch.Tensor:
        """The loss as one number; a loss that returns several is averaged. Raises Raised."""
        out = self(input, target, **more)
        if not isinstance(out, torch.Tensor):
            raise Raised(TypeError(f"it returns {type(out).__name__} here, want a tensor"))
        return out.mean() if out.ndim else out

    def slope(self, input, target, **more) -> tuple[torch.Tensor, torch.Tensor]:
        """(value, gradient in input), both without history; 0 where the value does not depend on input."""
        leaf = input.detach().clone().requires_grad_()
        value = self.value(leaf.clone(), target.clone(), **more)  # a copy, which a loss may write into
        if not value.requires_grad:
            return value.detach(), torch.zeros_like(leaf)
        try:
            (grad,) = torch.autograd.grad(value, leaf, allow_unused=True)
        except Exception as error:
            raise Raised(error) from error
        return value.detach(), torch.zeros_like(leaf) if grad is None else grad

    def each(self, input, target) -> torch.Tensor:
        """The loss of every sample in a batch of its own, shape (N,)."""
        return torch.stack([self.value(input[i : i + 1], target[i : i + 1]).detach() for i in range(len(input))])

    def curve(self, values: torch.Tensor, target: float) -> tuple[torch.Tensor, torch.Tensor]:
        """(values, slopes) at the inputs ``values``, float64, for one target: every input in a batch of its own."""
        key = tuple(values.tolist()), target
        if key not in self._curves:
            row, label = self.examples.row, self.examples.label(target)
            pairs = [self.slope(row(v), label) for v in key[0]]
            self._curves[key] = tuple(
                torch.stack([side.sum() for side in column]) for column in zip(*pairs, strict=True)
            )
        return self._curves[key]


def both_dtypes(point, dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """The two sides of a point in ``dtype``."""
    return point.input.to(dtype), cast(point.target, dtype)


def _arguments(fn) -> tuple[str, ...]:
    """The names of the loss's arguments; for a module those of ``forward``; empty where they cannot be read."""
    try:
        return tuple(inspect.signature(fn.forward if isinstance(fn, torch.nn.Module) else fn).parameters)
    except (TypeError, ValueError):
        return ()
