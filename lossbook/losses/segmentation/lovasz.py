"""Convex losses that continue the Jaccard loss between right and wrong pixels: Lovász hinge and Lovász-softmax."""

import torch

from lossbook.look import Look
from lossbook.losses import door
from lossbook.losses.parameters import Choice
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.segmentation.extension import extension, extension_of
from lossbook.losses.segmentation.regions import PIXELS, check, flat, probabilities
from lossbook.losses.sides import Side


def _hinge(logits, target):
    return extension_of(_shortfalls, flat(logits), flat(target) > 0, corner=True)


def _shortfalls(logits, region):
    return torch.relu(1 - (2 * region - 1) * logits)


def _softmax(input, target, *, classes, activation):
    region = flat(_of_class(input, target))
    values = extension_of(_gaps, flat(probabilities(input, activation)), region)
    return _of_classes(values, region, classes)


def _gaps(p, region):
    return region + (1 - 2 * region) * p  # |region - p|, without a corner at a perfect pixel


def _of_class(input, target):
    """Whether each pixel is of each class: (N, C, ...)"""
    count = input.shape[1]
    every = torch.arange(count, device=input.device).reshape(count, *[1] * (input.ndim - 2))
    return target.unsqueeze(1) == every


def _of_classes(values, region, classes):
    """The values, and with "present" which of them count."""
    if classes == "all":
        return values
    present = (region.sum(-1) > 0).to(values.dtype)
    return values * present, present


def check_sums(input, activation, **others):
    """Raise ValueError as check does, and for probabilities that do not add up to 1 over the classes."""
    check(input, activation)
    if activation is None:
        off = door.least(-(input.detach().sum(1) - 1).abs())
        if off is not None and off < -0.02:  # half precision comes this close
            raise ValueError(
                f"input: sums over the classes are off 1 by up to {-off:.3g}; want probabilities that add up to 1, or "
                "logits and activation='softmax'"
            )


def _raised(s):
    region = torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 0.0], dtype=s.dtype)
    apart = torch.tensor([-0.6, 0.0, 0.6, -2.0, -0.5, 0.3], dtype=s.dtype)
    return (region * s + apart).reshape(1, 1, 6), region.reshape(1, 1, 6)


def _surer(s):
    labels = torch.tensor([[0, 0, 0, 1, 1, 2]])
    right = (labels.unsqueeze(1) == torch.arange(3).reshape(1, 3, 1)).to(s.dtype)
    apart = torch.tensor([0.0, 0.4, -0.4, 0.2, -0.7, 1.0], dtype=s.dtype)
    return torch.softmax(right * (s + apart), 1), labels


@loss(
    title="Lovász hinge",
    short="Lovász hinge",
    family="segmentation",
    formula=r"\ell(x, t) = \sum_{k} e_{(k)} \left( J_k - J_{k-1} \right), \quad e_i = \max(0, 1 - (2 t_i - 1) x_i)",
    symbols={
        "x_i": "logit of pixel i",
        "t_i": "1 for a pixel of the region, 0 for others",
        "e_{(k)}": "the k-th largest error e",
        "J_k": "the Jaccard loss if the pixels of the k largest errors are wrong and the others right",
    },
    sides=[
        Side("logits", "N C ...", "The logit of each pixel for the region of class C in picture N."),
        Side("target", "N C ...", "1 for the pixels of the region, 0 for the others.", kind="yes_no"),
    ],
    gives="N C",
    sizes=PIXELS,
    fused=_hinge,
    path=Path(
        "logit of the region's pixels",
        -3.0,
        3.0,
        _raised,
        "The logits of the 3 pixels of the region move together, 0.6 apart; those of 3 other pixels are held at -2, "
        "-0.5 and 0.3.",
        0.0,
    ),
    convex=True,
    proper=False,
    smoothness="C0",
    invariant=["permutation"],
    bounds=(0.0, float("inf")),
    elsewhere={
        "kornia": "kornia.losses.lovasz_hinge_loss",
        "segmentation-models-pytorch": "segmentation_models_pytorch.losses.LovaszLoss(mode='binary')",
        "the authors": "lovasz_hinge, with per_image=True",
    },
    traps=[
        "It takes logits, and errors are measured as in hinge: a pixel is free of cost only from a margin of 1 on. A "
        "sigmoid first makes it another loss.",
        "Logits of -1 and 1 cost twice the Jaccard loss of their signs: a wrong one has an error of 2.",
        "In a picture without the region the largest error alone is the loss: one pixel learns at a time.",
        "Its slope jumps where two errors trade places. Where errors are equal, the earlier pixel is taken first.",
        "The definition compares all pixels with each other; the function sorts them, with the same result.",
    ],
    primary="Yu and Blaschko (2015), Learning Submodular Losses with the Lovász Hinge, ICML; Berman, Rannen Triki and "
    "Blaschko (2018), The Lovász-Softmax Loss, CVPR.",
    cite=["yu2015learning", "berman2018lovasz"],
    look=Look(5),
)
def lovasz_hinge(logits, target):
    """The hinge errors of a region's pixels, the largest first, each weighed by what it adds to the Jaccard loss.

    For a single pixel it is the hinge loss of its logit. Scaled errors scale it: it is the Jaccard loss of the wrong
    pixels if all errors are 0 or 1.

    >>> import torch
    >>> logits, target = torch.tensor([[[3.0, 0.0, -2.0]]]), torch.tensor([[[1, 1, 0]]])
    >>> lovasz_hinge(logits, target)  # one of the two pixels of the region has an error of 1
    tensor(0.5000)
    """
    region = flat(target)
    errors = torch.relu(1 - (2 * region - 1) * flat(logits))
    return extension(errors, region)


