"""The build on a small book of its own: whole books are swapped in, broken ones never, and only changes are run."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock

from lossbook.book.build import is_current
from lossbook.book.execute import notebooks

CONFIG = """\
title: A small book
author: nobody
copyright: "2026"
logo: ""
only_build_toc_files: true
execute:
  execute_notebooks: cache
  timeout: 60
launch_buttons:
  notebook_interface: jupyterlab
"""
TOC = """\
format: jb-book
root: chapters/index
chapters:
  - file: chapters/first
  - file: chapters/second
"""


def write_notebook(path: Path, title: str, *sources: str, tags: tuple[str, ...] = ()) -> None:
    """A notebook with a heading and one code cell a source."""
    cells = [nbformat.v4.new_markdown_cell(f"# {title}", id="title")]
    cells += [
        nbformat.v4.new_code_cell(source, id=f"cell-{number}", metadata={"tags": list(tags)} if tags else {})
        for number, source in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """``python -m lossbook.book ARGUMENTS`` in the book's folder."""
    return subprocess.run(
        [sys.executable, "-m", "lossbook.book", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


def page(root: Path, name: str) -> str:
    return (root / "_build" / "html" / "chapters" / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A built book of three pages; the tests below change it in the order in which they stand."""
    root = tmp_path_factory.mktemp("book")
    (root / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (root / "_toc.yml").write_text(TOC, encoding="utf-8")
    (root / "chapters").mkdir()
    (root / "chapters" / "index.md").write_text("# Start\n\nSee [the first](first.ipynb).\n", encoding="utf-8")
    write_notebook(root / "chapters" / "first.ipynb", "First", "print('sum', 20 + 22)")
    write_notebook(root / "chapters" / "second.ipynb", "Second", "1 / 0", tags=("raises-exception",))
    write_notebook(root / "chapters" / "draft.ipynb", "Draft", "raise RuntimeError('never run')")
    done = run(root, "build")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[1/2] first" in done.stdout or "[1/2] second" in done.stdout
    assert "[2/2]" in done.stdout
    return root


def assert_refused(book: Path, *said: str) -> None:
    """The build fails, says all of ``said``, and the book on disk is the one from before, to the last byte and file."""
    html = book / "_build" / "html"
    before = {path: (path.stat().st_ino, path.read_bytes()) for path in html.rglob("*") if path.is_file()}
    done = run(book, "build")
    assert done.returncode == 1, done.stdout + done.stderr
    for text in said:
        assert text in done.stdout + done.stderr
    assert before == {path: (path.stat().st_ino, path.read_bytes()) for path in html.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("book")
class TestBuild:
    def test_outputs_are_on_the_pages(self, book):
        assert "sum 42" in page(book, "first")
        assert "ZeroDivisionError" in page(book, "second")

    def test_unlisted_notebook_is_not_run(self, book):
        assert [path.stem for path in notebooks(book)] == ["first", "second"]
        assert not (book / "_build" / "html" / "chapters" / "draft.html").exists()

    def test_unchanged_book_is_left_alone(self, book):
        assert is_current(book)
        done = run(book, "build")
        assert done.returncode == 0
        assert "Nothing changed" in done.stdout
        assert "[1/2]" not in done.stdout

    def test_fresh_build_takes_the_cache(self, book):
        done = run(book, "build", "--fresh")
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("cached") == 2
        assert "sum 42" in page(book, "first")

    def test_one_change_runs_one_notebook(self, book):
        write_notebook(book / "chapters" / "first.ipynb", "First", "print('sum', 20 + 23)")
        assert not is_current(book)
        done = run(book, "build")
        assert done.returncode == 0, done.stderr
        assert is_current(book)
        assert done.stdout.count("cached") == 1
        assert "sum 43" in page(book, "first")
        assert "ZeroDivisionError" in page(book, "second")

    def test_a_new_title_reaches_every_page(self, book):
        assert "Premier" not in page(book, "second")
        write_notebook(book / "chapters" / "first.ipynb", "Premier", "print('sum', 20 + 23)")
        done = run(book, "build")
        assert done.returncode == 0, done.stderr
        assert "Premier" in page(book, "second")

    def test_zip_opens_at_an_index(self, book):
        assert run(book, "zip").returncode == 0
        with zipfile.ZipFile(book / "_build" / "lossbook-book.zip") as archive:
            assert archive.testzip() is None
            assert "lossbook-book/index.html" in archive.namelist()
            assert b"sum 43" in archive.read("lossbook-book/chapters/first.html")

    def test_recording_keeps_the_checked_outputs_only(self, book):
        path = book / "chapters" / "second.ipynb"
        write_notebook(path, "Second", "print(6 * 7)", tags=("nbval-check-output",))
        first = (book / "chapters" / "first.ipynb").read_bytes()
        done = run(book, "record")
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "chapters/second.ipynb"
        (cell,) = (cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
        assert cell.outputs[0].text == "42\n"
        assert cell.execution_count == 1
        assert (book / "chapters" / "first.ipynb").read_bytes() == first
        again = run(book, "record")
        assert again.stdout.count("cached") == 2, "an output in the source is no reason to run it again"
        assert "No notebook changed" in again.stdout

    def test_failing_notebook_keeps_the_old_book(self, book):
        write_notebook(book / "chapters" / "first.ipynb", "First", "value = 1", "value.nothing_like_it()")
        assert_refused(
            book,
            "chapters/first.ipynb stopped in code cell 2 (cell 3 of the notebook)",
            "    value.nothing_like_it()",
            "AttributeError: 'int' object has no attribute 'nothing_like_it'",
        )

    def test_dead_kernel_is_named(self, book):
        write_notebook(book / "chapters" / "first.ipynb", "First", "import os\nos._exit(3)")
        assert_refused(book, "chapters/first.ipynb stopped in code cell 1", "    os._exit(3)", "Kernel died")

    def test_warning_keeps_the_old_book_every_time(self, book):
        write_notebook(book / "chapters" / "first.ipynb", "First", "print('sum', 20 + 24)")
        (book / "chapters" / "index.md").write_text("# Start\n\n[gone](nowhere.md)\n", encoding="utf-8")
        for _ in range(2):  # the second run must warn again
            assert_refused(book, "nowhere.md", "warnings count as errors", os.path.join("_build", "build.log"))
            assert not (book / "_build" / "next").exists(), "a broken state was kept for the next build"

    def test_two_builds_at_once_do_not_mix(self, book):
        with FileLock(book / "_build" / "build.lock"):
            assert_refused(book, "Another build is at work in _build")

    def test_missing_page_is_named(self, book):
        (book / "_toc.yml").write_text(TOC + "  - file: chapters/third\n", encoding="utf-8")
        done = run(book, "build")
        assert done.returncode == 1
        assert "_toc.yml names chapters/third" in done.stderr
        assert "sum 43" in page(book, "first")

    def test_mended_book_is_swapped_in(self, book):
        (book / "_toc.yml").write_text(TOC, encoding="utf-8")
        (book / "chapters" / "index.md").write_text("# Start\n\nMended.\n", encoding="utf-8")
        done = run(book, "build")
        assert done.returncode == 0, done.stderr
        assert "Mended." in page(book, "index")
        assert "sum 44" in page(book, "first")
