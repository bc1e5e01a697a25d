"""Pages of a real Chromium with widgets mounted by their traits; nothing is requested from anywhere."""

import contextlib
import json

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>%s</title>
<style>%s</style><body><main></main></body></html>"""
# one function: a model with `get`, `set`, `on`, `off`, as anywidget promises
HOST = """async ([source, states]) => {
  const widget = (await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })))).default;
  window.models = [];
  for (const state of states) {
    const listeners = [];
    const model = {
      listeners, saved: 0,
      get: (k) => state[k],
      set(k, v) { state[k] = v; for (const l of [...listeners]) if (l.name === `change:${k}`) l.f(); },
      save_changes() { this.saved += 1; },
      on: (name, f) => listeners.push({ name, f }),
      off: (name, f) => listeners.splice(listeners.findIndex((l) => l.name === name && l.f === f), 1),
    };
    models.push(model);
    const el = document.querySelector("main").appendChild(document.createElement("div"));
    model.end = await widget.render({ model, el });
  }
}"""


@contextlib.contextmanager
def pages(browser, title, traits, height):
    """open_page(widget, ..., width=, touch=, hash=) -> page with the widgets in it, all of them ready."""
    contexts, problems = [], []

    def open_page(*widgets, width=1280, touch=False, hash=""):
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        page.route("**/*", lambda route: route.fulfill(body=PAGE % (title, widgets[0]._css), content_type="text/html"))
        page.goto(f"http://book.test/page.html{hash}")
        states = [{key: getattr(w, key) for key in traits} for w in widgets]
        page.evaluate(HOST, [widgets[0]._esm, json.loads(json.dumps(states))])
        page.wait_for_function("n => document.querySelectorAll('[data-ready=true]').length === n", arg=len(widgets))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, problems


def state(page, name, k=0):
    return page.evaluate("([k, name]) => models[k].get(name)", [k, name])


def settled(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
