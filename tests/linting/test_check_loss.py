"""The door of check_loss, the registry's own losses, and what a reader may pass."""

import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from zoo import always_float32, broadcasts, squared, wrong_mask

import lossbook as lb
from lossbook.linting.findings import CHECKS, Finding
from lossbook.linting.samples import KINDS, kind_of_record

TOLD = {"speed", "javascript", "masked", "logits", "minimizer"}  # left out here, or no matter of every loss


def test_losses_tell_their_kind():
    assert {kind_of_record(record) for record in lb.losses.records()} == set(KINDS)


@pytest.mark.parametrize("name", lb.losses.names())
def test_every_loss_of_the_registry_passes(name):
    loss = lb.losses.get(name)
    report = lb.check_loss(loss, speed=False, skip="javascript")  # which has tests of its own
    assert report.passed, str(report)
    assert {f.check for f in report.findings} == set(CHECKS)
    left = {f.check: f.found for f in report.at("not run") if f.check not in TOLD}
    sides = loss.record.sides
    allowed = {"broadcasting"} if sum(side.kind != "function" for side in sides) == 1 else set()
    if not any(role in report.of("reduction")[0].found for role in ("mean", "sum", "coupled")):
        allowed |= {"reduction", "permutation", "empty"}  # no axis counts samples
        assert sides
    if "device" in left:
        allowed |= {"device"}
        assert "meta device" in left["device"] or any(side.kind == "function" for side in sides)
    assert set(left) <= allowed, str(report)


@pytest.mark.parametrize(
    ("name", "hyper", "words"),
    [
        ("mse", {}, "the mean: 5.381"),
        ("mae", {}, "the median: 3.000"),
        ("quantile", {"q": 0.9}, "the 0.9-quantile: 10.000"),
        ("cross_entropy", {}, "the class probabilities: 0.067, 0.133, 0.200, 0.267, 0.333"),
        ("binary_cross_entropy_with_logits", {}, "the probability: 0.350"),
    ],
)
def test_the_minimizer_is_the_recorded_one(name, hyper, words):
    (found,) = lb.check_loss(lb.losses.get(name), hyper=hyper, speed=False, skip="javascript").of("minimizer")
    assert (found.level, found.found) == ("ok", words)


def test_a_declared_functional_overrules_the_record():
    report = lb.check_loss(lb.losses.mse, elicits=("quantile", 0.25), speed=False, skip="javascript")
    assert "the best constant is 5.381; the 0.25-quantile is 2.000" in report.problems[0].found


def test_wrong_records_are_found(monkeypatch):
    def cubic(input, target):
        return (input - target).abs() ** 1.5

    cubic.record = lb.losses.mae.record  # which says: slope at most 1
    (found,) = lb.check_loss(cubic, speed=False, skip="javascript").of("lipschitz")
    assert (found.level, "the record says at most 1" in found.found) == ("problem", True)
    concave = lambda input, target: torch.log1p((input - target).abs())  # noqa: E731
    concave.record = lb.losses.mae.record
    (found,) = lb.check_loss(concave, speed=False, skip="javascript").of("convexity")
    assert (found.level, "the record says convex" in found.found) == ("problem", True)


def test_convexity_and_steepness_are_measured():
    def of(fn, check, kind="regression"):
        return lb.check_loss(fn, kind=kind, speed=False, skip="javascript").of(check)[0].found

    assert of(squared, "convexity") == "convex on a grid from -20 to 20"
    assert of(lb.losses.cauchy, "convexity").startswith("not convex: the slope falls between")
    assert of(F.cross_entropy, "convexity", "classes") == "convex on 40 random chords"
    assert "not convex" in of(lambda i, t: -(i.softmax(1).gather(1, t[:, None])).mean(), "convexity", "classes")
    assert of(squared, "lipschitz") == "it grows with the error, to 2e+04 at 1e4"
    assert of(lb.losses.mae, "lipschitz") == "at most 1"


