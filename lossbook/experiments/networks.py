"""Many small networks that train side by side in one pass: one for each seed.

The weights of S networks stand in one array (S, in, out) and one batched product moves all of them: 32 seeds cost
four to seven times one network, not 32 times. The networks never mix: each has its own initial weights, which depend
on its seed alone, and element-wise optimizers (SGD, Adam) keep them apart.
"""

import math
import operator
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch

from lossbook.experiments.seeds import WEIGHTS, seed_list, stream

# sqrt(2) keeps the variance through relu (He et al. 2015), 1 through the others near zero (Glorot and Bengio 2010)
ACTIVATIONS = {
    "relu": (torch.relu, math.sqrt(2.0)),
    "tanh": (torch.tanh, 1.0),
    "sigmoid": (torch.sigmoid, 1.0),
    "gelu": (torch.nn.functional.gelu, math.sqrt(2.0)),
    "silu": (torch.nn.functional.silu, math.sqrt(2.0)),
    "identity": (lambda x: x, 1.0),
}


class BatchedMLP(torch.nn.Module):
    """S fully connected networks with the same layers and different weights.

    Args:
        sizes: widths from input to output, such as ``[64, 32, 10]``; two numbers give a linear model.
        seeds: the seeds, or S for seeds 0 to S - 1. Network s starts from weights that depend on its seed alone, not
            on how many seeds run beside it.
        activation: "relu", "tanh", "sigmoid", "gelu", "silu", "identity" or a function of a tensor; between layers.
        gain: initial weights are normal with standard deviation ``gain / sqrt(inputs)``. None: 1 for the last layer
            and what suits the activation for the others.
        bias: initial bias of the output layer, a number or one for each output (a prior, for rare classes); the other
            biases start at 0.
        dtype: of the weights.

    Raises:
        ValueError: sizes, seeds, activation or bias that make no network.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        seeds: int | Iterable[int],
        *,
        activation: str | Callable = "relu",
        gain: float | None = None,
        bias: float | Sequence[float] = 0.0,
        dtype: torch.dtype = torch.float32,
    ):
        super().__init__()
        self.sizes = tuple(operator.index(size) for size in sizes)
        if len(self.sizes) < 2 or min(self.sizes) < 1:
            raise ValueError(f"sizes: got {sizes!r}, want at least two widths of 1 or more")
        self.seeds = seed_list(seeds)
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise ValueError(f"activation: got {activation!r}, want one of {', '.join(ACTIVATIONS)} or a function")
        self.activation, hidden_gain = (
            ACTIVATIONS[activation] if isinstance(activation, str) else (activation, math.sqrt(2.0))
        )
        streams = [stream(seed, WEIGHTS) for seed in self.seeds]
        self.weights, self.biases = torch.nn.ParameterList(), torch.nn.ParameterList()
        last = len(self.sizes) - 2
        for layer, (inputs, outputs) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True)):
            factor = gain if gain is not None else (1.0 if layer == last else hidden_gain)
            drawn = np.stack([rng.standard_normal((inputs, outputs)) for rng in streams])
            self.weights.append(torch.nn.Parameter(torch.as_tensor(drawn * factor / math.sqrt(inputs), dtype=dtype)))
            self.biases.append(torch.nn.Parameter(torch.zeros(len(self.seeds), 1, outputs, dtype=dtype)))
        start = torch.as_tensor(bias, dtype=dtype)
        if start.shape not in ((), (self.sizes[-1],)):
            raise ValueError(f"bias: got shape {tuple(start.shape)}, want a number or one for each output")
        with torch.no_grad():
            self.biases[-1].add_(start)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x (S, n, inputs), or (n, inputs) for the same rows in every network -> (S, n, outputs), not activated."""
        return torch.baddbmm(self.biases[-1], self.features(x), self.weights[-1])

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """What enters the last layer: (S, n, width of the last hidden layer)."""
        if x.ndim == 2:
            x = x.expand(len(self.seeds), *x.shape)
        if x.ndim != 3 or x.shape[0] != len(self.seeds) or x.shape[2] != self.sizes[0]:
            raise ValueError(
                f"x: got shape {tuple(x.shape)}, want ({len(self.seeds)}, n, {self.sizes[0]}) or (n, {self.sizes[0]})"
            )
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = self.activation(torch.baddbmm(bias, x, weight))
        return x
