"""Losses of single cosines: the sigmoid loss of all pairs of a batch, and the cosine embedding loss of given pairs."""

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.chunks import wrapped
from lossbook.losses.metric.candidates import SIZE, ZERO, circle, temperature, turned
from lossbook.losses.metric.geometry import plain_length, quick_unit, unit
from lossbook.losses.parameters import Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _fast_siglip(x1, x2, temperature, bias):
    u, v = quick_unit(x1), quick_unit(x2)
    others = ((u / -temperature) @ v.T).sub_(bias)
    others.diagonal().fill_(torch.inf)  # which costs 0
    own = (u * v).sum(1) / temperature + bias
    return -F.logsigmoid(others).sum(1) - F.logsigmoid(own)


@loss(
    title="Sigmoid loss of pairs",
    short="SigLIP",
    family="metric",
    formula=r"\ell_i = \sum_{j=1}^{N} \log \left( 1 + e^{-z_{i j} \left( c(a_i, b_j) / \tau + \beta \right)} \right), "
    r"\qquad z_{i i} = 1, \; z_{i j} = -1",
    symbols={"c": "cosine", "N": "number of pairs", "i, j": "rows of the batch", "z": "whether two are partners"},
    parameters=[
        temperature(0.1, "What cosines are divided by (the paper multiplies, by 1 / temperature)."),
        Parameter(
            "bias",
            -10.0,
            "Added to all logits, since nearly all of the N N pairs are no partners. A tensor of shape () may be "
            "learned.",
            open_low=True,
            open_high=True,
            symbol=r"\beta",
            slider=(-15.0, 5.0),
        ),
    ],
    sides=[
        Side("x1", "N D", "One embedding of each pair, such as of an image.", symbol="a"),
        Side("x2", "N D", "Its partner, such as of its caption.", symbol="b"),
    ],
    gives="N",
    path=Path(
        "angle of partners, degrees",
        0.0,
        180.0,
        turned,
        "Three embeddings 120 degrees apart; the partner of each turns away from it, until at 120 degrees it is where "
        "the next embedding is.",
        start=30.0,
    ),
    convex=False,
    smoothness="Cinf",
    bounded_gradient=False,
    invariant=("permutation", "scale", "common scale", "rotation", "exchange"),
    bounds=(0.0, float("inf")),
    elsewhere={
        "open_clip": "open_clip.SigLipLoss, of normalized features, with logit_scale = 1 / temperature and logit_bias",
    },
    traps=[
        "temperature divides, as in all losses here. The paper's t multiplies: its start of t = 10 is a temperature of "
        "0.1, and a learned log t is temperature=torch.exp(-log_t).",
        "Both are meant to be learned, from 0.1 and -10 on. With a bias of 0 the N N - N negatives dominate at first.",
        "Summed over the other rows and divided by N, not by N N: it grows with the batch.",
        "Every pair is judged alone, so no row is normalized by the others: a batch may be computed in blocks.",
        ZERO,
        SIZE,
    ],
    primary="Zhai, Mustafa, Kolesnikov and Beyer (2023), Sigmoid Loss for Language Image Pre-Training, ICCV, "
    "algorithm 1.",
    cite=["zhai2023sigmoid"],
    look=Look(7, "long"),
    fused=_fast_siglip,
)
def siglip(x1, x2, *, temperature=0.1, bias=-10.0):
    """For each pair of rows of the batch, the logistic loss of telling whether they are partners, summed over partners.

    Equal to the sum over each row of binary_cross_entropy_with_logits of all cosines / temperature + bias against the
    identity matrix. The sum of all values is the same with x1 and x2 exchanged.

    >>> import torch
    >>> x1, x2 = torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    >>> siglip(x1, x2, temperature=1.0, bias=0.0, reduction="none")
    tensor([1.4212, 1.0940])
    """
    partners = 2 * torch.eye(len(x1), dtype=x1.dtype, device=x1.device) - 1
    logits = (unit(x1) / temperature) @ unit(x2).T + bias
    return -F.logsigmoid(partners * logits).sum(1)


def _apart(x1, x2):
    """1 - cosine, without cancellation: |u - v|^2 / 2 = 1 - u.v for vectors of length 1. With a zero vector it is 1."""
    gap = unit(x1) - unit(x2)
    lone = ((x1 == 0).all(-1).to(x1.dtype) + (x2 == 0).all(-1).to(x1.dtype)) / 2
    return 0.5 * (gap * gap).sum(-1) + lone


