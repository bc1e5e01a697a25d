/**
 * The best single answer under a loss. `lossbook.widgets.elicited` is the same algorithm in Python, step for step, so
 * that the numbers shown here and computed there agree.
 */

import { chosen } from "../kit/format.js";

/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {[number, number]} Pair */
/**
 * @typedef {{low: number, high: number, middle: number, least: number, most: number, places: number[], values: number[]}} Best
 *   low, high: ends of the answers that are equally good; middle: the answer, or the middle of them; least: its average
 *   loss; most: the largest on the axis; places, values: the average loss along the axis
 * @typedef {{loss: Loss, asks: string, at: number, slope: number, best: Best}} Result
 * @typedef {{points: number[], estimate: number, results: Result[]}} Analysis
 */

const STEPS = 400; // of the grid on which the lowest place is looked for
const HALVINGS = 60;
const LEVEL = 1e-12; // places whose average loss differs by less, relatively, are equally good
const FLAT = 1e-10; // a slope below this share of the mean pull is none

/**
 * Average loss of answering c to every point, its slope in c, and the mean size of the pulls.
 * @param {number[]} points @param {Loss} loss @param {Record<string, number>} hyper
 * @returns {(c: number) => [number, number, number]}
 */
export const average = (points, { kernel, hyper: fill }, hyper) => {
  const rest = fill(hyper), n = points.length;
  return (c) => {
    let value = 0, slope = 0, pull = 0;
    for (const y of points) {
      const [v, g] = kernel(c, y, ...rest);
      value += v;
      slope += g;
      pull += Math.abs(g);
    }
    return [value / n, slope / n, pull / n];
  };
};

/** Where `before` turns from true to false between two places; an end, where it does not turn.
 * @param {(c: number) => boolean} before @param {number} low @param {number} high */
const turn = (before, low, high) => {
  if (!before(low)) return low;
  if (before(high)) return high;
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (low + high) / 2;
    if (before(middle)) low = middle;
    else high = middle;
  }
  return high;
};

/**
 * @param {number[]} points @param {(c: number) => [number, number, number]} at @param {Pair} bounds
 * @returns {Best}
 */
export const bestAnswer = (points, at, [low, high]) => {
  const grid = Array.from({ length: STEPS + 1 }, (_, i) => low + ((high - low) * i) / STEPS);
  const places = [...new Set([...grid, ...points.filter((p) => p > low && p < high)])].sort((a, b) => a - b);
  const values = places.map((c) => at(c)[0]);
  const least = Math.min(...values);
  const floor = least + LEVEL * (1 + Math.abs(least));
  const first = values.findIndex((v) => v <= floor);
  let last = first;
  while (last + 1 < places.length && values[last + 1] <= floor) last += 1;
  const falls = (/** @type {number} */ c) => {
    const [, slope, pull] = at(c);
    return slope < -FLAT * pull;
  };
  const rises = (/** @type {number} */ c) => {
    const [, slope, pull] = at(c);
    return slope > FLAT * pull;
  };
  const end = places.length - 1;
  const left = turn(falls, places[Math.max(first - 1, 0)], places[Math.min(first + 1, end)]);
  const right = turn((c) => !rises(c), Math.max(left, places[Math.max(last - 1, 0)]), places[Math.min(last + 1, end)]);
  const middle = (left + right) / 2;
  return { low: left, high: right, middle, least: at(middle)[0], most: Math.max(...values), places, values };
};

/** What a loss asks for, with its level where it has one: "0.8-quantile". @param {Loss} loss @param {Record<string, number>} hyper @param {string} word */
const summary = ({ name, parameters }, hyper, word) => {
  const level = parameters.find((p) => p.name === "q");
  return level && word ? `${chosen(hyper[`${name}.q`] ?? level.default).replace(/0+$/, "")}-${word}` : word;
};

/** The analysis, with a memory for the best answers: they stay the same while only the estimate is dragged. */
export const createAnalysis = () => {
  /** @type {Map<string, {key: string, best: Best}>} */
  const memory = new Map();

  /**
   * @param {{points: number[], estimate: number, losses: Loss[], hyper: Record<string, number>, bounds: Pair,
   *   asks: Record<string, string>}} state
   * @returns {Analysis}
   */
  return ({ points, estimate, losses, hyper, bounds, asks }) => {
    const results = losses.map((loss) => {
      const at = average(points, loss, hyper), key = `${loss.hyper(hyper)}: ${points}`;
      let known = memory.get(loss.name);
      if (known?.key !== key) {
        known = { key, best: bestAnswer(points, at, bounds) };
        memory.set(loss.name, known);
      }
      const [value, slope] = at(estimate);
      return { loss, asks: summary(loss, hyper, asks[loss.name] ?? ""), at: value, slope, best: known.best };
    });
    return { points, estimate, results };
  };
};

/**
 * Every number that can be shown, under the key that Python's `numbers()` gives it.
 * @param {Analysis} analysis
 * @returns {Record<string, number>}
 */
export const numbersOf = ({ points, estimate, results }) => {
  /** @type {Record<string, number>} */
  const out = { estimate };
  points.forEach((y, i) => { out[`point.${i}`] = y; });
  for (const { loss, at, slope, best } of results) {
    const { low, high, middle, least } = best;
    for (const [key, v] of Object.entries({ at, slope, best: middle, low, high, least })) out[`${loss.name}.${key}`] = v;
  }
  return out;
};
