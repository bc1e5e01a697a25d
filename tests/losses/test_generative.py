"""GAN pairs, the divergence of Gaussian codes, the evidence lower bound: values and traps."""

import math

import mpmath as mp
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses.generative.adversarial import KINDS

SIZES = st.floats(-1e4, 1e4)
same = torch.testing.assert_close


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


# of one real score and one generated one
DISCRIMINATOR = {
    "minimax": lambda r, f: softplus(-r) + softplus(f),
    "non_saturating": lambda r, f: softplus(-r) + softplus(f),
    "least_squares": lambda r, f: (r - 1) ** 2 / 2 + f**2 / 2,
    "wasserstein": lambda r, f: f - r,
    "hinge": lambda r, f: max(1 - r, mp.mpf(0)) + max(1 + f, mp.mpf(0)),
}
GENERATOR = {
    "minimax": lambda f: -softplus(f),
    "non_saturating": lambda f: softplus(-f),
    "least_squares": lambda f: (f - 1) ** 2 / 2,
    "wasserstein": lambda f: -f,
    "hinge": lambda f: -f,
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(r=SIZES, f=SIZES)
def test_gan_losses_are_their_formulas(kind, r, f):
    real, fake = (torch.tensor([v], dtype=torch.float64) for v in (r, f))
    with mp.workdps(50):
        want = float(DISCRIMINATOR[kind](mp.mpf(r), mp.mpf(f)))
        assert losses.gan_discriminator(real, fake, kind=kind).item() == pytest.approx(want, rel=1e-14, abs=1e-300)
        want = float(GENERATOR[kind](mp.mpf(f)))
        assert losses.gan_generator(fake, kind=kind).item() == pytest.approx(want, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_gan_losses_keep_their_tails(kind, dtype):
    x = torch.tensor([-1e18, -1e4, -90.0, -15.0, 0.0, 15.0, 90.0, 1e4, 1e18], dtype=dtype, requires_grad=True)
    for value in (losses.gan_discriminator(x, x, kind=kind), losses.gan_generator(x, kind=kind)):
        (slope,) = torch.autograd.grad(value, x, create_graph=True, materialize_grads=True)
        assert value.isfinite()
        assert slope.isfinite().all()
        if slope.requires_grad:
            assert torch.autograd.grad(slope.sum(), x, materialize_grads=True)[0].isfinite().all()
    small = losses.gan_generator(torch.tensor([15.0], dtype=dtype))
    assert small.item() == pytest.approx(math.log1p(math.exp(-15)), rel=1e-6)  # a difference of large numbers gives 0


def test_gan_losses_are_sums_of_the_losses_they_are_said_to_be():
    r, f = 3 * normal(2, 40)
    one, zero = torch.ones_like(r), torch.zeros_like(r)
    bce = losses.binary_cross_entropy_with_logits
    for kind in ("minimax", "non_saturating"):
        same(losses.gan_discriminator(r, f, kind=kind), bce(r, one) + bce(f, zero))
    same(losses.gan_discriminator(r, f, kind="hinge"), losses.hinge(r, one) + losses.hinge(f, -one))
    same(losses.gan_discriminator(r, f, kind="least_squares"), (losses.mse(r, one) + losses.mse(f, zero)) / 2)
    same(losses.gan_generator(f), bce(f, one))
    same(losses.gan_generator(f, kind="minimax"), -bce(f, zero))
    same(losses.gan_generator(f, kind="least_squares"), losses.mse(f, one) / 2)
    same(losses.gan_generator(f, kind="hinge"), losses.gan_generator(f, kind="wasserstein"))
    assert losses.gan_discriminator(zero, zero).item() == pytest.approx(2 * math.log(2))


def test_minimax_hardly_teaches_a_generator_that_is_seen_through():
    slopes = {}
    for kind in ("minimax", "non_saturating"):
        f = torch.tensor([-8.0], dtype=torch.float64, requires_grad=True)
        slopes[kind] = torch.autograd.grad(losses.gan_generator(f, kind=kind), f)[0].item()
    assert slopes["minimax"] == pytest.approx(-torch.sigmoid(torch.tensor(-8.0)).item(), rel=1e-6)
    assert slopes["non_saturating"] == pytest.approx(-1, abs=1e-3)


@pytest.mark.parametrize("kind", ["minimax", "non_saturating", "least_squares", "hinge"])
def test_the_best_discriminator_is_what_the_record_says(kind):
    p, q = 0.3, 0.05  # the densities of real and generated samples at one point
    x = torch.linspace(-6, 6, 120001, dtype=torch.float64)
    zero = torch.zeros_like(x)
    parts = (losses.gan_discriminator(*pair, kind=kind, reduction="none") for pair in ((x, zero), (zero, x)))
    real, fake = (v - v[60000] for v in parts)
    best = x[(p * real + q * fake).argmin()].item()
    assert best == pytest.approx({"least_squares": p / (p + q), "hinge": 1.0}.get(kind, math.log(p / q)), abs=2e-4)


def test_hinge_has_no_slope_at_its_corner():
    r, f = (torch.tensor([v], requires_grad=True) for v in (1.0, -1.0))
    assert torch.autograd.grad(losses.gan_discriminator(r, f, kind="hinge"), (r, f)) == (0.0, 0.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(m=st.floats(-1e5, 1e5), s=st.floats(-600, 600))
def test_gaussian_kl_is_its_formula(m, s):
    got = losses.gaussian_kl(torch.tensor([m], dtype=torch.float64), torch.tensor([s], dtype=torch.float64))
    with mp.workdps(60):
        want = (mp.mpf(m) ** 2 + mp.expm1(mp.mpf(s)) - mp.mpf(s)) / 2
        # the rounding of its terms, and no more
        assert abs(got.item() - want) <= 1e-15 * (mp.mpf(m) ** 2 + abs(mp.expm1(mp.mpf(s))) + abs(s)) + mp.mpf(1e-300)


def test_gaussian_kl_is_the_divergence_of_torch_and_an_integral():
    mean, log_var = normal(2, 5, 3)
    ours = losses.gaussian_kl(mean, log_var, reduction="none")
    code = torch.distributions.Normal(mean, (0.5 * log_var).exp())
    same(ours, torch.distributions.kl_divergence(code, torch.distributions.Normal(0.0, 1.0)).sum(-1))
    with mp.workdps(25):
        m, v = mp.mpf(0.7), mp.exp(mp.mpf(-0.4))
        ratio = lambda x: mp.npdf(x, m, mp.sqrt(v)) * mp.log(mp.npdf(x, m, mp.sqrt(v)) / mp.npdf(x))  # noqa: E731
        want = mp.quad(ratio, [m - 12, m, m + 12])
    one = losses.gaussian_kl(*torch.tensor([[0.7], [-0.4]], dtype=torch.float64))
    assert one.item() == pytest.approx(float(want), rel=1e-12)


def test_gaussian_kl_of_a_standard_normal_code_is_zero_and_flat():
    leaves = [torch.zeros(4, 3, requires_grad=True) for _ in range(2)]
    value = losses.gaussian_kl(*leaves)
    assert value == 0
    assert all((g == 0).all() for g in torch.autograd.grad(value, leaves))
    near = torch.full((1, 1), 1e-4)  # e^v - 1 - v as written is off by more than itself here, in float32
    assert losses.gaussian_kl(torch.zeros(1, 1), near).item() == pytest.approx(2.5e-9, rel=1e-2)


def test_gaussian_kl_overflows_and_says_so():
    log_var = torch.tensor([[89.0], [-1e4], [88.0]])
    got = losses.gaussian_kl(torch.zeros(3, 1), log_var, reduction="none")
    assert got.tolist()[0] == math.inf
    assert got[1].item() == pytest.approx(4999.5)
    assert got[2].isfinite()


def bound(input, target, mean, log_var, likelihood, beta):
    """A loop over samples and entries."""
    found = []
    for x, t, m, v in zip(input, target, mean, log_var, strict=True):
        total = 0.0
        for a, b in zip(x.flatten().tolist(), t.flatten().tolist(), strict=True):
            if likelihood == "gaussian":
                total += (a - b) ** 2 / 2 + math.log(2 * math.pi) / 2
            else:
                p = 1 / (1 + math.exp(-a))
                total -= b * math.log(p) + (1 - b) * math.log(1 - p)
        for a, b in zip(m.tolist(), v.tolist(), strict=True):
            total += beta * (a * a + math.exp(b) - 1 - b) / 2
        found.append(total)
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    shape=st.lists(st.integers(1, 3), min_size=0, max_size=3),
    n=st.integers(1, 4),
    d=st.integers(1, 4),
    beta=st.floats(0, 10),
    seed=st.integers(0, 99),
)
def test_elbo_is_its_sums(likelihood, shape, n, d, beta, seed):
    input, mean, log_var = normal(n, *shape, seed=seed), normal(n, d, seed=seed + 100), normal(n, d, seed=seed + 200)
    target = torch.sigmoid(normal(n, *shape, seed=seed + 300))
    options = {"mean": mean, "log_var": log_var, "likelihood": likelihood, "beta": beta}
    got = losses.elbo(input, target, **options, reduction="none")
    same(got, bound(input, target, mean, log_var, likelihood, beta), rtol=1e-12, atol=1e-12)
    alone = losses.elbo(input[:1], target[:1], **{**options, "mean": mean[:1], "log_var": log_var[:1]})
    same(alone, got[0])


def test_elbo_is_made_of_the_losses_it_is_said_to_be():
    x, t, mean, log_var = normal(3, 2, 4), torch.sigmoid(normal(3, 2, 4, seed=1)), normal(3, 5), normal(3, 5, seed=2)
    code = {"mean": mean, "log_var": log_var}
    kl = losses.gaussian_kl(mean, log_var, reduction="none")
    gaussian = losses.gaussian_nll(x, t, log_var=torch.zeros_like(x), reduction="none").sum((1, 2))
    bernoulli = losses.binary_cross_entropy_with_logits(x, t, reduction="none").sum((1, 2))
    same(losses.elbo(x, t, **code, beta=0.7, reduction="none"), gaussian + 0.7 * kl)
    same(losses.elbo(x, t, **code, likelihood="bernoulli", reduction="none"), bernoulli + kl)
    # mean squared error over 8 pixels, and the divergence: a quarter of the bound with beta = 4, up to a constant
    for at in ((x, mean), (x + 1, mean), (x, mean - 2)):
        mixed = losses.mse(at[0], t) + losses.gaussian_kl(at[1], log_var)
        whole = losses.elbo(at[0], t, mean=at[1], log_var=log_var, beta=4.0)
        same(mixed, whole / 4 - math.log(2 * math.pi))


def test_elbo_keeps_the_tails_of_the_logistic_loss():
    code = {"mean": torch.zeros(4, 1), "log_var": torch.zeros(4, 1), "likelihood": "bernoulli"}
    x = torch.tensor([[-15.0], [15.0], [-90.0], [1e4]], requires_grad=True)
    got = losses.elbo(x, torch.tensor([[0.0], [1.0], [1.0], [0.0]]), **code, reduction="none")
    tail = math.log1p(math.exp(-15))  # torch's own kernel says 0
    torch.testing.assert_close(got, torch.tensor([tail, tail, 90.0, 1e4]), rtol=1e-6, atol=0)
    (slope,) = torch.autograd.grad(got.sum(), x)
    share = 1 / (1 + math.exp(15))
    torch.testing.assert_close(slope, torch.tensor([[share], [-share], [-1.0], [1.0]]), rtol=1e-6, atol=0)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_elbo_of_many_pixels_in_pieces(likelihood):
    x, t = normal(7, 30_000), torch.sigmoid(normal(7, 30_000, seed=1))
    code = {"mean": normal(7, 2), "log_var": normal(7, 2, seed=1), "likelihood": likelihood}
    found = []
    for fn in (lambda *a, **k: losses.elbo(*a, **k, reduction="none"), losses.elbo.definition):
        leaves = x.clone().requires_grad_(), t.clone().requires_grad_()
        values = fn(*leaves, **code)
        found.append([values, *torch.autograd.grad((values * torch.arange(7)).sum(), leaves)])
    for a, b in zip(*found, strict=True):
        same(a, b)


def test_elbo_with_another_variance_as_the_docstring_says():
    x, t, v = normal(2, 3), normal(2, 3, seed=1), 0.04
    code = {"mean": torch.zeros(2, 1, dtype=torch.float64), "log_var": torch.zeros(2, 1, dtype=torch.float64)}
    want = -torch.distributions.Normal(x, math.sqrt(v)).log_prob(t).sum(1)
    got = losses.elbo(x / math.sqrt(v), t / math.sqrt(v), **code, reduction="none") + 3 * math.log(v) / 2
    same(got, want)


def test_elbo_refuses_targets_that_are_no_probabilities():
    code = torch.zeros(1, 2)
    for bad in (-0.5, 1.5):
        with pytest.raises(ValueError, match=f"target: got {bad}, want values from 0 to 1 for likelihood='bernoulli'"):
            losses.elbo(torch.zeros(1, 1), torch.full((1, 1), bad), mean=code, log_var=code, likelihood="bernoulli")
        assert losses.elbo(torch.zeros(1, 1), torch.full((1, 1), bad), mean=code, log_var=code).isfinite()