class _FastApart(torch.autograd.Function):
    """_apart for vectors of these lengths, none of them extreme, with its slope at once.

    With u = x1 / |x1|, v = x2 / |x2|, g = u - v and s = |g|^2 / 2, the slope in x1 is (g - s u) / |x1| and that in x2
    -(g + s v) / |x2|.
    """

    @staticmethod
    def forward(ctx, x1, x2, n1, n2):
        n1, n2 = n1[:, None], n2[:, None]
        g = (x1 / n1).sub_(x2 / n2)
        s = torch.linalg.vector_norm(g, dim=-1, keepdim=True).square_().mul_(0.5)
        ctx.save_for_backward(x1, x2, g, s, n1, n2)
        return s.squeeze(-1)

    @staticmethod
    def backward(ctx, grad):
        x1, x2, g, s, n1, n2 = ctx.saved_tensors
        if torch.is_grad_enabled():  # to be differentiated again
            leaves = [x for x, needed in zip((x1, x2), ctx.needs_input_grad, strict=False) if needed]
            found = iter(torch.autograd.grad(_apart(x1, x2), leaves, grad, create_graph=True))
            return *(next(found) if needed else None for needed in ctx.needs_input_grad[:2]), None, None
        grad = grad[:, None]
        in_1 = in_2 = None
        if ctx.needs_input_grad[0]:  # s u - g, times -1 / |x1|
            in_1 = (x1 * (s / n1)).sub_(g).mul_(-grad / n1)
        if ctx.needs_input_grad[1]:
            in_2 = (x2 * (s / n2)).add_(g).mul_(-grad / n2)
        return in_1, in_2, None, None


def _fast_cosine(x1, x2, target, margin):
    n1, n2 = (None, None) if wrapped(x1, x2) else (plain_length(x1.detach()), plain_length(x2.detach()))
    plain = n1 is not None and n2 is not None
    apart = _FastApart.apply(x1, x2, n1, n2) if plain else _apart(x1, x2)
    return torch.where(target > 0, apart, F.relu(1 - apart - margin))


@loss(
    title="Cosine embedding loss",
    short="Cosine embedding",
    family="metric",
    formula=r"\ell = \begin{cases} 1 - c & y = 1 \\ \max(0, c - m) & y = -1 \end{cases}, \qquad "
    r"c = \frac{x_1 \cdot x_2}{\lVert x_1 \rVert \, \lVert x_2 \rVert}",
    symbols={"c": "cosine of the two"},
    parameters=[
        Parameter(
            "margin",
            0.0,
            "The cosine up to which a pair that is not alike costs nothing.",
            low=-1.0,
            high=1.0,
            symbol="m",
            slider=(-0.5, 0.5),
        )
    ],
    sides=[
        Side("x1", "N D", "One embedding of each pair.", symbol="x_1"),
        Side("x2", "N D", "The other one.", symbol="x_2"),
        Side("target", "N", "+1 for a pair that is alike, -1 for one that is not.", kind="signs", symbol="y"),
    ],
    gives="N",
    path=Path(
        "angle of both pairs, degrees",
        0.0,
        180.0,
        lambda s: (
            circle(torch.stack([0 * s, 0 * s])),
            circle(torch.stack([s, s])),
            torch.tensor([1.0, -1.0], dtype=torch.float64),
        ),
        "Two pairs, one alike and one not, have the same angle: the first pulls together, the second pushes apart "
        "until its cosine is at the margin.",
        start=45.0,
    ),
    convex=False,
    smoothness="C0",
    bounded_gradient=False,
    invariant=("permutation", "scale", "common scale", "rotation", "exchange"),
    bounds=(0.0, 2.0),
    elsewhere={
        "torch": "torch.nn.functional.cosine_embedding_loss(x1, x2, target, margin=...)",
        "keras": "keras.losses.CosineSimilarity, minus the cosine, for pairs that are alike only",
        "optax": "optax.losses.cosine_distance, for pairs that are alike only",
    },
    traps=[
        "target is +1 and -1, not 1 and 0 as for contrastive: anything else raises.",
        "The margin is a cosine, and a larger one is more lenient; in contrastive it is a distance, and a larger one "
        "is stricter.",
        "Computed as a subtraction of cosines, 1 - c of vectors that almost agree is noise of 1e-7 in float32, at "
        "times below 0. Here it keeps its digits and is exactly 0 for equal vectors.",
        "Its force vanishes where it is needed most: opposite vectors that should be alike have slope 0.",
        ZERO,
        SIZE,
    ],
    primary="torch.nn.CosineEmbeddingLoss, whose definition this is; pairs of networks with a cosine go back to "
    "Bromley et al. (1993), Signature Verification Using a Siamese Time Delay Neural Network.",
    cite=["bromley1993signature"],
    look=Look(8, "dashed"),
    fused=_fast_cosine,
)
def cosine_embedding(x1, x2, *, target, margin=0.0):
    """1 minus the cosine of a pair that is alike; of one that is not, by how much the cosine exceeds the margin.

    For vectors of length 1 that are alike it is half the squared distance, which contrastive charges too.

    >>> import torch
    >>> x1, x2 = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[3.0, 4.0], [3.0, 4.0]])
    >>> cosine_embedding(x1, x2, target=torch.tensor([1, -1]), reduction="none")
    tensor([0.4000, 0.6000])
    """
    apart = _apart(x1, x2)  # 1 - cosine
    return torch.where(target > 0, apart, F.relu(1 - apart - margin))
