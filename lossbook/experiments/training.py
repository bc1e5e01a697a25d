"""A small training loop for many seeds at once, with its history."""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from lossbook.experiments.seeds import BATCHES, stream
from lossbook.experiments.splits import take

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "momentum": lambda parameters, lr, weight_decay: torch.optim.SGD(
        parameters, lr=lr, weight_decay=weight_decay, momentum=0.9
    ),
    "adam": torch.optim.Adam,
}


@dataclass
class History:
    """What was recorded: ``steps`` (R,), ``train`` (S, R), ``validation`` (S, R) or None, ``metrics`` name -> (S, R).

    ``train`` and ``validation`` are mean losses over all rows, before the step of that number is taken; the last
    entry is after all steps. ``seeds`` names the rows.
    """

    seeds: tuple[int, ...]
    steps: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    train: np.ndarray | None = None
    validation: np.ndarray | None = None
    metrics: dict[str, np.ndarray] = field(default_factory=dict)

    def best(self) -> np.ndarray:
        """The recorded step with the lowest validation loss, for each seed: shape (S,)."""
        if self.validation is None:
            raise ValueError("validation: none was recorded; pass X_validation and y_validation to fit")
        return self.steps[self.validation.argmin(axis=1)]


class Diverged(ArithmeticError):
    """The loss of some seed was no longer finite: ``.seed``, ``.step`` and the ``.history`` until then."""

    def __init__(self, seed: int, step: int, value: float, history: History):
        super().__init__(f"seed {seed}, step {step}: the training loss is {value}; lower lr or clip the gradient")
        self.seed, self.step, self.history = seed, step, history


