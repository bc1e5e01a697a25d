"""Scores of class probabilities, and divergences: closed forms, what they elicit, relations, peers, refusals."""

import math

import mpmath as mp
import pytest
import scipy.spatial.distance
import scipy.stats
import sklearn.metrics
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_latex import evaluate

from lossbook import losses

SCORES = {  # written from Gneiting and Raftery (2007), with the sign turned
    "brier": lambda p, y: sum((v - (k == y)) ** 2 for k, v in enumerate(p)),
    "log_score": lambda p, y: -mp.log(p[y]),
    "spherical_score": lambda p, y: 1 - p[y] / mp.sqrt(sum(v * v for v in p)),
}
scores = pytest.mark.parametrize("name", SCORES)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.fixture
def batch():
    gen = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(40, 5, generator=gen, dtype=torch.float64)
    return x, torch.softmax(x, 1), torch.randint(0, 5, (40,), generator=gen)


@scores
def test_scores_are_exact_and_as_their_formula_says(name, batch):
    _, p, y = batch
    got = losses.get(name)(p, y, reduction="none")
    with mp.workdps(50):
        for row, label, value in zip(p.tolist(), y.tolist(), got.tolist(), strict=True):
            want = SCORES[name]([mp.mpf(v) for v in row], label)
            assert abs(value - want) <= 4e-16 * (1 + abs(want))
            said = evaluate(losses.get(name).record.formula, p=row, y=label + 1, C=5)
            assert value == pytest.approx(said, rel=1e-9, abs=1e-14)
    nearly = double([1 - 2.0**-40, 2.0**-40])
    value = losses.get(name)(nearly, torch.tensor(0)).item()  # almost sure, and right: not a digit is lost
    with mp.workdps(50):
        assert value == pytest.approx(float(SCORES[name]([mp.mpf(v) for v in nearly.tolist()], 0)), rel=1e-15)


@scores
@pytest.mark.parametrize("truth", [[0.6, 0.3, 0.1], [0.05, 0.05, 0.9], [1 / 3, 1 / 3, 1 / 3]])
def test_scores_are_strictly_proper(name, truth):
    q, gen = double(truth), torch.Generator().manual_seed(3)

    def expected(p):
        return float(losses.get(name)(p.expand(3, 3).contiguous(), torch.arange(3), reduction="none") @ q)

    best = expected(q)
    assert losses.get(name).record.proper is True
    for step in (1e-3, 0.03, 0.3):
        for _ in range(30):
            p = torch.softmax(torch.log(q) + step * torch.randn(3, generator=gen, dtype=torch.float64), 0)
            assert expected(p) > best
    leaf = torch.log(q).requires_grad_()
    total = (losses.get(name)(torch.softmax(leaf, 0).expand(3, 3), torch.arange(3), reduction="none") @ q,)
    assert torch.autograd.grad(total, leaf)[0].abs().max() < 1e-15


def test_brier_and_its_slope_are_bounded_and_half_of_it_is_that_of_one_class(batch):
    p = batch[1].clone().requires_grad_()
    (slope,) = torch.autograd.grad(losses.brier(p, batch[2], reduction="sum"), p)
    assert slope.abs().max() <= losses.brier.record.at("lipschitz")
    worst = double([0.0, 1.0]).requires_grad_()
    assert losses.brier(worst, torch.tensor(0)) == 2
    (slope,) = torch.autograd.grad(losses.brier(worst, torch.tensor(0)), worst)
    assert slope.abs().max() == 2
    yes = batch[1][:, 0]
    two = torch.stack([1 - yes, yes], 1)
    label = (batch[2] == 0).long()
    torch.testing.assert_close(losses.brier(two, label) / 2, ((yes - label) ** 2).mean())


def test_scores_beside_their_siblings(batch):
    x, p, y = batch
    same = torch.testing.assert_close
    same(losses.log_score(p, y), losses.cross_entropy(x, y))
    same(losses.log_score(p, y, reduction="none"), F.nll_loss(p.log(), y, reduction="none"))
    sure = F.normalize(p, dim=1).gather(1, y[:, None])[:, 0]
    same(losses.spherical_score(p, y, reduction="none"), 1 - sure)
    assert losses.log_score(double([0.0, 1.0]), torch.tensor(0)) == math.inf
    assert losses.spherical_score(double([0.0, 1.0]), torch.tensor(0)) == 1


