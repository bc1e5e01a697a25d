"""CatLogits: the scores of an image to drag, and what one step for that image does to it and to the others."""

import numpy as np
import traitlets

from lossbook.widgets.base import Widget, finite
from lossbook.widgets.cat_picture import as_images, draw
from lossbook.widgets.over_classes import helpers, over_classes, probabilities

REACH = 10.0  # logits run from -REACH to REACH
RATES = (0.0001, 1.0)
MOST_IMAGES, MOST_CLASSES = 8, 6
FELT = 0.005  # a smaller change of a probability is told as none


class CatLogits(Widget):
    """Images with a label and a score for each class; one gradient step on the last layer for the image that is chosen.

    >>> import lossbook as lb
    >>> w = lb.widgets.CatLogits(
    ...     logits=[[0, 1], [0, 0], [0, 2]], labels=[0, 0, 1], names=["cat", "dog"],
    ...     kernel=[[2, 1, 1], [1, 2, 0], [1, 0, 2]], rate=0.5,
    ... )
    >>> n = w.numbers()
    >>> round(n["own.0"], 3), round(n["own_after.0"], 3), round(n["own_after.1"], 3), round(n["own_after.2"], 3)
    (0.269, 0.613, 0.675, 0.781)

    loss: the name of a loss over classes, "cross_entropy" for the usual one. logits: (images, classes), from -10 to
    10, for 2 to 8 images and 2 to 6 classes. labels: the true class of each image. names: of the classes. kernel:
    (images, images), symmetric: what the last layer's inputs for two images have in common, x_i . x_j + 1 where it has
    a bias. images: the pictures, (images, height, width, 3) from 0 to 1; empty for none. rate: learning rate of the
    step, 0.0001 to 1. active: index of the chosen image. hide: controls left out: "images", "step", "numbers",
    "sentence", "sliders", "hint", "data", "reset", "link".

    One step on the last layer for image i moves the logits of image j by -rate * kernel[i][j] * gradient, where the
    gradient is that of the loss by the logits of image i; under cross-entropy it is p - y. Logits stay from -10 to 10.

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "cat-logits.js"
    controls = ("images", "step", "numbers", "sentence", "sliders", "hint", "data", "reset", "link")

    specs = traitlets.List(traitlets.Dict(), help="The compiled loss, for the front end.").tag(sync=True)
    helpers = traitlets.Dict(help="Compiled functions beside the loss, for the front end.").tag(sync=True)
    logits = traitlets.List(help="The scores: one row an image, one column a class.").tag(sync=True)
    labels = traitlets.List(traitlets.Int(), help="Index of the true class of each image.").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="Names of the classes.").tag(sync=True)
    kernel = traitlets.List(help="What the images have in common, for the last layer.").tag(sync=True)
    images = traitlets.List(traitlets.Unicode(), help="The pictures, as PNG in data addresses.").tag(sync=True)
    rate = traitlets.Float(0.01, help="Learning rate of the step.").tag(sync=True)
    active = traitlets.Int(0, help="Index of the chosen image.").tag(sync=True)

    def __init__(self, loss="cross_entropy", *, logits, labels, names, kernel, images=(), **traits):
        logits = as_logits(logits)
        n, classes = self._shape = np.shape(logits)
        drawn = over_classes(loss, classes)
        if len(drawn) != 1:
            raise ValueError(f"loss: got {len(drawn)} of them, want one")
        self.loss = drawn[0]
        self._hyper = {f"{self.loss.name}.{p.name}": float(p.default) for p in self.loss.parameters}
        self._fixed = {
            "labels": as_labels(labels, n, classes),
            "names": as_names(names, classes),
            "kernel": as_kernel(kernel, n),
            "images": as_images(images, n),
        }
        probability = {"probability": helpers(classes)["probability"]}
        super().__init__(specs=[self.loss.spec({})], helpers=probability, logits=logits, **self._fixed, **traits)

    @traitlets.validate("logits")
    def _check_logits(self, proposal):
        logits = as_logits(proposal["value"])
        if np.shape(logits) != self._shape:
            raise ValueError(f"logits: got shape {np.shape(logits)}, want {self._shape} as at first")
        return logits

    @traitlets.validate("labels", "names", "kernel", "images")
    def _check_fixed(self, proposal):
        name = proposal["trait"].name
        if list(proposal["value"]) != self._fixed[name]:
            raise ValueError(f"{name}: fixed once the widget exists; make a new CatLogits with others")
        return self._fixed[name]

    @traitlets.validate("rate")
    def _check_rate(self, proposal):
        return finite("rate", proposal["value"], *RATES)

    @traitlets.validate("active")
    def _check_active(self, proposal):
        value = proposal["value"]
        if not 0 <= value < self._shape[0]:
            raise ValueError(f"active: got {value}, want the index of an image, 0 to {self._shape[0] - 1}")
        return value

    def stepped(self) -> list[list[float]]:
        """The logits of all images after one step for the active one."""
        _, gradient = self._felt(self.logits, self.active)
        moves = -self.rate * np.outer(self.kernel[self.active], gradient)
        return np.clip(np.array(self.logits) + moves, -REACH, REACH).tolist()

    def step(self, times: int = 1) -> None:
        """Take so many steps for the active image; the picture on the page moves with them."""
        for _ in range(times):
            self.logits = self.stepped()

    def numbers(self) -> dict[str, float | None]:
        """Scores, probabilities and slopes of the active image, and what one step does to every image.

        ``own.<j>`` is the probability that image j gives to its own label, ``own_after.<j>`` the same after the step;
        ``loss`` and ``loss.after`` belong to the active image, ``others`` and ``others.after`` are the mean loss of
        the other images.
        """
        after = self.stepped()
        value, gradient = self._felt(self.logits, self.active)
        p, p_after = (probabilities(z[self.active], 1.0) for z in (self.logits, after))
        shown: dict[str, float | None] = {"loss": value, "loss.after": self._felt(after, self.active)[0]}
        shown |= {"others": self._others(self.logits), "others.after": self._others(after)}
        for k, z in enumerate(self.logits[self.active]):
            shown |= {f"logit.{k}": z, f"p.{k}": float(p[k]), f"after.{k}": float(p_after[k])}
            shown[f"gradient.{k}"] = float(gradient[k])
        for j, (own, own_after) in enumerate(zip(self._own(self.logits), self._own(after), strict=True)):
            shown |= {f"own.{j}": own, f"own_after.{j}": own_after}
        return shown

    def caption(self) -> str:
        n, label = self.numbers(), self.names[self.labels[self.active]]
        rest = [j for j in range(len(self.labels)) if j != self.active]
        up = sum(n[f"own_after.{j}"] - n[f"own.{j}"] > FELT for j in rest)
        own = 100 * n[f"own.{self.active}"], 100 * n[f"own_after.{self.active}"]
        return (
            f"{len(self.labels)} images and {len(self.names)} classes. One step for an image of {label} at learning "
            f"rate {self.rate:g} takes its probability of {label} from {own[0]:.3g}% to {own[1]:.3g}%. "
            f"Other images that become more probable as what they are: {up} of {len(rest)}."
        )

    def picture(self, width: float = 5.2, height: float = 3.6) -> str:
        """The state as SVG text with a ``<title>``: each image, its own probability before and after. In inches."""
        return super().picture(width, height)

    def draw(self, figure) -> None:
        """The pictures above; below, for each the probability of its own label before and after the step."""
        told = [self.names[k] for k in self.labels]
        draw(figure, self.images, told, self._own(self.logits), self._own(self.stepped()), self.active)

    def _felt(self, logits, i):
        return self.loss.pull(logits[i], self.labels[i], 1.0, self._hyper)

    def _others(self, logits):
        rest = [j for j in range(len(self.labels)) if j != self.active]
        return float(np.mean([self._felt(logits, j)[0] for j in rest]))

    def _own(self, logits):
        return [float(probabilities(z, 1.0)[k]) for z, k in zip(logits, self.labels, strict=True)]


def as_logits(given) -> list[list[float]]:
    """(images, classes) as floats. Raises ValueError for another shape or a value off the axis."""
    table = _table("logits", given)
    if not 2 <= table.shape[0] <= MOST_IMAGES or not 2 <= table.shape[1] <= MOST_CLASSES:
        raise ValueError(
            f"logits: got shape {table.shape}, want 2 to {MOST_IMAGES} images and 2 to {MOST_CLASSES} classes"
        )
    if not (np.abs(table) <= REACH).all():
        raise ValueError(f"logits: got a value that is not from {-REACH:g} to {REACH:g}")
    return table.tolist()


def as_kernel(given, n: int) -> list[list[float]]:
    """(n, n), finite and symmetric, as floats. Raises ValueError for another table."""
    table = _table("kernel", given)
    if table.shape != (n, n) or not np.isfinite(table).all() or not np.allclose(table, table.T):
        raise ValueError(f"kernel: got shape {table.shape}, want a symmetric table of shape ({n}, {n}), all finite")
    return table.tolist()


def as_labels(given, n: int, classes: int) -> list[int]:
    """One class for each image. Raises ValueError for another number of them or a class that is not there."""
    labels = [int(k) for k in given]
    if len(labels) != n or not all(0 <= k < classes for k in labels):
        raise ValueError(f"labels: got {labels}, want {n} indices of classes, 0 to {classes - 1}")
    return labels


def as_names(given, classes: int) -> list[str]:
    """Names of the classes. Raises ValueError unless each class has its own, of 1 to 12 letters."""
    names = list(given)
    sound = len(names) == classes == len(set(names)) and all(isinstance(n, str) and 1 <= len(n) <= 12 for n in names)
    if not sound:
        raise ValueError(f"names: got {names!r}, want {classes} different ones of 1 to 12 letters")
    return names


def _table(name, given):
    try:
        table = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        table = np.empty(0)
    if table.ndim != 2:
        raise ValueError(f"{name}: got something that is no table of numbers, want rows of the same length")
    return table
