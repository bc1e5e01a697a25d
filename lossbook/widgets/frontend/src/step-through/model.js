/** The network forward and backward: one input, three hidden units (tanh), one output. The loss is the compiled one. */

/** @typedef {[number, number]} Point */
/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {{hidden: number[], prediction: number}} Pass */
/**
 * @typedef {{weights: number[], points: Point[], validation: Point[], active: number, learn: string, rate: number,
 *   loss: Loss, hyper: Record<string, any>}} Scene
 * @typedef {Scene & Pass & {residual: number, cost: number, pull: number, slopes: number[], next: number[],
 *   mean: number, judged: number, after: number}} Analysis
 *   cost: loss of the ringed point; pull: its slope in the prediction; mean, judged: training and validation loss
 */

export const HIDDEN = 3;
const FAR = 1000; // no weight leaves [-FAR, FAR]: a run that diverges stays finite
const each = [...Array(HIDDEN).keys()];
const OUT = 3 * HIDDEN; // place of the bias of the output

/** What each weight is called in Python's `numbers()`. */
export const NAMES = [...each.map((j) => `w1.${j}`), ...each.map((j) => `b1.${j}`), ...each.map((j) => `w2.${j}`), "b2"];

/** @param {number[]} w @param {number} x @returns {Pass} */
export const forward = (w, x) => {
  const hidden = each.map((j) => Math.tanh(x * w[j] + w[HIDDEN + j]));
  return { hidden, prediction: hidden.reduce((sum, h, j) => sum + h * w[2 * HIDDEN + j], 0) + w[OUT] };
};

/** Mean loss over points. @param {number[]} w @param {Point[]} points @param {Loss} loss @param {Record<string, any>} hyper */
export const meanLoss = (w, points, loss, hyper) =>
  points.reduce((sum, [x, y]) => sum + loss.valueAt(forward(w, x).prediction - y, hyper), 0) / points.length;

/** Slope of the mean loss over points in each weight, by the chain rule. @param {number[]} w @param {Point[]} points @param {Loss} loss @param {Record<string, any>} hyper */
export const slopesOf = (w, points, loss, hyper) => {
  const slopes = w.map(() => 0);
  for (const [x, y] of points) {
    const { hidden, prediction } = forward(w, x);
    const pull = loss.gradientAt(prediction - y, hyper) / points.length;
    slopes[OUT] += pull;
    for (const j of each) {
      slopes[2 * HIDDEN + j] += pull * hidden[j];
      const back = pull * w[2 * HIDDEN + j] * (1 - hidden[j] ** 2);
      slopes[HIDDEN + j] += back;
      slopes[j] += back * x;
    }
  }
  return slopes;
};

/** @param {number[]} w @param {number[]} slopes @param {number} rate */
export const updated = (w, slopes, rate) =>
  w.map((v, i) => (Number.isFinite(slopes[i]) ? Math.min(FAR, Math.max(-FAR, v - rate * slopes[i])) : v));

/** The points that are learned from. @param {Scene} scene */
const learned = ({ points, active, learn }) => (learn === "one" ? [points[active]] : points);

/** The weights after one update. @param {Scene} scene */
export const stepped = (scene) => updated(scene.weights, slopesOf(scene.weights, learned(scene), scene.loss, scene.hyper), scene.rate);

/** @param {Scene} scene @returns {Analysis} */
export const analyse = (scene) => {
  const { weights, points, validation, active, rate, loss, hyper } = scene;
  const [x, y] = points[active];
  const pass = forward(weights, x);
  const residual = pass.prediction - y;
  const [cost, pull] = loss.at(residual, hyper);
  const slopes = slopesOf(weights, learned(scene), loss, hyper);
  const next = updated(weights, slopes, rate);
  const over = (/** @type {number[]} */ w, /** @type {Point[]} */ some) => meanLoss(w, some, loss, hyper);
  return { ...scene, ...pass, residual, cost, pull, slopes, next, mean: over(weights, points), judged: over(weights, validation), after: over(next, points) };
};

/** Every number of the picture under the key that Python's `numbers()` gives it. @param {Analysis} a @param {number} rounds */
export const numbersOf = (a, rounds) => {
  const [x, target] = a.points[a.active];
  /** @type {Record<string, number>} */
  const out = {
    x, target, prediction: a.prediction, residual: a.residual, loss: a.cost, pull: a.pull, mean: a.mean, validation: a.judged, after: a.after, rounds,
  };
  a.hidden.forEach((h, j) => { out[`h.${j}`] = h; });
  NAMES.forEach((name, i) => Object.assign(out, { [name]: a.weights[i], [`slope.${name}`]: a.slopes[i], [`next.${name}`]: a.next[i] }));
  return out;
};

const MOST_HISTORY = 60, EARLY = 16; // the first rounds are all kept: there the loss falls most
const short = (/** @type {number} */ v) => Number(v.toPrecision(4));

/** The history with what was before an update; the longer it is, the fewer rounds of it are kept. @param {number[][]} history @param {number} rounds @param {Analysis} now */
export const remembered = (history, rounds, now) => {
  if (!Number.isFinite(now.mean) || !Number.isFinite(now.judged)) return history;
  const rows = [...history, [rounds, short(now.mean), short(now.judged)]], first = rows[0][0];
  const stride = 2 ** Math.max(0, Math.ceil(Math.log2((rounds - first + 1) / MOST_HISTORY)));
  return rows.filter(([at]) => at - first < EARLY || (at - first) % stride === 0);
};
