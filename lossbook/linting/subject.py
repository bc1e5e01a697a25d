"""The loss under test: calls that tell the loss's own exceptions from ours, values, and gradients."""

import copy
import functools
import inspect
import warnings
from collections.abc import Callable

import torch

from lossbook.linting.findings import Raised
from lossbook.linting.samples import Examples


class Subject:
    """A loss with its hyper-parameters, example batch and declared functional. A batch: a dict of arguments by name."""

    def __init__(self, fn: Callable, examples: Examples, hyper: dict, elicits):
        self.fn, self.examples, self.hyper, self.elicits = fn, examples, hyper, elicits
        self.name = getattr(fn, "__name__", None) or type(fn).__name__
        self.record = getattr(fn, "record", None)
        self.arguments = arguments(fn)
        self.seeded = True  # whether every call starts from one state of torch's random numbers
        self.steep: dict[str, float] = {}  # slopes in the first side, by the words of the extremes where they were met
        self._modules: dict[tuple, torch.nn.Module] = {}
        self._curves: dict[tuple, tuple] = {}  # two checks look at the same curve

    @property
    def kind(self) -> str:
        return self.examples.kind

    @functools.cached_property
    def repeats(self) -> tuple[float, float]:
        """The loss of the example batch, with one state of torch's random numbers and with another. Raises Raised."""
        found, seeded, self.seeded = [], self.seeded, False
        try:
            with torch.random.fork_rng(devices=[]):
                for seed in (1, 2):
                    torch.manual_seed(seed)
                    found.append(float(self.value(self.examples.typed(torch.float64)).detach()))
        finally:
            self.seeded = seeded
        return found[0], found[1]

    @property
    def noisy(self) -> bool:
        """Whether the loss draws random numbers."""
        first, second = self.repeats
        return first != second and not (first != first and second != second)

    def call(self, batch: dict, **more):
        """What the loss returns, and whatever it raises; the loss may write into the batch."""
        like = batch[self.examples.first]
        batch = {name: self._beside(x, like) for name, x in batch.items()}
        fn = self._beside(self.fn, like)
        given = list(batch.values())[: self.examples.positional]
        named = {name: batch[name] for name in list(batch)[self.examples.positional :] if name not in more}
        with torch.random.fork_rng(devices=[], enabled=self.seeded):
            if self.seeded:
                torch.manual_seed(0)
            return fn(*given, **named, **self.hyper, **more)

    def _beside(self, x, like: torch.Tensor):
        """A module's copy with parameters of the dtype and on the device of ``like``; anything else as it is."""
        if not isinstance(x, torch.nn.Module) or not any(True for _ in (*x.parameters(), *x.buffers())):
            return x
        key = id(x), like.dtype, like.device
        if key not in self._modules:
            self._modules[key] = copy.deepcopy(x).to(like.device, like.dtype)
        return self._modules[key]

    def __call__(self, batch: dict, **more):
        """What the loss returns, as it is, for a copy of the batch. Raises Raised."""
        batch = {name: x.clone() if isinstance(x, torch.Tensor) else x for name, x in batch.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self.call(batch, **more)
            except Exception as error:
                raise Raised(error) from error

    def value(self, batch: dict, **more) -> torch.Tensor:
        """The loss as one number; a loss that returns several is averaged. Raises Raised."""
        out = self(batch, **more)
        if not isinstance(out, torch.Tensor):
            raise Raised(TypeError(f"it returns {type(out).__name__} here, want a tensor"))
        return out.mean() if out.ndim else out

    def settle(self):
        """Find out whether the loss draws random numbers, and in which sides it cannot be differentiated at all."""
        self.seeded = self.noisy
        e = self.examples
        for name in e.moved:
            try:
                self.slopes(e.typed(torch.float64), moved=(name,))
            except Raised as error:
                if name != e.first and isinstance(error.cause, (RuntimeError, NotImplementedError)):
                    e.moved = tuple(other for other in e.moved if other != name)

    def slopes(self, batch: dict, moved: tuple = (), **more) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """(value, gradient in each side that moves), without history; 0 where the value does not depend on a side."""
        moved = moved or self.examples.moved
        leaves = {name: batch[name].detach().clone().requires_grad_() for name in moved}
        value = self.value(batch | leaves, **more)
        if not value.requires_grad:
            return value.detach(), {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
        try:
            grads = torch.autograd.grad(value, list(leaves.values()), allow_unused=True)
        except Exception as error:
            raise Raised(error) from error
        found = zip(leaves.items(), grads, strict=True)
        return value.detach(), {name: torch.zeros_like(leaf) if g is None else g.detach() for (name, leaf), g in found}

    def slope(self, batch: dict, **more) -> tuple[torch.Tensor, torch.Tensor]:
        """(value, gradient in the first side)."""
        value, grads = self.slopes(batch, **more)
        return value, grads[self.examples.first]

    def curve(self, values: torch.Tensor, target: float) -> tuple[torch.Tensor, torch.Tensor]:
        """(values, slopes) at the inputs ``values``, float64, for one target: every input in a batch of its own."""
        key = tuple(values.tolist()), target
        if key not in self._curves:
            e, label = self.examples, self.examples.label(target)
            pairs = [self.slope(e.pair(e.row(v), label)) for v in key[0]]
            self._curves[key] = tuple(
                torch.stack([side.sum() for side in column]) for column in zip(*pairs, strict=True)
            )
        return self._curves[key]

    @functools.cached_property
    def along(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None:
        """(places, values, slopes) along the record's path; None without one, or with the reader's own tensors."""
        if self.examples.given or getattr(self.examples.record, "path", None) is None:
            return None
        from lossbook.losses import along

        path, value = self.record.path, along(self.fn)
        grid = torch.linspace(path.low, path.high, 41 if self.examples.large else 161, dtype=torch.float64)
        pairs = []
        for place in grid:
            s = place.clone().requires_grad_()
            try:
                out = value(s, **self.hyper)
                (slope,) = torch.autograd.grad(out, s, allow_unused=True) if out.requires_grad else (None,)
            except Exception as error:
                raise Raised(error) from error
            pairs.append((out.detach(), torch.zeros_like(place) if slope is None else slope))
        values, slopes = (torch.stack(column) for column in zip(*pairs, strict=True))
        return grid, values, slopes

    @functools.cached_property
    def coupling(self) -> tuple[str, str]:
        """How a batch's loss is made of its parts' losses: see batches.coupling."""
        from lossbook.linting.batches import coupling

        return coupling(self)


def arguments(fn) -> tuple[str, ...]:
    """The names of the loss's arguments; for a module those of ``forward``; empty where they cannot be read."""
    found = signature(fn)
    return tuple(found.parameters) if found else ()


def signature(fn) -> inspect.Signature | None:
    """How the loss is called; for a module, ``forward``; None where that cannot be read."""
    try:
        return inspect.signature(fn.forward if isinstance(fn, torch.nn.Module) else fn)
    except (TypeError, ValueError):
        return None
