"""What Binder and Colab do, run in a fresh environment with this checkout in place of the public address."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("fresh_venv.sh")


def address() -> str:
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def first_cells() -> dict[str, str]:
    """The source of each notebook's first code cell: it installs the package where it is missing."""
    sources = {}
    for path in sorted((ROOT / "chapters").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            first = next(cell for cell in cells if cell["cell_type"] == "code")
            assert "remove-cell" in first["metadata"].get("tags", []), f"{path.name}: the first cell would be shown"
            sources[path.relative_to(ROOT).as_posix()] = "".join(first["source"])
    return sources


def test_every_notebook_installs_the_package_in_the_same_way():
    cells = first_cells()
    assert cells
    assert len(set(cells.values())) == 1, f"the first cells differ: {', '.join(cells)}"
    assert f'"git+{address()}"' in next(iter(cells.values()))


def test_install_steps_in_a_fresh_environment(tmp_path):
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    checkout = tmp_path / "checkout"
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, checkout / name)
    cell = tmp_path / "colab.py"
    cell.write_text(next(iter(first_cells().values())).replace(f"git+{address()}", str(checkout)), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(SCRIPT), str(checkout), str(tmp_path), str(cell)],
        env={**environment, "PYTHON": getattr(sys, "_base_executable", sys.executable)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert done.stdout.count("works: widget, still picture, compiled loss, claims") == 2
