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
  if (!Number.isFinite(gradient)) return "is not finite";
  const g = number(gradient);
  if (gradient === 0) return "is 0";
  const outward = curvature * Math.sign(residual) * Math.sign(gradient); // > 0: it grows with the residual
  if (residual === 0 || !Number.isFinite(curvature)) return `is ${g}`;
  if (Math.abs(curvature) < 1e-9 * Math.abs(gradient)) return `is held at ${g}`;
  return outward < 0 ? `is ${g} and fades further out` : `is ${g}`;
};

/**
 * @param {string} place
 * @param {Here[]} losses
 */
const value = (place, losses) => {
  const real = losses.filter((l) => Number.isFinite(l.value) && Number.isFinite(l.gradient));
  const none = losses.filter((l) => !real.includes(l)).map((l) => l.short);
  const costs = real.map((l, i) => `${l.short} ${i ? "" : "charges "}${number(l.value)}`);
  const pulls = real.map((l) => number(Math.abs(l.gradient)));
  const good = real.length ? `${place} ${list(costs)}. The ${pulls.length > 1 ? "arrows are their" : "arrow is its"} pull: ${list(pulls)}.` : "";
  const bad = none.length ? `${good ? " There" : place} ${list(none)} ${none.length > 1 ? "have" : "has"} no finite value.` : "";
  return good + bad;
};

/**
 * @param {{view: string, axis: string, residual: number, losses: Here[]}} state   losses: those that are shown
 */
export const sentence = ({ view, axis, residual, losses }) => {
  const place = `At ${axis} ${number(residual)}`;
  if (!losses.length) return `${place} no loss is switched on.`;
  const few = losses.slice(0, 4);
  if (view === "value") return value(place, few);
  const first = few[0];
  const rest = few.slice(1);
  if (view === "gradient") {
    const tail = rest.map((l) => `${possessive(l.short)} ${pull(l, residual)}`);
    return `${place} the gradient of ${first.short} ${pull(first, residual)}${tail.length ? `; ${list(tail)}` : ""}.`;
  }
  const bend = (/** @type {Here} */ l) => !Number.isFinite(l.curvature) ? "is not finite" : (l.curvature === 0 ? "is 0, a straight line" : `is ${number(l.curvature)}`);
  const tail = rest.map((l) => `${possessive(l.short)} ${bend(l)}`);
  return `${place} the curvature of ${first.short} ${bend(first)}${tail.length ? `; ${list(tail)}` : ""}.`;
};
