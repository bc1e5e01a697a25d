"""Connectionist temporal classification: a sequence of labels against frames that are not aligned to it."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.language.recursion import quick
from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _aligned(s):
    """Four frames that say 1, 1, blank, 2 the more surely the larger s is, for the target 1, 2."""
    said = torch.tensor([[0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=torch.float64)
    return s * said.unsqueeze(1), torch.tensor([[1, 2]]), None, None


def _within(logits, target, input_lengths, target_lengths, blank, zero_infinity):
    frames, _, classes = logits.shape
    if not 0 <= blank < classes:
        raise ValueError(f"blank: got {blank}, want a class, 0 to {classes - 1}")
    try:
        _check_lengths("input_lengths", input_lengths, frames, "frames")
        _check_lengths("target_lengths", target_lengths, target.shape[1], "places in target")
        _check_labels(target, target_lengths, classes, blank)
    except RuntimeError as error:  # under vmap there are no values to look at
        if "vmap" not in str(error):
            raise


def _check_lengths(name, lengths, most, what):
    if lengths is not None and lengths.numel() and not lengths.is_meta:
        bad = lengths[(lengths < 0) | (lengths > most)]
        if bad.numel():
            raise ValueError(f"{name}: got {int(bad[0])}, want 0 to {most}, the number of {what}")


def _check_labels(target, target_lengths, classes, blank):
    if target.is_meta:
        return
    bad = (target < 0) | (target >= classes) | (target == blank)
    if target_lengths is not None:
        bad = bad & (torch.arange(target.shape[1], device=target.device) < target_lengths.unsqueeze(1))
    if bad.any():
        raise ValueError(
            f"target holds the label {int(target[bad][0])} within its length; want 0 to {classes - 1} without the "
            f"blank, {blank}"
        )


@loss(
    title="Connectionist temporal classification",
    short="CTC",
    family="language",
    formula=r"\ell(x, y) = -\log \sum_{a \in B^{-1}(y)} \prod_{t=1}^{T} p_{t, a_t}, \quad p_t = "
    r"\operatorname{softmax}(x_t)",
    symbols={
        "a": "an alignment, one class for each frame",
        "B": "what merges repeated classes and then removes blanks",
        "p_t": "the probabilities of the classes at frame t",
        "t": "a frame",
        "T": "the number of frames",
    },
    sides=[
        Side("logits", "T N C", "Logits of all classes, the blank among them, at each frame.", symbol="x"),
        Side(
            "target",
            "N S",
            "The labels, without blanks; beyond target_lengths anything.",
            kind="labels",
            symbol="y",
            example=lambda draw, shape: torch.randint(1, 4, shape, generator=draw),
        ),
        Side("input_lengths", "N", "How many frames count; None: all.", kind="labels", optional=True),
        Side("target_lengths", "N", "How many labels count; None: all.", kind="labels", optional=True),
    ],
    gives="N",
    sizes={"T": 7, "S": 3, "C": 4},
    parameters=[
        Parameter("blank", 0, "The class that stands for no label.", low=0, integer=True),
        Choice(
            "zero_infinity",
            False,
            "Whether a target that does not fit into its frames costs 0 instead of infinity.",
            (False, True),
        ),
    ],
    path=Path(
        "Logit of the right class at each frame",
        -4.0,
        8.0,
        _aligned,
        "Four frames with three classes: the logits that spell 1, 1, blank, 2 are s, the others 0; the target is 1, 2.",
        start=1.0,
    ),
    convex=False,
    smoothness="Cinf",
    invariant=["permutation", "shift"],
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "torch.nn.functional.ctc_loss, of log_softmax(logits, 2)",
        "keras": "keras.losses.CTC, with the samples first",
        "TensorFlow": "tf.nn.ctc_loss, whose blank is class 0 unless blank_index says otherwise",
        "optax": "optax.losses.ctc_loss, with the samples first and paddings instead of lengths",
    },
    traps=[
        "The frames come first, (T, N, C), as in torch. A batch of as many samples as frames passes the other way "
        "round as well, and is wrong.",
        "The mean is over the samples. torch divides each loss by the length of its target first, which weighs long "
        "targets less: reduction='sum' is the same there and here.",
        "Logits or log-probabilities, as you like: the softmax of the latter changes nothing. Probabilities are wrong.",
        "A target needs as many frames as it has labels, and one more for each label that repeats the one before. If "
        "it has fewer, the loss is inf, or 0 with zero_infinity; the slope is 0 in both cases, where torch has NaN "
        "in the first.",
        "input_lengths count frames as the network puts them out: after strides there are fewer than samples of sound.",
        "It is not convex in the logits, and its outputs are peaks with blanks between them: no segmentation.",
    ],
    primary="Graves, Fernandez, Gomez and Schmidhuber (2006), Connectionist Temporal Classification, ICML.",
    cite=["graves2006connectionist"],
    look=Look(6, "dotted"),
    check=_within,
    fused=quick,
)
def ctc(logits, target, *, input_lengths=None, target_lengths=None, blank=0, zero_infinity=False):
    """The negative logarithm of the probability that the frames spell the target, over all ways to align the two.

    An alignment spells what is left of it after repeated classes are merged and blanks removed. With one frame for one
    label it is cross_entropy; of an empty target it is that of blanks at all frames, added up.

    Also raises ValueError for a blank or a label that is no class, a label that is the blank, and lengths out of range.

    >>> import torch
    >>> ctc(torch.zeros(2, 1, 3), torch.tensor([[1]]))  # 1 1, 1 blank, blank 1: three of nine alignments
    tensor(1.0986)
    >>> ctc(torch.zeros(2, 1, 3), torch.tensor([[1, 1]]))  # needs a blank in between
    tensor(inf)
    """
    frames, count, _ = logits.shape
    labels = target.shape[1]
    every = torch.ones(count, dtype=torch.int64, device=logits.device)
    input_lengths = frames * every if input_lengths is None else input_lengths
    target_lengths = labels * every if target_lengths is None else target_lengths
    # states 0 ... 2 S: a blank before, between and after the labels
    beyond = torch.arange(labels, device=logits.device) >= target_lengths.unsqueeze(1)
    spaced = torch.stack([torch.full_like(target, blank), torch.where(beyond, blank, target)], 2).flatten(1)
    states = torch.cat([spaced, blank * every.unsqueeze(1)], 1)
    # a blank may be skipped between two labels that differ
    differs = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    skipping = torch.cat([torch.zeros_like(states[:, :2], dtype=torch.bool), differs], 1)
    never = torch.finfo(logits.dtype).min / 8  # a logarithm of 0 without the NaN of infinities
    log_p = F.log_softmax(logits, 2).gather(2, states.expand(frames, -1, -1))
    # alpha: log-probability of all ways to stand in a state after t frames; before the first one in the blank ahead
    edge = log_p.new_full((count, 2), never)
    alpha = torch.cat([log_p.new_zeros(count, 1), edge[:, :1].expand(-1, 2 * labels)], 1)
    for t in range(frames):
        step, skip = (torch.cat([edge[:, :k], alpha[:, :-k]], 1)[:, : alpha.shape[1]] for k in (1, 2))
        ways = torch.logsumexp(torch.stack([alpha, step, torch.where(skipping, skip, never)]), 0) + log_p[t]
        alpha = torch.where((t < input_lengths).unsqueeze(1), ways, alpha)
    # a way ends in the last label or in the blank after it
    last = 2 * target_lengths.unsqueeze(1)
    in_blank = alpha.gather(1, last)[:, 0]
    in_label = torch.where(target_lengths > 0, alpha.gather(1, (last - 1).clamp(min=0))[:, 0], never)
    values = -torch.logsumexp(torch.stack([in_blank, in_label]), 0)
    return torch.where(values < -never / 2, values, 0.0 if zero_infinity else math.inf)
