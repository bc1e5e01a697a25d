/** The one sentence that matters: how wide the street is, who holds it, and whether the marked point has a say. */
import { number, percent } from "../kit/format.js";

/** @param {import("./analysis.js").Analysis} analysis @returns {string} */
export const sentence = ({ points, labels, active, focus, widest, results }) => {
  if (!results.length) return "Switch on a loss to see its boundary.";
  const chosen = results.find((r) => r.loss.name === focus) ?? results[0];
  const { fit, loss, support, percent: share } = chosen, name = loss.short;
  if (!Number.isFinite(fit.margin)) return `Under ${name} the weights are zero: no direction is better than another.`;
  const wrong = fit.m.filter((m) => m <= 0).length;
  const street = Number.isFinite(widest)
    ? wrong ? `A line could separate the classes, but ${name} leaves ${wrong} on the wrong side.` : `${name}'s street is ${percent(share / 100)} as wide as it could be.`
    : `No straight line separates the classes; ${name} leaves ${wrong} of ${points.length} on the wrong side.`;
  const holders = support === points.length ? "Every point pulls on it" : `${support} of ${points.length} points pull on it`;
  const m = fit.m[active], pulls = fit.pulls[active], side = labels[active] > 0 ? "round" : "square";
  const own = pulls ? `the marked ${side} one, at a margin of ${number(m)}, does` : `the marked ${side} one, at a margin of ${number(m)}, could go anywhere beyond 1 without a change`;
  return `${street} ${holders}; ${own}.`;
};
