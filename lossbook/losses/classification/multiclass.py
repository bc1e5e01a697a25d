"""Cross-entropy over C classes, from logits."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses import few
from lossbook.losses.classification.labels import LABEL, check_labels, classes, reduce
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss


def _kernel(logits, target, reduction, weight, ignore_index, label_smoothing):
    """torch's kernel, where its answer is right; the definition for probabilities that may meet a logit of -inf."""
    options = {"weight": weight, "label_smoothing": label_smoothing, "reduction": reduction}
    if target.is_floating_point():
        if logits.numel() and logits.min() == -math.inf:
            hyper = {"weight": weight, "ignore_index": ignore_index, "label_smoothing": label_smoothing}
            return reduce(cross_entropy.definition(logits, target, **hyper), target, reduction, hyper)
        return few.cross_entropy(logits, target, **options)
    if not target.is_cpu:
        check_labels(target, logits, ignore_index)  # a bad label would end the whole process there
    try:
        return few.cross_entropy(logits, target, ignore_index=ignore_index, **options)
    except IndexError:
        check_labels(target, logits, ignore_index)
        raise


@loss(
    title="Cross-entropy",
    short="CE",
    family="classification",
    formula=r"\ell(x, y) = -\log \frac{\exp x_y}{\sum_{k=1}^{C} \exp x_k}",
    symbols={"x": "logits, one for each of the C classes", "y": "the label"},
    parameters=[
        Parameter(
            "weight",
            None,
            "One weight for each class, shape (C,); None weighs all alike.",
            low=0.0,
            symbol="w",
            array=True,
        ),
        Parameter("ignore_index", -100, "Examples with this label count for nothing.", integer=True),
        Parameter(
            "label_smoothing",
            0.0,
            "The share e of the target that is spread evenly over all classes: (1 - e) one-hot + e / C.",
            low=0.0,
            high=1.0,
            symbol=r"\varepsilon",
            slider=(0.0, 0.5),
        ),
    ],
    path=LABEL,
    elicits="class probabilities, as the softmax of the logits",
    convex=True,
    lipschitz="1",
    bounded_gradient=True,
    proper="label_smoothing == 0",
    smoothness="Cinf",
    elsewhere={
        "torch": "torch.nn.functional.cross_entropy, torch.nn.CrossEntropyLoss",
        "keras": "keras.losses.SparseCategoricalCrossentropy(from_logits=True) for indices, "
        "CategoricalCrossentropy(from_logits=True) for probabilities",
        "scikit-learn": "sklearn.metrics.log_loss, from probabilities",
        "optax": "optax.losses.softmax_cross_entropy_with_integer_labels, softmax_cross_entropy",
    },
    traps=[
        "It takes logits: a softmax in front of it is computed twice, trains slowly and raises no error.",
        "With weight, the mean over class indices divides by the sum of the weights met, not by N; over class "
        "probabilities it divides by N. Both as in torch.",
        "With label smoothing the least loss is above 0, and the best probabilities are not those of the labels.",
        "All labels ignored: the mean is NaN, as for an empty batch; the sum is 0.",
        "A logit of -inf rules a class out: it costs inf when it is the label (or with smoothing), else nothing.",
        "In float32 a loss below about 6e-8 is rounded to 0: the logarithm is taken of a sum near 1.",
    ],
    primary="Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.4; proper by Gneiting and Raftery "
    "(2007); label smoothing as in Mueller, Kornblith and Hinton (2019).",
    cite=["bishop2006pattern", "gneiting2007strictly", "muller2019when"],
    look=Look(1),
    fused=_kernel,
    call=classes,
)
def cross_entropy(logits, target, *, weight=None, ignore_index=-100, label_smoothing=0.0):
    """The negative logarithm of the probability that the softmax of the logits gives to the label.

    Shapes: logits is (C,) or (N, C, ...). target holds class indices, any integer dtype, of their shape without
        the class axis; or class probabilities, a floating dtype, of their shape (they are taken as they are: nothing
        checks that they sum to 1, and ignore_index does not apply).

    With C = 2 it is binary_cross_entropy_with_logits of the difference of the logits.

    Also raises ValueError for a label that is neither a class nor ignore_index; the message names the label.

    >>> import torch
    >>> cross_entropy(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]), reduction="none")
    tensor([0.1269, 0.3133])
    """
    axis = 0 if logits.ndim == 1 else 1
    log_p = F.log_softmax(logits, axis)
    column = (-1, *[1] * (logits.ndim - axis - 1))  # shape of one number a class, beside log_p
    if target.is_floating_point():
        q, share = target, label_smoothing / logits.shape[axis]
    else:
        label, kept = target.unsqueeze(axis), (target != ignore_index).unsqueeze(axis)
        q = (label == torch.arange(logits.shape[axis], device=logits.device).reshape(column)) & kept
        share = label_smoothing / logits.shape[axis] * kept
    q = (1 - label_smoothing) * q + share
    if weight is not None:
        q = q * weight.reshape(column)
    return -(q * log_p.masked_fill((q == 0) & (log_p == -math.inf), 0.0)).sum(axis)  # 0 log 0 = 0
