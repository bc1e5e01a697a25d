"""A real Chromium with widgets mounted as their host would mount them; nothing is requested from anywhere."""

import json
import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
OF_THE_HOST = {"layout", "tooltip", "tabbable", "comm", "keys"}
PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Widgets</title>
<style>%s</style><body><main></main></body></html>"""
HOST = """async (given) => {
  window.models = [];
  for (const { source, state } of given) {
    const widget = (await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })))).default;
    const listeners = [];
    const model = {
      listeners,
      get: (k) => state[k],
      set(k, v) { state[k] = v; for (const l of [...listeners]) if (l.name === `change:${k}`) l.f(); },
      save_changes() {},
      on: (name, f) => listeners.push({ name, f }),
      off: (name, f) => listeners.splice(listeners.findIndex((l) => l.name === name && l.f === f), 1),
    };
    models.push(model);
    const el = document.querySelector("main").appendChild(document.createElement("div"));
    model.end = await widget.render({ model, el });
  }
}"""


@pytest.fixture(scope="session")
def browser_for_widgets():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def show(browser_for_widgets):
    """show(widget, ..., width=, touch=, hash=) -> page with the widgets in it, all ready; problems fail the test.

    In the page, ``models[k].get(trait)`` is the state of the k-th widget, and ``models[k].set(trait, value)`` sets it.
    """
    contexts, problems = [], []

    def open_page(*widgets, width=1280, touch=False, hash=""):
        size = {"width": width, "height": 900}
        context = browser_for_widgets.new_context(viewport=size, has_touch=touch, is_mobile=touch)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        page.route("**/*", lambda route: route.fulfill(body=PAGE % widgets[0]._css, content_type="text/html"))
        page.goto(f"http://book.test/page.html{hash}")
        names = [[n for n in w.keys if not n.startswith("_") and n not in OF_THE_HOST] for w in widgets]
        given = [
            {"source": w._esm, "state": {n: getattr(w, n) for n in own}} for w, own in zip(widgets, names, strict=True)
        ]
        page.evaluate(HOST, json.loads(json.dumps(given)))
        page.wait_for_function("n => document.querySelectorAll('[data-ready=true]').length === n", arg=len(widgets))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, problems
