/**
 * The tug-of-war: for each loss a rope. Left of the knot lie the pulls down, right of it the pulls up; each piece is one
 * point's share of the gradient, and the whole rope is 100%. At the minimum the two sides are equal.
 */
import { attr, createNumber, h, ink, number, percent, s, stroke, swatch } from "../kit/index.js";

const HEIGHT = 18;
const dash = (/** @type {(x: number) => string} */ show) => (/** @type {number} */ x) => (Number.isFinite(x) ? show(x) : "\u2013");

/**
 * Where the pieces of a rope lie, in shares of its length. From the knot outwards: the active point, then the others.
 * @param {ArrayLike<number>} pull @param {ArrayLike<number>} share @param {number} active
 * @returns {[number, number][]} start and length for each point
 */
export const pieces = (pull, share, active) => {
  let down = 0.5, up = 0.5;
  /** @type {[number, number][]} */
  const out = Array.from(share, () => [0.5, 0]);
  for (const i of [active, ...out.keys()]) {
    if (i === active && out[i][1] > 0) continue;
    if (pull[i] > 0) {
      down -= share[i];
      out[i] = [down, share[i]];
    } else {
      out[i] = [up, share[i]];
      up += share[i];
    }
  }
  return out;
};

/**
 * @param {{losses: import("../kit/losses.js").Loss[], count: number, signal: AbortSignal, names: Element[],
 *   activate: (i: number) => void}} options  names: for each loss its legend button; where there is none, its name is written
 */
export const createTug = ({ losses, count, signal, names, activate }) => {
  const rows = losses.map((loss, k) => {
    const name = names[k] ?? h("span", { class: "lb-tug-name", title: loss.title }, swatch(loss), loss.short);
    const slope = createNumber(`${loss.name}.slope`, dash((x) => number(x)));
    const share = createNumber(`${loss.name}.share`, dash(percent));
    const total = h("span", { class: "lb-tug-share" }, share.node, h("span", { class: "lb-sr" }, " of the gradient"));
    total.style.color = ink(loss);
    const parts = Array.from({ length: count }, (_, i) => s("rect", { y: 3, height: HEIGHT - 6, rx: 1.5, "data-point": i }));
    const knot = s("line", { class: "lb-knot", y1: 0, y2: HEIGHT });
    const rope = s("svg", { class: "lb-rope", height: HEIGHT, "aria-hidden": "true" }, ...parts, knot);
    rope.style.color = stroke(loss);
    const node = h("div", { class: "lb-tug-row", "data-loss": loss.name }, name,
      h("span", { class: "lb-tug-slope" }, "slope ", slope.node), total, rope);
    return { loss, node, slope, share, parts, knot, rope };
  });
  const node = h("div", { class: "lb-tug", role: "group", "aria-label": "Who pulls on each line" },
    h("p", { class: "lb-tug-title" }, "Who pulls on each line?"),
    h("p", { class: "lb-tug-sides" }, h("span", {}, "\u25c2 pulls down"), h("span", {}, "share of gradient"), h("span", {}, "pulls up \u25b8")),
    ...rows.map((row) => row.node));
  // a piece of rope leads to its point
  node.addEventListener("click", (event) => {
    const point = event.target instanceof Element ? event.target.getAttribute("data-point") : null;
    if (point !== null) activate(Number(point));
  }, { signal });

  let width = 0;
  return {
    node,
    /** The width available to the ropes may have changed. */
    layout() {
      width = rows[0]?.rope.getBoundingClientRect().width || width || 280;
      for (const { rope, knot } of rows) {
        attr(rope, { viewBox: `0 0 ${width} ${HEIGHT}` });
        attr(knot, { x1: width / 2, x2: width / 2 });
      }
    },
    /** @param {import("./analysis.js").Analysis} analysis */
    update({ results, active }) {
      for (const { loss, node: row, slope, share, parts } of rows) {
        const result = results.find((r) => r.loss === loss);
        const line = result?.line;
        row.classList.toggle("lb-tug-none", !line);
        slope.set(line ? line.slope : NaN);
        share.set(line && result ? result.share[active] : NaN);
        if (!line || !result) continue;
        pieces(result.pull, result.share, active).forEach(([start, length], i) => {
          parts[i].setAttribute("x", (start * width + 0.5).toFixed(2));
          parts[i].setAttribute("width", Math.max(0, length * width - 1).toFixed(2));
          parts[i].classList.toggle("lb-active", i === active);
        });
      }
    },
  };
};
