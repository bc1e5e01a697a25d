/** How high the plot must be. */
import { quantileSorted } from "d3-array";

/**
 * @typedef {[number, number][]} Points
 * @typedef {{low: number, high: number, from: number, to: number}} Span
 */

/**
 * The span of one curve, all of it (`low`, `high`) and what of it is worth showing (`from`, `to`): a pole or a spike must
 * not flatten everything else, so beyond four times the ninth decile the curve leaves the picture.
 * @param {Points} points
 * @returns {Span | null} null without a finite value
 */
export const span = (points) => {
  const ys = points.map((p) => p[1]).filter(Number.isFinite).sort((a, b) => a - b);
  if (!ys.length) return null;
  const [low, high] = [ys[0], ys[ys.length - 1]];
  const nine = quantileSorted(ys, 0.9) ?? high;
  const one = quantileSorted(ys, 0.1) ?? low;
  return { low, high, from: one < 0 ? Math.max(low, 4 * one) : low, to: nine > 0 ? Math.min(high, 4 * nine) : high };
};

/**
 * The farthest that one curve wants to be seen, but at most `ratio` times as far as the others reach: one steep loss
 * must not press the rest flat.
 * @param {{want: number, reach: number}[]} curves
 */
const held = (curves, ratio = 8) => {
  const [first, ...rest] = curves.filter((c) => c.want > 0).sort((a, b) => b.want - a.want);
  if (!first) return 0;
  const others = Math.max(0, ...rest.map((c) => c.reach));
  return others > 0 ? Math.min(first.want, ratio * others) : first.want;
};

/**
 * A domain that holds zero and all spans.
 * @param {(Span | null)[]} spans
 * @param {number} [dust]  what is smaller than this is what rounding left of 0
 * @returns {[number, number]}
 */
export const domain = (spans, dust = 1e-300) => {
  const real = spans.filter((d) => d !== null);
  const high = held(real.map((d) => ({ want: d.to, reach: d.high })));
  const low = -held(real.map((d) => ({ want: -d.from, reach: -d.low })));
  if (high - low < dust) return [0, 1];
  const pad = 0.04 * (high - low);
  return [low < 0 ? low - pad : 0, high > 0 ? high + pad : 0];
};
