/** The one sentence that matters: who owns the gradient now, and what that does. */
import { number, percent } from "../kit/format.js";

/** @typedef {import("./model.js").Result} Result */

/** @param {string[]} parts */
const list = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`);

/**
 * @param {Result[]} results @param {{step: number, rare: number, flipped: number, rate: number}} state
 * @returns {string}
 */
export const sentence = (results, { step, rare, flipped, rate }) => {
  if (!results.length) return "Switch on a loss to see who pulls.";
  const able = results.filter((r) => r.share);
  if (!able.length) return "Under these settings no point pulls: every slope is zero.";
  const owned = `The ${rare} rare points are ${percent(rate)} of the data and own ${list(able.map((r) => `${percent(r.rare)} of ${r.loss.short}'s gradient`))} after ${step} ${step === 1 ? "step" : "steps"}.`;
  if (flipped) {
    const most = [...able].sort((a, b) => b.wrong - a.wrong)[0];
    return `${owned} The ${flipped} wrong labels take ${percent(most.wrong)} of ${most.loss.short}'s.`;
  }
  const off = [...able].sort((a, b) => Math.abs(b.mean - rate) - Math.abs(a.mean - rate))[0];
  return `${owned} ${off.loss.short}'s mean probability for new points is ${number(off.mean)}; the rate is ${number(rate)}.`;
};
