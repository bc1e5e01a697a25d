"""Losses of models with a code of Gaussian numbers: the divergence from the standard normal, and the whole bound."""

import math

import torch
import torch.nn.functional as F

from lossbook.look import Look
from lossbook.losses.byhand import by_hand
from lossbook.losses.generative.reconstruction import CROSS_ENTROPY, DIVERGENCE, HALF_SQUARES, with_divergence
from lossbook.losses.generative.samples import rows
from lossbook.losses.parameters import Choice, Parameter
from lossbook.losses.paths import Path
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def _spread(s):
    """A code of two numbers with means 0.5 and -1, and s as the logarithm of both variances."""
    return torch.stack([s * 0 + 0.5, s * 0 - 1.0]), torch.stack([s, s])


@loss(
    title="Gaussian KL divergence",
    short="Gaussian KL",
    family="generative",
    formula=r"\ell(\mu, v) = \frac{1}{2} \sum_{d} \left( \mu_d^2 + e^{v_d} - 1 - v_d \right)",
    symbols={"d": "one of the D numbers of the code"},
    sides=[
        Side("mean", "... D", "The means of the code, as the encoder gives them.", symbol=r"\mu"),
        Side("log_var", "... D", "The logarithms of its variances.", symbol="v"),
    ],
    gives="...",
    path=Path(
        "Logarithm of the variance",
        -6.0,
        3.0,
        _spread,
        "A code of two numbers with means 0.5 and -1 and one variance; the least divergence is at a variance of 1.",
        start=-2.0,
    ),
    convex=True,
    bounded_gradient=False,
    smoothness="Cinf",
    bounds=(0.0, math.inf),
    elsewhere={
        "torch": "torch.distributions.kl_divergence(Normal(mean, std), Normal(0, 1)).sum(-1)",
        "keras": "written by hand in the examples, -0.5 * (1 + log_var - mean ** 2 - exp(log_var))",
    },
    traps=[
        "It takes the logarithm of the variance, not of the standard deviation, and neither of the two themselves.",
        "Sum over the code, mean over the samples. A mean over the code as well divides it by D, and lets the "
        "reconstruction win: the same as beta = 1 / D in elbo.",
        "It is the divergence of the code from the standard normal, in this order; the other order is another number.",
        "A divergence near 0 in all numbers of the code is no success: the decoder has stopped to read it.",
        "Its exponential overflows, and says so: inf from log_var = 89 on in float32.",
    ],
    primary="Kingma and Welling (2014), Auto-Encoding Variational Bayes, ICLR, appendix B.",
    cite=["kingma2014auto"],
    look=Look(4),
    fused=lambda mean, log_var: by_hand(*DIVERGENCE, (mean, log_var)),
)
def gaussian_kl(mean, log_var):
    """The Kullback-Leibler divergence of independent normal distributions from standard normal ones, added up.

    >>> import torch
    >>> gaussian_kl(torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.zeros(2, 2), reduction="none")
    tensor([2.5000, 0.0000])
    """
    # e^v - 1 by expm1: for a variance near 1 the two would cancel
    return 0.5 * (mean * mean + torch.expm1(log_var) - log_var).sum(-1)


def _legal(input, target, mean, log_var, likelihood, beta):
    if likelihood == "bernoulli" and target.numel() and not target.is_meta:
        least, most = target.amin().item(), target.amax().item()
        if least < 0 or most > 1:
            raise ValueError(
                f"target: got {least if least < 0 else most:g}, want values from 0 to 1 for likelihood='bernoulli'"
            )


def _quick(input, target, mean, log_var, likelihood, beta):
    """The definition in few passes."""
    sides, bernoulli = (rows(input), rows(target), mean, log_var), likelihood == "bernoulli"
    parts = CROSS_ENTROPY if bernoulli else HALF_SQUARES
    if isinstance(beta, torch.Tensor):
        lost = by_hand(*parts, sides[:2]) + beta * by_hand(*DIVERGENCE, sides[2:])
    else:
        lost = by_hand(*with_divergence(parts, beta), sides)
    return lost if bernoulli else lost + sides[0].shape[1] * 0.5 * math.log(2 * math.pi)


def _farther(s):
    """A code with mean (s, 0), whose decoder answers s times a pattern; the sample is twice the pattern."""
    pattern = torch.tensor([[1.0, -0.5, 0.5]], dtype=torch.float64)
    code = torch.stack([s, s * 0])[None]
    return s * pattern, 2 * pattern, code, code * 0 - 1.0


