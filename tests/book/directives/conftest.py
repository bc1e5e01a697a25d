"""Books for the tests of this folder."""

from types import SimpleNamespace

import pytest
from small_book import Book


@pytest.fixture
def book(tmp_path):
    """A small book to be changed and built by a test."""
    return Book(tmp_path)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The small book, built once."""
    book = Book(tmp_path_factory.mktemp("book"))
    return SimpleNamespace(warnings=book.build(), html=book.html, out=book.folder / "_build" / "html")
