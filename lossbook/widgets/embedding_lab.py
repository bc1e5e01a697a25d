"""EmbeddingLab: points of a plane that pull and push one another, under losses of pairs, triplets and picks."""

import math

import numpy as np
import torch
import traitlets

from lossbook.widgets.base import Widget, finite
from lossbook.widgets.embedding_picture import draw
from lossbook.widgets.embedding_terms import FORCES, LOSSES, Felt, compiled, felt, pairs

REACH = 2.0  # points stay within REACH of the origin along each axis
POINTS = (
    (-0.9, 0.5),
    (0.4, 0.9),
    (-0.2, -0.7),
    (-0.5, 1.1),
    (0.9, 0.1),
    (0.1, -0.2),
    (-0.7, -0.3),
    (0.3, 0.4),
    (0.8, -0.8),
)
CLASSES = (0, 0, 0, 1, 1, 1, 2, 2, 2)
MOST_CLASSES, MOST_POINTS = 4, 16
MARGINS, TEMPERATURES, RATES = (0.0, 3.0), (0.02, 5.0), (0.01, 1.0)


class EmbeddingLab(Widget):
    """Points of some classes in the plane, the force on each, and one step or many of gradient descent.

    >>> import lossbook as lb
    >>> w = lb.widgets.EmbeddingLab(points=[(0, 0), (1, 0), (0, 0.5), (2, 0)], classes=[0, 0, 1, 1], margin=1.0)
    >>> n = w.numbers()
    >>> round(n["loss"], 4), n["costly"], round(n["near"], 3)
    (0.4583, 1.0, 1.531)

    losses: one to three of "contrastive", "triplet" and "info_nce", those that can be chosen. loss: the one chosen.
    points: (n, 2), within 2 of the origin along each axis. classes: one whole number for each point, 2 to 4 classes
    with the same number of points, at least 2 each, 16 in all at most; both are fixed in number once the widget
    exists. margin: of contrastive and triplet, 0 to 3. temperature: of info_nce, 0.02 to 5. forces: which pairs the
    contrastive loss counts, "both", "pull" (similar) or "push" (dissimilar). rate: length of a step, 0.01 to 1.
    active: index of the ringed point. hide: controls left out: "loss", "forces", "sliders", "steps", "sentence",
    "numbers", "hint", "data", "reset", "link".

    The loss is the mean over all pairs, over all triplets, or over all picks of a partner among the points of other
    classes. The force on a point is minus the gradient times the number of points, and a step moves it by rate times
    that.

    Raises ValueError or TypeError for a wrong argument.
    """

    bundle = "embedding-lab.js"
    controls = ("loss", "forces", "sliders", "steps", "sentence", "numbers", "hint", "data", "reset", "link")

    specs = traitlets.List(traitlets.Dict(), help="The compiled losses, for the front end.").tag(sync=True)
    classes = traitlets.List(traitlets.Int(), help="The class of each point.").tag(sync=True)
    points = traitlets.List(help="The points: [[x, y], ...].").tag(sync=True)
    loss = traitlets.Unicode(help="Name of the chosen loss.").tag(sync=True)
    margin = traitlets.Float(1.0, help="Margin of the contrastive and the triplet loss.").tag(sync=True)
    temperature = traitlets.Float(0.5, help="Temperature of InfoNCE.").tag(sync=True)
    rate = traitlets.Float(0.1, help="Length of a step.").tag(sync=True)
    forces = traitlets.Unicode("both", help='"both", "pull" or "push".').tag(sync=True)
    active = traitlets.Int(0, help="Index of the ringed point.").tag(sync=True)

    def __init__(self, losses=tuple(LOSSES), *, points=POINTS, classes=CLASSES, loss=None, **traits):
        self._names = as_names(losses)
        self._classes = as_classes(classes)
        points = as_points(points, len(self._classes))
        others = len(self._classes) - self._classes.count(0)
        specs = [spec(name, others + 1) for name in self._names]
        loss = self._names[0] if loss is None else loss
        super().__init__(specs=specs, classes=self._classes, points=points, loss=loss, **traits)

    @traitlets.validate("points")
    def _check_points(self, proposal):
        return as_points(proposal["value"], len(self._classes))

    @traitlets.validate("classes")
    def _check_classes(self, proposal):
        if list(proposal["value"]) != self._classes:
            raise ValueError("classes: fixed once the widget exists; make a new EmbeddingLab with others")
        return self._classes

    @traitlets.validate("loss")
    def _check_loss(self, proposal):
        if proposal["value"] not in self._names:
            raise ValueError(f"loss: got {proposal['value']!r}, want one of {', '.join(self._names)}")
        return proposal["value"]

    @traitlets.validate("forces")
    def _check_forces(self, proposal):
        if proposal["value"] not in FORCES:
            raise ValueError(f"forces: got {proposal['value']!r}, want one of {', '.join(FORCES)}")
        return proposal["value"]

    @traitlets.validate("margin", "temperature", "rate")
    def _check_number(self, proposal):
        name = proposal["trait"].name
        ends = {"margin": MARGINS, "temperature": TEMPERATURES, "rate": RATES}[name]
        return finite(name, proposal["value"], *ends)

    @traitlets.validate("active")
    def _check_active(self, proposal):
        value = proposal["value"]
        if not 0 <= value < len(self._classes):
            raise ValueError(f"active: got {value}, want the index of a point, 0 to {len(self._classes) - 1}")
        return value

    def felt(self, points=None) -> Felt:
        """Loss and forces at these points; None: where the points are."""
        z = torch.tensor(self.points if points is None else points, dtype=torch.float64)
        return felt(self.loss, z, self._classes, self.margin, self.temperature, self.forces)

    def stepped(self) -> list[list[float]]:
        """Where the points are after one step."""
        moves = self.rate * np.array(self.felt().force)
        return np.clip(np.array(self.points) + moves, -REACH, REACH).tolist()

    def step(self, times: int = 1) -> None:
        """Take so many steps of gradient descent; the points on the page move with them."""
        for _ in range(times):
            self.points = self.stepped()

    def numbers(self) -> dict[str, float | None]:
        """The loss now and after one step, how many terms cost something, mean distances, points and forces.

        ``near`` and ``far`` are the mean distances of similar and of dissimilar pairs, ``force`` the size of the force
        on the ringed point.
        """
        here = self.felt()
        shown: dict[str, float | None] = {"loss": here.value, "after": self.felt(self.stepped()).value}
        shown |= {"costly": float(here.costly), **self._distances()}
        for i, ((x, y), (fx, fy)) in enumerate(zip(self.points, here.force, strict=True)):
            shown |= {f"point.{i}.x": x, f"point.{i}.y": y, f"force.{i}.x": fx, f"force.{i}.y": fy}
        return shown | {"force": math.hypot(*here.force[self.active])}

    def _distances(self) -> dict[str, float]:
        far = {True: [], False: []}
        for i, j in pairs(self._classes):
            far[self._classes[i] == self._classes[j]].append(math.dist(self.points[i], self.points[j]))
        return {"near": float(np.mean(far[True])), "far": float(np.mean(far[False]))}

    def caption(self) -> str:
        here, apart = self.felt(), self._distances()
        short = LOSSES[self.loss].record.short
        kept = {"both": "", "pull": ", similar pairs alone", "push": ", dissimilar pairs alone"}[self.forces]
        return (
            f"{len(self.points)} points of {len(set(self._classes))} classes under {short}"
            f"{kept if self.loss == 'contrastive' else ''}: loss {here.value:.3g}; mean distance within classes "
            f"{apart['near']:.2f}, between classes {apart['far']:.2f}. Arrows show the force on each point."
        )

    def picture(self, width: float = 5.2, height: float = 5.2) -> str:
        """The state as SVG text with a ``<title>``. Sizes in inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """The points by class, with the force on each as an arrow."""
        draw(figure, self.points, self._classes, self.felt().force, self.active, REACH)


def spec(name: str, keys: int) -> dict:
    """What the front end is sent about a loss."""
    record = LOSSES[name].record
    return {"name": name, "short": record.short, "title": record.title, "text": compiled(name, keys)}


def as_names(losses) -> list[str]:
    """The names of the losses. Raises ValueError for one that the lab does not know, for none, or for one twice."""
    names = [losses] if isinstance(losses, str) else list(losses)
    known = [name for name in names if name in LOSSES]
    if not names or known != names or len(set(names)) < len(names):
        raise ValueError(f"losses: got {losses!r}, want different ones out of {', '.join(LOSSES)}")
    return names


def as_classes(given) -> list[int]:
    """The classes as numbers from 0. Raises ValueError unless there are 2 to 4 with equally many points, 2 or more."""
    given = list(given)
    order = list(dict.fromkeys(given))
    counts = {given.count(c) for c in order}
    if not 2 <= len(order) <= MOST_CLASSES or len(counts) != 1 or min(counts) < 2 or len(given) > MOST_POINTS:
        raise ValueError(
            f"classes: got {given!r}, want 2 to {MOST_CLASSES} classes with the same number of points each, 2 or more, "
            f"and {MOST_POINTS} points at most"
        )
    return [order.index(c) for c in given]


def as_points(given, count: int) -> list[list[float]]:
    """[[x, y], ...]. Raises ValueError for another shape or a point beyond the axes."""
    try:
        points = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"points: got something that is no table of numbers, want shape ({count}, 2)") from None
    if points.shape != (count, 2):
        raise ValueError(f"points: got shape {points.shape}, want ({count}, 2), one for each of classes")
    if not (np.abs(points) <= REACH).all():
        raise ValueError(f"points: got a value that is not from {-REACH:g} to {REACH:g}")
    return points.tolist()
