"""Penalties on the way from known parameters: those of an earlier task (EWC), those of the server (FedProx)."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.composite.listed import summed
from lossbook.losses.composite.penalties import SUM, WEIGHTS
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


class _Springs(torch.autograd.Function):
    """The sum of fisher way^2 / 2, of slope fisher way: written out, it takes fewer passes than through the square."""

    generate_vmap_rule = True

    @staticmethod
    def forward(way, fisher):
        return 0.5 * (fisher * way).mul_(way).sum()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        way, fisher = ctx.saved_tensors
        return grad * fisher * way, 0.5 * grad * way * way if ctx.needs_input_grad[1] else None

    @staticmethod
    def jvp(ctx, way_t, fisher_t):
        way, fisher = ctx.saved_tensors
        moved = 0 if way_t is None else fisher * way * way_t
        return (moved + (0 if fisher_t is None else 0.5 * way * way * fisher_t)).sum()


def _springs(parameters, anchor, fisher, strength):
    return strength * _Springs.apply(parameters - anchor, fisher)


@loss(
    title="Elastic weight consolidation",
    short="EWC",
    family="composite",
    formula=r"\ell(w) = \frac{\lambda}{2} \sum_k f_k (w_k - a_k)^2",
    symbols={r"\lambda": "strength"},
    sides=[
        WEIGHTS,
        Side("anchor", "...", "The parameters after the earlier task, detached.", symbol="a"),
        Side(
            "fisher",
            "...",
            "The diagonal of the Fisher information at the anchor: the mean of squared gradients of the log-likelihood "
            "of single examples.",
            low=0.0,
            symbol="f",
        ),
    ],
    parameters=[
        Parameter(
            "strength",
            default=1.0,
            low=0.0,
            meaning="How much the earlier task counts beside the new one.",
            symbol=r"\lambda",
            slider=(0.0, 3.0),
        )
    ],
    convex=True,
    smoothness="Cinf",
    bounds=(0.0, math.inf),
    path=Path(
        "parameter",
        -1.0,
        3.0,
        lambda s: (torch.stack([s, 0 * s]), torch.stack([0 * s + 1, 0 * s + 0.5]), torch.stack([0 * s + 2, 0 * s + 1])),
        "One parameter leaves its anchor at 1, where its information is 2; another one stays 0.5 from its own.",
        start=2.0,
    ),
    elsewhere={"Avalanche": "avalanche.training.EWC(ewc_lambda): without the half"},
    traps=[
        "There is a half in it, as in the paper: its slope is strength times fisher times the way. Libraries leave the "
        "half out, which is twice the strength.",
        "fisher is the mean of squares of per-example gradients; the square of the batch's mean gradient is another, "
        "much smaller, number, and goes to 0 at the optimum.",
        "With labels drawn from the model that is the Fisher information; with those of the data, the empirical one.",
        "Detach the anchor: otherwise it moves as well.",
        "Where fisher is 0 nothing holds a parameter. strength has the unit of the loss: a sum over examples needs "
        "another one than a mean.",
        SUM,
    ],
    primary="Kirkpatrick and others (2017), Overcoming Catastrophic Forgetting in Neural Networks, PNAS 114(13), "
    "equation 3.",
    cite=["kirkpatrick2017overcoming"],
    look=Look(4, "dotted"),
    fused=_springs,
    call=summed,
)
def ewc(parameters, anchor, *, fisher, strength=1.0):
    """Half the squared way from earlier parameters, each weighted by how much the earlier task depends on it.

    Iterables of tensors cost the sum over them. With fisher = 1 it is fedprox.

    >>> import torch
    >>> now, before = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0])
    >>> ewc(now, before, fisher=torch.tensor([4.0, 0.0]), strength=10.0)
    tensor(20.)
    """
    way = parameters - anchor
    return 0.5 * strength * (fisher * way**2).sum()


def _kernel(parameters, anchor, mu):
    return 0.5 * mu * F.mse_loss(parameters, anchor, reduction="sum")


@loss(
    title="FedProx proximal term",
    short="FedProx",
    family="composite",
    formula=r"\ell(w) = \frac{\mu}{2} \sum_k (w_k - a_k)^2",
    symbols={r"\mu": "mu"},
    sides=[
        WEIGHTS,
        Side("anchor", "...", "The parameters that the server sent, detached.", symbol="a"),
    ],
    parameters=[
        Parameter(
            "mu",
            default=1.0,
            low=0.0,
            meaning="How firmly a client is held to the server's parameters; 0 is FedAvg.",
            symbol=r"\mu",
            slider=(0.0, 3.0),
        )
    ],
    convex=True,
    smoothness="Cinf",
    bounds=(0.0, math.inf),
    invariant=["common shift", "rotation", "exchange"],
    path=Path(
        "parameter",
        -1.0,
        3.0,
        lambda s: (torch.stack([s]), torch.stack([0 * s + 1])),
        "A client's parameter leaves the server's, which is 1.",
        start=2.0,
    ),
    elsewhere={"Flower": "flwr.server.strategy.FedProx(proximal_mu); the client adds the term itself"},
    traps=[
        "It is mu / 2 times the squared norm: the norm itself, a common slip, pulls with the same force at any "
        "distance and has no slope at the start of a round, where client and server agree.",
        "The anchor stays for the whole round: a detached copy, not the model's own parameters, which move along.",
        "It holds clients back in proportion to the way: with an optimizer that scales gradients, mu means another "
        "thing.",
        SUM,
    ],
    primary="Li, Sahu, Zaheer, Sanjabi, Talwalkar and Smith (2020), Federated Optimization in Heterogeneous Networks, "
    "MLSys.",
    cite=["li2020federated"],
    look=Look(5, "long"),
    fused=_kernel,
    call=summed,
)
def fedprox(parameters, anchor, *, mu=1.0):
    """Half the squared way of a client's parameters from those that the server sent.

    Iterables of tensors cost the sum over them. It is ewc with fisher = 1, and with an anchor of 0 half of l2.

    >>> import torch
    >>> fedprox(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 1.0]), mu=0.1)
    tensor(0.2000)
    """
    way = parameters - anchor
    return 0.5 * mu * (way * way).sum()
