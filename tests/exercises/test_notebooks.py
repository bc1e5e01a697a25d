"""In every notebook the stub of an exercise does not pass and its solution does, each in a fresh namespace."""

from pathlib import Path

import nbformat
import pytest

import lossbook as lb

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"


def tagged(notebook, tag):
    return [cell.source for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def notebooks_with_exercises():
    for path in sorted(CHAPTERS.rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if tagged(notebook, "exercise") or tagged(notebook, "solution"):
            yield pytest.param(notebook, id=path.relative_to(CHAPTERS).with_suffix("").as_posix())


@pytest.fixture
def outcomes(monkeypatch):
    """What every check of an executed cell came to: (id, True or False)."""
    found, check = [], lb.exercises.check

    def recorded(name, answer):
        try:
            found.append((name, bool(check(name, answer))))
        except lb.exercises.NotYet:
            found.append((name, False))

    monkeypatch.setattr(lb, "check", recorded, raising=False)
    return found


def run(notebook, source, outcomes):
    """The cell after the notebook's import cell; returns the checks that it made."""
    namespace = {"__name__": "__main__"}
    imports = [cell.source for cell in notebook.cells if "import lossbook as lb" in cell.source]
    assert imports, "the notebook has no cell with `import lossbook as lb`"
    exec(imports[0], namespace)
    outcomes.clear()
    exec(source, namespace)
    return list(outcomes)


@pytest.mark.parametrize("notebook", list(notebooks_with_exercises()))
def test_stub_does_not_pass_and_solution_does(notebook, outcomes):
    stubs, solutions = tagged(notebook, "exercise"), tagged(notebook, "solution")
    assert len(stubs) == len(solutions), "every exercise has a solution"
    for stub, solution in zip(stubs, solutions, strict=True):
        open_checks, right_checks = run(notebook, stub, outcomes), run(notebook, solution, outcomes)
        assert open_checks, f"the exercise cell checks nothing:\n{stub}"
        assert not any(passed for _, passed in open_checks), f"the stub passes already:\n{stub}"
        assert all(passed for _, passed in right_checks), f"the solution does not pass:\n{solution}"
        assert [name for name, _ in right_checks] == [name for name, _ in open_checks]


def test_every_exercise_stands_in_a_notebook():
    text = "\n".join(source for param in notebooks_with_exercises() for source in tagged(param.values[0], "exercise"))
    assert [name for name in lb.exercises.names() if f'"{name}"' not in text] == []
