/**
 * A straight boundary under any loss of the margin, corners and all.
 *
 * `lossbook.experiments.boundary` is the same algorithm in Python, step for step, so that the numbers shown here and
 * computed there agree. A row z is the label times (1, x, y), so that z . b is the margin. The loss is averaged over
 * margins within h on either side, which rounds its corners, and minimized by Newton's method while h shrinks.
 */

export const STAGES = [1, 0.1, 0.01, 0.001];
export const PENALTY = 0.01;
const STEPS = 40, HALVINGS = 30, TOLERANCE = 1e-10;

/** @typedef {[number, number, number]} Triple  intercept, weight of x, weight of y; or one row */
/** @typedef {(margin: number) => number[]} At  [value, slope] of the loss */

const dot = (/** @type {Triple} */ a, /** @type {Triple} */ b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const largest = (/** @type {Triple} */ v) => Math.max(Math.abs(v[0]), Math.abs(v[1]), Math.abs(v[2]));

/** Slope of the loss averaged over margins within h. @param {At} at @param {number} m @param {number} h */
export const roundedSlope = (at, m, h) => (at(m + h)[0] - at(m - h)[0]) / (2 * h);

/** The solution of a symmetric positive definite system of three. @param {number[][]} A @param {Triple} g @returns {Triple} */
const solve = (A, g) => {
  const rows = A.map((row, i) => [...row, g[i]]);
  for (let k = 0; k < 3; k += 1) {
    let best = k;
    for (let i = k + 1; i < 3; i += 1) if (Math.abs(rows[i][k]) > Math.abs(rows[best][k])) best = i;
    [rows[k], rows[best]] = [rows[best], rows[k]];
    for (let i = k + 1; i < 3; i += 1) {
      const f = rows[i][k] / rows[k][k];
      for (let j = k; j < 4; j += 1) rows[i][j] -= f * rows[k][j];
    }
  }
  const z = rows[2][3] / rows[2][2];
  const y = (rows[1][3] - rows[1][2] * z) / rows[1][1];
  return [(rows[0][3] - rows[0][1] * y - rows[0][2] * z) / rows[0][0], y, z];
};

/** @param {Triple[]} Z @param {Triple} b @param {At} at @param {number} h @returns {Triple} */
const gradient = (Z, b, at, h) => {
  const g = /** @type {Triple} */ ([0, 0, 0]);
  for (const z of Z) {
    const slope = roundedSlope(at, dot(z, b), h);
    for (let j = 0; j < 3; j += 1) g[j] += slope * z[j];
  }
  return /** @type {Triple} */ (g.map((v, j) => v / Z.length + PENALTY * b[j]));
};

/** One Newton step, halved until the slope along it is no longer steep uphill; and its size.
 * @param {Triple[]} Z @param {Triple} b @param {At} at @param {number} h @returns {[Triple, number]} */
const newton = (Z, b, at, h) => {
  const n = Z.length, g = /** @type {Triple} */ ([0, 0, 0]);
  const H = [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
  for (const z of Z) {
    const m = dot(z, b), high = at(m + h), low = at(m - h);
    const slope = (high[0] - low[0]) / (2 * h), bend = Math.max(0, (high[1] - low[1]) / (2 * h));
    for (let i = 0; i < 3; i += 1) {
      g[i] += slope * z[i];
      for (let j = 0; j < 3; j += 1) H[i][j] += bend * z[i] * z[j];
    }
  }
  for (let i = 0; i < 3; i += 1) {
    g[i] = g[i] / n + PENALTY * b[i];
    for (let j = 0; j < 3; j += 1) H[i][j] = H[i][j] / n + (i === j ? PENALTY : 0);
  }
  const d = /** @type {Triple} */ (solve(H, g).map((v) => -v)), down = dot(g, d);
  const along = (/** @type {number} */ t) => /** @type {Triple} */ (b.map((v, j) => v + t * d[j]));
  let t = 1;
  for (let k = 0; k < HALVINGS; k += 1) {
    if (!(dot(gradient(Z, along(t), at, h), d) > -0.5 * down)) break;
    t /= 2;
  }
  return [along(t), t * largest(d)];
};

/**
 * The coefficients with the smallest mean loss plus PENALTY / 2 times their summed squares. The start is zero, always,
 * so that a state has one answer however it was reached.
 * @param {Triple[]} Z @param {At} at @returns {Triple}
 */
export const classify = (Z, at) => {
  let b = /** @type {Triple} */ ([0, 0, 0]);
  for (const h of STAGES)
    for (let k = 0; k < STEPS; k += 1) {
      const [next, step] = newton(Z, b, at, h);
      b = next;
      if (step < TOLERANCE * (1 + largest(b))) break;
    }
  return b;
};
