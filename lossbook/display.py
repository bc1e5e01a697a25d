"""How cards and questions reach the reader: small inline markup, and one way to show an output.

Text in claims, questions and cards is plain, with two marks: `` `code` `` and ``\\( maths \\)``, which MathJax
typesets in Jupyter and in the book (elements carry the class ``tex2jax_process`` for that).
"""

import html
import re

CODE = re.compile(r"`([^`]+)`")


def inline(text: str) -> str:
    """HTML of one line of text: escaped, with `` `code` `` as ``<code>``; ``\\( \\)`` stays for MathJax."""
    return CODE.sub(r"<code>\1</code>", html.escape(text, quote=False))


def plain(text: str) -> str:
    """The same text for ``text/plain``: the marks of code and maths removed."""
    return CODE.sub(r"\1", text).replace(r"\(", "").replace(r"\)", "")


class Shown:
    """Something displayed when it is made, which therefore shows nothing when it ends a cell.

    A subclass gives ``bundle()``: MIME type -> data, with ``text/plain`` among them. In Jupyter the bundle is
    displayed; elsewhere its text is printed.
    """

    def bundle(self) -> dict:
        raise NotImplementedError(f"{type(self).__name__} has no bundle()")

    def show(self):
        bundle = self.bundle()
        if in_jupyter():
            from IPython.display import display

            display(bundle, raw=True)
        else:
            print(bundle["text/plain"])
        return self

    def _ipython_display_(self):
        """Nothing: it has been shown."""


def in_jupyter() -> bool:
    """True in a kernel that can display MIME bundles."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None
