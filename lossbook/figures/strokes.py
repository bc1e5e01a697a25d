"""The look of a loss, as matplotlib wants it."""

from lossbook.look import Look

MARKERS = {"solid": "o", "dashed": "s", "dashdot": "^", "dotted": "D", "long": "v"}
PX_TO_PT = 0.75


def stroke(look: Look, width: float = 2.0) -> dict:
    """Keywords for ``ax.plot``: color and dash pattern of a look, for a line of ``width`` points.

    matplotlib counts dashes in line widths, the look in CSS pixels.
    """
    dashes = [float(px) * PX_TO_PT / width for px in look.dasharray.split()]
    return {"color": look.hex, "linestyle": (0, dashes) if dashes else "-", "linewidth": width}


def resolve(loss=None, *, color: int | None = None, dash: str | None = None, label: str | None = None):
    """Look and name of what is drawn: from a loss (registry name or one of ``lb.losses``), or from color and dash.

    Color, dash and label override what the loss says. Raises LookupError for an unknown name, ValueError for a color
    or dash that the look does not have.
    """
    if isinstance(loss, str):
        from lossbook import losses

        loss = losses.get(loss)
    record = getattr(loss, "record", None)
    own = record.look if record is not None else Look(1)
    name = record.short if record is not None else getattr(loss, "__name__", None)
    look = Look(own.color if color is None else color, own.dash if dash is None else dash)
    return look, (name if label is None else label)
