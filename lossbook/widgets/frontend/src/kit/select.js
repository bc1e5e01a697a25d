import { h, uid } from "./dom.js";

/**
 * One of several words, as a native select with its name.
 * @template T
 * @param {{label: string, title?: string, name: string, options: {value: T, text: string}[], signal: AbortSignal,
 *   get: () => T, set: (value: T) => void}} settings   name: goes to data-select
 */
export const createSelect = ({ label, title, name, options, signal, get, set }) => {
  const id = uid("select");
  const select = h("select", { class: "lb-select", id, "data-select": name }, ...options.map(({ text }) => h("option", {}, text)));
  const node = h("div", { class: "lb-selection" }, h("label", { for: id, title }, label), select);
  select.addEventListener("change", () => set(options[select.selectedIndex].value), { signal });
  return {
    node,
    update() {
      select.selectedIndex = options.findIndex(({ value }) => value === get());
    },
  };
};
