"""ScrubARun: walk through a recorded training run, choose the rule that stops it, and see what the rule costs."""

import traitlets

from lossbook import look
from lossbook.experiments.stopping import Stop, stop_at_plateau, stop_below, stop_by_patience
from lossbook.widgets.base import Widget, finite
from lossbook.widgets.scrub_runs import as_runs, recorded

RULES = {
    "train_level": "training loss below a level",
    "train_plateau": "plateau of the training loss",
    "val_loss": "patience on the validation loss",
    "val_accuracy": "patience on the validation accuracy",
    "none": "no stop",
}
PATIENCE, LEVELS = (1, 100), (1e-3, 1.0)
LOOKS = {"train": look.Look(8, "solid"), "validation": look.Look(1, "dashed"), "test": look.Look(2, "dotted")}


class ScrubARun(Widget):
    """A recorded training run to walk through, five rules that would have stopped it, and the price of each.

    >>> import lossbook as lb
    >>> run = dict(name="short", steps=[0, 10, 20, 30], train=[1, 0.6, 0.3, 0.1])
    >>> run |= dict(validation=[1, 0.8, 0.9, 0.95], validation_accuracy=[0.1, 0.5, 0.6, 0.6])
    >>> run |= dict(test=[1, 0.8, 0.7, 0.9], test_accuracy=[0.1, 0.5, 0.7, 0.6])
    >>> n = lb.widgets.ScrubARun(run, patience=2).numbers()
    >>> n["val_loss.stop"], n["val_loss.kept"], round(n["price.loss"], 2)
    (30.0, 10.0, 0.1)

    runs: a dict, or 1 to 8 of them, with ``name``, ``steps`` (3 to 401, the same in all), and for each step ``train``
    (loss), ``validation``, ``validation_accuracy``, ``test`` and ``test_accuracy``; they are kept to five digits. None:
    six runs on handwritten digits, three with clean labels and three with one training label in five wrong.
    run: index of the one that is shown. rule: "train_level", "train_plateau", "val_loss", "val_accuracy" or "none".
    patience: checks that a rule waits, 1 to 100. level: of the training loss, 0.001 to 1. now: the check that the
    reader looks at, an index of steps. hide: controls left out: "run", "rules", "sliders", "sentence", "numbers",
    "hint", "data", "reset", "link".

    A rule on the validation set keeps the best checkpoint that it has seen, the others keep the last one. The price is
    what the kept checkpoint is worse on the test set than the best of the whole run.

    Raises ValueError or TypeError for a wrong argument.
    """

    bundle = "scrub-a-run.js"
    controls = ("run", "rules", "sliders", "sentence", "numbers", "hint", "data", "reset", "link")

    runs = traitlets.List(traitlets.Dict(), help="The recorded runs.").tag(sync=True)
    run = traitlets.Int(0, help="Index of the run that is shown.").tag(sync=True)
    rule = traitlets.Unicode("val_loss", help="The rule that stops the run.").tag(sync=True)
    patience = traitlets.Int(10, help="Checks that a rule waits.").tag(sync=True)
    level = traitlets.Float(0.1, help="Level of the training loss.").tag(sync=True)
    now = traitlets.Int(0, help="The check that is looked at.").tag(sync=True)

    def __init__(self, runs=None, *, run=None, now=None, **traits):
        self._runs = recorded() if runs is None else as_runs(runs)
        self._checks = len(self._runs[0]["steps"])
        run = (len(self._runs) // 2 if runs is None else 0) if run is None else run
        now = self._checks // 4 if now is None else now
        super().__init__(runs=self._runs, run=run, now=now, **traits)

    @traitlets.validate("runs")
    def _check_runs(self, proposal):
        if as_runs(proposal["value"]) != self._runs:
            raise ValueError("runs: fixed once the widget exists; make a new ScrubARun with others")
        return self._runs

    @traitlets.validate("run")
    def _check_run(self, proposal):
        return _index("run", proposal["value"], len(self._runs))

    @traitlets.validate("now")
    def _check_now(self, proposal):
        return _index("now", proposal["value"], self._checks)

    @traitlets.validate("rule")
    def _check_rule(self, proposal):
        if proposal["value"] not in RULES:
            raise ValueError(f"rule: got {proposal['value']!r}, want one of {', '.join(RULES)}")
        return proposal["value"]

    @traitlets.validate("patience")
    def _check_patience(self, proposal):
        return int(finite("patience", proposal["value"], *PATIENCE))

    @traitlets.validate("level")
    def _check_level(self, proposal):
        return finite("level", proposal["value"], *LEVELS)

    @property
    def shown(self) -> dict:
        """The run that is shown."""
        return self._runs[self.run]

    def stops(self) -> dict[str, Stop]:
        """By rule: the check at which it stops the shown run, and the checkpoint that it keeps."""
        run, last = self.shown, self._checks - 1
        return {
            "train_level": stop_below(run["train"], self.level),
            "train_plateau": stop_at_plateau(run["train"], self.patience),
            "val_loss": stop_by_patience(run["validation"], self.patience),
            "val_accuracy": stop_by_patience(run["validation_accuracy"], self.patience, larger=True),
            "none": Stop(last, last),
        }

    def numbers(self) -> dict[str, float | None]:
        """Step and curves at the check that is looked at; of each rule stop, kept step and test results; the price.

        ``waited`` counts checks since the best validation value so far (up to the stop), of the loss, or of the
        accuracy under the rule on accuracy. ``limit`` is the patience, or the level under the rule that has one.
        """
        run, stops = self.shown, self.stops()
        shown: dict[str, float | None] = {"step": float(run["steps"][self.now])}
        for series in ("train", "validation", "validation_accuracy", "test", "test_accuracy"):
            shown[f"now.{series}"] = run[series][self.now]
        here = min(self.now, stops[self.rule].stop)
        seen = slice(0, here + 1)
        losses = [-a for a in run["validation_accuracy"]] if self.rule == "val_accuracy" else run["validation"]
        shown["waited"] = float(here - losses[seen].index(min(losses[seen])))
        shown["limit"] = self.level if self.rule == "train_level" else float(self.patience)
        for rule, (stop, kept) in stops.items():
            shown |= {f"{rule}.stop": float(run["steps"][stop]), f"{rule}.kept": float(run["steps"][kept])}
            shown |= {f"{rule}.loss": run["test"][kept], f"{rule}.accuracy": run["test_accuracy"][kept]}
        best = {"best.loss": min(run["test"]), "best.accuracy": max(run["test_accuracy"])}
        kept = stops[self.rule].kept
        shown |= {**best, "price.loss": run["test"][kept] - best["best.loss"]}
        return shown | {"price.accuracy": best["best.accuracy"] - run["test_accuracy"][kept]}

    def caption(self) -> str:
        """One sentence that says what the picture shows."""
        n = self.numbers()
        return (
            f"Training run ({self.shown['name']}) under the rule: {RULES[self.rule]}. It stops at step "
            f"{n[f'{self.rule}.stop']:.0f} and keeps step {n[f'{self.rule}.kept']:.0f}, where the test loss is "
            f"{n[f'{self.rule}.loss']:.3f} (best of the run {n['best.loss']:.3f}) and the test accuracy "
            f"{100 * n[f'{self.rule}.accuracy']:.1f}% (best {100 * n['best.accuracy']:.1f}%)."
        )

    def draw(self, figure) -> None:
        """The curves over the steps, the check looked at, the stop and the kept checkpoint."""
        axes, run = figure.subplots(), self.shown
        stop, kept = self.stops()[self.rule]
        steps, ending = run["steps"], "_accuracy" if self.rule == "val_accuracy" else ""
        for name, style in LOOKS.items():
            if name + ending in run:
                dash = [float(d) / 2 for d in style.dasharray.split()]
                line = (0, tuple(dash)) if dash else "-"
                axes.plot(steps, run[name + ending], color=style.hex, linestyle=line, label=name)
        ink = axes.xaxis.label.get_color()
        axes.axvline(steps[stop], color=ink, linewidth=1.2, label="stop")
        axes.plot(steps[kept], run["test" + ending][kept], "D", color=ink, label="kept")
        axes.plot(steps[self.now], run["validation" + ending][self.now], "o", markerfacecolor="none", color=ink)
        axes.set(xlabel="step", ylabel="accuracy" if ending else "cross-entropy, nats", xlim=(steps[0], steps[-1]))
        axes.set_ylim(bottom=0)
        axes.ticklabel_format(axis="y", scilimits=(-3, 4))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)


def _index(name: str, value: int, count: int) -> int:
    if not 0 <= value < count:
        raise ValueError(f"{name}: got {value}, want 0 to {count - 1}")
    return value