@scores
def test_labels_and_probabilities_are_checked(name, batch):
    fn, p, y = losses.get(name), batch[1], batch[2]
    with pytest.raises(ValueError, match="target holds the label 5; C is 5, so labels are 0 to 4"):
        fn(p, y + 5 - y)
    with pytest.raises(ValueError, match="probs: sums along the last axis are off 1 by up to 4"):
        fn(torch.ones_like(p), y)
    with pytest.raises(ValueError, match="probs: got -"):
        fn(batch[0], y)
    pixels = p.reshape(2, 4, 5, 5)
    torch.testing.assert_close(fn(pixels, y.reshape(2, 4, 5), reduction="none").flatten(), fn(p, y, reduction="none"))


def divergence(p, q):
    with mp.workdps(60):
        return sum(b * mp.log(b / a) for a, b in zip(p, q, strict=True) if b)


def softmax(row):
    powers = [mp.exp(mp.mpf(v)) for v in row]
    return [v / sum(powers) for v in powers]


@pytest.mark.parametrize("size", [0.1, 3.0, 50.0, 800.0])
def test_divergences_are_exact(size, batch):
    x = size / 3 * batch[0]
    q = torch.softmax(batch[0].flip(0), 1)
    q[0], q[1] = double([1.0, 0, 0, 0, 0]), double([0, 0.5, 0, 0.5, 0])
    kl = losses.kl_divergence(x, q, reduction="none")
    js = losses.js_divergence(x, q, reduction="none")
    with mp.workdps(400):
        for k, (row, target) in enumerate(zip(x.tolist(), q.tolist(), strict=True)):
            p, t = softmax(row), [mp.mpf(v) for v in target]
            t = [v / sum(t) for v in t]
            middle = [(a + b) / 2 for a, b in zip(p, t, strict=True)]
            assert abs(kl[k].item() - divergence(p, t)) <= 2e-15 * (1 + size)
            assert abs(js[k].item() - (divergence(middle, p) + divergence(middle, t)) / 2) <= 2e-15 * (1 + size)


@pytest.mark.parametrize("name", ["kl_divergence", "js_divergence"])
def test_formulas_of_divergences(name, batch):
    x, q = batch[0][0], batch[1][1]
    letters = {"p": torch.softmax(x, 0).tolist(), "q": q.tolist(), "C": 5}
    assert losses.get(name)(x, q).item() == pytest.approx(evaluate(losses.get(name).record.formula, **letters))


def test_divergences_beside_their_siblings(batch):
    x, p, y = batch
    q, same, none = p.flip(0), torch.testing.assert_close, {"reduction": "none"}
    hot = F.one_hot(y, 5).double()
    same(losses.kl_divergence(x, hot, **none), losses.cross_entropy(x, y, **none))
    entropy = torch.special.entr(q).sum(1)
    same(losses.kl_divergence(x, q, **none), losses.cross_entropy(x, q, **none) - entropy)
    same(losses.kl_divergence(x, q), F.kl_div(F.log_softmax(x, 1), q, reduction="batchmean"))
    same(losses.js_divergence(x, q, **none), losses.js_divergence(q.log(), p, **none))
    far = losses.js_divergence(200 * hot.roll(1, 1), hot, **none)
    same(far, torch.full_like(far, math.log(2)), rtol=1e-12, atol=0)
    same(losses.kl_divergence(x, p, **none), torch.zeros(40).double(), rtol=0, atol=1e-15)
    for name in ("kl_divergence", "js_divergence"):  # 0 log 0 = 0, in value and in the slope of the logits
        leaf = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(losses.get(name)(leaf, hot), leaf)
        assert slope.isfinite().all()
    leaf, target = x.clone().requires_grad_(), q.clone().requires_grad_()
    slopes = torch.autograd.grad(losses.kl_divergence(leaf, target, reduction="sum"), (leaf, target))
    same(slopes[0], p - q)
    same(slopes[1], torch.log(q) + 1 - torch.log(p))


