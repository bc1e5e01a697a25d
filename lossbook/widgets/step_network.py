"""A network of one input, three hidden units and one output in torch: StepThrough's numbers, by autograd."""

import math
from dataclasses import dataclass

import torch

HIDDEN = 3
SIZE = 3 * HIDDEN + 1
FAR = 1000.0  # no weight leaves [-FAR, FAR]: a run that diverges stays finite
MOST_HISTORY, EARLY = 60, 16  # the first rounds are all kept: there the loss falls most
NAMES = (
    *(f"w1.{j}" for j in range(HIDDEN)),
    *(f"b1.{j}" for j in range(HIDDEN)),
    *(f"w2.{j}" for j in range(HIDDEN)),
    "b2",
)


@dataclass(frozen=True)
class Round:
    """One round over the points: what the ringed point goes through, the slopes, and the weights after the update.

    ``loss`` and ``pull`` are the loss of the ringed point and its slope in the prediction; ``slopes`` are those of the
    mean loss over the points that are learned from, one for each weight in the order of ``NAMES``.
    """

    hidden: list[float]
    prediction: float
    residual: float
    loss: float
    pull: float
    mean: float
    slopes: list[float]
    next: list[float]


def forward(weights: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The hidden units (n, 3) and the predictions (n,) at inputs x (n,)."""
    w1, b1, w2, b2 = torch.split(weights, [HIDDEN, HIDDEN, HIDDEN, 1])
    hidden = torch.tanh(x[:, None] * w1 + b1)
    return hidden, hidden @ w2 + b2


def mean_loss(weights, points, loss, hyper: dict) -> float:
    """The mean loss of the network over points (n, 2)."""
    x, y = torch.tensor(points, dtype=torch.float64).T
    _, prediction = forward(torch.tensor(weights, dtype=torch.float64), x)
    return float(loss(prediction, y, **hyper).mean())


def go_round(weights, points, active: int, learned: list[int], loss, hyper: dict, rate: float) -> Round:
    """One round of gradient descent. loss: ``f(prediction, target, **hyper)``, one value a point."""
    w = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
    x, y = torch.tensor(points, dtype=torch.float64).T
    hidden, prediction = forward(w, x)
    values = loss(prediction, y, **hyper)
    (pulls,) = torch.autograd.grad(values.sum(), prediction, retain_graph=True)
    (slopes,) = torch.autograd.grad(values[learned].mean(), w)
    moves = torch.where(slopes.isfinite(), rate * slopes, 0.0)
    after = (w.detach() - moves).clamp(-FAR, FAR)
    return Round(
        hidden=hidden[active].tolist(),
        prediction=float(prediction[active].detach()),
        residual=float((prediction - y)[active].detach()),
        loss=float(values[active].detach()),
        pull=float(pulls[active]),
        mean=float(values.mean().detach()),
        slopes=slopes.tolist(),
        next=after.tolist(),
    )


def remembered(history, rounds: int, losses) -> list[list[float]]:
    """The history with the losses of a round; the longer it is, the fewer rounds of it are kept."""
    row = [rounds, *(float(f"{value:.4g}") for value in losses)]
    if not all(map(math.isfinite, row)):
        return history
    rows = [*history, row]
    first = rows[0][0]
    stride = 2 ** max(0, math.ceil(math.log2((rounds - first + 1) / MOST_HISTORY)))
    return [row for row in rows if row[0] - first < EARLY or (row[0] - first) % stride == 0]
