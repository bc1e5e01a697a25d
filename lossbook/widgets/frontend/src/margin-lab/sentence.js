/** The one sentence that matters: how much room the line leaves, who holds it, and whether the marked point has a say. */
import { number, percent } from "../kit/format.js";

const FULL = 99.9; // percent: from here on nobody sees a difference

/** @param {import("./analysis.js").Result} result @param {number} wrong how many points are on the wrong side @param {number} widest */
const room = ({ loss, percent: share }, wrong, widest) => {
  const name = loss.short;
  if (!Number.isFinite(widest)) return `No straight line separates the classes; ${name} leaves ${wrong} on the wrong side.`;
  if (wrong) return `A line could separate the classes, but ${name} leaves ${wrong} on the wrong side.`;
  return share >= FULL ? `No line leaves more room than that of ${name}.` : `${name} leaves ${percent(share / 100)} of the room that a line can leave.`;
};

/** @param {import("./analysis.js").Analysis} analysis @returns {string} */
export const sentence = ({ points, labels, active, focus, widest, results }) => {
  if (!results.length) return "Switch on a loss to see its boundary.";
  const chosen = results.find((r) => r.loss.name === focus) ?? results[0];
  const { fit, loss, support } = chosen, count = points.length;
  if (!Number.isFinite(fit.margin)) return `Under ${loss.short} the weights are zero: no direction is better than another.`;
  const one = `the marked ${labels[active] > 0 ? "round" : "square"} one at a margin of ${number(fit.m[active])}`;
  const held = support === count ? `Every point pulls on it, ${one} too.`
    : `${support} of ${count} points pull on it, ${fit.pulls[active] ? `${one} among them.` : `and ${one} does not: farther out it would change nothing.`}`;
  return `${room(chosen, fit.m.filter((m) => m <= 0).length, widest)} ${held}`;
};
