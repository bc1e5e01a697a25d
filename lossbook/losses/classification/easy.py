"""Cross-entropy over C classes with another weight for examples that are easy already: focal, and one more term."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.classification.labels import LABEL, SOFTMAX, classes, column, minus_log_p, mixed
from lossbook.losses.parameters import Parameter
from lossbook.losses.registry import loss

# With c = -log p >= 0 the other probability is 1 - p = -expm1(-c), to the last digit of c. c is 0 or at least one unit
# of the last place of 1, so that a floor below that keeps log(1 - p) and its slopes finite and changes nothing else.


@loss(
    title="Focal loss over classes",
    short="Softmax focal",
    family="classification",
    formula=r"\ell(p, y) = -(1 - p_y)^{\gamma} \log p_y",
    symbols=SOFTMAX,
    parameters=[
        Parameter(
            "gamma",
            2.0,
            "How fast the cost of an example fades as the probability of its label rises; 0 is cross-entropy.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\gamma",
            slider=(0.0, 5.0),
        ),
        Parameter(
            "alpha",
            None,
            "One factor for each class, shape (C,); None puts 1 on each.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\alpha",
            array=True,
        ),
    ],
    path=LABEL,
    elicits="the most likely class, as the largest logit, while alpha is None; probabilities only at gamma = 0",
    convex="gamma == 0",
    lipschitz="(1 + gamma / 14) * (1 if alpha is None else max(alpha))",
    bounded_gradient=True,
    proper="gamma == 0 and alpha is None",
    smoothness="Cinf",
    elsewhere={
        "keras": "keras.losses.CategoricalFocalCrossentropy(from_logits=True), alpha=0.25 unless told otherwise",
        "kornia": "kornia.losses.focal_loss",
    },
    traps=[
        "focal is the loss of independent yes-or-no labels; this one is of one label among C. With C = 2 they agree.",
        "The mean is over examples: alpha is no weight to divide by, and nothing is divided by C.",
        "Its best probabilities are nearer to one another than the true ones: recalibrate before reading them.",
        "Target probabilities: the mixture of the costs of the classes, each with a focus of its own.",
        "Where the probability of the label rounds to 1, as in cross-entropy, the loss is rounded to 0: in float32 at "
        "a cross-entropy of 6e-8. Slope and curvature stay finite there for every gamma.",
        "Not convex: the curvature is negative far on the wrong side.",
    ],
    primary="Lin, Goyal, Girshick, He and Dollar (2017), Focal Loss for Dense Object Detection, ICCV, equation 4, with "
    "a softmax; not proper by Charoenphakdee, Vongkulbhisal, Chairatanakul and Sugiyama (2021).",
    cite=["lin2017focal", "charoenphakdee2021focal"],
    look=Look(1, "dashdot"),
    call=classes,
)
def softmax_focal(logits, target, *, gamma=2.0, alpha=None):
    """Cross-entropy, times the probability of all other classes raised to gamma: easy examples count for less.

    Shapes: logits is (C,) or (N, C, ...). target holds class indices, any integer dtype, of their shape without
        the class axis; or class probabilities, a floating dtype, of their shape.

    gamma=0 without alpha is exactly cross_entropy.

    Also raises ValueError for a label that is no class; the message names it.

    >>> import torch
    >>> softmax_focal(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]), reduction="none")
    tensor([0.0018, 0.0227])
    """
    c = minus_log_p(logits, target)
    log_rest = torch.log(-torch.expm1(-c.clamp(min=torch.finfo(c.dtype).eps / 4)))  # log(1 - p)
    # a power of a probability as the exponential of a logarithm: finite slopes where the probability rounds to 0
    values = torch.exp(gamma * log_rest) * c
    if alpha is not None:
        values = values * (column(alpha, target) if target.is_floating_point() else alpha[target])
    return mixed(values, target)


@loss(
    title="Poly-1 cross-entropy",
    short="Poly-1",
    family="classification",
    formula=r"\ell(p, y) = -\log p_y + \varepsilon (1 - p_y)",
    symbols=SOFTMAX,
    parameters=[
        Parameter(
            "epsilon",
            1.0,
            "What is added to the first coefficient, 1, of cross-entropy as a series in 1 - p; 0 is cross-entropy.",
            low=-1.0,
            high=math.inf,
            open_high=True,
            symbol=r"\varepsilon",
            slider=(-1.0, 5.0),
        )
    ],
    path=LABEL,
    elicits="the most likely class, as the largest logit; probabilities only at epsilon = 0",
    convex="epsilon <= 1",
    lipschitz="1 if epsilon <= 1 else (1 + epsilon) ** 2 / (4 * epsilon)",
    bounded_gradient=True,
    proper="epsilon == 0",
    smoothness="Cinf",
    elsewhere={
        "optax": "optax.losses.poly_loss_cross_entropy, epsilon=2 unless told otherwise",
    },
    traps=[
        "epsilon has no value that serves everywhere: it was tuned for each task, 2 for ImageNet, -1 for detection.",
        "Except at epsilon = 0 its best probabilities are not the true ones: sharper above 0, flatter below.",
        "At epsilon = -1 the slope of easy examples fades, as in focal; below -1 the loss falls under 0 and rises "
        "again near the right answer, so that is refused.",
    ],
    primary="Leng, Tan, Liu, Cubuk, Shi, Cheng and Anguelov (2022), PolyLoss: A Polynomial Expansion Perspective of "
    "Classification Loss Functions, ICLR.",
    cite=["leng2022polyloss"],
    look=Look(3, "dashdot"),
    call=classes,
)
def poly1(logits, target, *, epsilon=1.0):
    """Cross-entropy plus epsilon times the probability of all classes but the label.

    Shapes: logits is (C,) or (N, C, ...). target holds class indices, any integer dtype, of their shape without
        the class axis; or class probabilities, a floating dtype, of their shape.

    Cross-entropy is the series (1 - p) + (1 - p)^2 / 2 + (1 - p)^3 / 3 + ...; this moves its first coefficient.

    Also raises ValueError for a label that is no class; the message names it.

    >>> import torch
    >>> poly1(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]), reduction="none")
    tensor([0.2461, 0.5822])
    """
    c = minus_log_p(logits, target)
    return mixed(c - epsilon * torch.expm1(-c), target)  # 1 - p = -expm1(log p)