def test_a_right_mask_passes_and_a_label_to_ignore_is_only_noted():
    def right_mask(input, target, mask=None):
        if mask is None:
            return squared(input, target)
        r = torch.where(mask, input - target, 0.0)
        return (r**2).sum() / mask.sum().clamp(min=1)

    (found,) = lb.check_loss(right_mask, kind="regression", speed=False, skip="javascript").of("masked")
    assert (found.level, found.found) == ("ok", "mask: masked equals sliced, and all masked is 0")
    rows = lb.check_loss(wrong_mask, kind="regression", speed=False, skip="javascript").of("masked")
    assert "a NaN under the mask comes through" in rows[1].found
    (found,) = lb.check_loss(F.cross_entropy, kind="classes", speed=False, skip="javascript").of("masked")
    assert (found.level, found.found.startswith("all masked: value nan")) == ("note", True)


def test_samples_of_several_numbers():
    gen = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(6, 4, 3, generator=gen), torch.randint(0, 4, (6, 3), generator=gen)
    report = lb.check_loss(F.cross_entropy, logits, labels, speed=False)
    assert report.batch == "classes, your tensors: input (6, 4, 3), target (6, 3)"
    assert {f.check for f in report.at("not run")} == {"logits", "minimizer", "speed", "javascript"}
    assert report.of("masked")[0].level == "note"
    shares = torch.randn(6, 4, generator=gen).softmax(1)
    report = lb.check_loss(F.cross_entropy, shares.log(), shares, kind="classes", speed=False)
    assert report.passed
    assert "the target holds probabilities" in report.of("masked")[0].found
    report = lb.check_loss(F.huber_loss, torch.randn(6, 4, generator=gen), torch.zeros(6, 4), speed=False)
    assert (report.passed, report.batch.split(",")[0]) == (True, "regression")
    assert report.of("convexity")[0].found == "convex on 40 random chords"


def test_reports_can_be_repeated_and_leave_the_random_state_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = lb.check_loss(broadcasts, kind="regression", speed=False)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert lb.check_loss(broadcasts, kind="regression", speed=False) == first


def test_losses_of_other_makes():
    sides = torch.randn(6, 3, generator=torch.Generator().manual_seed(0)), torch.zeros(6, 3)
    one_each = lb.check_loss(lambda i, t: F.mse_loss(i, t, reduction="none"), *sides, kind="regression", speed=False)
    assert "shape (6, 3), averaged here" in one_each.of("runs")[0].found
    module = lb.check_loss(torch.nn.CrossEntropyLoss(), kind="classes", speed=False, skip="javascript")
    assert module.name == "CrossEntropyLoss"
    assert module.passed


def test_example_tensors_tell_the_kind_and_the_domain():
    gen = torch.Generator().manual_seed(0)
    rate = torch.rand(12, generator=gen) + 0.5
    report = lb.check_loss(lambda i, t: (i - t * i.log()).mean(), rate, rate.round(), kind="regression", speed=False)
    assert report.batch.endswith("inputs kept positive")
    assert report.of("extremes")[0].level in ("ok", "warning")
    assert report.of("gradient")[0].level == "ok"
    share = torch.rand(12, generator=gen) * 0.9 + 0.05
    report = lb.check_loss(F.binary_cross_entropy, share, (share > 0.5).float(), speed=False, skip="javascript")
    assert report.batch.startswith("binary, your tensors")
    assert report.of("runs")[0].level == "ok"
    assert "inputs kept between 0 and 1" in report.of("logits")[0].found
    logits, labels = np.random.default_rng(0).normal(size=(8, 3)), np.arange(8) % 3
    assert lb.check_loss(F.cross_entropy, logits, labels, speed=False, skip="javascript").batch.startswith("classes")


