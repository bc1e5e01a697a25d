"""Gradient penalty and score matching: values by plain loops, derivatives, and each trap."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook import losses
from lossbook.losses.generative.critics import norm_in_one_pass, norm_of

same = torch.testing.assert_close


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def bowl(samples):
    """Half of the squared norm: its slope is the sample itself."""
    return 0.5 * (samples**2).flatten(1).sum(1)


@pytest.mark.parametrize("shape", [(4, 3), (4, 2, 3, 3)])
@pytest.mark.parametrize("norm", [1.0, 0.0, 2.5])
def test_gradient_penalty_takes_the_norm_over_all_axes_of_a_sample(shape, norm):
    real, fake, mixing = normal(*shape), normal(*shape, seed=1), torch.rand(4, dtype=torch.float64)
    got = losses.gradient_penalty(bowl, real, fake, mixing=mixing, norm=norm, reduction="none")
    for k in range(4):
        u = mixing[k].item()
        point = u * real[k].numpy() + (1 - u) * fake[k].numpy()
        assert got[k].item() == pytest.approx((math.sqrt((point**2).sum()) - norm) ** 2, rel=1e-12)


def test_gradient_penalty_of_a_linear_critic_is_the_same_anywhere():
    weight = torch.tensor([3.0, -4.0, 12.0], dtype=torch.float64)
    got = losses.gradient_penalty(lambda x: x @ weight, normal(5, 3), normal(5, 3, seed=1), reduction="none")
    same(got, torch.full((5,), 144.0, dtype=torch.float64))


def test_gradient_penalty_trains_a_critic_as_plain_torch_does():
    torch.manual_seed(0)
    critic = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Softplus(), torch.nn.Linear(8, 1)).double()
    real, fake, u = normal(7, 6), normal(7, 6, seed=1), torch.rand(7, dtype=torch.float64)
    points = (u[:, None] * real + (1 - u[:, None]) * fake).requires_grad_()
    (slope,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    want = ((slope.norm(dim=1) - 1) ** 2).mean()
    got = losses.gradient_penalty(critic, real, fake, mixing=u)
    same(got, want)
    weights = list(critic.parameters())[:3]  # the last bias has no part in the slope
    for a, b in zip(torch.autograd.grad(got, weights), torch.autograd.grad(want, weights), strict=True):
        same(a, b)
    with torch.no_grad():
        same(losses.gradient_penalty(critic, real, fake, mixing=u), got)


def test_gradient_penalty_differentiates_in_the_samples_twice():
    u = torch.tensor([0.2, 0.9], dtype=torch.float64)
    leaves = [normal(2, 3).requires_grad_(), normal(2, 3, seed=1).requires_grad_()]
    critic = losses.gradient_penalty.record.sides[0].example()

    def fn(real, fake):
        return losses.gradient_penalty(critic, real, fake, mixing=u)

    assert torch.autograd.gradcheck(fn, leaves)
    assert torch.autograd.gradgradcheck(fn, leaves)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_penalty_of_a_flat_critic(dtype):
    """Plain torch has a slope of NaN there."""
    real, fake, mixing = torch.zeros(3, 2, dtype=dtype), torch.zeros(3, 2, dtype=dtype), torch.zeros(3, dtype=dtype)
    weight = torch.zeros(2, dtype=dtype, requires_grad=True)
    value = losses.gradient_penalty(lambda x: x @ weight + bowl(x), real, fake, mixing=mixing)
    assert value == 1
    (slope,) = torch.autograd.grad(value, weight, create_graph=True)
    assert (slope == 0).all()
    (curve,) = torch.autograd.grad(slope.sum(), weight)
    assert curve.isfinite().all()


@pytest.mark.parametrize("norm", [norm_of, norm_in_one_pass])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("extreme", [True, False])
def test_norm_is_exact_from_the_smallest_to_the_largest(dtype, norm, extreme):
    info = torch.finfo(dtype)
    ends = [0.0, info.tiny / 64, info.tiny, 1e-30, 1e-20, 1e20, info.max / 2]
    sizes = torch.tensor([*(ends if extreme else []), 1e-7, 1.0, 1e7], dtype=dtype)
    slope = (sizes[:, None] * torch.tensor([[0.6, -0.8]], dtype=dtype)).requires_grad_()
    got = norm(slope)
    np.testing.assert_allclose(got.tolist(), sizes.tolist(), rtol=2e-6 if dtype is torch.float32 else 1e-14)
    (direction,) = torch.autograd.grad(got.sum(), slope, create_graph=True)
    want = [[0.6, -0.8] if size else [0.0, 0.0] for size in sizes.tolist()]
    seen = (sizes == 0) | (sizes >= info.tiny)  # smaller ones have few digits themselves
    np.testing.assert_allclose(direction[seen].tolist(), np.array(want)[seen.numpy()], rtol=1e-6)
    (curve,) = torch.autograd.grad(direction[:, 0].sum(), slope)
    assert not curve.isnan().any()
    moderate = (sizes == 0) | (sizes >= 1e-7)
    assert curve[moderate].isfinite().all()
    np.testing.assert_allclose(curve[-3:, 0].tolist(), (0.64 / sizes[-3:]).tolist(), rtol=1e-5)


def test_gradient_penalty_under_vmap():
    many, fake, mixing = normal(3, 4, 2), normal(4, 2, seed=1), torch.full((4,), 0.3, dtype=torch.float64)
    got = torch.vmap(lambda real: losses.gradient_penalty(bowl, real, fake, mixing=mixing))(many)
    same(got, torch.stack([losses.gradient_penalty(bowl, real, fake, mixing=mixing) for real in many]))


def test_gradient_penalty_of_critics_that_autograd_cannot_take():
    """Those that do not look at their samples; and nobody asked for derivatives where a critic has nothing to learn"""
    real, fake, mixing = normal(4, 3), normal(4, 3, seed=1), torch.rand(4, dtype=torch.float64)
    for critic in (lambda x: torch.ones(4), lambda x: torch.ones(4, requires_grad=True)):
        assert losses.gradient_penalty(critic, real, fake, mixing=mixing) == 1
    assert not losses.gradient_penalty(bowl, real, fake, mixing=mixing).requires_grad
    scale = torch.ones((), dtype=torch.float64, requires_grad=True)
    assert losses.gradient_penalty(lambda x: bowl(scale * x), real, fake, mixing=mixing).requires_grad


def test_gradient_penalty_draws_its_points_when_none_are_given():
    real, fake = torch.ones(2000, 1, dtype=torch.float64), torch.zeros(2000, 1, dtype=torch.float64)
    torch.manual_seed(0)
    first = losses.gradient_penalty(bowl, real, fake, norm=0.0, reduction="none")
    again = losses.gradient_penalty(bowl, real, fake, norm=0.0, reduction="none")
    assert not torch.equal(first, again)
    torch.manual_seed(0)
    assert torch.equal(losses.gradient_penalty(bowl, real, fake, norm=0.0, reduction="none"), first)
    share = first.sqrt()  # the point itself, and so its share: uniform
    assert share.mean().item() == pytest.approx(0.5, abs=0.03)
    assert share.var().item() == pytest.approx(1 / 12, abs=0.01)
    assert len(share.unique()) > 1900  # one for each sample


def test_gradient_penalty_gives_the_critic_tensors_of_float32_for_half_precision():
    seen = []

    def critic(x):
        seen.append(x.dtype)
        return bowl(x)

    half = torch.ones(2, 3, dtype=torch.float16)
    assert losses.gradient_penalty(critic, half, half).dtype == torch.float16
    arrays = losses.gradient_penalty(critic, half.numpy(), half.numpy())
    assert arrays == pytest.approx((math.sqrt(3) - 1) ** 2, abs=1e-3)
    assert seen == [torch.float32] * 2


def test_gradient_penalty_refuses_a_critic_that_is_none():
    with pytest.raises(TypeError, match="critic: got Tensor, want a function"):
        losses.gradient_penalty(torch.zeros(3), torch.zeros(3, 2), torch.zeros(3, 2))


@pytest.mark.parametrize("weighting", ["variance", "none"])
@settings(max_examples=20, deadline=None, derandomize=True)
@given(shape=st.lists(st.integers(1, 3), max_size=3), n=st.integers(1, 4), seed=st.integers(0, 99))
def test_score_matching_is_its_sums(weighting, shape, n, seed):
    score, noise, std = normal(n, *shape, seed=seed), normal(n, *shape, seed=seed + 1), normal(n, seed=seed + 2).exp()
    want = []
    for s, z, sd in zip(score, noise, std.tolist(), strict=True):
        entries = zip(s.flatten().tolist(), z.flatten().tolist(), strict=True)
        total = sum((a + b / sd) ** 2 for a, b in entries) / 2
        want.append(total * sd**2 if weighting == "variance" else total)
    got = losses.denoising_score_matching(score, noise, std=std, weighting=weighting, reduction="none")
    same(got, torch.tensor(want, dtype=torch.float64), rtol=1e-12, atol=1e-14)


def test_score_matching_of_predicted_noise_is_half_of_its_squared_error():
    predicted, noise, std = normal(5, 3), normal(5, 3, seed=1), normal(5, seed=2).exp()
    got = losses.denoising_score_matching(-predicted / std[:, None], noise, std=std)
    same(got, losses.mse(predicted, noise) * 3 / 2)
    right = losses.denoising_score_matching(-noise / std[:, None], noise, std=std)
    assert right.item() == pytest.approx(0, abs=1e-30)
    wrong_sign = losses.denoising_score_matching(noise / std[:, None], noise, std=std, reduction="none")
    same(wrong_sign, 2 * (noise**2).sum(1))


@pytest.mark.parametrize("weighting", ["variance", "none"])
def test_score_matching_elicits_the_score_of_the_noisy_samples(weighting):
    """Samples of a standard normal: with noise of factor s the score at x is -x / (1 + s^2)."""
    nodes, weights = (torch.tensor(v) for v in np.polynomial.hermite_e.hermegauss(20))
    x, z = torch.cartesian_prod(nodes, nodes).T
    share = torch.outer(weights, weights).flatten() / (2 * math.pi)
    std = torch.full_like(x, 0.7)
    noisy = (x + 0.7 * z)[:, None]
    a = torch.zeros((), dtype=torch.float64, requires_grad=True)
    each = losses.denoising_score_matching(a * noisy, z[:, None], std=std, weighting=weighting, reduction="none")
    (slope,) = torch.autograd.grad((share * each).sum(), a, create_graph=True)
    (curve,) = torch.autograd.grad(slope, a)
    assert (-slope / curve).item() == pytest.approx(-1 / (1 + 0.7**2), rel=1e-10)  # a parabola in a
    best = losses.denoising_score_matching(-noisy / 1.49, z[:, None], std=std, weighting=weighting, reduction="none")
    assert (share * best).sum() > 0.1  # the minimum is not 0


def test_score_matching_without_weighting_is_ruled_by_the_smallest_noise():
    zero, noise = torch.zeros(2, 4), torch.ones(2, 4)
    got = losses.denoising_score_matching(
        zero, noise, std=torch.tensor([0.01, 1.0]), weighting="none", reduction="none"
    )
    same(got, torch.tensor([20000.0, 2.0]))
    got = losses.denoising_score_matching(zero, noise, std=torch.tensor([0.01, 1.0]), reduction="none")
    same(got, torch.tensor([2.0, 2.0]))
