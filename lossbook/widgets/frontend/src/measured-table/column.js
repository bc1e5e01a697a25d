/**
 * The outlier column: six fits to spoiled data and what each has lost. `lossbook.widgets.outlier_column` is the same in
 * Python, step for step, so that the numbers shown here and computed there agree; what the data are is told there.
 */
import { robustFit } from "../robust-fit/irls.js";

/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {{x: number[], noise: number[], place: number[]}} Draws */
/** @typedef {{share: number, distance: number, noise: string}} Trouble */
/** @typedef {{intercept: number, slope: number, lost: number}} Fit */
/** @typedef {Record<string, (intercept: number, slope: number) => number>} Skills */

const GAP = 1.5, STEPS = 150, RATE = 0.2, PENALTY = 0.01, BETA1 = 0.9, BETA2 = 0.999, TINY = 1e-8;

/** How many of n points are bad. */
const spoiled = (/** @type {number} */ n, /** @type {number} */ share) => Math.floor(n * share + 0.5);

/** Inputs and targets of the line. @param {Draws} draws @param {Trouble} trouble */
export const linePoints = (draws, { share, distance, noise }) => {
  const n = draws.x.length, bad = spoiled(n, share);
  const x = Float64Array.from(draws.x), y = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    y[i] = 1 + 2 * draws.x[i] + draws.noise[i];
    if (i >= bad) continue;
    if (noise === "places") x[i] += distance;
    else y[i] += noise === "both ways" && i % 2 ? -distance : distance;
  }
  return { x, y };
};

/** Inputs and labels of the classifier. @param {Draws} draws @param {Trouble} trouble */
export const classPoints = (draws, { share, distance, noise }) => {
  const n = draws.x.length, bad = spoiled(n, share);
  const x = new Float64Array(n), y = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    y[i] = i % 2 ? -1 : 1;
    x[i] = GAP * y[i] + draws.place[i];
    const is = noise === "both ways" ? i < bad : i % 2 === 0 && i < 2 * bad;
    if (is && noise === "places") x[i] -= distance;
    else if (is) y[i] = -y[i];
  }
  return { x, y };
};

/**
 * Intercept and slope of a classifier's score: Adam, full batches, with a rate that falls to zero.
 * @param {{x: Float64Array, y: Float64Array}} points @param {(margin: number) => number} psi the slope of the loss
 */
const fitThreshold = ({ x, y }, psi) => {
  const n = x.length;
  let a = 0, b = 0, ma = 0, mb = 0, va = 0, vb = 0;
  for (let t = 1; t <= STEPS; t += 1) {
    let ga = 0, gb = 0;
    for (let i = 0; i < n; i += 1) {
      const pull = psi(y[i] * (a + b * x[i])) * y[i];
      ga += pull;
      gb += pull * x[i];
    }
    ga /= n;
    gb = gb / n + PENALTY * b;
    ma = BETA1 * ma + (1 - BETA1) * ga;
    mb = BETA1 * mb + (1 - BETA1) * gb;
    va = BETA2 * va + (1 - BETA2) * ga * ga;
    vb = BETA2 * vb + (1 - BETA2) * gb * gb;
    const length = (RATE * (1 - (t - 1) / STEPS)) / (1 - BETA1 ** t), room = 1 - BETA2 ** t;
    a -= (length * ma) / (Math.sqrt(va / room) + TINY);
    b -= (length * mb) / (Math.sqrt(vb / room) + TINY);
  }
  return { intercept: a, slope: b };
};

/**
 * One cell of the column.
 * @param {Loss} loss @param {Record<string, number>} hyper @param {Draws} draws @param {Trouble} trouble @param {Skills} skills
 * @returns {Fit}
 */
export const measure = (loss, hyper, draws, trouble, skills) => {
  const rest = loss.hyper(hyper), { kernel } = loss;
  /** @type {{intercept: number, slope: number}} */
  let fit;
  if (loss.axis === "residual") {
    const { x, y } = linePoints(draws, trouble);
    fit = robustFit(x, y, (r) => kernel(r, 0, ...rest)[1]) ?? { intercept: NaN, slope: NaN };
  } else {
    fit = fitThreshold(classPoints(draws, trouble), (m) => kernel(m, 1, ...rest)[1]);
  }
  return { intercept: fit.intercept, slope: fit.slope, lost: skills[loss.axis](fit.intercept, fit.slope) };
};

/** @param {number} lost */
export const word = (lost) => (lost < 0.05 ? "Low" : lost < 0.25 ? "Medium" : "High");
