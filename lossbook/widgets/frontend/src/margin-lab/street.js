/** The boundaries, and the street of the focused loss: the strip where the margin is below 1. */
import { createCurve, s, stroke } from "../kit/index.js";
import { FLAT } from "./fit.js";

/** @typedef {import("./fit.js").Point} Point */

/**
 * The part of a box where low <= w . x + b <= high, as a polygon: the box, cut twice.
 * @param {Point} w @param {number} b @param {number} low @param {number} high
 * @param {Point[]} corners  of the box, in order
 * @returns {Point[]}
 */
export const strip = (w, b, low, high, corners) => {
  const cut = (/** @type {Point[]} */ polygon, /** @type {(p: Point) => number} */ inside) => polygon.flatMap((p, i) => {
    const q = polygon[(i + 1) % polygon.length], at = inside(p), next = inside(q);
    /** @type {Point[]} */
    const out = at >= 0 ? [p] : [];
    if (at >= 0 !== next >= 0) {
      const t = at / (at - next);
      out.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
    }
    return out;
  });
  const score = (/** @type {Point} */ p) => w[0] * p[0] + w[1] * p[1] + b;
  return cut(cut(corners, (p) => score(p) - low), (p) => high - score(p));
};

/**
 * The piece of the line w . x + b = level that lies in a box.
 * @param {Point} w @param {number} b @param {number} level @param {Point} xs @param {Point} ys
 * @returns {[Point, Point] | null}
 */
export const piece = ([u, v], b, level, [x0, x1], [y0, y1]) => {
  const norm = Math.hypot(u, v);
  if (norm <= FLAT) return null;
  // a point on the line, and how far one can go from it to either side
  const t = (level - b) / norm ** 2, from = [t * u, t * v], way = [-v / norm, u / norm];
  let low = -Infinity, high = Infinity;
  for (const [k, [start, end]] of [[x0, x1], [y0, y1]].entries()) {
    if (Math.abs(way[k]) < 1e-12) {
      if (from[k] < start || from[k] > end) return null;
      continue;
    }
    const [near, far] = [(start - from[k]) / way[k], (end - from[k]) / way[k]].sort((a, c) => a - c);
    low = Math.max(low, near);
    high = Math.min(high, far);
  }
  if (!(low < high)) return null;
  return [[from[0] + low * way[0], from[1] + low * way[1]], [from[0] + high * way[0], from[1] + high * way[1]]];
};

/** @param {import("../kit/plot.js").Plot} plot @param {import("../kit/losses.js").Loss[]} losses */
export const createStreets = (plot, losses) => {
  const fill = s("path", { class: "lb-street" });
  const edges = [-1, 1].map((level) => ({ level, node: s("path", { class: "lb-street-edge", fill: "none" }) }));
  plot.back.append(fill, ...edges.map((e) => e.node));
  const curves = new Map(losses.map((loss) => [loss.name, createCurve(plot, loss, { name: loss.name, width: 2.5 })]));
  const path = (/** @type {Point[]} */ points, close = "") =>
    points.length ? `M${points.map(([x, y]) => `${plot.x(x).toFixed(1)},${plot.y(y).toFixed(1)}`).join("L")}${close}` : "";

  return {
    /** @param {import("./analysis.js").Analysis} analysis */
    update({ results, focus }) {
      const xs = /** @type {Point} */ (plot.x.domain()), ys = /** @type {Point} */ (plot.y.domain());
      const shown = new Set();
      for (const { loss, fit } of results) {
        const line = piece(fit.w, fit.b, 0, xs, ys);
        if (!line) continue;
        shown.add(loss.name);
        curves.get(loss.name)?.update(line);
      }
      for (const [name, curve] of curves) curve.show(shown.has(name));
      const chosen = results.find((r) => r.loss.name === focus);
      /** @type {Point[]} */
      const corners = [[xs[0], ys[0]], [xs[1], ys[0]], [xs[1], ys[1]], [xs[0], ys[1]]];
      fill.setAttribute("d", chosen ? path(strip(chosen.fit.w, chosen.fit.b, -1, 1, corners), "Z") : "");
      for (const { level, node } of edges) node.setAttribute("d", (chosen && path(piece(chosen.fit.w, chosen.fit.b, level, xs, ys) ?? [])) || "");
      for (const node of [fill, ...edges.map((e) => e.node)]) node.style.color = chosen ? stroke(chosen.loss) : "";
    },
  };
};
