"""Weights that follow training: by the norms of gradients (GradNorm), by how fast losses fall (DWA)."""

import torch

from lossbook.losses.composite.methods import method
from lossbook.losses.composite.tasks import count, number, positive, stacked


@method(
    title="GradNorm",
    short="GradNorm",
    formula=r"\min_w \sum_{k=1}^K \left| G_k - \bar{G} \, r_k^\alpha \right|, \quad "
    r"G_k = w_k \lVert \nabla_W \ell_k \rVert, \quad "
    r"r_k = \frac{\ell_k / \ell_k(0)}{\tfrac{1}{K} \sum_j \ell_j / \ell_j(0)}",
    symbols={
        r"\ell_k": "loss of task k of K, with (0) the first one",
        "w_k": "its weight; the weights add up to K",
        "W": "the shared parameters, as a rule those of the last shared layer",
        r"\bar{G}": "the mean of the G",
        r"\alpha": "alpha",
    },
    says="Moves the weights so that tasks pull at the shared parameters with norms that differ only by how far each "
    "has come.",
    traps=[
        "Call update while the graph of the losses is still there, before backward; it computes one gradient for each "
        "task, of the shared parameters only.",
        "The paper leaves open how the weights descend. Here they do in their logarithms, by lr times the norm over "
        "the mean norm: they stay above 0, and lr does not depend on the units of the losses.",
        "r is relative to the first losses: an unlucky start, or one that is close to 0, stays in it for good. Pass "
        "initial, such as log C for a cross-entropy.",
        "The weights are held fixed in the total: only the model learns from it.",
        "alpha = 0 makes all norms equal; larger values push tasks that lag behind.",
    ],
    elsewhere={},
    primary="Chen, Badrinarayanan, Lee and Rabinovich (2018), GradNorm: Gradient Normalization for Adaptive Loss "
    "Balancing in Deep Multitask Networks, ICML.",
    cite=["chen2018gradnorm"],
)
class GradNorm(torch.nn.Module):
    """A sum of losses with weights that even out the norms of their gradients.

    tasks: how many losses. alpha: how much tasks that lag behind are pushed, from 0. lr: the step of the weights, above
    0. initial: the losses to measure progress by, above 0; by default those of the first update. Buffers, kept in the
    state dict: ``weights`` and ``initial``, of shape (tasks,). Called with the losses (a list of tensors with one
    number each, or a tensor of shape (tasks,)) it returns the total, under the present weights;
    ``update(losses, shared)`` then moves the weights.

    Raises TypeError or ValueError for another number of losses, losses that are not reduced, first losses that are not
    above 0, gradients that are not finite, and numbers out of range.

    >>> import torch
    >>> w = torch.tensor([1.0, 1.0], requires_grad=True)
    >>> balance = GradNorm(2, alpha=0.0, lr=0.1)
    >>> losses = [(w - 2).square().sum(), 4 * (w + 1).square().sum()]
    >>> total = balance(losses)
    >>> balance.update(losses, w)
    >>> total.backward()
    >>> balance.weights  # the second one pulled harder
    tensor([1.0997, 0.9003])
    """

    def __init__(self, tasks, *, alpha=1.5, lr=0.025, initial=None):
        super().__init__()
        tasks = count(tasks)
        self.alpha, self.lr = number(alpha, "alpha", 0), number(lr, "lr", 0, open_low=True)
        self.register_buffer("weights", torch.ones(tasks))
        self.register_buffer("initial", torch.full((tasks,), torch.nan))
        if initial is not None:
            given = torch.as_tensor(initial, dtype=self.weights.dtype)
            if given.shape != (tasks,):
                raise ValueError(f"initial has shape {tuple(given.shape)}, want ({tasks},), one number for each task")
            self.initial = positive(given, "initial")

    def forward(self, losses):
        losses = stacked(losses, len(self.weights))
        return (self.weights * losses).sum()

    def update(self, losses, shared):
        """One step of the weights, which are then scaled to add up to the number of tasks.

        losses: as in a call, with their graph. shared: a parameter or a list of parameters that all tasks use.
        """
        shared = [shared] if isinstance(shared, torch.Tensor) else list(shared)
        if not shared:
            raise ValueError("shared: got no parameters, want those that all tasks use")
        each = list(stacked(losses, len(self.weights)))
        now = torch.stack(each).detach()
        if bool(self.initial.isnan().any()):
            self.initial = positive(now, "losses").to(self.initial)
        norms = torch.stack([_norm(loss, shared) for loss in each]).to(self.weights)
        if not bool(norms.isfinite().all()):
            raise ValueError(f"losses: the gradients in the shared parameters have norms {norms.tolist()}, want finite")
        pulls = self.weights * norms
        progress = now.to(self.weights) / self.initial
        wanted = pulls.mean() * (progress / progress.mean()) ** self.alpha  # held fixed, as in the paper
        if not pulls.mean() > 0:
            return  # nothing pulls: nothing to even out
        # the slope of the sum of |pull - wanted| in the logarithm of a weight is sign(pull - wanted) pull
        moved = self.weights * torch.exp(-self.lr * torch.sign(pulls - wanted) * pulls / pulls.mean())
        # a new tensor: the total, whose gradient is still to be taken, holds the old one
        self.weights = moved * (len(moved) / moved.sum())


