"""PCGrad: gradients of several losses, each without its part against the others, added up."""

import torch

from lossbook.losses.composite.methods import method
from lossbook.losses.composite.tasks import stacked


@method(
    title="Projecting conflicting gradients",
    short="PCGrad",
    formula=r"g = \sum_{k=1}^K g_k', \quad g_k' \leftarrow g_k' - \frac{\min(0, g_k' \cdot g_j)}{\lVert g_j \rVert^2} "
    r"g_j \quad \text{for each } j \ne k \text{ in random order, from } g_k' = g_k",
    symbols={"g_k": "gradient of loss k of K", "g_k'": "what is left of it", "g": "the gradient that the step takes"},
    says="Takes out of each task's gradient the part that points against another task's, and adds up the rest.",
    traps=[
        "With two tasks the sum goes against neither. With three or more it can: each gradient gives way to the others "
        "in turn, and a later turn may undo an earlier one.",
        "The order is random; pass a generator for runs that repeat.",
        "It takes one backward pass for each task, and keeps all of their gradients.",
        "The sum, not the mean, is left in .grad, added to what is there: call zero_grad first, as always. Without "
        "conflicts it is the gradient of the plain sum of the losses.",
        "Angles do not depend on the size of the losses, but the sum does: a large loss still leads.",
        "Two gradients that point exactly against each other cancel, and the step is 0.",
        "Under Adam, momentum and scaling act on the projected sum, which may then conflict again.",
    ],
    elsewhere={},
    primary="Yu, Kumar, Gupta, Levine, Hausman and Finn (2020), Gradient Surgery for Multi-Task Learning, NeurIPS, "
    "algorithm 1.",
    cite=["yu2020gradient"],
)
class PCGrad:
    """Backward passes of several losses, with conflicts between their gradients projected away.

    parameters: those that get a gradient, such as model.parameters(). generator: a torch.Generator for the order of
    projections; None uses torch's own. It has no state besides. ``backward(losses)`` takes the place of
    ``loss.backward()``: losses are tensors with one number each, in a list, or a tensor of shape (K,). A parameter that
    no loss depends on keeps its gradient as it is.

    Raises TypeError or ValueError for parameters that are no tensors or need no gradient, or losses that are not
    reduced.

    >>> import torch
    >>> w = torch.tensor([0.0, 0.0], requires_grad=True)
    >>> surgery = PCGrad([w], generator=torch.Generator().manual_seed(0))
    >>> surgery.backward([w[0], w[1] - w[0]])  # gradients (1, 0) and (-1, 1)
    >>> w.grad  # (0.5, 0.5) + (0, 1)
    tensor([0.5000, 1.5000])
    """

    def __init__(self, parameters, *, generator=None):
        self.parameters = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
        if not self.parameters:
            raise ValueError("parameters: got none, want those that the losses depend on")
        for p in self.parameters:
            if not isinstance(p, torch.Tensor):
                raise TypeError(f"parameters: got {type(p).__name__}, want tensors")
            if not p.requires_grad:
                raise ValueError(f"parameters: one of shape {tuple(p.shape)} needs no gradient, want requires_grad")
        if generator is not None and not isinstance(generator, torch.Generator):
            raise TypeError(f"generator: got {type(generator).__name__}, want a torch.Generator")
        self.generator = generator

    def backward(self, losses):
        """Add the combined gradient to .grad of the parameters."""
        each = list(stacked(losses))
        if not each:
            raise ValueError("losses: got none, want at least one")
        rows = []
        for k, loss in enumerate(each):
            more = k < len(each) - 1
            rows.append(torch.autograd.grad(loss, self.parameters, retain_graph=more, allow_unused=True))
        touched = []  # (parameter, the gradients of all tasks, of shape (tasks, elements))
        for p, slopes in zip(self.parameters, zip(*rows, strict=True), strict=True):
            if any(s is not None for s in slopes):
                touched.append(
                    (p, torch.stack([(torch.zeros_like(p) if s is None else s).reshape(-1) for s in slopes]))
                )
        if not touched:
            raise ValueError("losses depend on none of the parameters")
        products = sum((g @ g.T).double().cpu() for _, g in touched)
        shares = self._shares(products)
        for p, g in touched:
            total = (shares.to(g) @ g).view_as(p)
            p.grad = total if p.grad is None else p.grad + total

    def _shares(self, products):
        """How much of each gradient is in the sum. All projections stay in the span of the gradients, so that their
        inner products tell everything: row k of ``mixed`` is what is left of gradient k, in terms of all."""
        tasks = len(products)
        mixed = torch.eye(tasks, dtype=products.dtype)
        for k in range(tasks):
            for j in torch.randperm(tasks, generator=self.generator).tolist():
                against = float(mixed[k] @ products[:, j])
                if j != k and against < 0:  # so that gradient j is not 0
                    mixed[k, j] -= against / products[j, j]
        return mixed.sum(0)
