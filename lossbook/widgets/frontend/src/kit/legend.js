import { h, s } from "./dom.js";
import { stroke } from "./theme.js";

/** A short piece of line in a loss's color and dash pattern. @param {import("./theme.js").Look} look */
export const swatch = (look) =>
  s("svg", { class: "lb-swatch", width: 28, height: 10, "aria-hidden": "true" },
    s("line", { x1: 1, x2: 27, y1: 5, y2: 5, stroke: stroke(look), "stroke-width": 2.5, "stroke-dasharray": look.dash || null }));

/**
 * Names with their line; each is a button that shows or hides its curve.
 * @param {{items: {name: string, short: string, title: string, color: number, dash: string}[], label: string,
 *   signal: AbortSignal, isOn: (name: string) => boolean, set: (name: string, on: boolean) => void}} options
 */
export const createLegend = ({ items, label, signal, isOn, set }) => {
  const buttons = items.map((item) => {
    const button = h("button", { type: "button", class: "lb-toggle", title: item.title, "data-toggle": item.name }, swatch(item), item.short);
    button.addEventListener("click", () => set(item.name, !isOn(item.name)), { signal });
    return { name: item.name, button };
  });
  const node = h("div", { class: "lb-legend", role: "group", "aria-label": label }, ...buttons.map((b) => b.button));
  return {
    node,
    update() {
      for (const { name, button } of buttons) button.setAttribute("aria-pressed", String(isOn(name)));
    },
  };
};