@loss(
    title="Evidence lower bound",
    short="Negative ELBO",
    family="generative",
    formula=r"\ell = -\sum_{i} \log p(t_i \mid x_i) + \frac{\beta}{2} \sum_{d} \left( \mu_d^2 + e^{v_d} - 1 - v_d "
    r"\right)",
    symbols={"i": "an entry of the sample", "d": "one of the D numbers of its code", "p": "the likelihood"},
    sides=[
        Side("input", "N ...", "The decoder's answer: means (gaussian) or logits (bernoulli).", symbol="x"),
        Side(
            "target",
            "N ...",
            "The samples themselves; for bernoulli from 0 to 1.",
            symbol="t",
            example=lambda draw, shape: torch.rand(shape, generator=draw, dtype=torch.float64),
        ),
        Side("mean", "N D", "The means of the code that was decoded, see gaussian_kl.", symbol=r"\mu"),
        Side("log_var", "N D", "The logarithms of its variances.", symbol="v"),
    ],
    gives="N",
    sizes={"...": 3},
    parameters=[
        Choice(
            "likelihood",
            "gaussian",
            "How a sample's entries are distributed around the decoder's answer: normal with variance 1, or yes-or-no.",
            ("gaussian", "bernoulli"),
        ),
        Parameter(
            "beta",
            1.0,
            "The weight of the divergence; 1 is the bound itself.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol=r"\beta",
            slider=(0.0, 5.0),
        ),
    ],
    path=Path(
        "Mean of the code",
        -1.0,
        3.0,
        _farther,
        "The decoder answers the first number of the code times a pattern, and the sample is twice the pattern: the "
        "reconstruction wants 2, the divergence 0.",
        start=2.0,
    ),
    convex=True,
    bounded_gradient=False,
    smoothness="Cinf",
    invariant=["permutation"],
    elsewhere={"Pyro": "pyro.infer.Trace_ELBO, from a model and a guide"},
    traps=[
        "It is the negative of the bound, to be minimized, in nats for a whole sample.",
        "Both parts are sums over a sample. Mean squared error over the pixels instead of their sum makes the "
        "divergence weigh as much as with beta = half of the number of pixels.",
        "gaussian has the variance 1 and its constant, log(2 pi) / 2 for each entry: for data from 0 to 1 that is much "
        "noise. For a variance v scale input and target by 1 / sqrt(v), and add log(v) / 2 for each entry.",
        "bernoulli takes logits: no sigmoid in the decoder. For gray values between 0 and 1 it is no density, though "
        "often used; its least value is above 0 there.",
        "With beta other than 1 it is no bound on the likelihood any more.",
        "One code was drawn for each sample: the first part is a noisy estimate.",
    ],
    primary="Kingma and Welling (2014), Auto-Encoding Variational Bayes, ICLR; beta: Higgins et al. (2017), beta-VAE, "
    "ICLR.",
    cite=["kingma2014auto", "higgins2017beta"],
    look=Look(7, "long"),
    check=_legal,
    fused=_quick,
)
def elbo(input, target, *, mean, log_var, likelihood="gaussian", beta=1.0):
    """The negative evidence lower bound of a variational autoencoder: reconstruction, and beta times gaussian_kl.

    The reconstruction is the sum of gaussian_nll with log_var = 0, or of binary_cross_entropy_with_logits, over a
    sample. For another likelihood add it to beta * gaussian_kl(mean, log_var) yourself.

    Also raises ValueError for a target outside 0 to 1 with likelihood="bernoulli".

    >>> import torch
    >>> x, t, code = torch.tensor([[0.0, 2.0]]), torch.tensor([[0.0, 1.0]]), torch.zeros(1, 3)
    >>> elbo(x, t, mean=code, log_var=code)
    tensor(2.3379)
    >>> elbo(x, t, mean=code + 1, log_var=code, likelihood="bernoulli", beta=4.0)
    tensor(6.8201)
    """
    if likelihood == "bernoulli":
        # -t log(sigmoid(x)) - (1 - t) log(1 - sigmoid(x)), each logarithm with all its digits
        each = -target * F.logsigmoid(input) - (1 - target) * F.logsigmoid(-input)
    else:
        each = 0.5 * ((input - target) ** 2 + math.log(2 * math.pi))
    return rows(each).sum(1) + beta * 0.5 * (mean * mean + torch.expm1(log_var) - log_var).sum(1)
