/**
 * Training a curved boundary in the plane under one loss, and who pulls on it: the same steps as in Python.
 * Losses come compiled; here are only the six features, Adam, and sums.
 */

/** @typedef {[number, number]} Point */
/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {{common: Point[], rare: Point[], held_common: Point[], held_rare: Point[], steps: number, every: number,
 *   adam: [number, number, number, number]}} World */
/** @typedef {{X: Float64Array, labels: Float64Array, group: Uint8Array, points: Point[], n: number}} Sample  group: 0 common, 2
 *   rare, 3 common but labeled rare */
/** @typedef {{share: Float64Array | null, easy: number, hard: number, rare: number, wrong: number}} Pulls */

export const SIX = 6;
const ROOT = Math.SQRT2;

/** @param {number} x @param {number} y @param {Float64Array} out @param {number} at */
const features = (x, y, out, at) => {
  out[at] = 1;
  out[at + 1] = x;
  out[at + 2] = y;
  out[at + 3] = (x * x - 1) / ROOT;
  out[at + 4] = (y * y - 1) / ROOT;
  out[at + 5] = x * y;
};

/** @param {Point[]} points @param {(i: number) => number} groupOf @returns {Sample} */
const sampleOf = (points, groupOf) => {
  const n = points.length, X = new Float64Array(SIX * n), group = Uint8Array.from(points, (_, i) => groupOf(i));
  points.forEach(([x, y], i) => features(x, y, X, SIX * i));
  return { X, group, points, n, labels: Float64Array.from(group, (g) => (g > 1 ? 1 : 0)) };
};

/** @param {World} world @param {number} rare @param {number} flipped */
export const trainingSet = ({ common, rare: spots }, rare, flipped) =>
  sampleOf([...common, ...spots.slice(0, rare)], (i) => (i < flipped ? 3 : i < common.length ? 0 : 2));

/** @param {World} world @param {number} rare */
export const heldSet = ({ held_common: common, held_rare: spots }, rare) =>
  sampleOf([...common, ...spots.slice(0, 2 * rare)], (i) => (i < common.length ? 0 : 2));

/** @param {Sample} sample @param {ArrayLike<number>} theta @param {number} i */
const logit = ({ X }, theta, i) => {
  let z = 0;
  for (let j = 0, at = SIX * i; j < SIX; j += 1) z += X[at + j] * theta[j];
  return z;
};

/**
 * The weights after each step, one row a step, from zero.
 * @param {World} world @param {Sample} sample @param {Loss} loss @param {number[]} hyper
 */
export const train = ({ steps, adam: [rate, fade, fadeSquares, floor] }, sample, loss, hyper) => {
  const { kernel } = loss, { X, labels, n } = sample;
  const path = new Float64Array(SIX * (steps + 1));
  const theta = new Float64Array(SIX), first = new Float64Array(SIX), second = new Float64Array(SIX), g = new Float64Array(SIX);
  for (let k = 1; k <= steps; k += 1) {
    g.fill(0);
    for (let i = 0; i < n; i += 1) {
      const slope = kernel(logit(sample, theta, i), labels[i], ...hyper)[1];
      for (let j = 0, at = SIX * i; j < SIX; j += 1) g[j] += X[at + j] * slope;
    }
    const [now, nowSquares] = [1 - fade ** k, 1 - fadeSquares ** k];
    for (let j = 0; j < SIX; j += 1) {
      const mean = g[j] / n;
      first[j] = fade * first[j] + (1 - fade) * mean;
      second[j] = fadeSquares * second[j] + (1 - fadeSquares) * mean * mean;
      theta[j] -= (rate * (first[j] / now)) / (Math.sqrt(second[j] / nowSquares) + floor);
      path[SIX * k + j] = theta[j];
    }
  }
  return path;
};

/** @param {Float64Array} path @param {number} step */
export const weightsAt = (path, step) => path.subarray(SIX * step, SIX * (step + 1));

