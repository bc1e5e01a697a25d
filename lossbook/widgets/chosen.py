"""What a reader names as losses, hyper-parameters and slider ranges, checked and made into losses to draw."""

import inspect
import keyword
import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lossbook import losses
from lossbook.look import Look
from lossbook.losses import Choice, Parameter
from lossbook.widgets.compiled import TARGETS, Drawn

_LIMIT = 1e12  # a hyper-parameter beyond it draws nothing worth seeing


def resolve(chosen) -> list[Drawn]:
    """The losses of a widget: names out of the registry, public losses, or a reader's own torch functions.

    Raises LookupError for an unknown name, TypeError for what is no loss, ValueError for an empty list, for a name
    that comes twice, for a loss that has neither axis nor path, and for losses over different axes.
    """
    if isinstance(chosen, str) or callable(chosen):
        chosen = [chosen]
    drawn: list[Drawn] = []
    # a loss of the registry keeps its look wherever it stands in the list; a reader's own takes one that is left
    taken = [known.look for item in chosen if (known := _record(item))]
    for item in chosen:
        if isinstance(item, Drawn):
            drawn.append(item)
            continue
        record = _record(item)
        drawn.append(_registered(record, item) if record else own(item, [*taken, *(d.look for d in drawn)]))
    names = [d.name for d in drawn]
    if not 1 <= len(drawn) <= len(look_order()):
        raise ValueError(f"losses: got {len(drawn)} of them, want 1 to {len(look_order())}")
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise ValueError(f"losses: {', '.join(twice)} comes more than once")
    if len({(d.axis, d.path and (d.path.label, d.path.low, d.path.high)) for d in drawn}) > 1:
        kinds = "; ".join(f"{d.name} over the {d.place}" for d in drawn)
        raise ValueError(f"losses: want all over the same axis, got {kinds}")
    return drawn


def _record(item):
    """What is known of a loss (a record, or what was drawn before), None for a reader's own function."""
    if isinstance(item, Drawn):
        return item
    if isinstance(item, str):
        return losses.get(item).record
    if not callable(item):
        raise TypeError(
            f"losses: got {type(item).__name__}, want a name or a function f(input, target, *, hyper=default)"
        )
    return getattr(item, "record", None)


def _registered(record, item) -> Drawn:
    definition = losses.get(record.name).definition if isinstance(item, str) else item.definition
    shown = tuple(p for p in record.parameters if p.slider and isinstance(p.default, (int, float)))
    if record.axis not in TARGETS and record.path is None:
        raise ValueError(
            f"losses: {record.name} is not a function of one residual or logit and has no path, so it has no curve"
        )
    axis, path = (record.axis, None) if record.axis in TARGETS else ("path", record.path)
    made = Drawn(record.name, record.title, record.short, record.look, axis, shown, definition, path)
    return replace(made, choice=_choice(made, record)) if path else made


def _choice(drawn: Drawn, record) -> Choice | None:
    """The first choice of a loss that a reader can make: all of its options are values along the whole path."""
    for found in record.parameters:
        if not isinstance(found, Choice) or None in found.options:
            continue
        held = {f"{drawn.name}.{p.name}": float(p.default) for p in drawn.parameters}
        ends = [drawn.path.low, (drawn.path.low + drawn.path.high) / 2, drawn.path.high]
        for option in found.options:
            curves = replace(drawn, choice=found).at(ends, held | {f"{drawn.name}.{found.name}": option})
            if not all(np.isfinite(y).all() for y in curves):
                break
        else:
            return found
    return None


def look_order() -> list[Look]:
    """Looks for functions without their own: late colors first, since the book's first losses have the early ones."""
    return [
        Look(color, dash) for color, dash in zip((5, 6, 8, 7, 4, 2, 3, 1), ("solid", "long", "solid") * 3, strict=False)
    ]


def own(function: Callable, taken: list[Look]) -> Drawn:
    """A reader's own ``f(input, target, *, hyper=default)``; each default is the start of a slider.

    Raises TypeError where the signature is another, or a default is not a number.
    """
    name = re.sub(r"\W", "_", getattr(function, "__name__", "loss"))
    name = "my_loss" if name.startswith("_lambda") or not name.isidentifier() or keyword.iskeyword(name) else name
    arguments = list(inspect.signature(function).parameters.values())
    if len([a for a in arguments if a.default is a.empty]) != 2 or len(arguments) < 2:
        raise TypeError(f"losses: {name}{inspect.signature(function)}, want {name}(input, target, *, hyper=default)")
    parameters = tuple(_from_default(name, a) for a in arguments[2:])
    colors = {look.color for look in taken}
    free = [look for look in look_order() if look.color not in colors]
    spoken = name.replace("_", " ")

    def definition(input, target, **hyper):
        return function(input, target, **hyper)

    sides = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in ("input", "target")]
    hyper = [inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY, default=p.default) for p in parameters]
    definition.__signature__ = inspect.Signature([*sides, *hyper])
    definition.__name__ = name
    made = Drawn(name, spoken, spoken, (free or look_order())[0], "residual", parameters, definition)
    made.at([0.5, 1.0], {f"{name}.{p.name}": p.default for p in parameters})
    return made


def _from_default(name: str, argument: inspect.Parameter) -> Parameter:
    value = argument.default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"losses: {name}'s {argument.name} has the default {value!r}, want a finite number")
    span = (value / 10, value * 5) if value > 0 else (-1.0, 1.0) if value == 0 else (2 * value, 0.0)
    return Parameter(argument.name, float(value), f"{argument.name} of {name}", slider=span, log=value > 0)


def check_hyper(drawn: list[Drawn], given: dict) -> dict:
    """All hyper-parameters as {"loss.parameter": value}: those given, checked, and defaults for the rest.

    Raises ValueError for an unknown key and for a value outside the parameter's range, TypeError for no number.
    """
    known = {f"{d.name}.{p.name}": p for d in drawn for p in d.parameters}
    words = {f"{d.name}.{d.choice.name}": d.choice for d in drawn if d.choice}
    values = {key: float(p.default) for key, p in known.items()} | {key: c.default for key, c in words.items()}
    for key, value in dict(given).items():
        if key in words:
            values[key] = _checked(key, words[key].check, value)
            continue
        if key not in known:
            names = ", ".join([*known, *words])
            raise ValueError(f"hyper: got {key!r}, want {names or 'nothing: these losses have no hyper-parameter'}")
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            raise TypeError(f"hyper[{key!r}]: got {type(value).__name__}, want a number")
        if not abs(value) <= _LIMIT:
            raise ValueError(f"hyper[{key!r}]: got {value!r}, want a finite number of at most {_LIMIT:g}")
        values[key] = float(_checked(key, known[key].check, float(value)))
    return values


def _checked(key: str, check: Callable, value):
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"hyper[{key!r}]: {error}") from None


def check_sliders(drawn: list[Drawn], given: dict) -> dict[str, tuple[float, float]]:
    """Ranges for sliders by "loss.parameter". Raises ValueError that names the wrong one."""
    known = {f"{d.name}.{p.name}": p for d in drawn for p in d.parameters}
    for key, span in dict(given).items():
        if key not in known:
            raise ValueError(
                f"sliders: got {key!r}, want {', '.join(known) or 'nothing: these losses have no hyper-parameter'}"
            )
        low, high = map(float, span)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"sliders[{key!r}]: got {tuple(span)!r}, want two finite numbers, the lower first")
        for end in (low, high):
            known[key].check(end)
    return {key: (float(low), float(high)) for key, (low, high) in dict(given).items()}
