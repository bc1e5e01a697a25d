/** All that the picture shows, computed from the state: probabilities, and for each loss its value, pulls and steps. */
import { importText } from "../kit/index.js";

/**
 * @typedef {{name: string, id: string, title: string, short: string, color: number, dash: string,
 *   parameters: import("../kit/losses.js").Parameter[], value: string}} Spec
 * @typedef {(logits: ArrayLike<number>, label: number, ...hyper: number[]) => [number, number[]]} Kernel
 *   of logits that the temperature has divided
 * @typedef {Spec & {kernel: Kernel, hyper: (given: Record<string, number>) => number[]}} ClassLoss
 * @typedef {{probability: (logits: ArrayLike<number>, label: number) => number,
 *   naive: (logits: ArrayLike<number>, label: number) => number,
 *   floor: (smoothing: number) => number}} Helpers
 * @typedef {{loss: ClassLoss, value: number, gradient: number[], known: boolean, steps: number | null}} Result
 *   known: the gradient is finite, else all of it is NaN; steps: until the label has more than half of the probability; null: more than MOST
 * @typedef {{logits: number[], label: number, temperature: number, p: number[], goal: number[] | null, naive: number,
 *   floor: number, results: Result[]}} Analysis   goal: the target of cross-entropy, smoothed; null without that loss
 */

export const ENOUGH = 0.5;
export const MOST = 1000;

/** @param {Spec[]} specs @returns {Promise<ClassLoss[]>} */
export const loadClassLosses = (specs) => Promise.all(specs.map(async (spec) => {
  /** @type {Record<string, any>} */
  const module = await importText(spec.value);
  return {
    ...spec,
    kernel: module[`${spec.id}_grad`],
    hyper: (given) => spec.parameters.map((p) => given[`${spec.name}.${p.name}`] ?? p.default),
  };
}));

/** @param {Record<string, string>} texts @returns {Promise<Helpers>} */
export const loadHelpers = async (texts) => {
  /** @type {Record<string, any>[]} */
  const [probability, naive, floor] = await Promise.all(["probability", "naive", "floor"].map((name) => importText(texts[name])));
  return { probability: probability.probability, naive: naive.naive, floor: floor.floor };
};

const cooled = (/** @type {number[]} */ logits, /** @type {number} */ temperature) => logits.map((z) => z / temperature);

/** @param {Kernel} kernel @param {number[]} logits @param {number} label @param {number} temperature @param {number[]} hyper @returns {[number, number[]]} */
const pull = (kernel, logits, label, temperature, hyper) => {
  const [value, slopes] = kernel(cooled(logits, temperature), label, ...hyper);
  return [value, Array.from(slopes, (g) => g / temperature)];
};

/**
 * Gradient steps of length 1 on the logits, until the label has more than half of the probability.
 * @param {Kernel} kernel @param {Helpers} helpers
 * @param {{logits: number[], label: number, temperature: number}} state @param {number[]} hyper
 */
export const steps = (kernel, helpers, { logits, label, temperature }, hyper) => {
  let z = logits;
  for (let taken = 0; taken <= MOST; taken += 1) {
    if (helpers.probability(cooled(z, temperature), label) > ENOUGH) return taken;
    const [, gradient] = pull(kernel, z, label, temperature, hyper);
    z = z.map((v, k) => v - gradient[k]);
  }
  return null;
};

/**
 * @param {Helpers} helpers
 * @param {{logits: number[], label: number, temperature: number, hyper: Record<string, number>, losses: ClassLoss[]}} state
 * @returns {Analysis}
 */
export const analyse = (helpers, state) => {
  const { logits, label, temperature, hyper, losses } = state;
  const smoothing = hyper["cross_entropy.label_smoothing"] ?? 0;
  const results = losses.map((loss) => {
    const rest = loss.hyper(hyper);
    const [value, slopes] = pull(loss.kernel, logits, label, temperature, rest);
    const known = slopes.every(Number.isFinite); // of a probability that has become 0, there may be none
    return { loss, value, gradient: known ? slopes : logits.map(() => NaN), known, steps: steps(loss.kernel, helpers, state, rest) };
  });
  const smooth = losses.some((loss) => loss.name === "cross_entropy");
  return {
    logits, label, temperature, results,
    p: logits.map((_, k) => helpers.probability(cooled(logits, temperature), k)),
    goal: smooth ? logits.map((_, k) => smoothing / logits.length + (k === label ? 1 - smoothing : 0)) : null,
    naive: helpers.naive(cooled(logits, temperature), label),
    floor: Math.abs(helpers.floor(smoothing)),
  };
};

/**
 * Every number that the picture can show, under the key that Python's `numbers()` gives it.
 * @param {Analysis} analysis
 * @returns {Record<string, number>} the finite ones
 */
export const numbersOf = ({ logits, label, p, results, naive, floor }) => {
  /** @type {Record<string, number>} */
  const out = { floor, naive };
  logits.forEach((z, k) => Object.assign(out, { [`logit.${k}`]: z, [`p.${k}`]: p[k] }));
  for (const { loss, value, gradient, steps: taken } of results) {
    out[`${loss.name}.value`] = value;
    out[`${loss.name}.gradient`] = gradient[label];
    if (taken !== null) out[`${loss.name}.steps`] = taken;
    gradient.forEach((g, k) => { out[`${loss.name}.gradient.${k}`] = g; });
  }
  return Object.fromEntries(Object.entries(out).filter(([, value]) => Number.isFinite(value)));
};

/** A probability as a percentage that keeps its last digits near 0 and near 1. @param {number} p */
export const share = (p) => {
  if (!(p >= 1e-6)) return p > 0 ? "<0.0001%" : "0%";
  if (p < 0.0995) return `${Number((100 * p).toPrecision(2))}%`;
  return p < 0.995 || p === 1 ? `${Math.round(100 * p)}%` : `${p > 0.99995 ? ">99.99" : (100 * p).toFixed(2)}%`;
};
