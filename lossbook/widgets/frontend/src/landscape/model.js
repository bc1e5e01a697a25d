/** The loss of a line over its two weights, and the paths of three rules of updating, from the compiled losses. */
import { robustFit } from "../robust-fit/irls.js";

/** @typedef {[number, number]} Place  intercept and slope */
/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {{x: number[], y: number[], order: number[][], reach: [number, number], rules: {name: string, short: string}[]}} World */
/** @typedef {{least: number, lowest: Place, sharpness: number}} Ground */
/** @typedef {{rate: number, momentum: number, batch: number, start: Place}} Settings */

const FAR = 1e6; // a path that leaves these bounds has diverged and ends
const RISE = 1e-9; // a loss that grows by less, relatively, is rounding
const B1 = 0.9, B2 = 0.999, EPSILON = 1e-8; // of Adam

/** The mean loss over all points. @param {Loss} loss @param {World} world @param {Place} place */
export const height = (loss, { x, y }, [a, b]) => {
  const hyper = loss.hyper({});
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += loss.kernel(a + b * x[i] - y[i], 0, ...hyper)[0];
  return sum / x.length;
};

/** The lowest place, the loss there and its largest curvature. @param {Loss} loss @param {World} world @returns {Ground} */
export const groundOf = (loss, world) => {
  const { x, y } = world, n = x.length;
  const line = robustFit(x, y, (r) => loss.gradientAt(r, {}));
  const lowest = /** @type {Place} */ (line ? [line.intercept, line.slope] : [0, 0]);
  let a = 0, b = 0, c = 0;
  for (let i = 0; i < n; i += 1) {
    const bend = loss.curvatureAt(lowest[0] + lowest[1] * x[i] - y[i], {}) / n;
    a += bend;
    b += bend * x[i];
    c += bend * x[i] * x[i];
  }
  return { lowest, least: height(loss, world, lowest), sharpness: (a + c) / 2 + Math.hypot((a - c) / 2, b) };
};

/** The learning rate at which steps stop shrinking; not finite where there is no curvature. @param {Ground} ground */
export const edgeOf = ({ sharpness }, momentum = 0) => (sharpness > 0 ? (2 * (1 + momentum)) / sharpness : NaN);

/**
 * Where the line is before each step and after the last.
 * @param {string} rule @param {Loss} loss @param {World} world @param {Settings} settings @param {number} steps
 * @returns {Place[]}
 */
export const walk = (rule, loss, { x, y, order }, { rate, momentum, batch, start }, steps) => {
  const hyper = loss.hyper({});
  let [a, b] = start, va = 0, vb = 0, sa = 0, sb = 0;
  const beta = rule === "momentum" ? momentum : 0;
  /** @type {Place[]} */
  const path = [[a, b]];
  for (let t = 0; t < steps; t += 1) {
    if (Math.max(Math.abs(a), Math.abs(b)) <= FAR) {
      let ga = 0, gb = 0;
      for (let k = 0; k < batch; k += 1) {
        const i = order[t][k];
        const slope = loss.kernel(a + b * x[i] - y[i], 0, ...hyper)[1];
        ga += slope;
        gb += slope * x[i];
      }
      ga /= batch;
      gb /= batch;
      if (rule === "adam") {
        va = B1 * va + (1 - B1) * ga;
        vb = B1 * vb + (1 - B1) * gb;
        sa = B2 * sa + (1 - B2) * ga * ga;
        sb = B2 * sb + (1 - B2) * gb * gb;
        const first = 1 - B1 ** (t + 1), second = 1 - B2 ** (t + 1);
        a -= (rate * (va / first)) / (Math.sqrt(sa / second) + EPSILON);
        b -= (rate * (vb / first)) / (Math.sqrt(sb / second) + EPSILON);
      } else {
        va = beta * va + ga;
        vb = beta * vb + gb;
        a -= rate * va;
        b -= rate * vb;
      }
    }
    path.push([a, b]);
  }
  return path;
};

/** Whether a step made the loss larger. @param {number} before @param {number} after */
export const rose = (before, after) => after > before + RISE * (1 + Math.abs(before));

/**
 * @typedef {{name: string, short: string, path: Place[], losses: number[], rises: number, loss: number, end: Place}} Run
 *   path and losses: of all steps; rises, loss, end: of those shown
 * @typedef {{loss: Loss, world: World, ground: Ground, settings: Settings, steps: number, runs: Run[], startLoss: number}} Analysis
 */

/** @param {{loss: Loss, world: World, ground: Ground, settings: Settings, steps: number, off: string[]}} scene @returns {Analysis} */
export const analyse = ({ loss, world, ground, settings, steps, off }) => {
  const runs = world.rules.filter(({ name }) => !off.includes(name)).map(({ name, short }) => {
    const path = walk(name, loss, world, settings, world.order.length);
    const losses = path.map((place) => height(loss, world, place));
    let rises = 0;
    for (let t = 0; t < steps; t += 1) if (rose(losses[t], losses[t + 1])) rises += 1;
    return { name, short, path, losses, rises, loss: losses[steps], end: path[steps] };
  });
  return { loss, world, ground, settings, steps, runs, startLoss: height(loss, world, settings.start) };
};

/** The loss after the shown steps at other learning rates. @param {Analysis} now @param {string} rule @param {number} rate */
export const lossAt = ({ loss, world, settings, steps }, rule, rate) => {
  const path = walk(rule, loss, world, { ...settings, rate }, steps);
  return height(loss, world, path[steps]);
};

/** Every number of the picture under the key that Python's `numbers()` gives it. @param {Analysis} now */
export const numbersOf = ({ ground, settings, runs, startLoss }) => {
  /** @type {Record<string, number>} */
  const out = {
    least: ground.least, sharpness: ground.sharpness, "start.loss": startLoss,
    "gd.edge": edgeOf(ground), "momentum.edge": edgeOf(ground, settings.momentum),
  };
  for (const { name, end, loss, rises } of runs)
    Object.assign(out, { [`${name}.intercept`]: end[0], [`${name}.slope`]: end[1], [`${name}.loss`]: loss, [`${name}.rises`]: rises });
  return out;
};
