"""Losses with a margin on the angle or the cosine: digits, other ways to write them, beyond pi, rotations, refusals."""

import itertools
import math

import mpmath as mp
import pytest
import torch
import torch.nn.functional as F
from angular_batches import NAMES, D, at_angle, batch, each
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossbook import losses

PROFILE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def dot(a, b):
    return mp.fsum(p * q for p, q in zip(a, b, strict=True))


def closed(name, x, y, w, margin, scale):
    """One example, from the angles."""
    cosines = [dot(x, row) / mp.sqrt(dot(x, x) * dot(row, row)) for row in w]
    if name == "cosface":
        cosines[y] -= margin
    else:
        theta = mp.acos(min(max(cosines[y], mp.mpf(-1)), mp.mpf(1)))
        cosines[y] = mp.cos(theta + margin) if theta + margin < mp.pi else cosines[y] - margin * mp.sin(margin)
    high = max(cosines)
    return scale * (high - cosines[y]) + mp.log(mp.fsum(mp.exp(scale * (c - high)) for c in cosines))


def exact(values):
    return [exact(v) for v in values] if isinstance(values, list) else mp.mpf(values)


@each
@pytest.mark.parametrize("margin", [0.0, 0.2, 0.5, 1.5])
@pytest.mark.parametrize("scale", [1.0, 30.0, 64.0])
def test_values_are_those_of_the_papers(name, margin, scale):
    cases = [batch(seed) for seed in range(3)] + [at_angle(d) for d in (1e-4, 5, 80, 120, 150, 152, 175, 179.99, -40)]
    with mp.workdps(50):
        for x, y, w in cases:
            got = losses.get(name)(x, y, weight=w, margin=margin, scale=scale, reduction="none")
            for row, label, value in zip(exact(x.tolist()), y.tolist(), got.tolist(), strict=True):
                want = closed(name, row, label, exact(w.tolist()), mp.mpf(margin), mp.mpf(scale))
                assert abs(value - want) <= 1e-12 * abs(want) + 2e-15 * scale


@each
def test_slopes_are_those_of_the_papers(name):
    step = mp.mpf(10) ** -25
    hyper = {"margin": 0.5, "scale": 8.0}
    for degrees in (0.01, 30, 100, 149, 153, 179.9):
        x, y, w = (v.clone() for v in at_angle(degrees))
        x.mul_(2.5), w.mul_(0.5)
        x.requires_grad_(), w.requires_grad_()
        got = torch.autograd.grad(losses.get(name)(x, y, weight=w, **hyper), (x, w))
        with mp.workdps(60):
            for which, slopes in enumerate(got):
                for place in range(slopes.numel()):
                    ends = []
                    for h in (step, -step):
                        sides = [exact(x[0].tolist()), exact(w.tolist())]
                        flat = sides[0] if which == 0 else sides[1][place // 2]
                        flat[place if which == 0 else place % 2] += h
                        ends.append(closed(name, sides[0], 0, sides[1], mp.mpf(0.5), mp.mpf(8)))
                    want = (ends[0] - ends[1]) / (2 * step)
                    assert abs(slopes.flatten()[place].item() - want) <= 1e-11 * (1 + abs(want)), (degrees, which)


def test_with_margin_0_both_are_cross_entropy_of_the_scaled_cosines():
    x, y, w = batch(4)
    cosines = F.cosine_similarity(x[:, None], w[None], dim=-1)
    for scale in (1.0, 10.0):
        want = F.cross_entropy(scale * cosines, y, reduction="none")
        for name in NAMES:
            got = losses.get(name)(x, y, weight=w, margin=0.0, scale=scale, reduction="none")
            torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-13)


def test_arcface_equals_the_usual_formula_by_arccos():
    x, y, w = batch(5, 40, 6, 8)
    cosines = F.linear(F.normalize(x), F.normalize(w))
    theta = cosines.arccos()
    turned = torch.where(theta + 0.5 < math.pi, (theta + 0.5).cos(), cosines - 0.5 * math.sin(0.5))
    usual = torch.where(F.one_hot(y, 6).bool(), turned, cosines)
    want = F.cross_entropy(64 * usual, y, reduction="none")
    torch.testing.assert_close(losses.arcface(x, y, weight=w, reduction="none"), want, rtol=1e-11, atol=1e-12)


