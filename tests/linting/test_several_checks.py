"""Losses of any number of tensors: what each check says of them."""

import dataclasses

import torch
import torch.nn.functional as F
from quick_reports import found, report
from zoo_several import contrast, tilted, triplet
from zoo_tensors import lists, same, spread, three, two

import lossbook as lb


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


def test_speed_and_memory_of_several_tensors():
    note = lb.check_loss(triplet, *three(), skip="javascript").of("speed")[0]
    assert note.level == "note"
    assert "times the time of mse_loss(anchor, positive), with 49,992 numbers in anchor; autograd keeps" in note.found
    coupled = lb.check_loss(contrast, *two(), kind="any", skip="javascript").of("speed")[0]
    assert "with 2,040 numbers in query" in coupled.found  # 510 samples, each of which meets all others
    original = lb.losses.gradient_penalty

    def in_transforms(critic, real, fake, *, mixing=None):
        return original.definition(critic, real, fake, mixing=mixing).mean()

    in_transforms.record = dataclasses.replace(original.record, parameters=())
    in_transforms.definition, in_transforms.core = original.definition, original.core
    inner = lb.check_loss(in_transforms, skip="javascript").of("speed")[0]
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
