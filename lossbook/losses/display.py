"""Show a loss's definition: the very lines that run, as highlighted Python in Jupyter and in the book."""

from lossbook.losses import registry


class Definition:
    """The source of a loss's definition; displays itself as Python."""

    def __init__(self, source: str):
        self.source = source

    def __str__(self) -> str:
        return self.source

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": self.source, "text/markdown": f"```python\n{self.source}```\n"}


def definition(name: str) -> Definition:
    """The definition of a loss, to be displayed. Raises LookupError, which lists near names.

    >>> import lossbook as lb
    >>> lb.definition("mae")
    def mae(input, target):
        return (input - target).abs()
    <BLANKLINE>
    """
    return Definition(registry.get(name).record.source)
