/** A row for each loss: how wide its margin is, as a part of the widest there is, and how many points pull on it. */
import { createNumber, h, ink, number, percent, s, stroke, swatch } from "../kit/index.js";

const HEIGHT = 12;
const dash = (/** @type {(x: number) => string} */ show) => (/** @type {number} */ x) => (Number.isFinite(x) ? show(x) : "\u2013");

/** @param {{losses: import("../kit/losses.js").Loss[], count: number, names: Element[]}} options  names: legend buttons */
export const createPanel = ({ losses, count, names }) => {
  const best = createNumber("widest", dash((x) => number(x)));
  const rows = losses.map((loss, k) => {
    const name = names[k] ?? h("span", { class: "lb-margin-name", title: loss.title }, swatch(loss), loss.short);
    const share = createNumber(`${loss.name}.percent`, dash((x) => percent(x / 100)));
    const support = createNumber(`${loss.name}.support`, dash((x) => String(x)));
    const own = createNumber(`${loss.name}.m`, dash((x) => number(x)));
    share.node.style.color = ink(loss);
    const bar = s("rect", { height: HEIGHT, width: 0 });
    const gauge = s("svg", { class: "lb-gauge", height: HEIGHT, viewBox: `0 0 100 ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      s("rect", { class: "lb-gauge-all", height: HEIGHT, width: 100 }), bar);
    gauge.style.color = stroke(loss);
    const node = h("div", { class: "lb-margin-row", "data-loss": loss.name }, name,
      h("span", { class: "lb-margin-share" }, share.node, h("span", { class: "lb-sr" }, " of the most")), gauge,
      h("span", { class: "lb-margin-more" }, support.node, ` of ${count} pull; the marked one: m = `, own.node));
    return { loss, node, share, support, own, bar };
  });
  const node = h("div", { class: "lb-margin-panel", role: "group", "aria-label": "Margins" },
    h("div", { class: "lb-margin-title" }, "How much room does each line leave?"),
    h("div", { class: "lb-margin-more" }, "Distance to the nearest point, in percent of the most that any line has: ", best.node,
      ". Shaded: m = label \u00d7 score below 1."),
    ...rows.map((row) => row.node));
  return {
    node,
    /** @param {import("./analysis.js").Analysis} analysis */
    update({ results, active, widest }) {
      best.set(widest);
      for (const { loss, node: row, share, support, own, bar } of rows) {
        const result = results.find((r) => r.loss === loss);
        row.classList.toggle("lb-margin-none", !result);
        share.set(result ? result.percent : NaN);
        support.set(result ? result.support : NaN);
        own.set(result ? result.fit.m[active] : NaN);
        bar.setAttribute("width", String(result && result.percent > 0 ? Math.min(100, result.percent) : 0));
      }
    },
  };
};
