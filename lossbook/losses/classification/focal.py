"""Cross-entropy of a yes-or-no label that counts easy examples for less."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.classification import binary
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss

# With q = sigmoid(-|x|), the lesser of the two probabilities, p = 1 - q and c = -log q = |x| - log p, an example on
# its right side costs -q^gamma log p and one on its wrong side p^gamma c: neither overflows or cancels. Their
# derivatives in |x|, from q' = -q p and p' = q p, are
#     right: -q^gamma (q - gamma p log p)      wrong: p^gamma (p + gamma q c).
# A share t is on the side of yes: right is weighed by alpha t for x >= 0 and by (1 - alpha) (1 - t) for x < 0, and
# wrong the other way about. gamma = 0 without alpha is left to binary cross-entropy.


def _pieces(input, target, alpha):
    """(q, log p, c, 1 where x >= 0 else 0, weight of right, weight of wrong)"""
    size = input.abs()
    q = size.neg().sigmoid_()
    log = q.neg().log1p_()
    yes, no = (target, 1 - target) if alpha is None else (alpha * target, (1 - target).mul_(1 - alpha))
    h = input.neg().sign_().relu_().neg_().add_(1)
    return q, log, size.sub_(log), h, torch.lerp(no, yes, h), torch.lerp(yes, no, h)


def _powers(q, p, log, c, gamma):
    """q^gamma and p^gamma: products for small whole numbers, else by the logarithms, which takes a third of a power"""
    if gamma in (1, 2, 3):
        return q.pow(gamma), p.pow(gamma)
    return torch.mul(c, -gamma).exp_(), torch.mul(log, gamma).exp_()


def _value(input, target, gamma, alpha):
    if gamma == 0 and alpha is None:
        return binary._value(input, target, None)
    q, log, c, _, right, wrong = _pieces(input, target, alpha)
    of_q, of_p = _powers(q, 1 - q, log, c, gamma)
    right.mul_(of_q.mul_(log))
    return wrong.mul_(of_p.mul_(c)).sub_(right)


def _slope(input, target, gamma, alpha):
    if gamma == 0 and alpha is None:
        return binary._slope(input, target, None)
    q, log, c, h, right, wrong = _pieces(input, target, alpha)
    p = 1 - q
    of_q, of_p = _powers(q, p, log, c, gamma)
    right.mul_(of_q.mul_(torch.addcmul(q, p, log, value=-gamma)))
    wrong.mul_(of_p.mul_(torch.addcmul(p, q, c, value=gamma)))
    return wrong.sub_(right).mul_(h.mul_(2).sub_(1))


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
def focal(input, target, *, gamma=2.0, alpha=None):
    """Binary cross-entropy, times the probability of the other label raised to gamma: easy examples count for less.

    gamma=0 is exactly binary_cross_entropy_with_logits; with alpha too, it is 1 - alpha times that with the
    pos_weight alpha / (1 - alpha).

    >>> import torch
    >>> focal(torch.tensor([0.0, 4.0]), torch.tensor([1.0, 1.0]), reduction="none")
    tensor([1.7329e-01, 5.8716e-06])
    """
    yes = -F.logsigmoid(input)  # log(1 + exp(-x)), with no overflow on one side and no cancellation on the other
    no = -F.logsigmoid(-input)
    # a power of a probability as the exponential of a logarithm: finite slopes where the probability rounds to 0
    missed, raised = torch.exp(-gamma * no) * yes, torch.exp(-gamma * yes) * no
    if alpha is not None:
        missed, raised = alpha * missed, (1 - alpha) * raised
    return target * missed + (1 - target) * raised
