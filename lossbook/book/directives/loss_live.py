"""The live explorer of a card: a widget made while the page is read, saved as a notebook would save it.

``lossbook.book.host`` finds the two script tags and turns them into a place that ``afm-host.js`` mounts when the reader
opens it. All explorers of a page share one bundle.
"""

import html
import json
import re

MIME = "application/vnd.jupyter.widget-"
AXES = {"residual": "the residual", "margin": "the logit"}


def explorer(loss) -> str:
    """The folded explorer as HTML, or one line that says why there is none."""
    from lossbook.javascript import CannotCompile
    from lossbook.widgets import LossExplorer
    from lossbook.widgets.chosen import resolve

    record = loss.record
    (drawn,) = resolve([loss])
    if drawn.heavy:
        return _still("it takes more numbers at once than compiled code, which has no loops, has room for.")
    try:
        widget = LossExplorer([loss], hide=["legend"], link_id=record.name, title=f"{record.title}, live")
    except CannotCompile as refusal:
        return _still(_reason(refusal))
    model = f"explorer-{record.name}"
    state = {"model_name": "AnyModel", "model_module": "anywidget", "state": _traits(widget)}
    moved = AXES.get(record.axis) or f"the {widget.drawn[0].place}"
    return (
        f'<details class="lb-loss__live" data-loss="{record.name}"><summary><span class="lb-loss__try">Try it:</span> '
        f"<span>move {html.escape(moved)}{_and_sliders(widget)}</span></summary><div>"
        f'<script type="{MIME}view+json">{json.dumps({"model_id": model})}</script></div></details>'
        f'<script type="{MIME}state+json">{_safe(json.dumps({"state": {model: state}}))}</script>'
    )


def _still(reason: str) -> str:
    return f'<p class="lb-loss__still">Only a still picture, since {html.escape(reason)}</p>'


def _traits(widget) -> dict:
    """What the front end reads; a browser's own module and styles with it."""
    kept = {k: v for k, v in widget.get_state().items() if not k.startswith("_") or k in ("_esm", "_css")}
    return {k: v for k, v in kept.items() if k not in ("layout", "tabbable", "tooltip")}


def _and_sliders(widget) -> str:
    spec = widget.specs[0]
    labels = [p["label"] for p in spec["parameters"]]
    moved = f" and {' and '.join(labels) if len(labels) < 3 else 'its hyper-parameters'}" if labels else ""
    return html.escape(moved + (f", choose {spec['choice']['label']}" if spec["choice"] else ""))


def _reason(refusal) -> str:
    """The compiler's words in short; what torch's own recorder could not follow is told in ours."""
    text = str(refusal).partition(": ")[2] or str(refusal)
    if text.startswith(("RuntimeError", "NotImplementedError")):
        return "it has steps that cannot be written as straight-line code."
    if "do not reproduce" in text:
        return "its compiled form is not exact."
    first = re.split(r";|\. ", text)[0].rstrip(".")
    return f"{first[:1].lower()}{first[1:]}."


def _safe(text: str) -> str:
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")
