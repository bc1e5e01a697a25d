/** All that the picture shows, computed from the state: for each loss its boundary, its margin, and who pulls. */
import { fit, widest } from "./fit.js";

/** @typedef {import("./fit.js").Point} Point */
/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {import("./fit.js").Boundary} Boundary */
/** @typedef {{loss: Loss, fit: Boundary, support: number, percent: number}} Result
 *   support: how many points pull; percent: margin in percent of the widest one, NaN where there is none */
/** @typedef {{points: Point[], labels: number[], active: number, focus: string, penalty: number, widest: number, results: Result[]}} Analysis */

/**
 * @param {{points: Point[], labels: number[], active: number, focus: string, penalty: number, losses: Loss[], hyper: Record<string, number>}} state
 * @returns {Analysis}
 */
export const analyse = ({ points, labels, active, focus, penalty, losses, hyper }) => {
  const best = widest(points, labels);
  const results = losses.map((loss) => {
    const rest = loss.hyper(hyper), { kernel } = loss;
    const found = fit(points, labels, (m) => kernel(m, 1, ...rest)[1], kernel(0, 1, ...rest)[0], penalty);
    return { loss, fit: found, support: found.pulls.filter(Boolean).length, percent: (100 * found.margin) / best };
  });
  return { points, labels, active, focus, penalty, widest: best, results };
};

/**
 * Every number that the picture can show, under the key that Python's `numbers()` gives it.
 * @param {Analysis} analysis
 * @returns {Record<string, number>}
 */
export const numbersOf = ({ points, active, widest: best, results }) => {
  /** @type {Record<string, number>} */
  const out = { widest: best };
  points.forEach(([x, y], i) => Object.assign(out, { [`point.${i}.x`]: x, [`point.${i}.y`]: y }));
  for (const { loss, fit: found, support, percent } of results) {
    Object.assign(out, {
      [`${loss.name}.margin`]: found.margin, [`${loss.name}.percent`]: percent, [`${loss.name}.norm`]: found.norm,
      [`${loss.name}.support`]: support, [`${loss.name}.m`]: found.m[active],
    });
    found.m.forEach((m, i) => { out[`${loss.name}.m.${i}`] = m; });
  }
  return out;
};
