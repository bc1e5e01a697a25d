import { line } from "d3-shape";
import { s } from "./dom.js";
import { stroke } from "./theme.js";

/** @typedef {[number, number]} Point */

/**
 * Sample a function for drawing. Where it jumps (the gradient of an absolute value, the curvature of Huber's loss)
 * the place of the jump is found by bisection, so that the line stands upright whatever the grid.
 * @param {(x: number) => number} f
 * @param {[number, number]} domain
 * @param {number} [count]
 * @param {number[]} [also]  places beside the grid where something narrow may stand
 * @returns {Point[]}
 */
export const sample = (f, [low, high], count = 200, also = []) => {
  const places = Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
  for (const x of also) if (x > low && x < high) places.push(x);
  places.sort((a, b) => a - b);
  const raw = places.map((x) => /** @type {Point} */ ([x, f(x)]));
  const finite = raw.map((p) => p[1]).filter(Number.isFinite);
  const spread = finite.length ? Math.max(...finite) - Math.min(...finite) : 0;
  /** @type {Point[]} */
  const points = [raw[0]];
  for (let i = 1; i < raw.length; i += 1) {
    if (spread > 0 && Math.abs(raw[i][1] - raw[i - 1][1]) > 0.04 * spread) points.push(...jump(f, raw[i - 1], raw[i], spread));
    points.push(raw[i]);
  }
  return points;
};

/**
 * The two sides of a jump between two samples; nothing where the function is merely steep.
 * @param {(x: number) => number} f
 * @param {Point} left
 * @param {Point} right
 * @param {number} spread
 * @returns {Point[]}
 */
const jump = (f, left, right, spread) => {
  let [a, b] = [left, right];
  for (let i = 0; i < 24; i += 1) {
    const x = (a[0] + b[0]) / 2;
    const m = /** @type {Point} */ ([x, f(x)]);
    if (Math.abs(m[1] - a[1]) > Math.abs(b[1] - m[1])) b = m;
    else a = m;
  }
  return Math.abs(b[1] - a[1]) > 0.02 * spread ? [a, b] : [];
};

const draw = line().defined((p) => Number.isFinite(p[0]) && Number.isFinite(p[1]));
const far = (/** @type {number} */ px) => Math.max(-2e5, Math.min(2e5, px)); // browsers misdraw beyond about 1e6 px

/**
 * A curve in a plot.
 * @param {import("./plot.js").Plot} plot
 * @param {import("./theme.js").Look} look
 * @param {{layer?: SVGGElement, label?: string, width?: number, name?: string}} [options]
 */
export const createCurve = (plot, look, { layer = plot.marks, width = 2, name } = {}) => {
  const node = s("path", {
    class: "lb-curve",
    fill: "none",
    stroke: stroke(look),
    "stroke-width": width,
    "stroke-dasharray": look.dash || null,
    "data-curve": name,
  });
  layer.append(node);
  return {
    node,
    /** @param {Point[]} points in data units */
    update(points) {
      node.setAttribute("d", draw(points.map(([x, y]) => [far(plot.x(x)), far(plot.y(y))])) ?? "");
    },
    show: (/** @type {boolean} */ on) => node.classList.toggle("lb-off", !on),
  };
};
