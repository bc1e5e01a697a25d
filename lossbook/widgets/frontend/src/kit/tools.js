import { h } from "./dom.js";
import { inJupyter } from "./theme.js";

/**
 * The quiet row under a widget: reset, copy link, and the buttons it is given (the data toggle).
 * @param {import("./widget.js").Context} context
 * @param {HTMLElement[]} [extra]
 */
export const createTools = ({ signal, state, shows }, extra = []) => {
  const node = h("div", { class: "lb-tools" });
  const status = h("span", { class: "lb-status", role: "status" });
  const button = (/** @type {string} */ action, /** @type {string} */ text, /** @type {() => void} */ run) => {
    const b = h("button", { type: "button", class: "lb-button", "data-action": action }, text);
    b.addEventListener("click", run, { signal });
    return b;
  };
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  const note = (/** @type {Node | string} */ what) => {
    status.replaceChildren(what);
    clearTimeout(timer);
    if (typeof what === "string") timer = window.setTimeout(() => status.replaceChildren(), 4000);
  };
  const copy = async () => {
    const url = state.link();
    try {
      await navigator.clipboard.writeText(url);
      note("Link copied");
    } catch {
      const field = h("input", { class: "lb-link", readonly: true, value: url, "aria-label": "Link to this state" });
      note(field); // no permission: the reader copies it by hand
      field.select();
    }
  };
  if (shows("reset")) node.append(button("reset", "Reset", () => state.reset()));
  if (shows("data")) node.append(...extra);
  if (shows("link") && !inJupyter()) node.append(button("link", "Copy link", copy));
  if (node.childElementCount) node.append(status);
  return { node };
};
