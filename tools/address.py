"""Carry the public address from ``_config.yml`` to what cannot read it there: README and the notebooks' first cells."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
# OWNER/NAME, where it follows one of these; the branch is `main` everywhere
_PLACES = re.compile(
    r"((?:git\+|git clone )https://github\.com/|mybinder\.org/v2/gh/|colab\.research\.google\.com/github/)[\w.-]+/[\w.-]+"
)


def carry(root: Path, *, write: bool = True) -> list[str]:
    """Put the address of ``_config.yml`` into README.md and the notebooks below ``root``.

    Returns the files that differed; ``write=False`` only looks.
    """
    url = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"].rstrip("/")
    name = "/".join(url.split("/")[-2:])
    changed = []
    for path in [root / "README.md", *sorted((root / "chapters").rglob("*.ipynb"))]:
        old = path.read_text(encoding="utf-8")
        new = _PLACES.sub(lambda match: match[1] + name, old)
        if new != old:
            changed.append(path.relative_to(root).as_posix())
            if write:
                path.write_text(new, encoding="utf-8")
    return changed


if __name__ == "__main__":
    print(*(carry(ROOT) or ["nothing to change"]), sep="\n")
    sys.exit(0)
