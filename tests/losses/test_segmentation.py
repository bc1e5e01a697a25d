"""Losses of the overlap of regions: values by plain loops, relations, empty regions, both errors told apart."""

import itertools

import mpmath as mp
import pytest
import torch

from lossbook import losses
from lossbook.losses import dice, focal_tversky, jaccard, tversky

NAMES = ["dice", "jaccard", "tversky", "focal_tversky"]
each = pytest.mark.parametrize("name", NAMES)
same = torch.testing.assert_close
VARIANTS = [
    ("dice", {}),
    ("dice", {"squared": True}),
    ("dice", {"smooth": 1.5}),
    ("dice", {"squared": True, "smooth": 0.25}),
    ("jaccard", {}),
    ("jaccard", {"smooth": 0.5}),
    ("tversky", {"alpha": 0.3, "beta": 0.7}),
    ("tversky", {"alpha": 1.2, "beta": 0.0, "smooth": 0.1}),
    ("focal_tversky", {}),
    ("focal_tversky", {"alpha": 0.6, "beta": 0.4, "gamma": 2.5, "smooth": 1.0}),
]
variants = pytest.mark.parametrize(("name", "hyper"), VARIANTS, ids=str)


def by_hand(name, p, t, squared=False, smooth=0.0, alpha=None, beta=None, gamma=4 / 3):
    """One region, pixel by pixel, as the papers write it: one minus the coefficient."""
    alpha = {"focal_tversky": 0.3}.get(name, 0.5) if alpha is None else alpha
    beta = {"focal_tversky": 0.7}.get(name, 0.5) if beta is None else beta
    p, t, s = [mp.mpf(v) for v in p], [mp.mpf(v) for v in t], mp.mpf(smooth)
    both = sum(a * b for a, b in zip(p, t, strict=True))
    if name == "dice":
        power = 2 if squared else 1
        return 1 - (2 * both + s) / (sum(a**power for a in p) + sum(b**power for b in t) + s)
    excess = sum(a * (1 - b) for a, b in zip(p, t, strict=True))
    missed = sum(b * (1 - a) for a, b in zip(p, t, strict=True))
    if name == "jaccard":
        return 1 - (both + s) / (both + excess + missed + s)
    cost = 1 - (both + s) / (both + mp.mpf(alpha) * excess + mp.mpf(beta) * missed + s)
    return cost if name == "tversky" else cost ** (1 / mp.mpf(gamma))


def pictures(seed=0, shape=(3, 2, 4, 5), soft=True):
    gen = torch.Generator().manual_seed(seed)
    p, t = torch.rand(2, *shape, generator=gen, dtype=torch.float64)
    return p, t if soft else (t < 0.4).double()


@variants
@pytest.mark.parametrize("soft", [True, False])
def test_values_by_hand(name, hyper, soft):
    p, t = pictures(soft=soft)
    got = losses.get(name)(p, t, reduction="none", **hyper)
    assert got.shape == (3, 2)
    with mp.workdps(40):
        for n, c in itertools.product(range(3), range(2)):
            want = by_hand(name, p[n, c].reshape(-1).tolist(), t[n, c].reshape(-1).tolist(), **hyper)
            assert abs(got[n, c].item() - want) <= 1e-14 * want


@variants
def test_values_keep_their_digits_where_the_prediction_is_nearly_perfect(name, hyper):
    t = torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    off = torch.tensor([1e-9, 3e-12, 2e-10, 0.0, 1e-11], dtype=torch.float64)
    p = t + off * (1 - 2 * t)
    got = losses.get(name)(p[None, None], t[None, None], **hyper).item()
    with mp.workdps(60):
        want = by_hand(name, p.tolist(), t.tolist(), **hyper)
    assert want < 1e-3
    assert abs(got - want) <= 1e-14 * want


@variants
def test_activations_are_what_they_say(name, hyper):
    x, t = pictures(seed=1)
    x = 6 * x - 3
    fn = losses.get(name)
    same(fn(x, t, activation="sigmoid", **hyper), fn(1 / (1 + torch.exp(-x)), t, **hyper), rtol=1e-12, atol=0)
    ratio = torch.exp(x) / torch.exp(x).sum(1, keepdim=True)
    same(fn(x, t, activation="softmax", **hyper), fn(ratio, t, **hyper), rtol=1e-12, atol=0)


