"""Losses of any number of tensors: how they are passed, what counts as samples, and what each check says of them."""

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from zoo_several import contrast, labeled, lists, same, spread, three, tilted, triplet, two, weighted

import lossbook as lb
from lossbook.linting.roles import Role, role_of_value

QUICK = {"speed": False, "skip": "javascript"}


def report(fn, *args, **more):
    return lb.check_loss(fn, *args, **{**QUICK, **more})


def found(fn, *args, check, **more):
    (finding,) = report(fn, *args, **more).of(check)
    return finding.level, finding.found


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


def test_the_minimizer_of_several_tensors():
    def right(prediction, target, log_scale):
        return tilted(target, prediction, log_scale)

    for level, words in ((0.9, "the 0.9-quantile: 10.000"),):
        assert found(right, *spread(), check="minimizer", elicits=("quantile", level)) == ("ok", words)

    def share_squares(probs, labels):
        if labels.shape != probs.shape[:1]:
            raise ValueError("one label a sample")
        return ((probs - F.one_hot(labels, probs.shape[1])) ** 2).sum(1).mean()

    probs = torch.randn(12, 4, generator=torch.Generator().manual_seed(0)).softmax(1)
    said = found(share_squares, probs, torch.arange(12) % 4, check="minimizer", kind="any", elicits="probability")
    assert said == ("ok", "the class probabilities: 0.100, 0.200, 0.300, 0.400")
    level, words = found(triplet, *three(), check="minimizer", elicits="mean")
    assert (level, "one prediction" in words) == ("not run", True)


def test_samples_that_meet_are_told_from_a_mean_over_a_mask():
    assert found(contrast, *two(), check="reduction", kind="any")[0] == "note"

    def hidden(scores, relevance, padding):
        same(scores, relevance, padding)
        return torch.where(padding, 0.0, (scores - relevance) ** 2).sum() / (~padding).sum().clamp(min=1)

    scores, relevance, mask = lists()
    kept = found(hidden, scores, relevance, ~mask, check="reduction")
    assert kept == ("ok", "it is the mean over what its mask lets through")
    level, words = found(hidden, scores, relevance, ~mask, check="masked")
    assert (level, words) == ("ok", "padding: what it hides does not count, and all True is 0")
    labels = torch.arange(12) // 3
    logits = torch.randn(12, 4, generator=torch.Generator().manual_seed(0))
    said = found(F.cross_entropy, logits, labels, weight=torch.tensor([1.0, 2.0, 3.0, 4.0]), check="reduction")
    assert said == ("ok", "it is a mean with weights, or of those that count: its sum is the sum of its parts")


def test_two_tensors_whose_samples_meet_are_of_no_kind():
    assert report(contrast, *two()).batch.startswith("your tensors")
    assert report(lambda x, y: ((x - y) ** 2).mean(), *two()).batch.startswith("regression")


def test_grades_that_are_tied_are_not_moved():
    def pairs(scores, relevance):
        same(scores, relevance)
        better = relevance[:, :, None] > relevance[:, None, :]
        return (F.softplus(scores[:, None, :] - scores[:, :, None]) * better).sum((1, 2)).mean()

    scores = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    grades = torch.randint(0, 3, (6, 5), generator=torch.Generator().manual_seed(1)).float()
    found = report(pairs, scores, grades, kind="any")
    assert (found.passed, found.warnings) == (True, ())
    assert found.of("masked")[0].found == "finite with relevance all alike, relevance all 0"
    moved = report(pairs, scores, grades + 0.01 * scores.flip(0), kind="any")
    assert moved.of("gradient")[0].level == "ok"  # ranks are flat but for jumps


def test_numbers_that_a_loss_refuses_are_counted_and_are_no_fault():
    def spreads(mean, target, std):
        same(mean, target, std)
        if (std <= 0).any():
            raise ValueError("std must be above 0")
        return (((mean - target) / std) ** 2 / 2 + std.log()).mean()

    mean, target, log_std = spread()
    found = report(spreads, mean, target, log_std.exp())
    assert found.passed, str(found)
    assert "std (12,)" in found.batch
    assert "gradient in std" in str(found) or "in mean, target, std" in found.of("gradient")[0].found


