"""README's examples do what README says of them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "lossbook" / "widgets" / "frontend"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    (found,) = re.findall(rf"<!-- tested: {re.escape(name)} -->\n```\w+\n(.*?)```", README, flags=re.DOTALL)
    return found


def run(folder: Path, code: str, **environment: str) -> str:
    """Run Python code from a file, in its own process: examples register and replace things."""
    path = folder / "example.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path)], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_loss(tmp_path):
    check = """
import math
import lossbook as lb

values = fair(torch.tensor([1.0, 3.0]), torch.zeros(2), reduction="none")
assert torch.allclose(values, torch.tensor([1 - math.log(2), 3 - math.log(4)]))
far = torch.tensor([1e9], dtype=torch.float64).requires_grad_()
for c in (0.5, 1.0, 4.0):
    (slope,) = torch.autograd.grad(fair(far, torch.zeros_like(far), c=c), far)
    assert abs(float(slope) / fair.record.at("lipschitz", c=c) - 1) < 1e-6
assert "fair" in lb.losses.names("regression")
shown = lb.widgets.LossExplorer(["mse", "fair"], residual=1.0).numbers()
assert abs(shown["fair.value"] - (1 - math.log(2))) < 1e-12
print("whole")
"""
    assert run(tmp_path, example("loss") + check) == "whole\n"


def test_widget(tmp_path):
    assert (FRONTEND / "node_modules").is_dir(), "the front end's packages are missing: pip install -e . brings them"
    folder = tmp_path / "frontend"
    shutil.copytree(FRONTEND, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(FRONTEND / "node_modules")
    (folder / "src" / "square.js").write_text(example("front end, square.js"), encoding="utf-8")
    environment = {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}"}
    for command in (["node", "node_modules/typescript/bin/tsc", "--project", "tsconfig.json"], ["node", "build.mjs"]):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    before = f"""
from pathlib import Path
from lossbook.widgets import base

base.STATIC = Path({str(tmp_path / "static")!r})
"""
    after = """
widget = Square(residual=2.0)
assert widget.numbers() == {"square": 4.0}
data, _ = widget._repr_mimebundle_()
assert "A residual of 2 and its square, 4." in data["image/svg+xml"]
assert "Squared" in widget._esm
try:
    Square(residual=4.0)
except ValueError as error:
    print(error)
"""
    assert "residual: got 4.0" in run(tmp_path, before + example("widget") + after)


def node_folder() -> str:
    from lossbook.javascript import node

    return str(Path(node()).parent)


def test_claim(tmp_path):
    claims = tmp_path / "claims.yml"
    claims.write_text(example("claim"), encoding="utf-8")
    said = run(tmp_path, example("experiment"), LOSSBOOK_CLAIMS=str(claims))
    assert "Verdict: holds." in said


def test_package_example(tmp_path):
    (code,) = re.findall(
        r"```python\n(import numpy as np\nimport lossbook as lb\n\nlb.losses.*?)```", README, flags=re.DOTALL
    )
    assert "function huber(" in run(tmp_path, code)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(((?!https?:)[^)#]+)\)", README))))
def test_linked_files_are_there(path):
    assert (ROOT / path).is_file()


def test_picture_is_light():
    assert 10_000 < (ROOT / "docs" / "landing.png").stat().st_size < 200_000
