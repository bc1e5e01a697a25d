/** The one sentence under the plot: what the losses do at this residual. */
import { number } from "../kit/index.js";

/** @typedef {{short: string, value: number, gradient: number, curvature: number}} Here */

const list = (/** @type {string[]} */ parts) =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;

const possessive = (/** @type {string} */ name) => `${name}\u2019s`;

/**
 * What a loss's gradient does when the residual grows from here.
 * @param {Here} loss
 * @param {number} residual
 */
const pull = ({ gradient, curvature }, residual) => {
  if (!Number.isFinite(gradient)) return "has no finite value";
  const g = number(gradient);
  if (gradient === 0) return "is 0";
  const outward = curvature * Math.sign(residual) * Math.sign(gradient); // > 0: it grows with the residual
  if (residual === 0 || !Number.isFinite(curvature)) return `is ${g}`;
  if (Math.abs(curvature) < 1e-9 * Math.abs(gradient)) return `is held at ${g}`;
  return outward < 0 ? `is ${g} and falling` : `is ${g}`;
};

/**
 * @param {{view: string, axis: string, residual: number, losses: Here[]}} state   losses: those that are shown
 */
export const sentence = ({ view, axis, residual, losses }) => {
  const place = `At ${axis} ${number(residual)}`;
  if (!losses.length) return `${place} no loss is switched on.`;
  const few = losses.slice(0, 4);
  if (view === "value") return `${place} ${list(few.map((l) => `${l.short} charges ${number(l.value)}`))}.`;
  const first = few[0];
  const rest = few.slice(1);
  if (view === "gradient") {
    const tail = rest.map((l) => `${possessive(l.short)} ${pull(l, residual)}`);
    return `${place} the gradient of ${first.short} ${pull(first, residual)}${tail.length ? `; ${list(tail)}` : ""}.`;
  }
  const bend = (/** @type {Here} */ l) => (l.curvature === 0 ? "is 0, a straight line" : `is ${number(l.curvature)}`);
  const tail = rest.map((l) => `${possessive(l.short)} ${bend(l)}`);
  return `${place} the curvature of ${first.short} ${bend(first)}${tail.length ? `; ${list(tail)}` : ""}.`;
};
