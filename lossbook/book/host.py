"""Widgets in a page: the saved state made small, one shared file for each source, a place for each view.

myst-nb writes what the Jupyter widget specification says: one script tag with the state of all models and one for
each view. This step turns each view into an element that holds the still picture until ``afm-host.js`` mounts the
widget in it.
"""

import hashlib
import json

_MIME = "application/vnd.jupyter.widget-"
# Traits that only ipywidgets' own front end reads; and models that hold nothing else.
_UNREAD = {"layout", "tabbable", "tooltip", "_dom_classes", "_view_count"}
_MUTE = ("LayoutModel", "StyleModel")
_SHORT = 200  # characters; a shorter source stays in the page


def _share(page, text: str, suffix: str, wrap) -> str:
    """Write ``text`` once to ``_static/afm`` under a name made of its content; returns that name."""
    key = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = page.outdir / "_static" / "afm" / f"{key}{suffix}"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wrap(key, text), "utf8")
    return key


def _as_script(key: str, text: str) -> str:
    return f"(window.afmSources ??= {{}})[{json.dumps(key)}] = {json.dumps(text)};\n"


def slim(state: dict) -> dict:
    """The models and traits of a saved widget state that a page without a kernel reads."""
    kept = {}
    for key, model in state.items():
        if model["model_name"].endswith(_MUTE):
            continue
        traits = {k: v for k, v in model["state"].items() if k not in _UNREAD}
        kept[key] = {**model, "state": traits}
        kept[key].pop("model_module_version", None)
    return kept


def mount(page) -> None:
    """Make the page's widgets ready to start."""
    views = page.soup.find_all("script", type=_MIME + "view+json")
    if not views:
        return
    state: dict = {}
    for tag in page.soup.find_all("script", type=_MIME + "state+json"):
        state.update(json.loads(tag.string or "{}").get("state", {}))
        tag.decompose()
    state = slim(state)
    for model in state.values():
        traits = model["state"]
        source, css = traits.get("_esm", ""), traits.pop("_css", "")
        if len(source) >= _SHORT:
            traits["_esm"] = _share(page, source, ".js", _as_script)
            page.script(f"afm/{traits['_esm']}.js")
        if css:
            page.stylesheet(f"afm/{_share(page, css, '.css', lambda key, text: text)}.css")
    for tag in views:
        box = page.tag("div", class_="afm-widget", data_model=json.loads(tag.string)["model_id"])
        still = tag.find_next_sibling()
        tag.replace_with(box)
        box.append(tag)
        if still is not None and "afm-fallback" in still.get("class", []):
            still["class"] = "afm-fallback"  # docutils adds a class of its own that the theme lays out
            box.append(still.extract())
    text = json.dumps({"state": state}, separators=(",", ":")).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    data = page.tag("script", type=_MIME + "state+json")
    data.string = text
    page.soup.body.append(data)
    page.script("afm-host.js")
