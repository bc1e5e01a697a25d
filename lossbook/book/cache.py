"""Where executed notebooks are kept: a folder whose name changes with the code that they ran on.

jupyter-cache finds an executed notebook by its code cells alone. A change in the package would go unnoticed and stale
outputs would be served, so the folder's name carries a digest of everything that a notebook can import or read.
"""

import hashlib
from pathlib import Path

_SUFFIXES = {".py", ".js", ".css", ".yml", ".json"}


def cache_path(root: Path) -> Path:
    """``root/_build/.jupyter_cache-<digest>`` for the book in ``root``.

    The digest covers the package's sources beside the book (Python, JavaScript, CSS, YAML, JSON) and the claims.
    ``lossbook/book`` is left out: it handles outputs and changes none.
    """
    root = Path(root).resolve()
    package = root / "lossbook"
    digest = hashlib.sha256()
    for path in sorted([*package.rglob("*"), root / "chapters" / "claims.yml"]):
        inside = path.relative_to(root).parts
        if path.suffix not in _SUFFIXES or inside[:2] == ("lossbook", "book"):
            continue
        if "node_modules" in inside or "frontend" in inside or not path.is_file():
            continue
        digest.update("/".join(inside).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return root / "_build" / f".jupyter_cache-{digest.hexdigest()[:12]}"
