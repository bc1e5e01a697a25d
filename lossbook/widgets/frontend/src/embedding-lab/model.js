/** Loss and forces of all points, summed from the compiled term of one pair, one triplet or one pick. */
import { importText } from "../kit/losses.js";

/** @typedef {[number, number]} Point */
/** @typedef {{name: string, short: string, title: string, text: string}} Spec */
/** @typedef {(...given: (number | ArrayLike<number>)[]) => [number, ...number[][]]} Term  value, slope in each point */
/** @typedef {Spec & {term: Term}} Loss */
/** @typedef {{margin: number, temperature: number, forces: string}} Settings */
/** @typedef {{value: number, force: Point[], costly: number, terms: number}} Felt */

export const REACH = 2;
const COSTS = 1e-12; // a term that costs less is rounding

/** @param {Spec[]} specs @returns {Promise<Loss[]>} */
export const loadTerms = (specs) =>
  Promise.all(specs.map(async (spec) => ({ ...spec, term: /** @type {Term} */ ((await importText(spec.text)).term_grad) })));

/**
 * Indices of the points of each term of a loss: pairs, triplets (anchor, similar, other), or picks (query, similar, others).
 * @param {string} name @param {number[]} classes @returns {number[][]}
 */
export const termsOf = (name, classes) => {
  const all = classes.map((_, i) => i);
  if (name === "contrastive") return all.flatMap((i) => all.slice(i + 1).map((j) => [i, j]));
  const rows = all.flatMap((a) => all.filter((p) => p !== a && classes[p] === classes[a]).map((p) => [a, p]));
  const others = (/** @type {number} */ a) => all.filter((n) => classes[n] !== classes[a]);
  return name === "triplet" ? rows.flatMap(([a, p]) => others(a).map((n) => [a, p, n])) : rows.map(([a, p]) => [a, p, ...others(a)]);
};

/**
 * The mean over all terms; the force on a point is minus its slope times the number of points.
 * @param {Loss} loss @param {Point[]} points @param {number[]} classes @param {Settings} settings @param {number[][]} terms
 * @returns {Felt}
 */
export const felt = (loss, points, classes, { margin, temperature, forces }, terms) => {
  const force = points.map(() => /** @type {Point} */ ([0, 0]));
  let sum = 0, costly = 0, watched = 0;
  const scale = points.length / terms.length;
  const add = (/** @type {number} */ i, /** @type {number} */ x, /** @type {number} */ y) => {
    force[i][0] -= scale * x;
    force[i][1] -= scale * y;
  };
  for (const term of terms) {
    if (loss.name === "info_nce") {
      const [query, ...keys] = term;
      const [value, slope, slopes] = loss.term(points[query], keys.flatMap((k) => points[k]), temperature);
      sum += value;
      watched += 1;
      if (value > COSTS) costly += 1;
      add(query, slope[0], slope[1]);
      keys.forEach((k, row) => add(k, slopes[2 * row], slopes[2 * row + 1]));
      continue;
    }
    const places = term.map((i) => points[i]), pair = term.length === 2;
    const similar = pair && classes[term[0]] === classes[term[1]];
    if (pair && !similar) watched += 1;
    if (!pair) watched += 1;
    if (pair && forces === (similar ? "push" : "pull")) continue;
    const [value, ...slopes] = pair ? loss.term(...places, similar ? 1 : 0, margin) : loss.term(...places, margin);
    sum += value;
    if (value > COSTS && !similar) costly += 1;
    slopes.forEach((slope, k) => add(term[k], slope[0], slope[1]));
  }
  return { value: sum / terms.length, force, costly, terms: watched };
};

/** Where the points are after one step. @param {Point[]} points @param {Point[]} force @param {number} rate @returns {Point[]} */
export const stepped = (points, force, rate) => {
  const move = (/** @type {number} */ x, /** @type {number} */ f) => Math.min(REACH, Math.max(-REACH, x + rate * f));
  return points.map(([x, y], i) => [move(x, force[i][0]), move(y, force[i][1])]);
};

/** Mean distance of similar pairs and of the others. @param {Point[]} points @param {number[]} classes */
export const distances = (points, classes) => {
  const sum = { near: 0, far: 0 }, count = { near: 0, far: 0 };
  for (let i = 0; i < points.length; i += 1)
    for (let j = i + 1; j < points.length; j += 1) {
      const kind = classes[i] === classes[j] ? "near" : "far";
      sum[kind] += Math.hypot(points[i][0] - points[j][0], points[i][1] - points[j][1]);
      count[kind] += 1;
    }
  return { near: sum.near / count.near, far: sum.far / count.far };
};

/**
 * @typedef {{points: Point[], classes: number[], active: number, rate: number, loss: Loss, settings: Settings}} Scene
 * @typedef {Scene & {felt: Felt, after: number, near: number, far: number, force: number}} Analysis
 */

/** @param {Scene} scene @returns {Analysis} */
export const analyse = (scene) => {
  const { points, classes, active, rate, loss, settings } = scene;
  const terms = termsOf(loss.name, classes);
  const here = felt(loss, points, classes, settings, terms);
  const after = felt(loss, stepped(points, here.force, rate), classes, settings, terms).value;
  return { ...scene, felt: here, after, ...distances(points, classes), force: Math.hypot(...here.force[active]) };
};

/** Every number of the picture under the key that Python's `numbers()` gives it. @param {Analysis} a */
export const numbersOf = (a) => {
  /** @type {Record<string, number>} */
  const out = { loss: a.felt.value, after: a.after, costly: a.felt.costly, near: a.near, far: a.far, force: a.force };
  a.points.forEach(([x, y], i) => {
    const [fx, fy] = a.felt.force[i];
    Object.assign(out, { [`point.${i}.x`]: x, [`point.${i}.y`]: y, [`force.${i}.x`]: fx, [`force.${i}.y`]: fy });
  });
  return out;
};
