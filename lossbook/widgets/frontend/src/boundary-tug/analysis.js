/** All that the picture shows, computed from the state: a boundary for each loss, and what the stray point did to it. */
import { STAGES, classify, roundedSlope } from "./classifier.js";

/** @typedef {import("./classifier.js").Triple} Triple */
/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {[number, number]} Place */
/** @typedef {"circle" | "square" | "out"} Label */
/**
 * @typedef {{loss: Loss, b: Triple, without: Triple, turn: number, wrong: number, wrongWithout: number, share: number}} Result
 *   turn: degrees, NaN where a fit has no boundary; wrong: how many of the other points are on the wrong side
 * @typedef {{stray: Place, label: Label, count: number, results: Result[]}} Analysis
 */

const SHORT = 1e-9;
const SIGN = { circle: 1, square: -1 };
const row = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ sign) => /** @type {Triple} */ ([sign, sign * x, sign * y]);
const margin = (/** @type {Triple} */ b, /** @type {Triple} */ z) => b[0] * z[0] + b[1] * z[1] + b[2] * z[2];

/** The direction of the weights in degrees; NaN where they are zero, so that there is no boundary. */
export const angle = (/** @type {Triple} */ b) => (Math.hypot(b[1], b[2]) < SHORT ? NaN : (180 / Math.PI) * Math.atan2(b[2], b[1]));

/** The angle between two directions, 0 to 180 degrees. */
export const turned = (/** @type {number} */ before, /** @type {number} */ after) =>
  Math.abs(((((after - before + 180) % 360) + 360) % 360) - 180);

/**
 * The analysis, with a memory for the boundaries without the stray point: they stay the same while it is dragged.
 * @param {[number, number, number][]} points  x, y, label
 */
export const createAnalysis = (points) => {
  const Z = points.map(([x, y, sign]) => row(x, y, sign));
  /** @type {Map<string, {key: string, b: Triple}>} */
  const memory = new Map();

  /**
   * @param {{stray: Place, label: Label, losses: Loss[], hyper: Record<string, number>}} state
   * @returns {Analysis}
   */
  return ({ stray, label, losses, hyper }) => {
    const results = losses.map((loss) => {
      const rest = loss.hyper(hyper), key = rest.join();
      const at = (/** @type {number} */ m) => loss.kernel(m, 1, ...rest);
      let known = memory.get(loss.name);
      if (known?.key !== key) {
        known = { key, b: classify(Z, at) };
        memory.set(loss.name, known);
      }
      const without = known.b;
      const all = label === "out" ? Z : [...Z, row(stray[0], stray[1], SIGN[label])];
      const b = label === "out" ? without : classify(all, at);
      const pulls = all.map((z) => Math.abs(roundedSlope(at, margin(b, z), STAGES[STAGES.length - 1])));
      const total = pulls.reduce((sum, p) => sum + p, 0);
      const missed = (/** @type {Triple} */ c) => Z.filter((z) => margin(c, z) <= 0).length;
      const share = label === "out" || !(total > 0) ? 0 : pulls[pulls.length - 1] / total;
      return { loss, b, without, turn: turned(angle(without), angle(b)), wrong: missed(b), wrongWithout: missed(without), share };
    });
    return { stray, label, count: Z.length, results };
  };
};

/**
 * Every number that the picture can show, under the key that Python's `numbers()` gives it.
 * @param {Analysis} analysis
 * @returns {Record<string, number>}
 */
export const numbersOf = ({ stray, results }) => {
  /** @type {Record<string, number>} */
  const out = { "stray.x": stray[0], "stray.y": stray[1] };
  for (const { loss, b, turn, wrong, wrongWithout, share } of results) {
    const own = { turn, wrong, wrong_without: wrongWithout, share, intercept: b[0], x: b[1], y: b[2] };
    for (const [key, value] of Object.entries(own)) if (Number.isFinite(value)) out[`${loss.name}.${key}`] = value;
  }
  return out;
};
