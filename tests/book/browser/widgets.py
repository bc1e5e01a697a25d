"""Reading a widget on a built page, and the same widget made in Python in the same state."""

import json
import math
import re
from urllib.parse import unquote

import torch

import lossbook as lb

from .conftest import HTML

CLASSES = {re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower(): name for name in lb.widgets.__all__}  # robust-fit: RobustFit


def pseudo_huber(input, target, *, delta=1.0):
    """The reader's own loss on the page about Huber's."""
    r = (input - target) / delta
    return delta**2 * (torch.sqrt(1 + r**2) - 1)


OWN = {"pseudo_huber": pseudo_huber}
FIXED = ("bounds", "reach", "hide", "labels", "names", "kernel", "images")  # not part of a link
STATE = re.compile(r'<script type="application/vnd\.jupyter\.widget-state\+json"[^>]*>(.*?)</script>', re.DOTALL)
VIEW = re.compile(r'<script type="application/vnd\.jupyter\.widget-view\+json"[^>]*>(.*?)</script>', re.DOTALL)


def saved(path: str) -> list[dict]:
    """The traits of each widget of a page, in the order of the page, as the notebook left them."""
    text = (HTML / path).read_text("utf8")
    models = json.loads(STATE.search(text)[1].replace("<\\/", "</"))["state"]
    return [models[json.loads(view)["model_id"]]["state"] for view in VIEW.findall(text)]


def unfold(box) -> None:
    """Open the fold that a widget may stand in, as a reader does."""
    fold = box.locator("xpath=ancestor::details[not(@open)]")
    if fold.count():
        fold.locator("> summary").click()


def painted(page) -> None:
    """After a key or a choice: two frames later the widget has drawn what it knows, however busy the machine is."""
    page.wait_for_timeout(60)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def kind(root) -> str:
    return next(k for k in CLASSES if f"lb-{k}" in root.get_attribute("class").split())


def shown(root) -> dict[str, float | None]:
    """The numbers that the widget shows now, at full precision."""
    pairs = root.evaluate(
        """(root) => [...root.querySelectorAll('[data-number]')].filter((e) => e.checkVisibility())
            .map((e) => [e.dataset.number, e.dataset.value])"""
    )
    assert pairs, "the widget shows no number"
    return {key: float(value) if value else None for key, value in pairs}


def linked(root) -> dict:
    """The state that the widget's own link holds."""
    page = root.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    root.locator("[data-action='link']").click()
    page.wait_for_function("navigator.clipboard.readText().then((t) => t.includes('#lb.'))")
    link = page.evaluate("navigator.clipboard.readText()")
    name = f"lb.{kind(root)}.{root.get_attribute('data-link')}="
    part = next(p for p in link.partition("#")[2].split("&") if p.startswith(name))
    return json.loads(unquote(part[len(name) :]))


def in_python(root, traits: dict):
    """The widget made in Python with the state that the page's link holds."""
    state = linked(root)
    given = traits["runs"] if "runs" in traits else [OWN.get(s["name"], s["name"]) for s in traits["specs"]]
    fixed = {name: traits[name] for name in FIXED if traits.get(name)}
    return getattr(lb.widgets, CLASSES[kind(root)])(given, **{**fixed, **state})


def agree(root, traits: dict):
    """Every number that the page shows is Python's, to nine digits."""
    page, python = shown(root), in_python(root, traits).numbers()
    missing = {key for key in set(page) - set(python) if page[key] is not None}
    assert not missing, f"shown, but not in numbers(): {sorted(missing)}"
    for key, value in page.items():
        want = python.get(key)  # None for a loss that is switched off
        same = value is want is None or (
            value is not None and want is not None and math.isclose(value, want, rel_tol=1e-6, abs_tol=1e-7)
        )
        assert same, f"{key}: the page shows {value}, Python has {want}"
