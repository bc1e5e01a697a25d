"""What every widget shares in Python: its bundle, its checked traits, its numbers, its still picture."""

import itertools
import math
import re
from collections import defaultdict
from pathlib import Path

import anywidget
import traitlets

from lossbook import look

STATIC = Path(__file__).parent / "static"
_LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_counters = defaultdict(lambda: itertools.count(1))


def static(name: str) -> str:
    """The text of a file that the package build made. Raises RuntimeError, with the cure, where it is missing."""
    path = STATIC / name
    if not path.is_file():
        raise RuntimeError(f"the widgets' front end ({name}) is not built: install the package again, `pip install .`")
    return path.read_text("utf-8")


class Widget(anywidget.AnyWidget):
    """A widget of the book. A subclass names its ``bundle`` and the ``controls`` that ``hide`` may name.

    It gives ``numbers()``, every number that the front end shows, computed here for the same state; and
    ``draw(figure)`` with ``caption()``: the still picture for print and for readers without JavaScript.
    """

    bundle = ""
    controls: tuple[str, ...] = ()

    title = traitlets.Unicode(help="What assistive technology calls the widget; empty: its kind.").tag(sync=True)
    hide = traitlets.List(traitlets.Unicode(), help="Names of controls that are left out.").tag(sync=True)
    link_id = traitlets.Unicode(help="The widget's name in links to its state; unique in a notebook.").tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        if "bundle" in cls.__dict__:  # not for the subclasses that anywidget makes
            cls._esm = static(cls.bundle)
            cls._css = look.css() + static("widgets.css")
        super().__init_subclass__(**kwargs)

    def __init__(self, *, hide=(), link_id=None, title="", **traits):
        kind = type(self).__name__
        super().__init__(hide=list(hide), link_id=link_id or str(next(_counters[kind])), title=title, **traits)

    @traitlets.validate("hide")
    def _check_hide(self, proposal):
        for name in proposal["value"]:
            if name not in self.controls:
                raise ValueError(f"hide: got {name!r}, want names out of {', '.join(self.controls)}")
        return proposal["value"]

    @traitlets.validate("link_id")
    def _check_link_id(self, proposal):
        if not _LINK_ID.fullmatch(proposal["value"]):
            raise ValueError(f"link_id: got {proposal['value']!r}, want 1 to 40 letters, digits, - or _")
        return proposal["value"]

    def numbers(self) -> dict[str, float | None]:
        """The numbers that the front end shows for this state, by their ``data-number``; None where not finite."""
        raise NotImplementedError(f"{type(self).__name__} has no numbers()")

    def draw(self, figure) -> None:
        """Draw the state on a matplotlib figure."""
        raise NotImplementedError(f"{type(self).__name__} has no draw()")

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        raise NotImplementedError(f"{type(self).__name__} has no caption()")

    def picture(self, width: float = 5.2, height: float = 3.3) -> str:
        """The state as SVG text with a ``<title>``; the same state gives the same text. Sizes in inches."""
        return svg(self.draw, self.caption(), width, height)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, meta = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": self.caption(), "image/svg+xml": self.picture()}, meta


def svg(draw, title: str, width: float, height: float) -> str:
    """``draw(figure)`` in the book's style, as SVG text; the same drawing gives the same text. Sizes in inches."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from lossbook import figures

    with mpl.rc_context(figures.parameters()):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        draw(figure)
        return figures.to_svg(figure, title)


def finite(name: str, value, low: float = -math.inf, high: float = math.inf) -> float:
    """``value`` as a float in [low, high]. Raises TypeError or ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: got {type(value).__name__}, want a number")
    if not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name}: got {value!r}, want a finite number from {low:g} to {high:g}")
    return float(value)
