/** How high the plot must be. */
import { quantileSorted } from "d3-array";

/** @typedef {[number, number][]} Points */

/**
 * The span of one curve. A pole or a spike does not flatten everything else: beyond four times the ninth decile the
 * curve leaves the picture.
 * @param {Points} points
 * @returns {[number, number] | null} null without a finite value
 */
export const span = (points) => {
  const ys = points.map((p) => p[1]).filter(Number.isFinite).sort((a, b) => a - b);
  if (!ys.length) return null;
  const [low, high] = [ys[0], ys[ys.length - 1]];
  const nine = quantileSorted(ys, 0.9) ?? high;
  const one = quantileSorted(ys, 0.1) ?? low;
  return [one < 0 ? Math.max(low, 4 * one) : low, nine > 0 ? Math.min(high, 4 * nine) : high];
};

/** The largest, but no more than `ratio` times the second largest: one steep loss must not press the rest flat. */
const held = (/** @type {number[]} */ sizes, ratio = 8) => {
  const [first = 0, second = 0] = sizes.filter((x) => x > 0).sort((a, b) => b - a);
  return second > 0 ? Math.min(first, ratio * second) : first;
};

/**
 * A domain that holds zero and all spans.
 * @param {([number, number] | null)[]} spans
 * @returns {[number, number]}
 */
export const domain = (spans) => {
  const real = spans.filter((d) => d !== null);
  const high = held(real.map((d) => d[1]));
  const low = -held(real.map((d) => -d[0]));
  if (high - low < 1e-300) return [0, 1];
  const pad = 0.04 * (high - low);
  return [low < 0 ? low - pad : 0, high > 0 ? high + pad : 0];
};
