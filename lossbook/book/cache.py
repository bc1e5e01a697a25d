"""Where executed notebooks are kept, keyed by everything outside a notebook that its outputs depend on."""

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
# `book` works on outputs after they exist; the widgets' sources reach a notebook only through their bundles.
APART = {"book", "frontend", "node_modules", "__pycache__"}
KINDS = {".py", ".js", ".css", ".yml", ".yaml", ".json", ".csv"}
LIBRARIES = ("anywidget", "ipywidgets", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "torch")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def sources(root: Path) -> list[Path]:
    """The files whose change must run every notebook again: the package's own and the recorded claims."""
    found = [p for p in PACKAGE.rglob("*") if p.suffix in KINDS and not APART & set(p.relative_to(PACKAGE).parts)]
    claims = root / "chapters" / "claims.yml"
    return sorted(found) + ([claims] if claims.is_file() else [])


def cache_path(root: str | Path) -> Path:
    """The folder of the jupyter-cache for the book in ``root``.

    jupyter-cache looks at code cells alone, so a change in the library would go unnoticed. The folder's name holds
    a digest of the library's files, the claims and the versions of the libraries that outputs depend on.
    """
    root = Path(root).resolve()
    digest = hashlib.sha256()
    for path in sources(root):
        base = PACKAGE if path.is_relative_to(PACKAGE) else root
        digest.update(path.relative_to(base).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in LIBRARIES:
        digest.update(f"{name}={_version(name)}\0".encode())
    return root / "_build" / f".jupyter_cache-{digest.hexdigest()[:10]}"