def test_statements_of_a_record_are_held_against_the_loss():
    original = lb.losses.triplet

    def changed(**statements):
        def fn(anchor, positive, *, negative):
            return original(anchor, positive, negative=negative)

        fn.record = dataclasses.replace(original.record, parameters=(), **statements)
        fn.definition, fn.core = original.definition, original.core
        return fn

    level, words = found(changed(convex=True), check="convexity")
    assert (level, words.startswith("the record says convex, and")) == ("problem", True)
    level, words = found(changed(lipschitz="0.01"), check="lipschitz")
    assert (level, words.startswith("the record says at most 0.01, and it reaches")) == ("problem", True)
    assert report(changed()).passed
    assert "along its path (distance of the negative)" in report(original).of("convexity")[0].found


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


def test_speed_and_memory_of_several_tensors():
    note = lb.check_loss(triplet, *three(), skip="javascript").of("speed")[0]
    assert note.level == "note"
    assert "times the time of mse_loss(anchor, positive), with 49,992 numbers in anchor; autograd keeps" in note.found
    coupled = lb.check_loss(contrast, *two(), kind="any", skip="javascript").of("speed")[0]
    assert "with 2,040 numbers in query" in coupled.found  # 510 samples, each of which meets all others
    inner = lb.check_loss(lb.losses.gradient_penalty, skip="javascript").of("speed")[0]
    assert "what autograd keeps cannot be counted" in inner.found


def test_reports_on_noise_can_be_repeated_and_leave_the_random_state_alone():
    def mixed(real, fake):
        t = torch.rand(len(real), 1, dtype=real.dtype, device=real.device)
        same(real, fake)
        return ((t * real + (1 - t) * fake) ** 2).mean()

    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = report(mixed, *two(), kind="any")
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert report(mixed, *two(), kind="any") == first
    assert (first.passed, first.of("repeatable")[0].level) == (True, "warning")
    assert "see repeatable" in first.of("reduction")[0].found
    assert first.of("gradient")[0].level == "ok"


def test_what_a_tensor_is_told_by_its_values():
    def kind(value, name="x", first=False):
        return role_of_value(name, value, True, first)

    normal = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert kind(normal).unbounded
    assert kind(normal > 0, "mask").kind == "mask"
    assert kind(normal > 0, "event").kind == "yes_no"
    assert kind((normal > 0).double()).kind == "yes_no"
    assert kind((normal > 0).double(), first=True).kind == "real"
    assert kind(normal.sign()).kind == "signs"
    assert kind(normal.softmax(1)).kind == "distribution"
    assert kind((3 * normal).round()).kind == "whole"
    assert [kind(normal.reshape(6, 2, 2).softmax(axis)).axis for axis in (1, 2)] == [1, -1]
    assert kind(torch.arange(6)).kind == "labels"
    assert kind(torch.tanh).kind == "function"
    assert kind(None).kind == "none"
    assert (kind(normal.exp()).low, kind(normal.sigmoid()).high, kind(normal.relu()).open) == (0.0, 1.0, False)


def test_stretched_numbers_stay_legal():
    x = torch.tensor([[0.2, 0.8], [0.5, 0.5]], dtype=torch.float64)
    shares = Role("p", "distribution", 0.0, 1.0)
    for factor in (0.0, 1e-3, 1.0, 20.0, 1e4):
        assert torch.allclose(shares.scaled(x, factor).sum(1), torch.ones(2, dtype=torch.float64), rtol=1e-12)
    torch.testing.assert_close(shares.scaled(x, 1.0), x)
    for dtype in (torch.bfloat16, torch.float16):
        assert torch.equal(shares.typed(torch.full((1, 3), 1 / 3), dtype).double().sum(), torch.tensor(1.0).double())
    columns = Role("p", "distribution", 0.0, 1.0, axis=1)
    parts = columns.typed(torch.rand(2, 3, 4, generator=torch.Generator().manual_seed(0)).softmax(1), torch.float16)
    assert torch.equal(parts.double().sum(1), torch.ones(2, 4, dtype=torch.float64))
    above = Role("alpha", "real", 1.0, open=True)
    assert above.scaled(x + 1, 0.0) is None
    assert above.scaled(x + 1, 1e-3).min() > 1
    between = Role("p", "real", 0.0, 1.0, open=True)
    assert 0 < between.scaled(x, 1e4).min() <= between.scaled(x, 1e4).max() < 1


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
