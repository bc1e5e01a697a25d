import { h, setText } from "./dom.js";
import { number } from "./format.js";

/**
 * A shown number. It carries `data-number` (its key, the same as in Python's `numbers()`) and `data-value`
 * (full precision; empty while the number is not finite).
 * @param {string} key
 * @param {(x: number) => string} [show]
 */
export const createNumber = (key, show = (x) => number(x)) => {
  const node = h("span", { class: "lb-number", "data-number": key });
  return {
    node,
    /** @param {number} x */
    set(x) {
      setText(node, show(x));
      node.dataset.value = Number.isFinite(x) ? String(x) : "";
    },
  };
};
