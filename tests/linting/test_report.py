"""How a report reads: text, HTML that follows the theme, and the command with its exit status."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from zoo import broadcasts, no_softmax

import lossbook as lb
from lossbook.linting import Finding, Report
from lossbook.linting.command import main
from lossbook.look import TOKENS, css

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def report():
    return lb.check_loss(broadcasts, kind="regression", speed=False, skip="javascript")


def test_text_says_worst_first_with_what_was_tried_and_the_cure(report):
    lines = str(report).splitlines()
    assert lines[0] == "broadcasts: not passed; 1 problem, 4 notes, 10 ok, 5 not run"
    assert lines[1] == "regression, made tensors: input (24,), target (24,)"
    assert lines[3].startswith("PROBLEM  broadcasting")
    assert all(len(line) <= 100 for line in lines)
    text = " ".join(str(report).split())
    assert "tried: an extra axis, shapes (N, 1) against (N,)" in text
    assert "cure: Raise unless the shapes match" in text
    assert repr(report) == str(report)


def test_findings_by_level_and_by_check(report):
    assert [f.check for f in report.problems] == ["broadcasting"]
    assert report.at("problem") == report.problems == report.of("broadcasting")
    with pytest.raises(LookupError, match="there are runs, repeatable"):
        report.of("spelling")
    with pytest.raises(ValueError, match="level: got 'bad'"):
        report.at("bad")


def test_only_problems_and_emptiness_fail_a_report():
    rows = [Finding("a", level, "tried", "found") for level in ("warning", "note", "not run")]
    assert Report("f", "", tuple(rows)).passed
    assert not Report("f", "", tuple(rows[2:])).passed
    assert not Report("f", "", ()).passed
    assert not Report("f", "", (*rows, Finding("b", "problem", "tried", "found"))).passed


class Outline(HTMLParser):
    """Nesting, tags and attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.words = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def outline(text):
    found = Outline()
    found.feed(text)
    assert found.open == []
    return found


def test_html_is_whole_and_takes_every_color_from_the_theme(report):
    text = report._repr_html_()
    page = outline(text)
    assert not any("style" in attrs or "color" in attrs or "bgcolor" in attrs for _, attrs in page.tags)
    own = text.replace(css(), "")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsl\(", own)
    used = set(re.findall(r"var\(--lb-([a-z0-9]+)", own))
    assert used
    assert used <= set(TOKENS)
    for light_or_dark in (":root {", ':root[data-theme="dark"], body[data-jp-theme-light="false"] {'):
        assert light_or_dark in text
    rows = [attrs for tag, attrs in page.tags if tag == "tr" and "data-check" in attrs]
    assert len(rows) == len(report.findings)
    assert (rows[0]["data-check"], rows[0]["data-level"]) == ("broadcasting", "problem")
    for words in (report.summary(), report.problems[0].found, report.problems[0].cure, report.problems[0].tried):
        assert words in page.words


def test_text_of_a_loss_cannot_break_the_page():
    report = Report("<i>x", "<i>", (Finding("runs", "problem", "<u>", "raises <s> & more", "<em>"),))
    page = outline(report._repr_html_())
    assert not {"i", "u", "s", "em"} & {tag for tag, _ in page.tags}
    assert "raises <s> & more" in page.words


def test_command_exits_with_0_1_or_2(monkeypatch, capsys):
    monkeypatch.chdir(HERE)
    quick = ["--skip", "javascript"]
    assert main(["check", "zoo:squared", "--kind", "regression", "--elicits", "mean", *quick]) == 0
    assert "squared: passed" in capsys.readouterr().out
    assert main(["check", "zoo:broadcasts", "--kind", "regression", *quick]) == 1
    assert "PROBLEM  broadcasting" in capsys.readouterr().out
    assert main(["check", "lossbook.losses:quantile", "--hyper", "q=0.9", *quick]) == 0
    assert "the 0.9-quantile: 10.000" in capsys.readouterr().out


@pytest.mark.parametrize("example", ["three", "by_name", "both", "TENSORS"])
def test_the_command_takes_example_tensors(example, monkeypatch, capsys):
    monkeypatch.chdir(HERE)
    quick = ["--skip", "javascript", "--hyper", "margin=0.5"]
    assert main(["check", "zoo_several:triplet", "--example", f"zoo_tensors:{example}", *quick]) == 0
    assert "your tensors: anchor (6, 4), positive (6, 4), negative (6, 4)" in capsys.readouterr().out


def test_the_command_takes_losses_of_the_package_without_tensors(capsys):
    assert main(["check", "lossbook.losses:triplet", "--skip", "javascript"]) == 0
    assert "made tensors: anchor (6, 4)" in capsys.readouterr().out
    assert main(["check", "lossbook.losses:info_nce", "--kind", "any", "--skip", "javascript"]) == 0
    assert "note     reduction     samples are coupled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["zoo_several:triplet", "--example", "zoo_several:two"], "cannot be called with the tensors given (2)"),
        (["zoo_several:triplet", "--example", "zoo_several:nothing"], "zoo_several has no 'nothing'"),
        (["zoo"], "want module:function"),
        (["zoo:missing", "--kind", "regression"], "zoo has no 'missing'"),
        (["no_such_module_here:f"], "No module named"),
        (["zoo:squared"], "kind: cannot be told"),
        (["zoo:squared", "--kind", "regression", "--hyper", "delta"], "want NAME=VALUE"),
        (["zoo:squared", "--kind", "regression", "--skip", "sped"], "want names of checks"),
        (["zoo:squared", "--kind", "regression", "--elicits", "mode"], "elicits: got 'mode'"),
    ],
)
def test_wrong_use_of_the_command_exits_with_2(arguments, words, monkeypatch, capsys):
    monkeypatch.chdir(HERE)
    assert main(["check", *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_strict_counts_warnings(monkeypatch, capsys):
    monkeypatch.chdir(HERE)
    lenient = ["check", "zoo:no_softmax", "--kind", "classes", "--skip", "javascript"]
    report = lb.check_loss(no_softmax, kind="classes", speed=False, skip="javascript")
    assert report.warnings
    assert main(lenient) == (0 if report.passed else 1)
    assert main([*lenient, "--strict"]) == 1


def test_the_module_runs_as_a_program():
    command = [sys.executable, "-m", "lossbook", "check", "zoo:raises", "--kind", "regression"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "PROBLEM  runs" in done.stdout
    done = subprocess.run([*command[:4], "zoo"], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("python -m lossbook check: got 'zoo'")
