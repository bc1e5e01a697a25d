import { h, setText, uid } from "./dom.js";
import { chosen, clamp } from "./format.js";

const NOTCHES = 1000;

/** Three significant digits: what a slider of a thousand notches can know. */
const round3 = (/** @type {number} */ x) => Number(x.toPrecision(3));

/**
 * Between a value and the place 0...1 on the slider; `log` gives every decade the same length.
 * @param {[number, number]} range
 * @param {boolean} log
 */
export const track = ([low, high], log) => ({
  /** @param {number} x */
  place: (x) => clamp(log ? Math.log(clamp(x, low, high) / low) / Math.log(high / low) : (x - low) / (high - low), 0, 1),
  /** @param {number} t */
  value: (t) => clamp(round3(log ? low * (high / low) ** t : low + (high - low) * t), low, high),
});

/**
 * A native range input with its name and its value. The value may lie outside the slider's range (set from Python):
 * the slider then stands at its end and the number still tells the truth.
 * @param {{label: string, title?: string, name: string, range: [number, number], log?: boolean, signal: AbortSignal,
 *   color?: string, get: () => number, set: (x: number) => void, show?: (x: number) => string, onEnd?: () => void}} options
 *   name: goes to data-slider
 */
export const createSlider = ({ label, title, name, range, log = false, signal, color, get, set, show = chosen, onEnd }) => {
  const way = track(range, log && range[0] > 0);
  const id = uid("slider");
  const input = h("input", { class: "lb-range", type: "range", id, min: 0, max: NOTCHES, step: 1, "data-slider": name });
  const output = h("output", { class: "lb-number", for: id });
  const node = h("div", { class: "lb-slider" }, h("label", { for: id, title }, label), input, output);
  if (color) node.style.setProperty("--lb-own", color);
  input.addEventListener("input", () => set(way.value(Number(input.value) / NOTCHES)), { signal });
  input.addEventListener("change", () => onEnd?.(), { signal });
  input.addEventListener("keydown", (event) => {
    const way1 = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way1 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // one notch of a thousand is too fine for a key: 1% a press, 10% with Shift
    set(way.value(clamp((Number(input.value) + way1 * (event.shiftKey ? 100 : 10)) / NOTCHES, 0, 1)));
    onEnd?.();
  }, { signal });
  return {
    node,
    update() {
      const x = get();
      input.value = String(Math.round(way.place(x) * NOTCHES));
      input.style.setProperty("--lb-fill", `${100 * way.place(x)}%`);
      setText(output, show(x));
      input.setAttribute("aria-valuetext", show(x));
      output.dataset.value = String(x);
    },
  };
};
