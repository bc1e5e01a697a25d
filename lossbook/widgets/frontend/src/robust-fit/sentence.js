/** The one sentence that matters: who pulls, and what that did to the line. */
import { number, percent } from "../kit/format.js";

/** @typedef {import("./analysis.js").Result} Result */

const own = (/** @type {Result} */ { loss }) => `${loss.short}'s`;

/**
 * @template T
 * @param {T[]} items @param {(item: T) => number} score
 * @returns {[T, T]} the items with the largest and the smallest score
 */
const extremes = (items, score) => {
  const sorted = [...items].sort((a, b) => score(b) - score(a));
  return [sorted[0], sorted[sorted.length - 1]];
};

/** @param {Result[]} results @param {number} active */
const gradient = (results, active) => {
  const [most, least] = extremes(results, (r) => r.share[active]);
  const [high, low] = [percent(most.share[active]), percent(least.share[active])];
  const text = `The ringed point supplies ${high} of ${own(most)} gradient`;
  return least === most ? `${text}.` : `${text} ${high === low ? "and" : "but"} ${low} of ${own(least)}.`;
};

/** @param {Result[]} results */
const moved = (results) => {
  const able = results.filter((r) => r.line && r.without);
  if (!able.length) return "Without it no line is defined.";
  const before = (/** @type {Result} */ r) => r.without?.slope ?? 0, after = (/** @type {Result} */ r) => r.line?.slope ?? 0;
  const shift = (/** @type {Result} */ r) => Math.abs(after(r) - before(r));
  const stays = (/** @type {Result} */ r) => number(before(r)) === number(after(r));
  const from = (/** @type {Result} */ r) => `from ${number(before(r))} to ${number(after(r))}`;
  const [most, least] = extremes(able, shift);
  if (stays(most)) return "It moves no slope.";
  const text = `It moves ${own(most)} slope ${from(most)}`;
  if (least === most) return `${text}.`;
  if (stays(least)) return `${text} and leaves ${own(least)} at ${number(after(least))}.`;
  return `${text}, ${own(least)} ${shift(least) < shift(most) / 5 ? "only " : ""}${from(least)}.`;
};

/**
 * @param {import("./analysis.js").Analysis} analysis
 * @returns {string}
 */
export const sentence = ({ stacked, results, active }) => {
  if (stacked) return "All points stand at one x, so no slope is defined and no line is drawn. Drag a point sideways.";
  if (!results.length) return "Switch on a loss to see its line.";
  const lines = results.filter((r) => r.line);
  if (!lines.length) return "The gradient is zero at every point: no single line is best.";
  if (lines.every((r) => r.share.every((s) => s === 0))) return "Every point lies on the line, so nobody pulls. Drag one away.";
  return `${gradient(lines, active)} ${moved(lines)}`;
};
