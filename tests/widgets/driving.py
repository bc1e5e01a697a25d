"""Reading and setting the widgets of a page that ``show`` opened, and holding their numbers to Python's."""

import pytest


def state(page, name, k=0):
    return page.evaluate("([k, name]) => models[k].get(name)", [k, name])


def put(page, k=0, **traits):
    page.evaluate("([k, t]) => Object.entries(t).forEach(([n, v]) => models[k].set(n, v))", [k, traits])
    settled(page)


def settled(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def compared(page, widget, root, traits, k=0, *, rel=1e-6, tiny=1e-9):
    """Every marked number of the k-th widget is Python's for the page's own state, which ``widget`` is given; where
    none is shown Python has none. Returns the keys of those that are shown."""
    settled(page)
    for name in traits:
        setattr(widget, name, state(page, name, k))
    wanted, keys = widget.numbers(), []
    marked = page.locator(root).nth(k).locator("[data-number]")
    for key, value in marked.evaluate_all("all => all.map((n) => [n.dataset.number, n.dataset.value])"):
        if value == "":
            assert wanted.get(key) is None, key
        else:
            assert float(value) == pytest.approx(wanted[key], rel=rel, abs=tiny), key
            keys.append(key)
    return keys