def _norm(loss, parameters):
    slopes = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    return torch.linalg.vector_norm(torch.stack([loss.new_zeros(()), *(s.norm() for s in slopes if s is not None)]))


@method(
    title="Dynamic weight average",
    short="DWA",
    formula=r"w_k = K \frac{e^{r_k / T}}{\sum_j e^{r_j / T}}, \quad r_k = \frac{\ell_k(t - 1)}{\ell_k(t - 2)}",
    symbols={
        r"\ell_k(t)": "mean loss of task k of K in epoch t",
        "r_k": "how much of the loss was left by the last epoch",
        "T": "temperature",
    },
    says="Weighs each task by how slowly its loss fell in the last epoch.",
    traps=[
        "Give update the means over whole epochs: ratios of single batches are mostly noise.",
        "Only ratios of a loss to itself count: units cancel in the weights, but a task of large numbers still pulls "
        "harder, since the weights stay near 1.",
        "Weights lie between K / (1 + (K - 1) e^(d / T)) and its mirror, d being the gap of the ratios: at T = 2 and "
        "ratios near 1 they hardly differ from 1. A small T makes them sharp.",
        "A task whose loss rises gets more weight, also when it rises by overfitting.",
    ],
    elsewhere={},
    primary="Liu, Johns and Davison (2019), End-to-End Multi-Task Learning with Attention, CVPR.",
    cite=["liu2019attention"],
)
class DynamicWeightAverage(torch.nn.Module):
    """A sum of losses with weights that favor the tasks whose losses fall slowly.

    tasks: how many losses. temperature: above 0; large values make the weights equal. Buffers, kept in the state dict:
    ``weights``, which add up to the number of tasks, and ``last``, of shape (tasks,). Called with the losses (a list
    of tensors with one number each, or a tensor of shape (tasks,)) it returns the total; ``update(means)`` at the end
    of an epoch sets the weights of the next. They are 1 in the first two epochs.

    Raises TypeError or ValueError for another number of losses, losses that are not reduced, means that are not above
    0, and a temperature out of range.

    >>> import torch
    >>> balance = DynamicWeightAverage(2, temperature=0.5)
    >>> balance.update([1.0, 8.0])
    >>> balance.update([0.5, 7.2])  # ratios 0.5 and 0.9
    >>> balance.weights
    tensor([0.6201, 1.3799])
    >>> balance([torch.tensor(0.5), torch.tensor(7.2)])
    tensor(10.2457)
    """

    def __init__(self, tasks, *, temperature=2.0):
        super().__init__()
        tasks = count(tasks)
        self.temperature = number(temperature, "temperature", 0, open_low=True)
        self.register_buffer("weights", torch.ones(tasks))
        self.register_buffer("last", torch.full((tasks,), torch.nan))

    def forward(self, losses):
        losses = stacked(losses, len(self.weights))
        return (self.weights * losses).sum()

    def update(self, means):
        """Set the weights of the next epoch. means: the mean losses of this one, numbers or tensors, each above 0."""
        means = torch.stack(
            [torch.as_tensor(m, dtype=self.weights.dtype).detach().to(self.weights).reshape(()) for m in means]
        )
        if len(means) != len(self.weights):
            raise ValueError(f"means: got {len(means)}, want {len(self.weights)}, one for each task")
        means = positive(means, "means")
        if not bool(self.last.isnan().any()):
            self.weights = len(means) * torch.softmax(means / self.last / self.temperature, 0)
        self.last = means