def test_kl_elicits_probabilities_and_js_of_drawn_labels_does_not():
    q = double([0.6, 0.3, 0.1])
    found = {}
    for name in ("kl_divergence", "js_divergence"):
        x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        step = torch.optim.LBFGS([x], max_iter=300, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

        def expected(name=name, x=x, step=step):
            step.zero_grad()
            value = (
                losses.get(name)(x.expand(3, 3).contiguous(), torch.eye(3, dtype=torch.float64), reduction="none") @ q
            )
            value.backward()
            return value

        step.step(expected)
        found[name] = torch.softmax(x.detach(), 0)
        assert torch.allclose(found[name], q, atol=1e-4) == losses.get(name).record.proper
        assert found[name].argmax() == 0
        again = torch.log(q).requires_grad_()  # the target itself, each time
        (slope,) = torch.autograd.grad(losses.get(name)(again, q), again)
        assert slope.abs().max() < 1e-15


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
def test_peers_compute_the_same(batch):
    x, p, y = batch
    q, close = p.flip(0), 1e-12
    arrays = p.numpy(), y.numpy()
    theirs = sklearn.metrics.brier_score_loss(arrays[1], arrays[0], labels=range(5), scale_by_half=False)
    assert losses.brier(*arrays) == pytest.approx(theirs, rel=close)
    assert losses.log_score(*arrays) == pytest.approx(sklearn.metrics.log_loss(arrays[1], p.numpy(), labels=range(5)))
    kl = losses.kl_divergence(x, q, reduction="none")
    torch.testing.assert_close(kl, torch.tensor(scipy.stats.entropy(q.numpy(), p.numpy(), axis=1)))
    js = scipy.spatial.distance.jensenshannon(p.numpy(), q.numpy(), axis=1) ** 2
    torch.testing.assert_close(losses.js_divergence(x, q, reduction="none"), torch.tensor(js))
    mean = F.kl_div(F.log_softmax(x, 1), q, reduction="mean")  # divides by the number of classes too
    torch.testing.assert_close(kl.mean(), 5 * mean)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 4), min_size=0, max_size=2),
    count=st.integers(1, 6),
    seed=st.integers(0, 99),
    name=st.sampled_from([*SCORES, "kl_divergence", "js_divergence"]),
)
def test_any_shape_and_any_order_of_the_classes(shape, count, seed, name):
    gen, fn = torch.Generator().manual_seed(seed), losses.get(name)
    x = 4 * torch.randn(*shape, count, generator=gen, dtype=torch.float64)
    order = torch.randperm(count, generator=gen)
    if name in SCORES:
        first, target = torch.softmax(x, -1), torch.randint(0, count, shape, generator=gen)
        moved = torch.argsort(order)[target]
    else:
        first, target = x, torch.softmax(torch.randn(x.shape, generator=gen, dtype=torch.float64), -1)
        moved = target[..., order]
    got = fn(first, target, reduction="none")
    assert got.shape == tuple(shape)
    assert (got >= -1e-15).all()
    torch.testing.assert_close(fn(first[..., order], moved, reduction="none"), got, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["kl_divergence", "js_divergence"])
def test_short_forms_of_divergences_are_their_definitions(name, batch):
    x, q = batch[0], torch.softmax(batch[0].flip(0), 1)
    q[0], q[1] = F.one_hot(batch[2][:2], 5)
    weights, found = torch.linspace(-1, 2, 40, dtype=torch.float64), []
    for fn in (lambda v, t: losses.get(name)(v, t, reduction="none"), losses.get(name).definition):
        for size in (1.0, 300.0):
            leaf = (size * x).requires_grad_()
            (slope,) = torch.autograd.grad((fn(leaf, q) * weights).sum(), leaf, create_graph=False)
            (again,) = torch.autograd.grad((fn(leaf, q) * weights).sum(), leaf, create_graph=True)
            (bend,) = torch.autograd.grad((again**2).sum(), leaf)
            found.append((fn(leaf, q).detach(), slope, again.detach(), bend))
    for ours, theirs in zip(found[:2], found[2:], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-13)
    rows = torch.vmap(losses.get(name))(x.reshape(4, 10, 5), q.reshape(4, 10, 5))
    torch.testing.assert_close(rows.mean(), losses.get(name)(x, q))
