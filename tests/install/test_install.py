"""The steps that Binder and Colab take, run in a fresh environment with this checkout in place of the public address."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("fresh_venv.sh")


def colab_lines() -> dict[str, str]:
    """For each notebook that has one: the pip line of its first code cell."""
    lines = {}
    for path in sorted((ROOT / "chapters").rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if found := re.search(r"pip install[^\n]*", first):
            lines[path.relative_to(ROOT).as_posix()] = found[0]
    return lines


def test_every_notebook_installs_the_package_in_colab_by_the_same_line():
    notebooks = {p.relative_to(ROOT).as_posix() for p in (ROOT / "chapters").rglob("*.ipynb")}
    lines = colab_lines()
    assert notebooks
    assert {name for name in notebooks if ".ipynb_checkpoints" not in name} == set(lines)
    assert len(set(lines.values())) == 1, lines
    url = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    assert f"git+{url}" in next(iter(lines.values()))


def test_install_steps_in_a_fresh_environment(tmp_path):
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    checkout = tmp_path / "checkout"
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, checkout / name)
    url = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    line = re.sub(rf"git\+{re.escape(url)}(\.git)?", str(checkout), next(iter(colab_lines().values())))
    assert str(checkout) in line
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(SCRIPT), str(checkout), str(tmp_path), line],
        env={**environment, "PYTHON": getattr(sys, "_base_executable", sys.executable)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert done.stdout.count("works: widget, still picture, compiled loss, claims") == 2
