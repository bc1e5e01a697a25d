/** All that the picture shows, computed from the state: a line, pulls and shares for each loss. */
import { pulls, robustFit, stacked } from "./irls.js";

/** @typedef {[number, number]} Point */
/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {import("./irls.js").Line} Line */
/**
 * @typedef {{loss: Loss, line: Line | null, without: Line | null, pull: Float64Array, share: Float64Array}} Result
 *   `without`: the line that the other points alone would have; pull and share are 0 where there is no line
 * @typedef {{points: Point[], active: number, stacked: boolean, results: Result[]}} Analysis
 */

/** The derivative of a loss by the residual, from its compiled definition.
 * @param {Loss} loss @param {Record<string, number>} hyper
 * @returns {import("./irls.js").Psi} */
const slopeOf = (loss, hyper) => {
  const rest = loss.hyper(hyper), { kernel } = loss;
  return (r) => kernel(r, 0, ...rest)[1]; // of a prediction that is off by r, target 0
};

/** The analysis, with a memory for the lines without the active point: they stay the same while it is dragged. */
export const createAnalysis = () => {
  /** @type {Map<string, {key: string, line: Line | null}>} */
  const memory = new Map();

  /**
   * @param {{points: Point[], active: number, losses: Loss[], hyper: Record<string, number>}} state
   * @returns {Analysis}
   */
  return ({ points, active, losses, hyper }) => {
    const x = Float64Array.from(points, (p) => p[0]), y = Float64Array.from(points, (p) => p[1]);
    const others = points.filter((_, i) => i !== active);
    const xs = others.map((p) => p[0]), ys = others.map((p) => p[1]), place = others.join(" ");
    const results = losses.map((loss) => {
      const psi = slopeOf(loss, hyper), key = `${loss.hyper(hyper)}: ${place}`;
      let known = memory.get(loss.name);
      if (known?.key !== key) {
        known = { key, line: robustFit(xs, ys, psi) };
        memory.set(loss.name, known);
      }
      const line = robustFit(x, y, psi), n = points.length;
      const force = line ? pulls(x, y, line, psi) : { pull: new Float64Array(n), share: new Float64Array(n) };
      return { loss, line, without: known.line, ...force };
    });
    return { points, active, stacked: stacked(x), results };
  };
};

/**
 * Every number that the picture can show, under the key that Python's `numbers()` gives it.
 * @param {Analysis} analysis
 * @returns {Record<string, number>}
 */
export const numbersOf = ({ points, active, results }) => {
  /** @type {Record<string, number>} */
  const out = {};
  points.forEach(([x, y], i) => Object.assign(out, { [`point.${i}.x`]: x, [`point.${i}.y`]: y }));
  for (const { loss, line, without, share } of results) {
    if (line) {
      out[`${loss.name}.slope`] = line.slope;
      out[`${loss.name}.intercept`] = line.intercept;
      out[`${loss.name}.share`] = share[active];
      share.forEach((part, i) => { out[`${loss.name}.share.${i}`] = part; });
    }
    if (without) out[`${loss.name}.slope_without`] = without.slope;
  }
  return out;
};
