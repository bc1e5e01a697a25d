"""Hinge losses over several classes: against the best other class, and against all of them."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

SCORES = (
    Side("logits", "N C", "One score for each class.", symbol="x"),
    Side("target", "N", "The label of each example.", kind="labels", below="C", symbol="y"),
)
_MARGIN = Parameter(
    "margin",
    1.0,
    "The lead that the score of the label should have.",
    low=0.0,
    open_high=True,
    symbol="m",
    slider=(0.0, 3.0),
)
_LABELS = "Labels are class indices, 0 to C - 1: for labels of -1 and +1 see hinge."
_ALONE = "With one class only there is nothing to tell apart: the loss is 0."


def _of_label(s):
    """The score of the label moves; three others are at -1, 0 and 0.5."""
    others = [torch.full_like(s, score) for score in (-1.0, 0.0, 0.5)]
    return torch.stack([s, *others]).unsqueeze(0), torch.zeros(1, dtype=torch.int64)


_PATH = Path(
    "score of the label",
    -2.0,
    3.0,
    _of_label,
    "The score of the label moves; those of the three other classes stay at -1, 0 and 0.5.",
    0.0,
)


def check_classes(*, logits, **_):
    """Raise ValueError for logits without classes."""
    if logits.shape[1] == 0:
        raise ValueError(f"logits has shape {tuple(logits.shape)}: axis 1 holds no classes")


@loss(
    title="Multi-class hinge loss",
    short="Crammer-Singer",
    family="margin",
    formula=r"\ell(x, y) = \max \left( 0, m + \max_{k \ne y} x_k - x_y \right)",
    symbols={"k": "a class"},
    sides=SCORES,
    gives="N",
    parameters=[_MARGIN],
    path=_PATH,
    elicits="the most likely class, if its probability is above 1/2",
    convex=True,
    bounded_gradient=True,
    proper=False,
    smoothness="C0",
    invariant=["permutation", "shift"],
    bounds=(0.0, float("inf")),
    elsewhere={
        "keras": "keras.losses.CategoricalHinge, from one-hot labels",
        "scikit-learn": "sklearn.metrics.hinge_loss, of more than two classes; LinearSVC(multi_class='crammer_singer')",
        "optax": "optax.losses.multiclass_hinge_loss",
    },
    traps=[
        "Only the best other class counts; torch's multi_margin_loss adds all of them up: see multi_margin.",
        _LABELS,
        "Where several other classes share the highest score, the first of them gets the slope; at a lead of exactly "
        "the margin it is reported as 0.",
        "Where no class has a probability above 1/2 it may be least with all scores equal, and find no class.",
        _ALONE,
    ],
    primary="Crammer and Singer (2001), On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, "
    "Journal of Machine Learning Research 2.",
    cite=["crammer2001algorithmic", "liu2007fisher"],
    look=Look(7),
    check=check_classes,
)
def multiclass_hinge(logits, target, *, margin=1.0):
    """What the score of the label lacks of a lead of the margin over the best other class.

    With two classes and margin 1 it is hinge of the difference of the scores.

    >>> import torch
    >>> logits = torch.tensor([[2.0, 1.5, 0.0], [0.0, 3.0, 1.0]])
    >>> multiclass_hinge(logits, torch.tensor([0, 2]), reduction="none")
    tensor([0.5000, 3.0000])
    """
    label = target.unsqueeze(1)
    # less than any other score: only if there is no other class is it the largest, and then the loss is 0
    others = logits.scatter(1, label, torch.finfo(logits.dtype).min)
    return F.relu(margin + (others.max(1).values - logits.gather(1, label).squeeze(1)))


class _AllOthers(torch.autograd.Function):
    """multi_margin with one array kept and few passes; further derivatives are those of the definition."""

    generate_vmap_rule = True

    @staticmethod
    def forward(logits, target, margin, p):
        label = target.unsqueeze(1)
        own = logits.gather(1, label)
        short = (logits - own).add_(margin).relu_().scatter_add_(1, label, torch.full_like(own, -margin))  # own: 0
        values = short.sum(1) if p == 1 else torch.linalg.vecdot(short, short)
        return values / logits.shape[1], short

    @staticmethod
    def setup_context(ctx, inputs, output):
        logits, target, ctx.margin, ctx.p = inputs
        ctx.save_for_backward(logits, target, output[1])
        ctx.save_for_forward(logits, target)
        ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx, grad, _):
        logits, target, short = ctx.saved_tensors
        if torch.is_grad_enabled():
            _, pull = torch.func.vjp(lambda x: multi_margin.definition(x, target, margin=ctx.margin, p=ctx.p), logits)
            return *pull(grad), None, None, None
        # p short^(p - 1) for each other class, minus their sum for the label
        slope = short.sign() if ctx.p == 1 else 2 * short
        slope.mul_((grad / logits.shape[1]).unsqueeze(1))
        return slope.scatter_add_(1, target.unsqueeze(1), -slope.sum(1, keepdim=True)), None, None, None

    @staticmethod
    def jvp(ctx, tangent, *_):
        logits, target = ctx.saved_tensors
        moved = torch.func.jvp(
            lambda x: multi_margin.definition(x, target, margin=ctx.margin, p=ctx.p), (logits,), (tangent,)
        )[1]
        return moved, None


def _fused(logits, target, *, margin, p):
    if isinstance(margin, torch.Tensor):
        return multi_margin.definition(logits, target, margin=margin, p=p)
    return _AllOthers.apply(logits, target, margin, p)[0]


@loss(
    title="Multi-class margin loss",
    short="Weston-Watkins",
    family="margin",
    formula=r"\ell(x, y) = \frac{1}{C} \sum_{k \ne y} \max(0, m + x_k - x_y)^p",
    symbols={"C": "number of classes", "k": "a class"},
    sides=SCORES,
    gives="N",
    parameters=[_MARGIN, Choice("p", 1, "The power of what is lacking.", (1, 2), symbol="p")],
    path=_PATH,
    convex=True,
    bounded_gradient="p == 1",
    proper=False,
    smoothness="C0",
    invariant=["permutation", "shift"],
    bounds=(0.0, float("inf")),
    elsewhere={"torch": "torch.nn.functional.multi_margin_loss(logits, target, p=p, margin=margin)"},
    traps=[
        "A sum over all other classes, divided by the number of all of them, C and not C - 1; multiclass_hinge takes "
        "the best other class alone.",
        _LABELS,
        "At a lead of exactly the margin the slope is reported as 0, as in torch. With p = 2 there is no corner.",
        "Its best scores may tie the most likely class with the next, where that has a probability above 1/3 of three.",
        _ALONE,
    ],
    primary="Weston and Watkins (1999), Support Vector Machines for Multi-Class Pattern Recognition, ESANN; divided by "
    "the number of classes as in torch.",
    cite=["weston1999support", "liu2007fisher"],
    look=Look(8, "dashed"),
    check=check_classes,
    fused=_fused,
)
def multi_margin(logits, target, *, margin=1.0, p=1):
    """The mean over the classes of what the score of the label lacks of a lead of the margin over them.

    With two classes, margin 1 and p = 1 it is half of hinge of the difference of the scores, with p = 2 half of
    squared_hinge.

    >>> import torch
    >>> logits = torch.tensor([[2.0, 1.5, 0.0], [0.0, 3.0, 1.0]])
    >>> multi_margin(logits, torch.tensor([0, 2]), reduction="none")
    tensor([0.1667, 1.0000])
    """
    label = target.unsqueeze(1)
    # the difference first: where the scores are large, margin - x_y alone has no digits left for the margin
    short = F.relu(logits - logits.gather(1, label) + margin)
    short = short.scatter(1, label, 0.0)  # the label's own
    return (short if p == 1 else short * short).sum(1) / logits.shape[1]