def test_what_cannot_be_tried_is_not_passed():
    def root(input, target):  # neither value nor slope far from the examples
        return (input - target).add(100).sqrt().mean()

    report = lb.check_loss(root, kind="regression", elicits="mean", speed=False, skip="javascript")
    assert report.of("extremes")[0].level == "problem"
    assert "is NaN somewhere; see extremes" in report.of("lipschitz")[0].found

    def log_loss(input, target):
        return torch.where(input.abs() < 15, F.binary_cross_entropy_with_logits(input, target), torch.nan).mean()

    report = lb.check_loss(log_loss, kind="binary", speed=False, skip="javascript")
    for check in ("logits", "convexity", "lipschitz"):
        assert report.of(check)[0].level == "not run"
    nothing = lb.check_loss(
        lambda i, t: (i - t).where((i - t) != i, torch.nan).mean() ** 2, kind="regression", speed=False
    )
    assert {f.level for f in nothing.of("precision")} == {"not run"}
    jump = lb.check_loss(lambda i, t: ((i - t).abs() + ((i - t) > 1)).mean(), kind="regression", speed=False)
    assert "not convex: the loss lies above its chord between 1 and 1." in jump.of("convexity")[0].found


def test_speed_is_noted_and_never_decides():
    def slow(input, target):
        if len(input) > 1000:
            time.sleep(0.005)
        return squared(input, target)

    report = lb.check_loss(slow, kind="regression", skip="javascript")
    (found,) = report.of("speed")
    assert (found.level, report.passed) == ("note", True)
    assert "times the time of mse_loss; autograd keeps 1 inputs" in found.found
    assert "speed=False" in lb.check_loss(slow, kind="regression", speed=False).of("speed")[0].found


def test_javascript_says_where_it_stops():
    def branch(input, target):
        return squared(input, target) if input.sum() > 0 else (input - target).abs().mean()

    (found,) = lb.check_loss(branch, kind="regression", speed=False).of("javascript")
    assert found.level == "note"
    assert "write torch.where" in found.found
    (found,) = lb.check_loss(lb.losses.cross_entropy, speed=False).of("javascript")
    assert found.level == "ok"


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (TypeError, "fn: got str, want a function", lambda: lb.check_loss("mse")),
        (ValueError, r'kind: cannot be told .* kind="binary" \(input is a logit', lambda: lb.check_loss(squared)),
        (ValueError, "kind: got 'x', want one of", lambda: lb.check_loss(squared, kind="x")),
        (TypeError, "missing a required argument: 'target'", lambda: lb.check_loss(squared, torch.zeros(4))),
        (TypeError, "input: got list", lambda: lb.check_loss(squared, [1.0], [1.0])),
        (TypeError, "input: got torch.int64", lambda: lb.check_loss(squared, torch.arange(5), torch.arange(5))),
        (ValueError, "at least 4 samples", lambda: lb.check_loss(squared, torch.zeros(3), torch.zeros(3))),
        (ValueError, "4 samples", lambda: lb.check_loss(squared, torch.zeros(5), torch.zeros(4), kind="regression")),
        (ValueError, "skip: got 'sped', want names of checks", lambda: lb.check_loss(squared, skip=["sped"])),
        (ValueError, "cannot be left out", lambda: lb.check_loss(squared, kind="regression", skip="runs")),
        (TypeError, "hyper: got list", lambda: lb.check_loss(squared, hyper=[1])),
        (ValueError, "elicits: got 'mode'", lambda: lb.check_loss(squared, kind="regression", elicits="mode")),
        (
            ValueError,
            "elicits: got 'quantile 2'",
            lambda: lb.check_loss(squared, kind="regression", elicits="quantile 2"),
        ),
        (ValueError, "for a loss of kind 'binary'", lambda: lb.check_loss(squared, kind="binary", elicits="mean")),
        (ValueError, "leave it out", lambda: lb.check_loss(squared, kind="signs", elicits="probability")),
        (ValueError, "level: got 'bad'", lambda: Finding("runs", "bad", "", "")),
    ],
)
def test_wrong_use_is_refused_with_what_is_wanted(error, words, call):
    with pytest.raises(error, match=words):
        call()


def test_a_skipped_check_says_so():
    report = lb.check_loss(always_float32, kind="regression", skip=["dtype", "javascript"], speed=False)
    (found,) = report.of("dtype")
    assert (found.level, found.found) == ("not run", "left out: in skip")
