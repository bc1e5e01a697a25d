"""The book's one matplotlib style.

A figure is an SVG with a transparent background and real text. Its colors are the light values of ``lossbook.look``;
the book replaces those hex values by CSS variables, so that one picture follows the light and the dark theme.

Size: the drawing is 374 pt = 499 px wide and is shown at its own size where there is room. On a phone, 390 px wide,
the text column is about 358 px, a factor of 0.718 over 499 px; text of 12.6 pt = 16.8 px is then 12.06 px tall. So
text reads like body text on a desk and never falls under 12 px in the hand.

Alternative text is not set here: the only way to the page is the cell's metadata, ``{"mystnb": {"image": {"alt":
"..."}}}``. It says what the figure shows, with the numbers that matter.
"""

import matplotlib as mpl
from matplotlib import pyplot as plt

from lossbook import look

WIDTH = 5.2  # inches
TEXT = 12.6  # points, all of it: anything smaller would be unreadable on a phone
SALT = "lossbook"


def use_style() -> None:
    """Make the book's style matplotlib's default, and SVG the format of figures in notebooks.

    Safe to call more than once. The SVG holds no date and no random ids, so that the same figure is the same file.
    """
    mpl.rcParams.update(parameters())
    _notebook_svg()


def new(*, width: float = WIDTH, height: float | None = None, rows: int = 1, columns: int = 1, **subplots):
    """A figure and its axes, as ``plt.subplots`` returns them.

    Args:
        width, height: inches. Keep the width: a wider drawing is shrunk more on a phone, and its text with it.
            ``height=None``: 0.62 of the width for each row.
        rows, columns: panels; rows suit a phone better than columns.
        **subplots: handed to ``plt.subplots`` (``sharex``, ``sharey``, ...).
    """
    size = (width, 0.62 * width * rows if height is None else height)
    return plt.subplots(rows, columns, figsize=size, **subplots)


def parameters() -> dict:
    """The style as matplotlib's ``rcParams``."""
    ink, muted, line = (look.TOKENS[name][0] for name in ("ink", "muted", "line"))
    return {
        # the first name is measured (it ships with matplotlib), the others are what a reader's machine may have
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Segoe UI", "Helvetica Neue", "Arial"],
        "font.size": TEXT,
        "axes.labelsize": TEXT,
        "axes.titlesize": TEXT,
        "xtick.labelsize": TEXT,
        "ytick.labelsize": TEXT,
        "legend.fontsize": TEXT,
        "figure.titlesize": TEXT,
        "mathtext.fontset": "dejavusans",
        "figure.figsize": (WIDTH, WIDTH * 0.62),
        "figure.dpi": 96,
        "figure.constrained_layout.use": True,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "savefig.format": "svg",
        "savefig.transparent": True,
        "svg.fonttype": "none",
        "svg.hashsalt": SALT,
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.titlecolor": ink,
        "axes.edgecolor": muted,
        "xtick.color": muted,
        "ytick.color": muted,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "axes.linewidth": 0.8,
        "xtick.major.width": 0.8,
        "ytick.major.width": 0.8,
        "xtick.minor.visible": False,
        "ytick.minor.visible": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.xmargin": 0.02,
        "axes.grid": False,
        "grid.color": line,
        "grid.linewidth": 0.8,
        "axes.prop_cycle": mpl.cycler(color=[light for _, light, _ in look.PALETTE]),
        "axes.formatter.useoffset": False,
        "axes.formatter.min_exponent": 5,  # 1000, not 10 with a small raised 3
        "axes.unicode_minus": True,
        "lines.linewidth": 2.0,
        "lines.solid_capstyle": "round",
        "lines.markersize": 6,
        "legend.frameon": False,
        "patch.linewidth": 0.8,
    }


def _notebook_svg() -> None:
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is None:
        return
    # bbox_inches=None keeps the drawing's width: a tight box would change the size of the text from figure to figure
    set_matplotlib_formats("svg", bbox_inches=None, metadata={"Date": None})
