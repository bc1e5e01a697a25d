import { h, uid } from "./dom.js";

/**
 * One of a few: native radio buttons drawn as a segmented control.
 * @param {{label: string, name: string, options: {value: string, text: string}[], signal: AbortSignal,
 *   get: () => string, set: (value: string) => void}} settings   name: goes to data-choice
 */
export const createChoice = ({ label, name, options, signal, get, set }) => {
  const group = uid("choice");
  const inputs = options.map(({ value, text }) => {
    const input = h("input", { type: "radio", name: group, value, class: "lb-radio" });
    input.addEventListener("change", () => set(value), { signal });
    return { input, node: h("label", {}, input, h("span", {}, text)) };
  });
  const node = h("fieldset", { class: "lb-choice", "data-choice": name }, h("legend", { class: "lb-sr" }, label), ...inputs.map((i) => i.node));
  return {
    node,
    update() {
      for (const { input } of inputs) input.checked = input.value === get();
    },
  };
};