def test_relations():
    p, t = pictures(seed=3)
    h = (p > 0.5).double()
    y = (t > 0.5).double()
    same(tversky(p, t), dice(p, t), rtol=1e-13, atol=0)
    same(tversky(p, t, smooth=0.7), dice(p, t, smooth=1.4), rtol=1e-13, atol=0)
    same(tversky(p, t, alpha=1.0, beta=1.0, smooth=0.7), jaccard(p, t, smooth=0.7), rtol=1e-13, atol=0)
    same(focal_tversky(p, t, gamma=1.0), tversky(p, t, alpha=0.3, beta=0.7), rtol=1e-13, atol=0)
    same(focal_tversky(p, t, reduction="none") ** (4 / 3), tversky(p, t, alpha=0.3, beta=0.7, reduction="none"))
    d, j = (fn(p, t, reduction="none") for fn in (dice, jaccard))
    assert (j >= d).all()
    d, j = (fn(h, y, reduction="none") for fn in (dice, jaccard))
    same(d, j / (2 - j), rtol=1e-13, atol=1e-15)
    same(j, 2 * d / (1 + d), rtol=1e-13, atol=1e-15)
    same(dice(h, y, squared=True), dice(h, y), rtol=1e-13, atol=0)


def test_hard_predictions_are_f1_iou_and_f_beta():
    sklearn = pytest.importorskip("sklearn.metrics")
    h, y = (v > 0.5 for v in pictures(seed=4, shape=(1, 1, 60)))
    flat = h.reshape(-1).numpy(), y.reshape(-1).numpy()
    h, y = h.double(), y.double()
    assert dice(h, y).item() == pytest.approx(1 - sklearn.f1_score(*flat[::-1]), rel=1e-13)
    assert jaccard(h, y).item() == pytest.approx(1 - sklearn.jaccard_score(*flat[::-1]), rel=1e-13)
    # F-beta weighs what is missed beta^2 times: alpha = 1 / (1 + beta^2)
    got = tversky(h, y, alpha=0.2, beta=0.8).item()
    assert got == pytest.approx(1 - sklearn.fbeta_score(*flat[::-1], beta=2), rel=1e-13)


def test_alpha_weighs_false_positives_and_beta_false_negatives():
    small, large = (torch.tensor(v, dtype=torch.float64).reshape(1, 1, 4) for v in ([1, 0, 0, 0], [1, 1, 1, 0]))
    # 1 right and 2 too many: 2 alpha / (1 + 2 alpha); 1 right and 2 missed: 2 beta / (1 + 2 beta)
    assert tversky(large, small, alpha=0.3, beta=0.9).item() == pytest.approx(0.6 / 1.6, rel=1e-14)
    assert tversky(small, large, alpha=0.3, beta=0.9).item() == pytest.approx(1.8 / 2.8, rel=1e-14)
    assert tversky(torch.ones_like(small), small, alpha=0.0) == 0
    assert focal_tversky(small, large) > focal_tversky(large, small)


@each
def test_an_absent_class_that_is_predicted_costs(name):
    fn, none = losses.get(name), torch.zeros(1, 1, 6, dtype=torch.float64)
    for p in (1.0, 0.5, 1e-6):
        assert fn(torch.full_like(none, p), none) == 1
    x = torch.full_like(none, 0.5).requires_grad_()
    fn(x, none).backward()
    assert x.grad.abs().max() < 1e-15  # the cost is 1 whatever is predicted: no direction
    x.grad = None
    cost = fn(x, none, smooth=1.0)
    cost.backward()
    assert 0 < cost < 1
    assert (x.grad > 0).all()


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("smooth", [0.0, 1e-5, 1.0])
def test_nothing_predicted_for_nothing_costs_nothing(name, dtype, smooth):
    none = torch.zeros(2, 3, 4, 4, dtype=dtype)
    x = none.clone().requires_grad_()
    cost = losses.get(name)(x, none, smooth=smooth)
    (slope,) = torch.autograd.grad(cost, x, create_graph=True)
    assert cost == 0
    assert slope.isfinite().all()
    if smooth == 0:
        assert (slope == 0).all()
    if slope.requires_grad:
        (curve,) = torch.autograd.grad(slope.sum(), x)
        assert curve.isfinite().all()


