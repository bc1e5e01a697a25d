/** Whose gradient is it? For each loss one bar, 100% long: common points right and wrong, rare points, wrong labels. */
import { attr, createNumber, h, number, percent, s, setText, swatch } from "../kit/index.js";

const HEIGHT = 18;
export const GROUPS = /** @type {const} */ ([
  ["easy", "common, right side"], ["hard", "common, wrong side"], ["rare", "rare"], ["wrong", "wrong label"],
]);
const dash = (/** @type {(x: number) => string} */ show) => (/** @type {number} */ x) => (Number.isFinite(x) ? show(x) : "\u2013");

/** @param {{losses: import("../kit/losses.js").Loss[], names: Element[]}} options  names: legend buttons, or none */
export const createShares = ({ losses, names }) => {
  const rows = losses.map((loss, k) => {
    const name = names[k] ?? h("span", { class: "lb-own-name", title: loss.title }, swatch(loss), loss.short);
    const rare = createNumber(`${loss.name}.rare`, dash(percent));
    const precision = createNumber(`${loss.name}.precision`, dash((x) => number(x)));
    const parts = GROUPS.map(([group]) => s("rect", { y: 2, height: HEIGHT - 4, class: `lb-own-${group}` }));
    const bar = s("svg", { class: "lb-own-bar", height: HEIGHT, "aria-hidden": "true" }, ...parts);
    const node = h("div", { class: "lb-own-row", "data-loss": loss.name }, name,
      h("span", { class: "lb-own-small" }, "rare ", rare.node), h("span", { class: "lb-own-small" }, "precision ", precision.node), bar);
    return { loss, node, rare, precision, parts, bar };
  });
  const keys = GROUPS.map(([group, text]) => h("span", { class: "lb-own-key" },
    s("svg", { width: 14, height: 12, "aria-hidden": "true" }, s("rect", { x: 1, y: 1, width: 12, height: 10, class: `lb-own-${group}` })), text));
  const title = h("p", { class: "lb-own-title" });
  const node = h("div", { class: "lb-own", role: "group", "aria-label": "Who owns the gradient" }, title, ...rows.map((row) => row.node),
    h("p", { class: "lb-own-keys" }, ...keys));
  let width = 0;
  return {
    node,
    layout() {
      width = rows[0]?.bar.getBoundingClientRect().width || width || 280;
      for (const { bar } of rows) attr(bar, { viewBox: `0 0 ${width} ${HEIGHT}` });
    },
    /** @param {import("./model.js").Result[]} results @param {number} step */
    update(results, step) {
      setText(title, `Who owns the gradient after ${step} ${step === 1 ? "step" : "steps"}?`);
      for (const { loss, node: row, rare, precision, parts } of rows) {
        const result = results.find((r) => r.loss === loss);
        row.classList.toggle("lb-own-none", !result?.share);
        rare.set(result ? result.rare : NaN);
        precision.set(result ? result.precision : NaN);
        if (!result?.share) continue;
        let start = 0;
        GROUPS.forEach(([group], k) => {
          const length = result[group] * width;
          parts[k].setAttribute("x", (start + 0.5).toFixed(2));
          parts[k].setAttribute("width", Math.max(0, length - 1).toFixed(2));
          start += length;
        });
      }
    },
  };
};
