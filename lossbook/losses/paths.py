"""A way to draw a loss that is given whole tensors: one number that moves along a path, everything else held still."""

from collections.abc import Callable
from dataclasses import dataclass

from lossbook.losses.given import averaged


@dataclass(frozen=True)
class Path:
    """label: the axis, with its unit. low, high: from where to where. at: a function of a 0-d tensor that returns the
    sides, in their order, as the definition takes them; made of torch operations, so that it differentiates and
    compiles. says: one sentence on what moves and what is held still. start: where a widget's handle stands first.
    """

    label: str
    low: float
    high: float
    at: Callable
    says: str
    start: float | None = None


def along(loss) -> Callable:
    """The loss as a function (s, **hyper) of one number along its path: a 0-d tensor in, a 0-d tensor out.

    Raises ValueError for a loss whose record has no path.
    """
    path = loss.record.path
    if path is None:
        raise ValueError(f"{loss.record.name} has no path to be drawn along")
    core = averaged(loss.definition)

    further = [side.name for side in loss.record.sides[2:]]  # which the definition takes by name

    def value(s, **hyper):
        sides = path.at(s)
        return core(*sides[:2], **dict(zip(further, sides[2:], strict=True)), **hyper)

    return value