@variants
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_no_nan_at_extremes(name, hyper, dtype):
    sizes = [0.0, 1e-45, 1e-38, 1e-30, 1e-19, 1e-18, 2e-18, 1e-12, 1e-6, 0.5, 1 - 1e-7, 1.0]
    p, t = torch.cartesian_prod(*[torch.tensor(sizes, dtype=dtype)] * 2).T.reshape(2, -1, 1, 1).expand(2, -1, 1, 3)
    assert_finite(name, p, t, **hyper)
    x = torch.tensor([0.0, -0.0, 1e-6, 1.0, 40.0, 90.0, 103.0, 700.0, 745.0, 1e4, 1e30], dtype=dtype)
    x, t = torch.cartesian_prod(torch.cat([x, -x]), torch.tensor([0.0, 0.3, 1.0], dtype=dtype)).T.reshape(2, -1, 1)
    for activation in ("sigmoid", "softmax"):
        apart = torch.stack([x, -x], 1), torch.stack([t, 1 - t], 1)
        assert_finite(name, *apart, activation=activation, **hyper)


def assert_finite(name, x, t, **hyper):
    x = x.clone().requires_grad_()
    values = losses.get(name)(x, t, reduction="none", **hyper)
    (slope,) = torch.autograd.grad(values.sum(), x, create_graph=True)
    assert values.isfinite().all()
    assert ((values >= 0) & (values <= 1 + 1e-6)).all()
    assert slope.isfinite().all()
    if slope.requires_grad:
        (curve,) = torch.autograd.grad(slope.sum(), x)
        assert not curve.isnan().any()


@each
def test_perfect_predictions_cost_exactly_nothing(name):
    y = pictures(seed=6, soft=False)[1]
    assert (losses.get(name)(y, y, reduction="none") == 0).all()
    x = y.clone().requires_grad_()
    (slope,) = torch.autograd.grad(losses.get(name)(x, y), x)
    if name == "focal_tversky":  # infinite from one side, 0 by convention
        assert (slope == 0).all()
        near = (y + 1e-7 * (1 - 2 * y)).requires_grad_()
        assert torch.autograd.grad(focal_tversky(near, y), near)[0].abs().max() > 0.1
    else:
        assert (slope * (1 - 2 * y) > 0).all()


def test_the_best_answer_to_doubt_is_yes_or_no():
    """Four pixels, each in the region 7 times in 10: expected loss over all 16 outcomes, over constant answers."""
    outcomes = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)), dtype=torch.float64)
    odds = (0.7 * outcomes + 0.3 * (1 - outcomes)).prod(1)
    answers = torch.linspace(0.01, 1, 100, dtype=torch.float64)
    for name in NAMES:
        assert losses.get(name).record.proper is False
        expected = torch.stack(
            [
                losses.get(name)(torch.full((16, 1, 4), a.item(), dtype=a.dtype), outcomes[:, None], reduction="none")[
                    :, 0
                ]
                @ odds
                for a in answers
            ]
        )
        assert answers[expected.argmin()] == 1.0
    soft = torch.full((1, 1, 4), 0.7, dtype=torch.float64)
    best = {
        squared: answers[
            torch.stack([dice(torch.full_like(soft, a.item()), soft, squared=squared) for a in answers]).argmin()
        ]
        for squared in (False, True)
    }
    assert best[False] == 1.0
    assert best[True].item() == pytest.approx(0.7, abs=1e-9)


def test_pictures_weigh_the_same_whatever_their_regions():
    p, t = pictures(seed=7)
    for name in NAMES:
        fn = losses.get(name)
        apart = [fn(p[n : n + 1, c : c + 1], t[n : n + 1, c : c + 1]) for n in range(3) for c in range(2)]
        same(fn(p, t), torch.stack(apart).mean(), rtol=1e-13, atol=0)
    whole = dice(p.transpose(0, 1).reshape(1, 2, -1), t.transpose(0, 1).reshape(1, 2, -1))
    assert abs(whole - dice(p, t)) > 1e-4
