/** What every widget shares from start to end: its root, its state, its failure, its clean-up. */
import { h } from "./dom.js";
import { createState } from "./state.js";
import { inJupyter } from "./theme.js";

/**
 * @typedef {{model: import("./state.js").Model, root: HTMLElement, signal: AbortSignal, state: import("./state.js").State,
 *   shows: (control: string) => boolean}} Context
 *   signal: aborted when the view goes away, give it to every listener; shows: false for a control named in the trait `hide`
 */

/**
 * An anywidget module. `build` draws into `context.root`; it may be async. When it has finished, the root gets
 * data-ready="true"; when it throws, the reason stands in its place and the page goes on.
 * @param {{kind: string, label: string, shared: import("./state.js").Shared, build: (context: Context) => void | Promise<void>}} options
 *   kind: names the root's class (lb-KIND) and the key in links; label: the widget's name for assistive technology
 */
export const define = ({ kind, label, shared, build }) => ({
  /** @param {{model: import("./state.js").Model, el: HTMLElement, signal?: AbortSignal}} given */
  async render({ model, el, signal }) {
    const end = new AbortController();
    signal?.addEventListener("abort", () => end.abort());
    const root = h("div", { class: `lb-widget lb-${kind}`, role: "group", "aria-label": model.get("title") || label, "data-link": model.get("link_id") });
    el.append(root);
    end.signal.addEventListener("abort", () => root.remove());
    try {
      const state = createState(model, kind, shared, end.signal);
      const restored = !inJupyter() && state.restore();
      const hidden = new Set(model.get("hide") ?? []);
      await build({ model, root, signal: end.signal, state, shows: (control) => !hidden.has(control) });
      if (!inJupyter()) addEventListener("hashchange", () => state.restore(), { signal: end.signal });
      root.dataset.ready = "true";
      if (restored) root.scrollIntoView({ block: "center", behavior: "instant" });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      root.replaceChildren(h("p", { class: "lb-failed", role: "alert" }, `This widget could not start: ${why}`));
      root.dataset.failed = "true";
      console.error(error);
    }
    return () => end.abort();
  },
});
