/** The one sentence that matters: which way each loss pulls the answer, and how far apart the best answers are. */
import { number } from "../kit/format.js";

/** @typedef {import("./answer.js").Result} Result */
/** @typedef {"left" | "right" | "lowest" | "flat"} Way  where the average loss falls from here */

/**
 * @param {Result} result @param {number} estimate
 * @param {number} near  answers this close to the best one count as the best: what a handle can be moved by
 * @returns {Way}
 */
export const wayOf = ({ slope, best }, estimate, near) => {
  if (estimate >= best.low - near && estimate <= best.high + near) return "lowest";
  return slope < 0 ? "right" : slope > 0 ? "left" : "flat";
};

/** "MSE", "MSE and MAE", "MSE, MAE and Huber" @param {string[]} names */
const list = (names) => (names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`);

/** @param {import("./answer.js").Analysis} analysis @param {number} near */
const here = ({ estimate, results }, near) => {
  const going = (/** @type {Way} */ way) => list(results.filter((r) => wayOf(r, estimate, near) === way).map((r) => r.loss.short));
  const [left, right, lowest, flat] = /** @type {Way[]} */ (["left", "right", "lowest", "flat"]).map(going);
  const parts = [];
  if (lowest) parts.push(`${lowest} could not be lower`);
  if (left) parts.push(`going left lowers ${left}`);
  if (right) parts.push(`going right lowers ${right}`);
  if (flat) parts.push(`${flat} is flat`);
  return `At ${number(estimate)}, ${parts.join("; ")}.`;
};

/**
 * @param {import("./answer.js").Analysis} analysis
 * @param {{reveal: boolean, near: number}} options
 * @returns {string}
 */
export const sentence = (analysis, { reveal, near }) => {
  const { results } = analysis;
  if (!results.length) return "Switch on a loss to see what it asks for.";
  if (!reveal) return here(analysis, near);
  const middles = results.map((r) => r.best.middle);
  const apart = Math.max(...middles) - Math.min(...middles);
  const told = list(results.map((r) => `${r.loss.short} asks for ${number(r.best.middle)}`));
  const gap = results.length < 2 ? "" : apart < 5e-3 ? ": all the same" : `: ${number(apart)} from the lowest to the highest`;
  return `${told}${gap}. ${here(analysis, near)}`;
};
