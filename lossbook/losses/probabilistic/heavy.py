"""Negative log-likelihoods with heavy tails: Student's t, and the t of a predicted normal-inverse-gamma."""

import math

import torch

from lossbook.look import Look
from lossbook.losses.parameters import Parameter
from lossbook.losses.probabilistic import kernels
from lossbook.losses.probabilistic.drawn import beside
from lossbook.losses.probabilistic.kernels import gamma_gap
from lossbook.losses.probabilistic.likelihood import over
from lossbook.losses.registry import loss
from lossbook.losses.sides import Side


def log1p_square(r, log_scale):
    """log(1 + (r / exp(log_scale))^2), where neither the quotient nor its square need fit in the dtype."""
    far = r.abs() > torch.exp(log_scale)
    near = over(torch.where(far, 0.0, r), log_scale)
    # log(1 + z^2) = 2 log z + log(1 + z^-2) for z > 1
    log_z = torch.where(far, torch.log(torch.where(far, r.abs(), 1.0)) - log_scale, 0.0)
    return torch.where(far, 2 * log_z + torch.log1p(torch.exp(-2 * log_z)), torch.log1p(near * near))


@loss(
    title="Student's t negative log-likelihood",
    short="Student t NLL",
    family="probabilistic",
    formula=r"\ell(x, t, s) = s + \frac{\nu + 1}{2} \log \left( 1 + \frac{(x - t)^2 e^{-2 s}}{\nu} \right) "
    r"+ \log \frac{\sqrt{\nu \pi} \Gamma \left( \frac{\nu}{2} \right)}{\Gamma \left( \frac{\nu + 1}{2} \right)}",
    symbols={r"\Gamma": "the gamma function"},
    sides=[
        Side("loc", "...", "The predicted center.", symbol="x"),
        Side("target", "...", "What came out.", symbol="t"),
        Side("log_scale", "...", "The logarithm of the predicted scale.", symbol="s"),
    ],
    gives="...",
    parameters=[
        Parameter(
            "df",
            4.0,
            "Degrees of freedom: the fewer, the heavier the tails. 1 is the Cauchy distribution, many the normal.",
            low=0.0,
            open_low=True,
            high=math.inf,
            open_high=True,
            symbol=r"\nu",
            slider=(0.5, 30.0),
            log=True,
        )
    ],
    path=beside(0.0, center="center", held="scale 1"),
    elicits="center and scale, of a t distribution with df degrees of freedom",
    convex=False,
    lipschitz=None,
    bounded_gradient=False,
    proper=True,
    smoothness="Cinf",
    elsewhere={"torch": "-torch.distributions.StudentT(df, loc, scale).log_prob(target)"},
    traps=[
        "The scale is not the standard deviation, which is sqrt(df / (df - 2)) times it, and infinite up to df = 2.",
        "Not convex in loc: from sqrt(df) scales on the slope falls, and a far target pulls less than a near one.",
        "For a given log_scale the slope in loc is at most (df + 1) / (2 sqrt(df)) / scale; that has no bound of its "
        "own.",
        "A target that equals loc lets the loss fall without bound as log_scale does.",
        "df may be learned as a tensor; between 10 and 1000 the loss hardly changes, so it drifts.",
    ],
    primary="Lange, Little and Taylor (1989), Robust Statistical Modeling Using the t Distribution, Journal of the "
    "American Statistical Association 84(408).",
    cite=["lange1989robust"],
    look=Look(4),
    kernel=(kernels.student_t, kernels.student_t_both),
)
def student_t_nll(loc, target, *, log_scale, df=4.0):
    """The negative logarithm of the t density that a predicted center and scale give to the target.

    With many degrees of freedom it is gaussian_nll with log_var = 2 log_scale. At scale 1 it is (df + 1) / df times
    cauchy with c = sqrt(df), plus a constant.

    >>> import torch
    >>> loc, target = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 100.0])
    >>> student_t_nll(loc, target, log_scale=torch.tensor([0.0, 0.0]), reduction="none")
    tensor([ 1.5387, 20.5419])
    """
    df = torch.as_tensor(df, dtype=loc.dtype, device=loc.device)
    constant = 0.5 * torch.log(math.pi * df) - gamma_gap(0.5 * df)
    spread = log1p_square(loc - target, log_scale + 0.5 * torch.log(df))
    return log_scale + 0.5 * (df + 1) * spread + constant


