"""Keep in each notebook the outputs that are checked, as they come out now, and no others.

Outputs are not in git, except those of cells tagged ``nbval-check-output``: they are reviewed like tests.
"""

from __future__ import annotations

from pathlib import Path

from lossbook.book.execute import notebooks

CHECKED = "nbval-check-output"


def record(root: Path, cache_folder: Path) -> list[str]:
    """Write the checked outputs of the executed notebooks in ``cache_folder`` into the sources of the book in ``root``.

    Returns the notebooks that changed. Raises KeyError for a notebook that has not been executed as it is.
    """
    import nbformat
    from jupyter_cache import get_cache

    cache = get_cache(str(cache_folder))
    changed = []
    for path in notebooks(root):
        source = nbformat.read(path, as_version=4)
        _, executed = cache.merge_match_into_notebook(source)
        for cell, ran in zip(source.cells, executed.cells, strict=True):
            if cell.cell_type != "code":
                continue
            checked = CHECKED in cell.metadata.get("tags", [])
            cell.outputs = ran.outputs if checked else []
            cell.execution_count = ran.execution_count if checked else None  # nbval takes null for "was not run"
        source.metadata.pop("widgets", None)
        if source != nbformat.read(path, as_version=4):
            nbformat.write(source, path)
            changed.append(path.relative_to(root).as_posix())
    return changed
