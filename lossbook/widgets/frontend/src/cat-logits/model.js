/** All that the picture shows, computed from the state: what the chosen image says, and what one step does to all. */
import { clamp } from "../kit/format.js";

/**
 * @typedef {import("../softmax-bench/analysis.js").ClassLoss} ClassLoss
 * @typedef {(logits: ArrayLike<number>, label: number) => number} Probability
 * @typedef {{logits: number[][], labels: number[], kernel: number[][], rate: number, active: number}} Scene
 * @typedef {{active: number, label: number, labels: number[], logits: number[], p: number[], goal: number[], value: number,
 *   valueAfter: number, others: number, othersAfter: number, own: number[], ownAfter: number[], next: number[][],
 *   results: import("../softmax-bench/analysis.js").Result[]}} Analysis
 *   logits, p and goal (p after the step) of the chosen image; own: what each image gives to its own label; next: all logits after the step
 */

export const REACH = 10;

/** @param {ClassLoss} loss @param {Probability} probability @param {Scene} scene @returns {Analysis} */
export const analyse = (loss, probability, { logits, labels, kernel, rate, active }) => {
  const rest = loss.hyper({});
  const [value, slopes] = loss.kernel(logits[active], labels[active], ...rest);
  const gradient = Array.from(slopes);
  const next = logits.map((row, j) => row.map((z, k) => clamp(z - rate * kernel[active][j] * gradient[k], -REACH, REACH)));
  const costs = (/** @type {number[][]} */ all) => all.map((row, j) => loss.kernel(row, labels[j], ...rest)[0]);
  const mean = (/** @type {number[]} */ all) => all.reduce((sum, x, j) => (j === active ? sum : sum + x), 0) / (all.length - 1);
  const own = (/** @type {number[][]} */ all) => all.map((row, j) => probability(row, labels[j]));
  const shares = (/** @type {number[]} */ row) => row.map((_, k) => probability(row, k));
  const after = costs(next);
  return {
    active, labels, label: labels[active], logits: logits[active], p: shares(logits[active]), goal: shares(next[active]),
    value, valueAfter: after[active], others: mean(costs(logits)), othersAfter: mean(after),
    own: own(logits), ownAfter: own(next), next, results: [{ loss, value, gradient, known: true, steps: null }],
  };
};

/** Every number that the picture can show, under the key that Python's `numbers()` gives it. @param {Analysis} now */
export const numbersOf = (now) => {
  /** @type {Record<string, number>} */
  const out = { loss: now.value, "loss.after": now.valueAfter, others: now.others, "others.after": now.othersAfter };
  now.logits.forEach((z, k) => Object.assign(out, {
    [`logit.${k}`]: z, [`p.${k}`]: now.p[k], [`after.${k}`]: now.goal[k], [`gradient.${k}`]: now.results[0].gradient[k],
  }));
  now.own.forEach((q, j) => Object.assign(out, { [`own.${j}`]: q, [`own_after.${j}`]: now.ownAfter[j] }));
  return out;
};
