"""A widget over chosen losses: their compiled text, their hyper-parameters, and which of them are switched off."""

from dataclasses import replace

import traitlets

from lossbook.widgets.base import Widget
from lossbook.widgets.chosen import check_hyper, check_sliders, resolve


class LossWidget(Widget):
    """Base of widgets that take ``losses=[...]``: names of the registry, public losses or a reader's own functions.

    ``hyper`` maps "loss.parameter" to a value; what is left out has its default. ``off`` names the losses that the
    legend has switched off. ``sliders`` maps "loss.parameter" to the range that its slider offers.
    """

    specs = traitlets.List(traitlets.Dict(), help="The compiled losses, for the front end.").tag(sync=True)
    hyper = traitlets.Dict(help='Hyper-parameters: {"huber.delta": 1.0}.').tag(sync=True)
    off = traitlets.List(traitlets.Unicode(), help="Names of the losses that are switched off.").tag(sync=True)

    def __init__(self, losses, *, hyper=None, sliders=None, off=(), **traits):
        self.drawn = resolve(losses)
        spans = check_sliders(self.drawn, sliders or {})
        specs = [d.spec(spans) for d in self.drawn]
        # a choice of which not every option compiles is none
        self.drawn = [d if s["choice"] else replace(d, choice=None) for d, s in zip(self.drawn, specs, strict=True)]
        super().__init__(specs=specs, hyper=check_hyper(self.drawn, hyper or {}), off=list(off), **traits)

    @traitlets.validate("hyper")
    def _check_hyper(self, proposal):
        return check_hyper(self.drawn, proposal["value"])

    @traitlets.validate("off")
    def _check_off(self, proposal):
        names = [d.name for d in self.drawn]
        for name in proposal["value"]:
            if name not in names:
                raise ValueError(f"off: got {name!r}, want names out of {', '.join(names)}")
        return [name for name in names if name in proposal["value"]]

    @property
    def shown(self):
        """The losses that are not switched off, in their order."""
        return [d for d in self.drawn if d.name not in self.off]
