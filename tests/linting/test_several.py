"""Losses of any number of tensors: how they are passed, what counts as samples, what is refused."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from quick_reports import report
from zoo_several import contrast, triplet
from zoo_tensors import labeled, same, three, two, weighted

import lossbook as lb


def test_tensors_are_passed_as_the_loss_is_called():
    a, p, n = three()

    def by_name(anchor, positive, *, negative, margin=1.0):
        return triplet(anchor, positive, negative, margin)

    position = report(triplet, a, p, n, hyper={"margin": 0.5})
    name = report(by_name, a, p, negative=n, hyper={"margin": 0.5})
    assert position.batch == name.batch == "your tensors: anchor (6, 4), positive (6, 4), negative (6, 4)"
    assert position.findings == name.findings
    arrays = report(triplet, *(side.numpy() for side in (a, p, n)), hyper={"margin": 0.5})
    assert arrays.findings == position.findings
    assert report(triplet, *three()).of("runs") != position.of("runs")

    def squares(x, y):
        return ((x - y) ** 2).mean()

    pair = report(squares, a, p)
    assert report(squares, x=a, y=p) == report(squares, input=a, target=p) == pair  # the latter by position
    assert report(lambda **k: squares(k["input"], k["target"]), input=a, target=p).of("runs") == pair.of("runs")
    other = torch.nn.TripletMarginLoss()
    assert report(other, a, p, n).batch == position.batch


def test_what_shares_the_first_length_is_a_sample_and_the_rest_is_held():
    def proxies(embeddings, labels, weight):
        same(embeddings[:1, :], weight[:1, :])
        if labels.shape != embeddings.shape[:1]:
            raise ValueError("one label a sample")
        wide = embeddings if embeddings.dtype is torch.float64 else embeddings.float()
        return F.cross_entropy(wide @ weight.to(wide.dtype).T, labels).to(embeddings.dtype)

    embeddings, labels = labeled()
    found = report(proxies, embeddings, labels, torch.randn(3, 4, generator=torch.Generator().manual_seed(1)))
    assert found.batch.endswith("weight (3, 4); no samples: weight")
    assert (found.passed, found.of("reduction")[0].found) == (True, "it is the mean of its parts")
    assert found.of("gradient")[0].level == "ok"
    assert "labels all alike, labels all different (1 refused)" in found.of("masked")[0].found


def test_one_tensor_and_functions():
    gen = torch.Generator().manual_seed(0)
    rough = report(lambda x: (x[:, 1:] - x[:, :-1]).abs().mean(), torch.randn(6, 5, generator=gen))
    assert (rough.passed, rough.of("broadcasting")[0].found) == (True, "there is one tensor only")

    def critic_gap(critic, real, fake):
        same(real, fake)
        return critic(fake).mean() - critic(real).mean()

    gap = report(critic_gap, torch.tanh, torch.randn(6, 4, generator=gen), torch.randn(6, 4, generator=gen))
    assert gap.batch == "your tensors: real (6, 4), fake (6, 4)"
    assert gap.passed
    assert gap.of("device")[0].found.startswith("critic may hold tensors of its own")


def test_modules_go_along_with_dtype_and_device():
    torch.manual_seed(0)
    critic, weight = torch.nn.Linear(4, 1), torch.rand(4)

    def gap(real, fake, critic):
        same(real, fake)
        return critic(fake).mean() - critic(real).mean()

    found = report(gap, *two(), critic)
    assert (found.passed, found.of("device")[0].level) == (True, "ok")
    assert critic.weight.dtype is torch.float32
    weighted = report(torch.nn.CrossEntropyLoss(weight=weight), _rows(12, 4), torch.arange(12) % 4)
    assert (weighted.passed, weighted.of("dtype")[0].level) == (True, "ok")


def _rows(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_losses_of_the_package_take_tensors_of_the_reader():
    a, p, n = three()
    found = report(lb.losses.triplet, a, p, negative=n)
    assert (found.passed, found.batch) == (True, "your tensors: anchor (6, 4), positive (6, 4), negative (6, 4)")
    with pytest.raises(TypeError, match="missing a required argument: 'negative'"):
        report(lb.losses.triplet, a, p)


def test_a_kind_says_what_the_first_two_are_and_the_rest_is_kept():
    def bce(logits, target, weight):
        same(logits, target, weight)
        return F.binary_cross_entropy_with_logits(logits, target, weight=weight)

    found = report(bce, *weighted(), kind="binary", elicits="probability")
    assert found.batch == "binary, your tensors: logits (12,), target (12,), weight (12,)"
    assert found.of("minimizer")[0].found == "the probability: 0.350"
    assert found.of("convexity")[0].found == "convex on a grid from -20 to 20"
    assert (found.passed, found.warnings) == (True, ())


def test_two_tensors_whose_samples_meet_are_of_no_kind():
    assert report(contrast, *two()).batch.startswith("your tensors")
    assert report(lambda x, y: ((x - y) ** 2).mean(), *two()).batch.startswith("regression")


def test_a_single_number_is_a_setting():
    def scaled(query, key, temperature):
        same(query, key)
        wide = torch.promote_types(query.dtype, torch.float32)
        q, k = (side.to(wide) for side in (query, key))
        d = ((q - k) ** 2).sum(1) / temperature.to(wide)
        return torch.log1p(d).mean().to(query.dtype)

    found = report(scaled, *two(), torch.tensor(0.5))
    assert found.of("extremes")[0].level == "ok", str(found)
    assert found.of("gradient")[0].found.endswith("in query, key, temperature")
    assert found.batch.endswith("temperature (); no samples: temperature")


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (TypeError, r"margin: got float, .* go into hyper", lambda: report(triplet, *three(), margin=0.5)),
        (TypeError, "elicit: got str", lambda: report(triplet, *three(), elicit="mean")),
        (TypeError, "anchor: got list", lambda: report(triplet, [1.0], *two())),
        (
            TypeError,
            "labels: got torch.int64, want a floating",
            lambda: report(lambda labels, x: x, torch.arange(6), two()[0]),
        ),
        (TypeError, r"cannot be called with the tensors given \(2\)", lambda: report(triplet, *two())),
        (TypeError, "positive: got twice", lambda: report(triplet, *three(), positive=two()[1])),
        (TypeError, "critic: got no tensor", lambda: report(lambda critic: critic, torch.tanh)),
        (ValueError, "anchor and positive: got shapes", lambda: report(triplet, *(x[:3] for x in three()))),
        (ValueError, "want an input and a target", lambda: report(lambda x: x.mean(), two()[0], kind="binary")),
        (ValueError, "triplet, which says what it is given", lambda: report(lb.losses.triplet, kind="binary")),
    ],
)
def test_wrong_use_is_refused_with_what_is_wanted(error, words, call):
    with pytest.raises(error, match=words):
        call()


def test_long_lists_of_tensors_stay_within_the_width_of_the_page():
    names = [f"a_side_with_a_long_name_{i}" for i in range(6)]
    sides = dict(zip(names, np.random.default_rng(0).normal(size=(6, 5, 2)), strict=True))
    text = str(report(lambda **sides: sum((side**2).mean() for side in sides.values()), **sides))
    assert all(len(line) <= 100 for line in text.splitlines())
    assert all(name in text for name in names)