@loss(
    title="Evidential regression",
    short="Evidential",
    family="probabilistic",
    formula=r"\ell = \frac{1}{2} \log \frac{\pi}{\nu} - \alpha \log \Omega "
    r"+ \left( \alpha + \tfrac{1}{2} \right) \log \left( (t - \gamma)^2 \nu + \Omega \right) "
    r"+ \log \frac{\Gamma (\alpha)}{\Gamma \left( \alpha + \tfrac{1}{2} \right)} + |t - \gamma| (2 \nu + \alpha) c",
    symbols={r"\Omega": r"2 \beta (1 + \nu)", r"\Gamma": "the gamma function"},
    sides=[
        Side("gamma", "...", "The predicted mean.", symbol=r"\gamma"),
        Side("target", "...", "What came out.", symbol="t"),
        Side("nu", "...", "How many observations the mean is worth.", symbol=r"\nu", low=0.0, open_low=True),
        Side("alpha", "...", "Half as many for the variance.", symbol=r"\alpha", low=1.0, open_low=True),
        Side("beta", "...", "Half their sum of squares.", symbol=r"\beta", low=0.0, open_low=True),
    ],
    gives="...",
    parameters=[
        Parameter(
            "coef",
            0.01,
            "The factor on the penalty that takes evidence away where the mean is wrong.",
            low=0.0,
            high=math.inf,
            open_high=True,
            symbol="c",
            slider=(0.0, 1.0),
        )
    ],
    path=beside(1.0, 2.0, 1.0, held="nu 1, alpha 2, beta 1"),
    elicits="mean and spread, of a t distribution with 2 alpha degrees of freedom",
    convex=False,
    lipschitz=None,
    bounded_gradient=False,
    proper="coef == 0",
    smoothness="C0",
    elsewhere={"torch": "none; evidential_deep_learning (TensorFlow): EvidentialRegression(coeff=1.0)"},
    traps=[
        "The likelihood depends on nu and beta only through beta (1 + nu) / nu: data cannot tell them apart. Along "
        "such pairs the penalty falls with nu, so that the loss is least towards nu = 0: how large nu comes out, and "
        "with it the uncertainty of the mean, beta / (nu (alpha - 1)), is a matter of training.",
        "alpha must be above 1 for the expected variance, beta / (alpha - 1), to exist; nu and beta above 0. Networks "
        "get there by softplus, and 1 + softplus for alpha.",
        "The penalty is in units of the target: rescale the target and coef has to be rescaled with it.",
        "At gamma = target the penalty has a kink, where its slope is taken as 0.",
    ],
    primary="Amini, Schwarting, Soleimany and Rus (2020), Deep Evidential Regression, NeurIPS; what it "
    "cannot tell apart: Meinert, Gawlikowski and Lavin (2023).",
    cite=["amini2020deep", "meinert2023unreasonable"],
    look=Look(5),
    kernel=(kernels.evidence, kernels.evidence_both),
)
def evidential_nig(gamma, target, *, nu, alpha, beta, coef=0.01):
    """The t likelihood of a predicted mean with a predicted amount of evidence, and a penalty on evidence for errors.

    Without the penalty it is student_t_nll with df = 2 alpha and the squared scale beta (1 + nu) / (nu alpha).

    >>> import torch
    >>> gamma, target, one = torch.tensor([0.0, 0.0]), torch.tensor([0.0, 3.0]), torch.ones(2)
    >>> evidential_nig(gamma, target, nu=one, alpha=2 * one, beta=one, reduction="none")
    tensor([0.9808, 4.0475])
    """
    r = gamma - target
    log_omega = math.log(2) + torch.log(beta) + torch.log1p(nu)
    log_scale = 0.5 * (log_omega - torch.log(nu))  # r^2 nu / Omega is (r / exp(log_scale))^2
    likelihood = 0.5 * math.log(math.pi) + log_scale + (alpha + 0.5) * log1p_square(r, log_scale) - gamma_gap(alpha)
    return likelihood + coef * r.abs() * (2 * nu + alpha)
