"""The contrastive loss of embeddings with labels, of which any number may be alike."""

import torch

from lossbook.look import Look
from lossbook.losses.metric.candidates import SIZE, ZERO, circle, temperature
from lossbook.losses.metric.geometry import quick_unit, unit
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _fast(embeddings, labels, temperature):
    z = quick_unit(embeddings)
    logits = (z / temperature) @ z.T
    # its exponential is 0 beside any cosine, and unlike that of -inf its product with a weight of 0 is 0
    logits.diagonal().fill_(torch.finfo(z.dtype).min / 4)
    weights = (labels[:, None] == labels).to(z.dtype)
    weights.diagonal().zero_()
    partners = weights.sum(1, keepdim=True)
    weights.div_(-partners.clamp(min=1))
    counted = partners.squeeze(1) > 0
    return torch.where(counted, (weights * torch.log_softmax(logits, 1)).sum(1), 0.0), counted


def _two_labels(s):
    """Two directions of one label, 40 degrees apart, and two of another, s degrees farther"""
    angles = torch.tensor([0.0, 40.0, 0.0, 40.0], dtype=torch.float64)
    moves = torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64)
    return circle(angles + moves * s), torch.tensor([0, 0, 1, 1])


@loss(
    title="Supervised contrastive loss",
    short="SupCon",
    family="metric",
    formula=r"\ell_i = -\frac{1}{|P_i|} \sum_{p \in P_i} \log \frac{e^{c(x_i, x_p) / \tau}}"
    r"{\sum_{j \ne i} e^{c(x_i, x_j) / \tau}}, \qquad P_i = \{ p \ne i : y_p = y_i \}",
    symbols={"c": "cosine", "P_i": "the others of the label of i", "i, j, p": "rows of the batch"},
    parameters=[temperature(0.1)],
    sides=[
        Side("embeddings", "N D", "The embeddings of a batch.", symbol="x"),
        Side("labels", "N", "Which ones are alike: those of equal label.", kind="labels", symbol="y"),
    ],
    gives="N",
    path=Path(
        "angle of the two labels, degrees",
        0.0,
        180.0,
        _two_labels,
        "Two embeddings of one label, 40 degrees apart, and two of another: the second pair turns away from the first.",
        start=40.0,
    ),
    convex=False,
    smoothness="Cinf",
    bounded_gradient=False,
    invariant=("permutation", "scale", "rotation"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "pytorch-metric-learning": "losses.SupConLoss(temperature=...)",
        "the authors' code": "losses.SupConLoss, times temperature / base_temperature",
    },
    traps=[
        "An anchor without a positive (a label that occurs once) does not count: it costs 0 and the mean is over the "
        "others. If none counts the mean is 0, with slope 0. Others give NaN, or average over it.",
        "The mean over positives stands outside the logarithm, the L_out of the paper; inside it is another, worse "
        "loss.",
        "The authors' code multiplies by temperature / 0.07: at a temperature of 0.1 its values are 1.43 times these.",
        "With k > 1 positives the least value is log k and not 0: they share the probability.",
        "Two views of each example are two rows with the same label: concatenate both views, and the labels twice.",
        ZERO,
        SIZE,
    ],
    primary="Khosla et al. (2020), Supervised Contrastive Learning, NeurIPS 33, equation 2.",
    cite=["khosla2020supervised"],
    look=Look(6, "dashdot"),
    fused=_fast,
)
def sup_con(embeddings, labels, *, temperature=0.1):
    """The cross-entropy of picking, by cosine, the others of the same label among all others of the batch.

    With two rows of each label it is nt_xent of the two.

    >>> import torch
    >>> embeddings = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> sup_con(embeddings, torch.tensor([7, 7, 3]), temperature=1.0, reduction="none")
    tensor([0.4008, 0.6931, 0.0000])
    """
    z = unit(embeddings)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    log_p = torch.log_softmax(torch.where(itself, -torch.inf, (z / temperature) @ z.T), 1)
    alike = (labels[:, None] == labels) & ~itself
    partners = alike.sum(1)
    return torch.where(alike, -log_p, 0.0).sum(1) / partners.clamp(min=1), partners > 0
