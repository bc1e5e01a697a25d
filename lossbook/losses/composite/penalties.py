"""Penalties on the size of parameters: absolute values, squares, and norms of groups."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.chunks import wrapped
from lossbook.losses.composite.listed import summed
from lossbook.losses.composite.norms import Absolute, Norms, Squares, seen, squared
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

SUM = "It is a sum, not a mean, over the parameters: a larger model pays more at the same strength."
BIASES = "model.parameters() holds biases and the scales of normalization too; pass only what should be small."
WEIGHTS = Side("parameters", "...", "The parameters: a tensor, or an iterable such as model.parameters().", symbol="w")
STRENGTH = Parameter(
    "strength",
    default=1.0,
    low=0.0,
    meaning="How much the penalty counts beside the loss.",
    symbol=r"\lambda",
    slider=(0.0, 3.0),
)


def _absolute(parameters, strength):
    if wrapped(parameters) or isinstance(strength, torch.Tensor):
        return l1.definition(parameters, strength=strength)
    return Absolute.apply(parameters, strength)


@loss(
    title="L1 penalty",
    short="L1",
    family="composite",
    formula=r"\ell(w) = \lambda \sum_k |w_k|",
    symbols={r"\lambda": "strength"},
    sides=[WEIGHTS],
    parameters=[STRENGTH],
    convex=True,
    smoothness="C0",
    bounds=(0.0, math.inf),
    path=Path(
        "parameter",
        -2.0,
        2.0,
        lambda s: (torch.stack([s]),),
        "A single parameter moves through 0, where the slope jumps from -strength to strength.",
        start=0.8,
    ),
    elsewhere={
        "keras": "keras.regularizers.L1(strength)",
        "scikit-learn": "Lasso(alpha): half the mean squared error plus this",
    },
    traps=[
        SUM,
        BIASES,
        "At 0 the slope is taken as 0. Gradient steps jump across 0 and hardly ever hit it: a proximal step (shrink by "
        "the learning rate times strength, stop at 0) is what makes parameters exactly 0.",
        "Parameters in other units pay differently: standardize the inputs first.",
    ],
    primary="Tibshirani (1996), Regression Shrinkage and Selection via the Lasso, JRSS B 58(1).",
    cite=["tibshirani1996regression"],
    look=Look(1),
    fused=_absolute,
    call=summed,
)
def l1(parameters, *, strength=1.0):
    """The sum of the absolute values of parameters: the same pull towards 0 however small one is already.

    An iterable of tensors costs the sum over them. With every group a single number it is group_lasso.

    >>> import torch
    >>> l1(torch.tensor([0.5, -2.0, 0.0]), strength=0.1)
    tensor(0.2500)
    >>> model = torch.nn.Linear(3, 2)
    >>> torch.equal(l1(model.parameters()), model.weight.abs().sum() + model.bias.abs().sum())
    True
    """
    return strength * parameters.abs().sum()


def _squares(parameters, strength):
    if wrapped(parameters) or isinstance(strength, torch.Tensor):
        return l2.definition(parameters, strength=strength)
    return Squares.apply(parameters, strength)


@loss(
    title="L2 penalty",
    short="L2",
    family="composite",
    formula=r"\ell(w) = \lambda \sum_k w_k^2",
    symbols={r"\lambda": "strength"},
    sides=[WEIGHTS],
    parameters=[STRENGTH],
    convex=True,
    smoothness="Cinf",
    bounds=(0.0, math.inf),
    invariant=["rotation"],
    path=Path(
        "parameter",
        -2.0,
        2.0,
        lambda s: (torch.stack([s]),),
        "A single parameter moves; its pull towards 0 is 2 strength times its size.",
        start=0.8,
    ),
    elsewhere={
        "keras": "keras.regularizers.L2(strength)",
        "scikit-learn": "Ridge(alpha): the sum of squared errors plus this",
        "torch": "torch.optim.SGD(weight_decay=2 * strength)",
        "optax": "optax.add_decayed_weights(2 * strength), before the learning rate",
    },
    traps=[
        "There is no half in it: the slope is 2 strength w. weight_decay = d of an optimizer is strength = d / 2, and "
        "some libraries write strength / 2.",
        "Under Adam the penalty and weight decay differ: the penalty's slope is divided by the gradient's size, weight "
        "decay (AdamW) is not.",
        SUM,
        BIASES,
    ],
    primary="Hoerl and Kennard (1970), Ridge Regression: Biased Estimation for Nonorthogonal Problems, Technometrics "
    "12(1).",
    cite=["hoerl1970ridge", "loshchilov2019decoupled"],
    look=Look(2, "dashed"),
    fused=_squares,
    call=summed,
)
def l2(parameters, *, strength=1.0):
    """The sum of the squares of parameters: a pull towards 0 in proportion to their size.

    An iterable of tensors costs the sum over them. fedprox with an anchor of 0 is half of it.

    >>> import torch
    >>> l2(torch.tensor([0.5, -2.0, 0.0]), strength=0.1)
    tensor(0.4250)
    """
    return strength * (parameters * parameters).sum()


def _quick(parameters, strength):
    """Without scaling, if no square overflows or vanishes: a look at one number for each group tells."""
    if parameters.numel() and not wrapped(parameters) and not isinstance(strength, torch.Tensor):
        rows = parameters.reshape(len(parameters), -1)
        squares = squared(rows.detach())
        if seen(rows.detach(), squares):
            return Norms.apply(rows, squares, strength * math.sqrt(rows.shape[1]), group_lasso.definition)
    return group_lasso.definition(parameters, strength=strength)


@loss(
    title="Group lasso penalty",
    short="Group lasso",
    family="composite",
    formula=r"\ell(w) = \lambda \sum_{g = 1}^G \sqrt{p_g} \sqrt{\sum_{k \in g} w_k^2}",
    symbols={
        r"\lambda": "strength",
        "g": "a group",
        "G": "how many groups there are",
        "p_g": "how many parameters group g has",
    },
    sides=[
        Side(
            "parameters",
            "G ...",
            "The parameters, a group along the first axis: a tensor, or an iterable such as model.parameters().",
            symbol="w",
        )
    ],
    parameters=[STRENGTH],
    convex=True,
    smoothness="C0",
    bounds=(0.0, math.inf),
    path=Path(
        "factor on the first group",
        -2.0,
        2.0,
        lambda s: (torch.stack([torch.stack([s, -0.5 * s]), torch.stack([0 * s + 0.3, 0 * s + 0.4])]),),
        "The two parameters of one group shrink together, through 0, where its slope jumps; another group stays.",
        start=0.8,
    ),
    traps=[
        "A group is an index of the first axis: the row of a weight matrix, all that feeds one unit. For all that "
        "leaves one input pass weight.T; for one group in all pass weight[None].",
        "A group counts sqrt(its size), so that large groups are not let off; libraries differ in that.",
        "A group of zeros gets slope 0 (a subgradient; the slope has no limit there), not NaN. Only proximal steps "
        "make a group exactly 0.",
        "The norm is not squared: squared, it would be l2, and nothing would become 0.",
    ],
    primary="Yuan and Lin (2006), Model Selection and Estimation in Regression with Grouped Variables, JRSS B 68(1).",
    cite=["yuan2006model"],
    look=Look(3, "dashdot"),
    fused=_quick,
    call=summed,
)
def group_lasso(parameters, *, strength=1.0):
    """The norms of groups of parameters, added up: groups go to 0 as a whole.

    An iterable of tensors costs the sum over them. Groups of a single number, such as those of a bias vector, cost l1.

    >>> import torch
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 0.0]])  # the norms are 5 and 0, the groups of size 2
    >>> group_lasso(weight)
    tensor(7.0711)
    """
    if not parameters.numel():
        return strength * parameters.sum()
    rows = parameters.reshape(len(parameters), -1)
    # in units of the largest of the group, so that no square overflows; the unit is a constant to the slope
    unit = rows.detach().abs().amax(1)
    unit = torch.where((unit > 0) & (unit < math.inf), unit, 1.0)
    squares = ((rows / unit[:, None]) ** 2).sum(1)  # 0 or from 1 to the size of the group
    # sqrt has no slope at 0: it is taken at 1 there, and dropped
    norms = torch.where(squares == 0, 0.0, torch.where(squares == 0, 1.0, squares).sqrt())
    return strength * math.sqrt(rows.shape[1]) * (unit * norms).sum()