/** @param {Sample} sample @param {Loss} loss @param {number[]} hyper @param {ArrayLike<number>} theta @returns {Pulls} */
export const pulls = (sample, loss, hyper, theta) => {
  const { n, labels, group } = sample, share = new Float64Array(n), sums = [0, 0, 0, 0];
  let total = 0;
  for (let i = 0; i < n; i += 1) {
    const z = logit(sample, theta, i);
    share[i] = Math.abs(loss.kernel(z, labels[i], ...hyper)[1]);
    total += share[i];
    sums[group[i] === 0 && z > 0 ? 1 : group[i]] += share[i];
  }
  if (!(total > 0 && total < Infinity)) return { share: null, easy: NaN, hard: NaN, rare: NaN, wrong: NaN };
  for (let i = 0; i < n; i += 1) share[i] /= total;
  const [easy, hard, rare, wrong] = sums.map((s) => s / total);
  return { share, easy, hard, rare, wrong };
};

/**
 * Average precision and mean probability on the held-out points. Equal scores count as one step.
 * @param {Sample} held @param {ArrayLike<number>} theta
 */
export const score = (held, theta) => {
  const { n, labels } = held, z = new Float64Array(n);
  let mean = 0;
  for (let i = 0; i < n; i += 1) {
    z[i] = logit(held, theta, i);
    mean += 1 / (1 + Math.exp(-z[i])) / n;
  }
  const order = Array.from(z.keys()).sort((a, b) => z[b] - z[a]);
  let found = 0, before = 0, sum = 0;
  order.forEach((i, rank) => {
    found += labels[i];
    if (rank + 1 < n && z[order[rank + 1]] === z[i]) return;
    sum += ((found - before) * found) / (rank + 1);
    before = found;
  });
  return { precision: sum / found, mean };
};

/**
 * Where the boundary z = 0 runs: for each x the two roots in y, as an upper and a lower branch; NaN where there is none.
 * @param {ArrayLike<number>} t @param {[number, number]} domain @param {number} count @returns {[Point[], Point[]]}
 */
export const boundary = (t, [low, high], count = 240) => {
  /** @type {[Point[], Point[]]} */
  const branches = [[], []];
  for (let k = 0; k <= count; k += 1) {
    const x = low + ((high - low) * k) / count;
    const a = t[4] / ROOT, b = t[2] + t[5] * x, c = t[0] + t[1] * x + (t[3] * (x * x - 1) - t[4]) / ROOT;
    let roots = [NaN, NaN];
    if (Math.abs(a) < 1e-9) roots = [Math.abs(b) < 1e-12 ? NaN : -c / b, NaN];
    else {
      const under = b * b - 4 * a * c;
      if (under >= 0) roots = [-1, 1].map((sign) => (-b + sign * Math.sign(a) * Math.sqrt(under)) / (2 * a));
    }
    roots.forEach((y, i) => branches[i].push([x, y]));
  }
  return branches;
};

/** Runs are kept while only the budget moves. @param {World} world */
export const createRuns = (world) => {
  /** @type {Map<string, {key: string, path: Float64Array, curve: Map<string, Point[]>}>} */
  const memory = new Map();
  let key = "", sample = trainingSet(world, 4, 0), held = heldSet(world, 4);

  /**
   * @param {{rare: number, flipped: number, step: number, view: string, hyper: Record<string, number>}} state @param {Loss} loss
   */
  const run = ({ rare, flipped, step, view, hyper }, loss) => {
    const now = `${rare} ${flipped}`, own = loss.hyper(hyper);
    if (now !== key) [key, sample, held] = [now, trainingSet(world, rare, flipped), heldSet(world, rare)];
    const wanted = `${now} ${own}`;
    let known = memory.get(loss.name);
    if (known?.key !== wanted) {
      known = { key: wanted, path: train(world, sample, loss, own), curve: new Map() };
      memory.set(loss.name, known);
    }
    const { path, curve } = known, theta = weightsAt(path, step);
    if (!curve.has(view)) {
      const steps = Array.from({ length: world.steps / world.every + 1 }, (_, k) => k * world.every);
      const height = (/** @type {ArrayLike<number>} */ t) =>
        view === "share" ? 100 * pulls(sample, loss, own, t).rare : score(held, t).precision;
      curve.set(view, steps.map((k) => /** @type {Point} */ ([k, height(weightsAt(path, k))])));
    }
    return { loss, theta, sample, ...pulls(sample, loss, own, theta), ...score(held, theta), curve: curve.get(view) ?? [] };
  };
  return run;
};
/** @typedef {ReturnType<ReturnType<typeof createRuns>>} Result */
