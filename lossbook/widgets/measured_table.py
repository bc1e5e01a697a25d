"""MeasuredTable: a column of the comparison table that the reader measures anew, by spoiling the data."""

import math

import traitlets

from lossbook.javascript import compile_js
from lossbook.widgets import outlier_column as column
from lossbook.widgets.base import Widget, finite
from lossbook.widgets.chosen import check_hyper, resolve
from lossbook.widgets.loss_widget import LossWidget

# the six rows of the document's table and its word for their outlier sensitivity
WORDS = {
    "mse": "High",
    "mae": "Low",
    "binary_cross_entropy_with_logits": "Medium",
    "hinge": "Medium",
    "huber": "Medium",
    "focal": "Low",
}
NAMES = {"binary_cross_entropy_with_logits": "Cross-entropy"}
TASKS = {"residual": "a line", "margin": "a classifier"}
SORTS = ("table", "loss", "document", "clean", "lost")
MOST_SHARE, MOST_DISTANCE = 0.4, 30.0


class MeasuredTable(LossWidget):
    """The outlier column of the comparison table, computed for the share, the distance and the kind of bad points.

    >>> import lossbook as lb
    >>> w = lb.widgets.MeasuredTable(share=0.1, distance=20)
    >>> n = w.numbers()
    >>> n["mse.lost"] > 0.5 > 0.05 > n["mae.lost"]
    True

    losses: names of the registry, public losses or your own functions, of the residual (they fit a line) or of the
    logit (they fit a classifier). share: of bad points, 0 to 0.4. distance: how far off a bad point is, 0 to 30
    standard deviations. noise: "one way" (wrong answers: targets too high, labels of one class flipped), "both ways"
    (too high and too low, labels of both classes flipped) or "places" (the answer is right, the input is off by the
    distance). sample: which of five samples of 100 points. sort: "table", "loss", "document", "clean" or "lost".
    hyper: as in LossExplorer; Huber's delta starts at 1.345 standard deviations. hide: controls left out: "labels",
    "sentence", "table", "share", "noise", "sample", "sliders", "data", "reset", "link".

    Raises LookupError for an unknown loss, ValueError or TypeError for any other wrong argument.
    """

    bundle = "measured-table.js"
    controls = ("labels", "sentence", "table", "share", "noise", "sample", "sliders", "data", "reset", "link")

    share = traitlets.Float(0.1, help="Share of bad points, 0 to 0.4.").tag(sync=True)
    distance = traitlets.Float(15.0, help="How far off a bad point is, in standard deviations.").tag(sync=True)
    noise = traitlets.Unicode("one way", help='"one way", "both ways" or "places".').tag(sync=True)
    sample = traitlets.Int(1, help="Which sample of points, 1 to 5.").tag(sync=True)
    sort = traitlets.Unicode("table", help="What the rows are sorted by.").tag(sync=True)
    down = traitlets.Bool(False, help="Whether they are sorted downwards.").tag(sync=True)
    draws = traitlets.List(help="The random part of the samples.").tag(sync=True)
    skills = traitlets.Dict(help="The compiled judges of a fit, by axis.").tag(sync=True)
    words = traitlets.Dict(help="The document's word for each loss.").tag(sync=True)

    def __init__(self, losses=tuple(WORDS), *, hyper=None, **traits):
        self.drawn = [resolve([loss])[0] for loss in losses]
        names = [loss.name for loss in self.drawn]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"losses: {', '.join(twice)} comes more than once")
        for loss in self.drawn:
            if loss.axis not in TASKS:
                raise ValueError(
                    f"losses: {loss.name} is neither of the residual nor of the logit, so nothing is fitted"
                )
        start = {"huber.delta": 1.345} if "huber" in names else {}
        specs = [loss.spec({}) for loss in self.drawn]
        for spec in specs:
            spec["short"] = NAMES.get(spec["name"], spec["short"])
        Widget.__init__(
            self,
            specs=specs,
            hyper=check_hyper(self.drawn, start | dict(hyper or {})),
            draws=column.draws(),
            skills={
                axis: compile_js(judge, wrt="slope", name="lost", intercept=(), slope=()).esm()
                for axis, judge in column.LOST.items()
            },
            words={name: WORDS[name] for name in names if name in WORDS},
            **traits,
        )

    @traitlets.validate("share")
    def _check_share(self, proposal):
        return finite("share", proposal["value"], 0.0, MOST_SHARE)

    @traitlets.validate("distance")
    def _check_distance(self, proposal):
        return finite("distance", proposal["value"], 0.0, MOST_DISTANCE)

    @traitlets.validate("noise")
    def _check_noise(self, proposal):
        return _one_of("noise", proposal["value"], column.NOISES)

    @traitlets.validate("sort")
    def _check_sort(self, proposal):
        return _one_of("sort", proposal["value"], SORTS)

    @traitlets.validate("sample")
    def _check_sample(self, proposal):
        if not 1 <= proposal["value"] <= column.SAMPLES:
            raise ValueError(f"sample: got {proposal['value']}, want 1 to {column.SAMPLES}")
        return proposal["value"]

    def fits(self, share: float) -> dict[str, tuple[float, float]]:
        """Intercept and slope under each loss, with this share of bad points."""
        sample = column.draws()[self.sample - 1]
        line = column.line_points(sample, share, self.distance, self.noise)
        classes = column.class_points(sample, share, self.distance, self.noise)
        found = {}
        for loss in self.drawn:
            hyper = {p.name: self.hyper[f"{loss.name}.{p.name}"] for p in loss.parameters}
            if loss.axis == "residual":
                found[loss.name] = column.fit_line(line, loss.definition, hyper)
            else:
                found[loss.name] = column.fit_threshold(classes, loss.definition, hyper)
        return found

    def numbers(self) -> dict[str, float | None]:
        """Share and distance; for each loss intercept, slope, and the share of skill lost, clean and spoiled."""
        shown: dict[str, float | None] = {"share": self.share, "distance": self.distance}
        clean, spoiled = self.fits(0.0), self.fits(self.share)
        for loss in self.drawn:
            intercept, slope = spoiled[loss.name]
            lost = column.judged(loss.axis, spoiled[loss.name])
            shown |= {f"{loss.name}.intercept": intercept, f"{loss.name}.slope": slope}
            shown[f"{loss.name}.clean"] = column.judged(loss.axis, clean[loss.name])
            shown[f"{loss.name}.lost"] = lost if math.isfinite(lost) else None
        return shown

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        numbers = self.numbers()
        told = []
        for spec in self.specs:
            lost = numbers[f"{spec['name']}.lost"]
            said = self.words.get(spec["name"])
            table = f", the table says {said.lower()}" if said else ""
            told.append(f"{spec['short']} loses {100 * lost:.0f}% ({column.word(lost).lower()}{table})")
        return (
            f"With {100 * self.share:.0f}% of 100 points bad ({self.noise}), {self.distance:g} standard deviations off:"
            f" {'; '.join(told)}."
        )

    def draw(self, figure) -> None:
        """A bar for each loss: the share of its skill that is lost; the document's word beside it."""
        axes = figure.subplots()
        numbers = self.numbers()
        for row, loss in enumerate(self.drawn):
            lost = 100 * numbers[f"{loss.name}.lost"]
            axes.barh(row, min(lost, 100), height=0.6, color=loss.look.hex)
            said = self.words.get(loss.name)
            text = f" {lost:.0f}% {column.word(lost / 100)}" + (f" (table: {said})" if said else "")
            axes.text(min(lost, 100), row, text, va="center", fontsize=8)
        axes.set_yticks(range(len(self.specs)), [spec["short"] for spec in self.specs])
        axes.set(xlim=(0, 165), xlabel="share of the skill that is lost (%)", xticks=range(0, 101, 25))
        axes.invert_yaxis()


def _one_of(name: str, value: str, allowed) -> str:
    if value not in allowed:
        raise ValueError(f"{name}: got {value!r}, want one of {', '.join(allowed)}")
    return value
