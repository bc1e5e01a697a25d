/* Starts the anywidget models saved in a built page: no kernel, no module loader, no network.
   A page holds their state in one script tag and an element .afm-widget for each view; long sources come from shared
   files as text. A classic script on purpose: a page opened from disk may not load module files, but may import a blob. */
(() => {
  "use strict";
  const models = new Map(), modules = new Map(), started = new Map();
  const never = new AbortController().signal;
  const same = (a, b) => a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));

  /** The part of a Backbone model that the anywidget contract names. */
  class Model {
    constructor(id, { model_name, state, buffers = [] }) {
      this.id = id;
      this.name = model_name;
      this.state = state;
      this.listeners = [];
      for (const { path, data } of buffers) { // binary traits stand in the page as base64
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        let at = this.state;
        for (const key of path.slice(0, -1)) at = at[key] ??= {};
        at[path.at(-1)] = new DataView(bytes.buffer);
      }
    }

    get(key) {
      return this.state[key];
    }

    set(key, value) {
      const changes = typeof key === "object" ? key : { [key]: value };
      const changed = Object.keys(changes).filter((k) => !same(this.state[k], changes[k]));
      Object.assign(this.state, changes);
      for (const k of changed) this.emit(`change:${k}`, this, changes[k], {});
      if (changed.length) this.emit("change", this, {});
    }

    emit(name, ...args) {
      for (const l of [...this.listeners]) if (l.name === name) l.callback(...args);
    }

    on(names, callback, owner) {
      for (const name of names.split(/\s+/)) this.listeners.push({ name, callback, owner });
    }

    off(names, callback, owner) {
      const list = names?.split(/\s+/);
      this.listeners = this.listeners.filter((l) =>
        (list && !list.includes(l.name)) || (callback && l.callback !== callback) || l.owner !== owner);
    }

    /** What a widget is handed: `off()` without arguments ends the listeners of this owner alone. */
    proxy(owner) {
      return {
        get: (key) => this.get(key),
        set: (key, value) => this.set(key, value),
        on: (names, callback) => this.on(names, callback, owner),
        off: (names, callback) => this.off(names, callback, owner),
        save_changes() {}, // nobody to save to
        send() {},
        widget_manager: manager,
      };
    }
  }

  const find = (ref) => {
    const model = models.get(String(ref).replace(/^(IPY_MODEL_|anywidget:)/, ""));
    if (!model) throw new Error("it was not saved with the page");
    return model;
  };
  const manager = { get_model: async (ref) => find(ref).proxy({}) };
  const experimental = { invoke: async () => { throw new Error("this needs a running kernel"); } };
  const host = {
    getModel: async (ref) => find(ref).proxy({}),
    getWidget: async (ref) => {
      const model = find(ref), { exports } = await start(model);
      return { exports, render: ({ el }) => render(model, el) };
    },
  };

  /** One import for each distinct source, however many models share it. */
  const load = (source) => {
    if (!modules.has(source)) {
      const text = window.afmSources?.[source] ?? source;
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      modules.set(source, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return modules.get(source);
  };

  /** Load and initialize, once for each model. */
  const start = (model) => {
    if (!started.has(model)) started.set(model, (async () => {
      const module = await load(model.get("_esm"));
      const definition = module.render ? module : typeof module.default === "function" ? await module.default() : module.default;
      const exports = await definition.initialize?.({ model: model.proxy(definition), signal: never, experimental });
      return { definition, exports };
    })());
    return started.get(model);
  };

  const render = async (model, el) => {
    const { definition } = await start(model);
    await definition.render?.({ model: model.proxy(el), el, signal: never, host, experimental });
  };

  /** Draw a model: its own module, or the boxes that ipywidgets puts around others. */
  const show = async (model, el) => {
    if (model.get("_esm")) return render(model, el);
    const children = model.get("children");
    if (!children?.length) throw new Error("this control needs Python: open the page in JupyterLab, Binder or Colab");
    for (const ref of children) await show(find(ref), el.appendChild(document.createElement("div")));
  };

  /** Put the live widget where the still picture is; the picture stays for paper, and where the widget fails. */
  const mount = async (box) => {
    if (box.dataset.state) return;
    box.dataset.state = "loading";
    const el = Object.assign(document.createElement("div"), { className: "afm-live" });
    try {
      const model = find(box.dataset.model);
      if (model.get("_esm")) await start(model);
      box.append(el);
      box.dataset.state = "live"; // from here on the picture is hidden on screen
      await show(model, el);
    } catch (error) {
      console.error(error);
      el.remove();
      box.dataset.state = "failed";
      box.append(Object.assign(document.createElement("p"), {
        className: "afm-note", role: "status", textContent: `This widget could not start: ${error?.message ?? error}.`,
      }));
    }
  };

  const link = (model, a, b) => {
    const [from, key] = model.get(a), [to, other] = model.get(b);
    const copy = () => find(to).set(other, find(from).get(key));
    find(from).on(`change:${key}`, copy);
    copy();
  };

  const boot = () => {
    for (const tag of document.querySelectorAll('script[type="application/vnd.jupyter.widget-state+json"]'))
      for (const [id, entry] of Object.entries(JSON.parse(tag.textContent).state)) models.set(id, new Model(id, entry));
    for (const model of models.values()) {
      if (/LinkModel$/.test(model.name)) link(model, "source", "target");
      if (model.name === "LinkModel") link(model, "target", "source");
    }
    const boxes = [...document.querySelectorAll(".afm-widget")];
    const seen = (box) => box.checkVisibility?.() ?? box.getBoundingClientRect().width > 0; // not what is folded away
    const near = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) mount(target);
    }, { rootMargin: "800px 0px" });
    for (const box of boxes) { // what the reader sees first starts at once, the rest as it comes near
      if (seen(box) && box.getBoundingClientRect().top < innerHeight) mount(box);
      else near.observe(box);
    }
    const rest = async () => { // or when there is nothing else to do
      for (const box of boxes) {
        await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
        if (seen(box)) await mount(box);
      }
    };
    document.readyState === "complete" ? rest() : addEventListener("load", rest);
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", boot) : boot();
})();
