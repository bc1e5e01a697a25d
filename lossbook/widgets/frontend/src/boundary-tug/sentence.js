/** The one sentence that matters: whose boundary the stray point turned, and what that cost the others. */

/** @typedef {import("./analysis.js").Result} Result */

const degrees = (/** @type {number} */ x) => `${Math.round(x)}\u00b0`;
const own = (/** @type {Result} */ { loss }) => `${loss.short}'s`;

/** @param {Result[]} results @param {number} count */
const cost = (results, count) => {
  const high = Math.max(...results.map((r) => r.wrong)), low = Math.min(...results.map((r) => r.wrong));
  const names = (/** @type {number} */ wrong) => results.filter((r) => r.wrong === wrong).map((r) => r.loss.short).join(", ");
  const told = (/** @type {number} */ k) => (k === 0 ? `none of the other ${count} points` : `${k} of the other ${count} points`);
  if (high === low) return `${results.length > 1 ? "Each boundary has" : "It has"} ${told(high)} on the wrong side.`;
  return `On the wrong side: ${told(high)} under ${names(high)}, ${low === 0 ? "none" : low} under ${names(low)}.`;
};

/**
 * @param {import("./analysis.js").Analysis} analysis
 * @returns {string}
 */
export const sentence = ({ label, count, results }) => {
  if (!results.length) return "Switch on a loss to see its boundary.";
  const able = results.filter((r) => Number.isFinite(r.turn));
  if (!able.length) return "No boundary is left: all weights are zero.";
  if (label === "out") return `The stray point is left out. ${cost(able, count)}`;
  const sorted = [...able].sort((a, b) => b.turn - a.turn), most = sorted[0], least = sorted[sorted.length - 1];
  const first = `The stray ${label} turns ${own(most)} boundary by ${degrees(most.turn)}`;
  const turn = most === least ? `${first}.` : `${first} and ${own(least)} by ${degrees(least.turn)}.`;
  return `${turn} ${cost(able, count)}`;
};
