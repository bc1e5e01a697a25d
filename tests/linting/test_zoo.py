"""Every broken loss is caught by the check that is meant for it, with the right words and a cure."""

import pytest
from zoo import BROKEN, squared
from zoo_several import BROKEN as SEVERAL
from zoo_several import contrast, triplet
from zoo_tensors import three, two

import lossbook as lb
from lossbook.linting.findings import CHECKS


def _id(case):
    return f"{case[0].__name__}-{case[3]}"


@pytest.mark.parametrize(("fn", "kind", "more", "check", "level", "words"), BROKEN, ids=map(_id, BROKEN))
def test_the_broken_loss_is_caught(fn, kind, more, check, level, words):
    costly = set() if check == "javascript" else {"javascript"}
    report = lb.check_loss(fn, kind=kind, speed=False, skip=costly, **more)
    found = [f for f in report.of(check) if f.level == level and words in f.found]
    assert found, str(report)
    assert found[0].tried
    assert found[0].cure
    assert report.passed == (not report.problems)
    if level == "problem":
        assert not report.passed


@pytest.mark.parametrize(("fn", "examples", "more", "check", "level", "words"), SEVERAL, ids=map(_id, SEVERAL))
def test_the_broken_loss_of_several_tensors_is_caught(fn, examples, more, check, level, words):
    report = lb.check_loss(fn, *examples(), speed=False, skip={"javascript"} - {check}, **more)
    found = [f for f in report.of(check) if f.level == level and words in f.found]
    assert found, str(report)
    assert found[0].tried
    assert found[0].cure
    assert report.passed == (not report.problems)
    if level == "problem":
        assert not report.passed


def test_a_sound_loss_of_several_tensors_has_neither_problem_nor_warning():
    report = lb.check_loss(triplet, *three())
    assert (report.passed, report.problems, report.warnings) == (True, (), ())
    assert {f.check for f in report.at("not run")} == {"masked", "logits", "minimizer"}
    report = lb.check_loss(contrast, *two(), kind="any", speed=False, skip=("precision", "javascript"))
    assert (report.passed, report.problems, report.warnings) == (True, (), ())  # coupled samples are no fault


def test_a_sound_loss_has_neither_problem_nor_warning():
    report = lb.check_loss(squared, kind="regression", elicits="mean")
    assert report.passed
    assert (report.problems, report.warnings) == ((), ())
    assert {f.check for f in report.at("not run")} == {"masked", "logits"}


def test_every_check_that_can_find_fault_is_in_the_zoo():
    for zoo in (BROKEN, SEVERAL):
        assert set(CHECKS) - {case[3] for case in zoo} == {"convexity", "lipschitz", "speed"}  # these only measure


def test_what_does_not_run_passes_nothing():
    report = lb.check_loss(lambda input, target: None, kind="regression")
    assert [f.check for f in report.problems] == ["runs"]
    assert {f.level for f in report.findings} == {"problem", "not run"}
    assert "does not run on ordinary input" in report.of("extremes")[0].found
