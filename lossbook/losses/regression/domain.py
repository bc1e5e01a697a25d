"""The door of losses on a natural scale: a mean must be above 0, a count or an amount must not be below it."""

import functools

from lossbook.losses import door


def above(bound: float):
    """The rule that every value is above ``bound``."""
    return lambda name, low, **_: _require(name, low, low <= bound, f"want values above {bound:g}")


def at_least(bound: float):
    """The rule that no value is below ``bound``."""
    return lambda name, low, **_: _require(name, low, low < bound, f"want values of at least {bound:g}")


def _require(name, low, refused, wants):
    if refused:
        raise ValueError(f"{name}: got {low:g}, {wants}")


def within(**rules):
    """``door.elementwise`` behind rules for the values: ``within(input=above(0), target=at_least(0))``.

    A rule is called with the name of a side, the least value there, and the hyper-parameters; it raises ValueError.
    NaN passes, and makes the loss NaN. Values that cannot be looked at (under vmap, while tracing, on the meta
    device) are not.
    """
    return functools.partial(_checked, rules)


def _checked(rules, entry, input, target, reduction, given):
    for side, values in (("input", input), ("target", target)):
        if side in rules:
            low = door.least(values)
            if low is not None:
                hyper = entry.fill(given) if given else entry.defaults
                rules[side](entry.first if side == "input" else side, low, **hyper)
    return door.elementwise(entry, input, target, reduction, given)
