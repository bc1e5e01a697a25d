"""Cross-entropy of a yes-or-no label, from one logit."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss

# The loss goes from no = log(1 + e^x) at a target of 0 to yes = log(1 + e^-x) at 1 on a straight line, and its slope
# from sigmoid(x) to -sigmoid(-x). torch.lerp gives either end to the last digit, so nothing cancels in the tails. With
# u = max(x, 0), v = max(-x, 0) and L = log(1 + e^-|x|) = -log(1 - sigmoid(-|x|)): no = u + L, yes = v + L.


def _value(logits, target, pos_weight):
    no = F.relu(logits)
    yes = no - logits
    minus_l = torch.add(no, yes).neg_().sigmoid_().neg_().log1p_()
    no, yes = no.sub_(minus_l), yes.sub_(minus_l)
    return torch.lerp(no, yes if pos_weight is None else yes.mul_(pos_weight), target)


def _slope(logits, target, pos_weight):
    yes = torch.neg(logits).sigmoid_().mul_(-1 if pos_weight is None else -pos_weight)
    return torch.lerp(torch.sigmoid(logits), yes, target)


@loss(
    title="Binary cross-entropy with logits",
    short="BCE",
    family="classification",
    formula=r"\ell(x, t) = t \log \left( 1 + e^{-x} \right) + (1 - t) \log \left( 1 + e^{x} \right)",
    symbols={"x": "logit", "t": "target, the probability of yes, 0 to 1"},
    parameters=[
        Parameter(
            "pos_weight",
            None,
            "The factor on the first term, the cost of missing a yes; a number, or one for each entry of the last "
            "axes.",
            low=0.0,
            high=float("inf"),
            open_high=True,
            symbol="w_+",
            slider=(0.1, 10.0),
            log=True,
            array=True,
        )
    ],
    axis="margin",
    elicits="probability, as the sigmoid of the logit",
    convex=True,
    lipschitz="1 if pos_weight is None else max(1, pos_weight)",
    bounded_gradient=True,
    proper="pos_weight is None",
    smoothness="Cinf",
    elsewhere={
        "torch": "torch.nn.functional.binary_cross_entropy_with_logits, torch.nn.BCEWithLogitsLoss",
        "keras": "keras.losses.BinaryCrossentropy(from_logits=True)",
        "scikit-learn": "sklearn.metrics.log_loss, from probabilities; LogisticRegression minimizes it",
        "optax": "optax.losses.sigmoid_binary_cross_entropy",
    },
    traps=[
        "It takes a logit: a sigmoid in front of it leaves the loss between 0.31 and 1.31 and raises no error.",
        "torch's own kernel subtracts two near numbers: in float32 it returns 0 at x = -15, t = 0, where the loss is "
        "3.1e-7. Here every digit is right.",
        "pos_weight moves the fitted probabilities: they are no longer those of the data.",
        "Targets outside 0 to 1 are not refused, and make the loss unbounded below.",
    ],
    primary="Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.2; Blanchard, Higham and Higham "
    "(2021) on computing it.",
    cite=["bishop2006pattern", "blanchard2021accurately"],
    look=Look(2),
    kernel=(_value, _slope),
)
def binary_cross_entropy_with_logits(logits, target, *, pos_weight=None):
    """The negative logarithm of the probability that the sigmoid of the logit gives to the target.

    With a target of 0 or 1 it is cross_entropy over the two logits (0, x).

    >>> import torch
    >>> binary_cross_entropy_with_logits(torch.tensor([0.0, -15.0]), torch.tensor([1.0, 0.0]), reduction="none")
    tensor([6.9315e-01, 3.0590e-07])
    """
    yes = -F.logsigmoid(logits)  # log(1 + exp(-x)), with no overflow on one side and no cancellation on the other
    no = -F.logsigmoid(-logits)
    return target * (yes if pos_weight is None else pos_weight * yes) + (1 - target) * no
