"""Cross-entropy of a yes-or-no label that counts easy examples for less."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.classification import binary
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss

# The loss goes from no^ = p^gamma no at a target of 0 to yes^ = q^gamma yes at 1 on a straight line, where
#     p = sigmoid(x), q = sigmoid(-x), no = -log q = max(x, 0) + L, yes = -log p = max(-x, 0) + L, L = log(1 + e^-|x|),
# none of which overflows or cancels. From p' = p q, q' = -p q, no' = p and yes' = -q, the slopes of the ends are
#     no^' = p^gamma (p + gamma q no)      yes^' = -q^gamma (q + gamma p yes).
# gamma = 0 without alpha is left to binary cross-entropy.


def ends(input):
    """(no, yes)"""
    no = F.relu(input)
    yes = no - input
    minus_l = torch.add(no, yes).neg_().sigmoid_().neg_().log1p_()
    return no.sub_(minus_l), yes.sub_(minus_l)


def power(base, minus_log, gamma):
    """base^gamma: a product for small whole numbers, else by the logarithm, which takes a third of a power's time"""
    return base.pow(gamma) if gamma in (1, 2, 3) else torch.mul(minus_log, -gamma).exp_()


def _value(input, target, gamma, alpha):
    if gamma == 0 and alpha is None:
        return binary._value(input, target, None)
    no, yes = ends(input)
    q_power = power(torch.neg(input).sigmoid_(), no, gamma)
    no.mul_(power(torch.sigmoid(input), yes, gamma))
    return _between(no, yes.mul_(q_power), target, alpha)


def _slope(input, target, gamma, alpha):
    if gamma == 0 and alpha is None:
        return binary._slope(input, target, None)
    no, yes = ends(input)
    p, q = torch.sigmoid(input), torch.neg(input).sigmoid_()
    falls = torch.addcmul(q, p, yes, value=gamma).mul_(power(q, no, gamma)).neg_()
    rises = torch.addcmul(p, q, no, value=gamma).mul_(power(p, yes, gamma))
    return _between(rises, falls, target, alpha)


def _between(no, yes, target, alpha):
    """The point of the line from no to yes, each with its weight, at the target."""
    if alpha is not None:
        no, yes = no.mul_(1 - alpha), yes.mul_(alpha)
    return torch.lerp(no, yes, target)


@loss(
    title="Focal loss",
    short="Focal",
    family="classification",
    formula=r"\ell(x, t) = t \left( 1 + e^{x} \right)^{-\gamma} \log \left( 1 + e^{-x} \right) + "
    r"(1 - t) \left( 1 + e^{-x} \right)^{-\gamma} \log \left( 1 + e^{x} \right)",
    symbols={"x": "logit", "t": "target, the probability of yes, 0 to 1"},
    parameters=[
        Parameter(
            "gamma",
            2.0,
            "How fast the cost of an example fades as the probability of its label rises; 0 is binary cross-entropy.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\gamma",
            slider=(0.0, 5.0),
        ),
        Parameter(
            "alpha",
            None,
            "The factor on the first term, the cost of missing a yes, with 1 - alpha on the second; None puts 1 on "
            "both.",
            low=0.0,
            high=1.0,
            symbol=r"\alpha",
            slider=(0.05, 0.95),
        ),
    ],
    axis="margin",
    elicits="the more likely label, as the sign of the logit, while alpha is None; a probability only at gamma = 0",
    convex="gamma == 0",
    lipschitz="(1 + gamma / 14) * (1 if alpha is None else max(alpha, 1 - alpha))",
    bounded_gradient=True,
    proper="gamma == 0 and alpha in (None, 0.5)",
    smoothness="Cinf",
    elsewhere={
        "torchvision": "torchvision.ops.sigmoid_focal_loss, alpha=0.25 and no reduction unless told otherwise",
        "keras": "keras.losses.BinaryFocalCrossentropy(from_logits=True)",
        "optax": "optax.losses.sigmoid_focal_loss",
        "kornia": "kornia.losses.binary_focal_loss_with_logits",
    },
    traps=[
        "alpha weighs the yes and 1 - alpha the no: the usual 0.25 makes the rare yes count for less, to balance what "
        "gamma does.",
        "Its best probabilities are nearer to one half than the true ones: recalibrate before reading them.",
        "For targets between 0 and 1 three definitions are in use; here it is the mixture of the two costs, t of "
        "yes and 1 - t of no. torchvision and keras raise a mixed probability to gamma instead.",
        "Written with powers of a probability, the slope is NaN for gamma between 0 and 1 where the probability "
        "rounds to 0 or 1. Here it is finite for every gamma.",
        "Not convex: the curvature is negative far on the wrong side.",
        "Targets outside 0 to 1 are not refused, and make the loss unbounded below.",
    ],
    primary="Lin, Goyal, Girshick, He and Dollar (2017), Focal Loss for Dense Object Detection, ICCV, equation 5; not "
    "proper by Charoenphakdee, Vongkulbhisal, Chairatanakul and Sugiyama (2021).",
    cite=["lin2017focal", "charoenphakdee2021focal"],
    look=Look(1, "dashdot"),
    kernel=(_value, _slope),
)
def focal(logits, target, *, gamma=2.0, alpha=None):
    """Binary cross-entropy, times the probability of the other label raised to gamma: easy examples count for less.

    Shapes: logits, target: any shape, the same for both; numpy arrays or torch tensors of a floating dtype.

    gamma=0 is exactly binary_cross_entropy_with_logits; with alpha too, it is 1 - alpha times that with the
    pos_weight alpha / (1 - alpha).

    >>> import torch
    >>> focal(torch.tensor([0.0, 4.0]), torch.tensor([1.0, 1.0]), reduction="none")
    tensor([1.7329e-01, 5.8716e-06])
    """
    yes = -F.logsigmoid(logits)  # log(1 + exp(-x)), with no overflow on one side and no cancellation on the other
    no = -F.logsigmoid(-logits)
    # a power of a probability as the exponential of a logarithm: finite slopes where the probability rounds to 0
    missed, raised = torch.exp(-gamma * no) * yes, torch.exp(-gamma * yes) * no
    if alpha is not None:
        missed, raised = alpha * missed, (1 - alpha) * raised
    return target * missed + (1 - target) * raised
