"""Losses of the next token: cross-entropy that never holds all logits, and perplexity."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.language.projected import chunked
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side

IGNORED = Parameter(
    "ignore_index",
    -100,
    "The label of tokens that do not count, such as padding and the prompt.",
    integer=True,
)


def _known(target, count: int, ignore_index: int):
    """Raise ValueError for the first label that is neither one of ``count`` tokens nor ignored."""
    if target.is_meta:
        return
    try:
        bad = target[((target < 0) | (target >= count)) & (target != ignore_index)]
    except RuntimeError as error:  # under vmap there are no values to look at
        if "vmap" not in str(error):
            raise
        return
    if bad.numel():
        raise ValueError(
            f"target holds the label {int(bad[0])}; there are {count} tokens, so labels are 0 to {count - 1} (or "
            f"ignore_index, {ignore_index})"
        )


def _towards(s):
    """Three hidden states that move along the rows of their own tokens, and a fourth that is ignored."""
    weight = torch.tensor([[1.0, 0.2], [-0.5, 0.8], [0.3, -1.0], [-0.6, -0.4]], dtype=torch.float64)
    target = torch.tensor([0, 1, 3, -100])
    return s * weight[[0, 1, 3, 2]] + 0.3, target, weight


@loss(
    title="Linear cross-entropy",
    short="Linear CE",
    family="language",
    formula=r"\ell(h, y) = -w_y \cdot h + \log \sum_{k=1}^{V} e^{w_k \cdot h}",
    symbols={"w_k": "the row of the weight for token k", "k": "a token", "V": "the size of the vocabulary"},
    sides=[
        Side("hidden", "N D", "Hidden states, the input of the last layer.", symbol="h"),
        Side("target", "N", "The token that follows, 0 to V - 1, or ignore_index.", kind="labels", symbol="y"),
        Side("weight", "V D", "The weight of the last layer, as torch.nn.Linear keeps it.", symbol="w"),
    ],
    gives="N",
    sizes={"V": 5},
    parameters=[
        IGNORED,
        Parameter(
            "chunk",
            512,
            "How many rows of logits are held at a time: it changes the memory and not the loss.",
            low=1,
            integer=True,
        ),
    ],
    path=Path(
        "Hidden states, in multiples of the rows of their tokens",
        -2.0,
        6.0,
        _towards,
        "Three hidden states move along the rows of their own tokens; a fourth is ignored.",
        start=1.0,
    ),
    elicits="the probabilities of the tokens, as the softmax of hidden weight^T, where the layer can express them",
    convex=True,
    smoothness="Cinf",
    invariant=["permutation"],
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "torch.nn.functional.linear_cross_entropy from 2.13 on, in chunks with options=; before, "
        "cross_entropy(hidden @ weight.T, target)",
        "Liger Kernel": "liger_kernel.transformers.LigerFusedLinearCrossEntropyLoss",
    },
    traps=[
        "weight is the last layer, (V, D), not a weight for each class, which cross_entropy has under this name.",
        "The mean is over the tokens that are not ignored; if all are, it is 0 with a slope of 0, where torch has NaN.",
        "Values and gradients are computed together: for the value alone call it under torch.no_grad().",
        "Tokens weighted one by one, with reduction='none', cost a second pass over the chunks on the way back.",
        "A second derivative, forward mode and vmap hold all logits.",
        "The layer has no bias here: append a column to weight, and ones to hidden.",
        "Shift the targets yourself: row i of hidden predicts token i + 1.",
        "float16 and bfloat16 are computed in float32, and hidden and weight are copied for it.",
    ],
    primary="Wijmans, Huval, Hertzberg, Koltun and Kraehenbuehl (2025), Cut Your Losses in Large-Vocabulary Language "
    "Models, ICLR, on the memory.",
    cite=["wijmans2025cut"],
    look=Look(1),
    check=lambda hidden, target, weight, ignore_index, chunk: _known(target, len(weight), ignore_index),
    fused=lambda hidden, target, weight, ignore_index, chunk: (
        chunked(hidden, weight, target, ignore_index, chunk),
        target != ignore_index,
    ),
)
def linear_cross_entropy(hidden, target, *, weight, ignore_index=-100, chunk=512):
    """Cross-entropy of hidden states through the last layer of a language model, without ever holding all logits.

    Equal to cross_entropy(hidden @ weight.T, target, ignore_index=...). That holds N times V logits, their softmax and
    its gradient at once, which for large vocabularies is most of the memory of training; here it is one chunk of them.

    Also raises ValueError for a label that is no row of weight and not ignored.

    >>> import torch
    >>> hidden, weight = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.eye(2)
    >>> linear_cross_entropy(hidden, torch.tensor([0, 1]), weight=weight, reduction="none")
    tensor([0.3133, 0.1269])
    """
    # the definition holds all logits; the rows of a chunk are independent of all others
    values = F.cross_entropy(hidden @ weight.T, target, ignore_index=ignore_index, reduction="none")
    return values, target != ignore_index


def _surer(s):
    """Two tokens out of four, with logits of s and s / 2, beside zeros."""
    zero = s * 0
    return torch.stack([torch.stack([s, zero, zero, zero]), torch.stack([zero, s / 2, zero, zero])]), torch.tensor(
        [0, 1]
    )


@loss(
    title="Perplexity",
    short="Perplexity",
    family="language",
    formula=r"\ell = \exp \left( -\frac{1}{N} \sum_{i=1}^{N} \log p_{i, y_i} \right), \quad p_i = "
    r"\operatorname{softmax}(x_i)",
    symbols={"p_i": "the probabilities of all tokens at place i", "i": "a place in the text", "N": "their number"},
    sides=[
        Side("logits", "N V", "Logits of the next token.", symbol="x"),
        Side("target", "N", "The token that follows, 0 to V - 1, or ignore_index.", kind="labels", symbol="y"),
    ],
    gives="",
    sizes={"V": 5},
    parameters=[IGNORED],
    path=Path(
        "Logit of the right token",
        -4.0,
        10.0,
        _surer,
        "Two places in a text and four tokens: the right one has a logit of s at the first and of s / 2 at the second, "
        "the others 0.",
        start=1.0,
    ),
    elicits="the probabilities of the tokens, as the softmax of the logits",
    convex=True,
    bounded_gradient=False,
    smoothness="Cinf",
    invariant=["permutation", "shift"],
    bounds=(1.0, math.inf),
    elsewhere={"torch": "exp of cross_entropy; torcheval.metrics.Perplexity", "keras": "keras_hub.metrics.Perplexity"},
    traps=[
        "A mean of the perplexities of batches is above the perplexity of all of them: average the cross-entropy over "
        "all tokens, and take the exponential once.",
        "It counts tokens: models with other vocabularies do not compare. Cross-entropy per byte does.",
        "As a loss its steps grow with itself: train on cross_entropy, and report this.",
        "The base of the logarithm drops out, if the power has the same: 2 to the bits per token is e to the nats.",
        "Above the largest number, e^88 in float32, it is inf, and its slope is given as 0.",
        "No token that counts: 1.",
    ],
    primary="Jelinek, Mercer, Bahl and Baker (1977), Perplexity: a Measure of the Difficulty of Speech Recognition "
    "Tasks, JASA 62(S1).",
    cite=["jelinek1977perplexity"],
    look=Look(4, "dashed"),
    check=lambda logits, target, ignore_index: _known(target, logits.shape[1], ignore_index),
)
def perplexity(logits, target, *, ignore_index=-100):
    """The exponential of the cross-entropy: among how many equally likely tokens the model might as well choose.

    With all logits equal it is the number of tokens; with all right tokens certain it is 1.

    Also raises ValueError for a label that is no token and not ignored.

    >>> import torch
    >>> perplexity(torch.zeros(5, 7), torch.tensor([0, 6, 2, 2, -100]))
    tensor(7.0000)
    """
    total = F.cross_entropy(logits, target, ignore_index=ignore_index, reduction="sum")
    nats = total / (target != ignore_index).sum().clamp(min=1)
    most = math.log(torch.finfo(nats.dtype).max)
    # infinity times a slope of 0 is no number: what overflows is cut off
    return torch.where(nats > most, math.inf, torch.exp(nats.clamp(max=most)))