def fit(
    model: torch.nn.Module,
    loss: str | Callable,
    X: torch.Tensor,
    y: torch.Tensor,
    *,
    steps: int,
    lr: float = 1e-3,
    optimizer: str | Callable = "adam",
    batch_size: int | None = None,
    weight_decay: float = 0.0,
    clip: float | None = None,
    X_validation: torch.Tensor | None = None,
    y_validation: torch.Tensor | None = None,
    metrics: dict[str, Callable] | None = None,
    record: int | None = None,
    hyper: dict | None = None,
) -> History:
    """Train S networks at once; each seed sees its own data, batches and gradient.

    Args:
        model: a ``BatchedMLP``, or any module with ``.seeds`` whose parameters have one slice per seed on axis 0.
        loss: a registry name, one of ``lb.losses``, or a function (output, target) -> one loss for each example, for
            rows of all seeds under one another: output (S * B, k), or (S * B,) when k is 1 and the targets are single
            numbers; target (S * B, ...).
        X, y: training data, (S, n, ...); X (n, d) and y (n,) are shared by all seeds.
        steps: optimizer steps. lr: learning rate.
        optimizer: "sgd", "momentum" (SGD with momentum 0.9), "adam", or a function ``(parameters, lr=, weight_decay=)``
            -> ``torch.optim.Optimizer``; it must work element by element, or seeds would mix.
        batch_size: rows in a step; None for all. Each seed goes through its own shuffled rows again and again, in an
            order that depends on the seed alone.
        weight_decay: as the optimizer defines it.
        clip: largest Euclidean norm of a seed's whole gradient; longer ones are shortened, seed by seed.
        X_validation, y_validation: rows to watch; metrics: name -> function (output, target) -> (S,), measured on the
            validation rows (the training rows when there are none), output (S, n, k).
        record: write the history every so many steps, and at the start and the end; None: at 20 points.
        hyper: hyper-parameters of the loss.

    Returns:
        the History. The model is trained in place.

    Raises:
        Diverged: the training loss of a seed is not finite; names the seed and the step.
        ValueError, TypeError: data, loss or settings that do not fit together.
    """
    seeds = tuple(model.seeds)
    each = _per_seed(loss, hyper or {})
    dtype = next(model.parameters()).dtype
    X, y = _stacked(X, y, len(seeds), dtype, "y")
    watched = None
    if X_validation is not None or y_validation is not None:
        if X_validation is None or y_validation is None:
            raise ValueError("X_validation, y_validation: want both or none")
        watched = _stacked(X_validation, y_validation, len(seeds), dtype, "y_validation")
    record = max(1, steps // 20) if record is None else operator.index(record)
    if steps < 0 or record < 1 or lr < 0 or (clip is not None and clip <= 0):
        raise ValueError(f"want steps >= 0, record >= 1, lr >= 0, clip > 0; got {steps}, {record}, {lr}, {clip}")
    make = OPTIMIZERS.get(optimizer) if isinstance(optimizer, str) else optimizer
    if make is None:
        raise ValueError(f"optimizer: got {optimizer!r}, want one of {', '.join(OPTIMIZERS)} or a function")
    stepper = make(model.parameters(), lr=lr, weight_decay=weight_decay)
    batches = _batches(seeds, X.shape[1], batch_size)
    log = _Log(seeds, record, steps, each, (X, y), watched, metrics or {})
    for step in range(steps):
        log.write(model, step)
        rows = next(batches)
        inputs, targets = (X, y) if rows is None else (take(X, rows), take(y, rows))
        losses = each(model(inputs), targets)
        _check_finite(losses, seeds, step, log)
        stepper.zero_grad()
        losses.sum().backward()
        if clip is not None:
            clip_per_seed(model.parameters(), clip)
        stepper.step()
    log.write(model, steps)
    return log.history()


def clip_per_seed(parameters, largest: float) -> torch.Tensor:
    """Shorten each seed's gradient (all parameters together) to norm ``largest``; returns the norms before, (S,)."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norms = torch.sqrt(sum((g.flatten(1) ** 2).sum(dim=1) for g in gradients))
    factor = (largest / norms.clamp(min=1e-12)).clamp(max=1.0)
    for g in gradients:
        g.mul_(factor.reshape(-1, *[1] * (g.ndim - 1)))
    return norms


def _per_seed(loss, hyper: dict) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """(output (S, B, k), target (S, B, ...)) -> mean loss of each seed, (S,)."""
    if isinstance(loss, str):
        from lossbook import losses

        loss = losses.get(loss)
    if not callable(loss):
        raise TypeError(f"loss: got {loss!r}, want a registry name or a function of (output, target)")
    if hasattr(loss, "record"):
        hyper = {**hyper, "reduction": "none"}

    def each(output, target):
        s, b = output.shape[:2]
        if output.shape[2:] == (1,) and target.ndim == 2:
            output = output[..., 0]  # (S, B, 1) against (S, B) would broadcast to (S, B, B) without a word
        if target.is_floating_point() and output.shape != target.shape:
            raise ValueError(f"y: got shape {tuple(target.shape)}, want that of the output, {tuple(output.shape)}")
        values = loss(output.flatten(0, 1), target.flatten(0, 1), **hyper)
        if values.ndim == 0 or values.shape[0] != s * b:
            raise ValueError(
                f"loss: returned shape {tuple(values.shape)}, want one loss for each example, ({s * b}, ...): "
                'use reduction="none"'
            )
        return values.reshape(s, -1).mean(dim=1)

    return each


def _stacked(X, y, count: int, dtype: torch.dtype, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    X, y = (v.to(dtype) if v.is_floating_point() else v for v in (torch.as_tensor(X), torch.as_tensor(y)))
    if X.ndim == 2:
        X = X.expand(count, *X.shape)
        y = y if y.shape[:2] == X.shape[:2] else y.expand(count, *y.shape)
    if y.shape[:2] != X.shape[:2] or len(X) != count:
        raise ValueError(
            f"{name}: got shape {tuple(y.shape)} for inputs {tuple(X.shape)}, want ({count}, n, ...) for both"
        )
    return X, y


def _batches(seeds, n: int, size: int | None):
    """Endless (S, size) row numbers; None when a step takes all rows."""
    if size is None:
        while True:
            yield None
    if not 1 <= operator.index(size) <= n:
        raise ValueError(f"batch_size: got {size}, want 1 to {n}")
    streams = [stream(seed, BATCHES) for seed in seeds]
    waiting = np.empty((len(seeds), 0), dtype=int)
    while True:
        while waiting.shape[1] < size:
            waiting = np.concatenate([waiting, np.stack([rng.permutation(n) for rng in streams])], axis=1)
        yield torch.as_tensor(waiting[:, :size])
        waiting = waiting[:, size:]


def _check_finite(losses, seeds, step: int, log: "_Log") -> None:
    finite = torch.isfinite(losses)
    if not finite.all():
        k = int((~finite).nonzero()[0])
        raise Diverged(seeds[k], step, float(losses[k].detach()), log.history())


class _Log:
    def __init__(self, seeds, every, last, each, train, watched, metrics):
        self.seeds, self.every, self.last, self.each = seeds, every, last, each
        self.train, self.watched, self.metrics = train, watched, metrics
        self.steps, self.rows = [], []

    @torch.no_grad()
    def write(self, model, step: int) -> None:
        if step % self.every and step != self.last:
            return
        output = model(self.train[0])
        row = {"train": self.each(output, self.train[1])}
        target = self.train[1]
        if self.watched is not None:
            output, target = model(self.watched[0]), self.watched[1]
            row["validation"] = self.each(output, target)
        for name, metric in self.metrics.items():
            row["metric " + name] = metric(output, target)
        self.steps.append(step)
        self.rows.append({name: np.asarray(values, dtype=float) for name, values in row.items()})

    def history(self) -> History:
        columns = {
            name: np.stack([row[name] for row in self.rows], axis=1) for name in (self.rows[0] if self.rows else ())
        }
        metrics = {name: columns["metric " + name] for name in self.metrics if columns}
        return History(
            self.seeds, np.array(self.steps, dtype=int), columns.get("train"), columns.get("validation"), metrics
        )