@loss(
    title="Lovász-softmax loss",
    short="Lovász-softmax",
    family="segmentation",
    formula=r"\ell_c(p, y) = \sum_{k} e_{(k)} \left( J_k - J_{k-1} \right), \quad e_i = \begin{cases} 1 - p_{ic} & "
    r"y_i = c \\ p_{ic} & y_i \ne c \end{cases}",
    symbols={
        "p_{ic}": "probability of class c at pixel i",
        "y_i": "label of pixel i",
        "c": "the class",
        "e_{(k)}": "the k-th largest error e",
        "J_k": "the Jaccard loss of the class if the pixels of the k largest errors are wrong and the others right",
    },
    parameters=[
        Choice(
            "classes",
            "all",
            "Which classes of a picture count for the mean: 'present' leaves out those without a pixel in it.",
            ("all", "present"),
        ),
        Choice(
            "activation",
            None,
            "What makes probabilities of input; None: it holds probabilities that add up to 1 over the classes.",
            (None, "softmax"),
        ),
    ],
    sides=[
        Side(
            "input",
            "N C ...",
            "The probability of class C at each pixel of picture N, or its logit: see activation.",
            example=lambda generator, shape: torch.softmax(torch.randn(shape, generator=generator).double(), 1),
        ),
        Side("target", "N ...", "The label of each pixel.", kind="labels", below="C"),
    ],
    gives="N C",
    sizes=PIXELS,
    check=check_sums,
    fused=_softmax,
    path=Path(
        "logit of the right class",
        -4.0,
        6.0,
        _surer,
        "In 6 pixels of 3 classes the logits of the right class move together, a little apart; all others are 0.",
        0.0,
    ),
    convex="activation is None",
    proper=False,
    smoothness="C0",
    invariant=["permutation"],
    bounds=(0.0, 1.0),
    elsewhere={
        "kornia": "kornia.losses.lovasz_softmax_loss, from logits",
        "segmentation-models-pytorch": "segmentation_models_pytorch.losses.LovaszLoss(mode='multiclass'), from logits",
        "the authors": "lovasz_softmax, with per_image=True and classes='present' by default",
    },
    traps=[
        "For logits say activation='softmax'. Probabilities that do not add up to 1 over the classes raise.",
        "A class that is absent costs the largest probability that it is given anywhere. The authors average over the "
        "classes that are present, so that it costs only where it takes pixels from these: classes='present'.",
        "The mean is over pictures and classes. Averaged over the whole batch as one picture it is another number.",
        "The best answer to doubt is a label, not its probability: add cross_entropy for probabilities.",
        "Its slope jumps where two errors trade places. Where errors are equal, the earlier pixel is taken first.",
        "The definition compares all pixels with each other; the function sorts them, with the same result.",
    ],
    primary="Berman, Rannen Triki and Blaschko (2018), The Lovász-Softmax Loss: A Tractable Surrogate for the "
    "Optimization of the Intersection-over-Union Measure in Neural Networks, CVPR.",
    cite=["berman2018lovasz"],
    look=Look(6, "dashed"),
)
def lovasz_softmax(input, target, *, classes="all", activation=None):
    """The errors of a class's pixels, the largest first, each weighed by what it adds to the Jaccard loss of the class.

    Equal to the jaccard loss for probabilities of 0 and 1.

    Also raises ValueError for probabilities outside 0 to 1, or that do not add up to 1, when activation is None.

    >>> import torch
    >>> input = torch.tensor([[[0.9, 0.6, 0.2], [0.1, 0.4, 0.8]]])  # two classes, three pixels
    >>> lovasz_softmax(input, torch.tensor([[0, 0, 1]]), reduction="none")
    tensor([[0.2667, 0.3000]])
    """
    p, region = probabilities(input, activation), flat(_of_class(input, target).to(input.dtype))
    errors = region + (1 - 2 * region) * flat(p)
    return _of_classes(extension(errors, region), region, classes)