def test_beyond_pi_the_logit_falls_on_after_a_jump():
    margin, scale = 0.5, 4.0
    degrees = torch.linspace(0.5, 179.5, 400, dtype=D)
    w = torch.tensor([[1.0, 0.0]], dtype=D)

    def turned(d):  # the label's changed cosine, read off the loss of two classes in a plane
        x, y, _ = at_angle(d)
        both = torch.cat([w, -w])
        lead = losses.arcface(x, y, weight=both, margin=margin, scale=scale)
        other = math.cos(math.pi - math.radians(d))
        return other - (math.log(math.expm1(lead.item())) / scale)

    found = [turned(d) for d in degrees.tolist()]
    assert all(a > b for a, b in itertools.pairwise(found))  # falls all the way
    edge = 180 - math.degrees(margin)
    jump = turned(edge - 1e-9) - turned(edge + 1e-9)
    assert jump == pytest.approx(math.cos(margin) + margin * math.sin(margin) - 1, abs=1e-7)
    assert jump == pytest.approx(0.12, abs=0.005)
    assert losses.get("arcface").record.smoothness == "jumps"


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_fast_form_is_the_definition_in_value_and_slopes(name, dtype):
    x, y, w = batch(8, 50, 20, 16, dtype)
    for hyper in ({}, {"margin": 1.2, "scale": 3.0}):
        found = []
        for fast in (True, False):
            leaves = [v.clone().requires_grad_() for v in (x, w)]
            options = losses.get(name).record
            hyper = {**{p.name: p.default for p in options.parameters}, **hyper}
            if fast:
                values = losses.get(name)(leaves[0], y, weight=leaves[1], reduction="none", **hyper)
            else:
                values = losses.get(name).definition(leaves[0], y, weight=leaves[1], **hyper)
            found.append([values, *torch.autograd.grad(values.sum(), leaves)])
        for a, b in zip(*found, strict=True):
            tight = {"rtol": 1e-11, "atol": 1e-12} if dtype == D else {"rtol": 1e-3, "atol": 1e-3}
            torch.testing.assert_close(a, b, **tight)


@each
@PROFILE
@given(data=st.data())
def test_rotations_and_the_order_of_classes_change_nothing(name, data):
    count, classes, size = (data.draw(st.integers(1, 5)) for _ in range(3))
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]))
    x, y, w = batch(data.draw(st.integers(0, 99)), count, classes, size, dtype)
    hyper = {"scale": data.draw(st.sampled_from([0.5, 4.0])), "margin": data.draw(st.floats(0.0, 1.5))}
    value = losses.get(name)(x, y, weight=w, **hyper)
    assert value.dtype == dtype
    assert torch.isfinite(value)
    order = torch.tensor(data.draw(st.permutations(range(classes))))
    tight = {torch.float64: 1e-12, torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}[dtype]
    moved = losses.get(name)(x, order.argsort()[y], weight=w[order], **hyper)
    torch.testing.assert_close(moved, value, rtol=tight, atol=tight)
    more = losses.get(name)(x, y, weight=w, scale=hyper["scale"], margin=min(hyper["margin"] + 0.05, math.pi / 2))
    assert more >= value - tight  # a larger margin never costs less


@each
def test_margin_and_scale_may_be_learnt_and_vmap_works(name):
    x, y, w = batch(9)
    margin, scale = (torch.tensor(v, dtype=D, requires_grad=True) for v in (0.3, 5.0))
    value = losses.get(name)(x, y, weight=w, margin=margin, scale=scale)
    assert value.item() == pytest.approx(losses.get(name)(x, y, weight=w, margin=0.3, scale=5.0).item(), rel=1e-12)
    slopes = torch.autograd.grad(value, (margin, scale))
    assert slopes[0] > 0
    assert torch.isfinite(slopes[1])
    stacked = torch.stack([x, -x])
    got = torch.vmap(lambda v: losses.get(name)(v, y, weight=w))(stacked)
    torch.testing.assert_close(got, torch.stack([losses.get(name)(v, y, weight=w) for v in stacked]))


@each
def test_errors(name):
    x, y, w = batch(10)
    fn = losses.get(name)
    with pytest.raises(TypeError, match="needs weight"):
        fn(x, y)
    with pytest.raises(ValueError, match=r"weight has shape \(5, 2\)"):
        fn(x, y, weight=w[:, :2])
    with pytest.raises(ValueError, match="target holds the label 5; C is 5"):
        fn(x, torch.full_like(y, 5), weight=w)
    with pytest.raises(ValueError, match=r"weight has shape \(5, 0\), want \(C, D\) with a class"):
        fn(x[:, :0], y, weight=w[:, :0])
    with pytest.raises(ValueError, match=r"weight has shape \(0, 3\), want \(C, D\) with a class"):
        fn(x[:0], y[:0], weight=w[:0])
    with pytest.raises(ValueError, match="scale: got 0"):
        fn(x, y, weight=w, scale=0.0)
    with pytest.raises(ValueError, match="margin: got -"):
        fn(x, y, weight=w, margin=-0.1)
    if name == "arcface":
        with pytest.raises(ValueError, match=r"margin: got 28\.6"):  # degrees
            fn(x, y, weight=w, margin=28.6)


def test_a_margin_in_degrees_is_the_default_to_a_tenth_of_a_degree():
    """28.6 degrees, the usual default where margins are in degrees, is 0.4992 radians and not quite 0.5."""
    x, y, w = batch(11)
    near = losses.arcface(x, y, weight=w, margin=math.radians(28.6))
    ours = losses.arcface(x, y, weight=w)
    assert near < ours  # the smaller margin costs less
    torch.testing.assert_close(near, ours, rtol=0, atol=64 * (0.5 - math.radians(28.6)) * 1.01)
    assert losses.arcface(x, y, weight=w, margin=math.radians(0.5)) < ours - 5  # 0.5 degrees is hardly a margin
