/**
 * A straight line under any loss of the residual, by iteratively reweighted least squares (IRLS).
 *
 * Primary source: Holland and Welsch, "Robust regression using iteratively reweighted least-squares",
 * Communications in Statistics A6 (1977). `lossbook.experiments.robust_fit` is the same algorithm in Python, step for
 * step, so that the numbers shown here and computed there agree.
 *
 * With r = intercept + slope x - y, the minimum of sum loss(r_i) has sum psi(r_i) = 0 and sum psi(r_i) x_i = 0, where
 * psi is the derivative of the loss. Written psi(r) = w(r) r, these are the normal equations of least squares with
 * weights w: solve, weigh again, repeat.
 */

/** Below this size a residual counts as this size in psi(r)/r, which keeps the weight of |r| finite at zero. */
export const FLOOR = 1e-6;
const LIMIT = 200;
const TOLERANCE = 1e-9;

/** @typedef {(residual: number) => number} Psi the derivative of the loss by the prediction */
/** @typedef {{intercept: number, slope: number, iterations: number, converged: boolean}} Line */

/** psi(r)/r, the weight that a residual has in the next least-squares problem. @param {number} r @param {Psi} psi */
export const weight = (r, psi) => {
  const at = Math.abs(r) < FLOOR ? FLOOR : r;
  return psi(at) / at;
};

/** True where the points stand in one vertical stack (or are fewer than two), so that no slope is defined.
 * @param {ArrayLike<number>} x */
export const stacked = (x) => {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < x.length; i += 1) { low = Math.min(low, x[i]); high = Math.max(high, x[i]); }
  return !(high - low > TOLERANCE * (1 + Math.max(Math.abs(low), Math.abs(high))));
}

/**
 * Weighted least squares, centered on the weighted means, which takes the intercept out exactly.
 * @param {ArrayLike<number>} x @param {ArrayLike<number>} y @param {ArrayLike<number>} w
 * @returns {[number, number]} intercept and slope
 */
const solve = (x, y, w) => {
  const n = x.length;
  let sum = 0, mx = 0, my = 0;
  for (let i = 0; i < n; i += 1) { sum += w[i]; mx += w[i] * x[i]; my += w[i] * y[i]; }
  mx /= sum;
  my /= sum;
  let sxx = 0, sxy = 0;
  for (let i = 0; i < n; i += 1) { const d = x[i] - mx; sxx += w[i] * d * d; sxy += w[i] * d * (y[i] - my); }
  const slope = sxx > 0 ? sxy / sxx : 0;
  return [my - slope * mx, slope];
};

/**
 * The line under one loss. The start is least squares, so a loss with several minima (Cauchy) gives the one that this
 * start leads to; no earlier answer is reused, so that a state has one answer however it was reached.
 * @param {ArrayLike<number>} x @param {ArrayLike<number>} y the points, equally long
 * @param {Psi} psi
 * @returns {Line | null} null where no slope is defined, or where the loss leaves no weights >= 0 to solve with (its
 * slope is zero at every point, say, so that no single line is best)
 */
export const robustFit = (x, y, psi) => {
  if (stacked(x)) return null;
  const n = x.length, w = new Float64Array(n).fill(1);
  let b = solve(x, y, w);
  for (let k = 1; k <= LIMIT; k += 1) {
    let sum = 0, least = Infinity;
    for (let i = 0; i < n; i += 1) {
      w[i] = weight(b[0] + b[1] * x[i] - y[i], psi);
      sum += w[i];
      if (w[i] < least) least = w[i];
    }
    if (!(sum > 0 && sum < Infinity && least >= 0)) return null;
    const next = solve(x, y, w);
    const step = Math.max(Math.abs(next[0] - b[0]), Math.abs(next[1] - b[1]));
    const size = Math.max(Math.abs(b[0]), Math.abs(b[1]));
    b = next;
    if (step < TOLERANCE * (1 + size)) return { intercept: b[0], slope: b[1], iterations: k, converged: true };
  }
  return { intercept: b[0], slope: b[1], iterations: LIMIT, converged: false };
};

/**
 * How hard each point pulls on the line: w(r) r, which is psi(r) wherever |r| >= FLOOR. Where the line runs through a
 * point and the loss has a corner there (absolute error), it is the subgradient that balances the other points. At the
 * minimum the pulls add up to 0: those up equal those down, and no point can hold more than half of the total.
 * Positive: the prediction is too high, so the point pulls the line down.
 * @param {ArrayLike<number>} x @param {ArrayLike<number>} y @param {Line} line @param {Psi} psi
 * @returns {{pull: Float64Array, share: Float64Array}} share: |pull| over the sum of |pull|; all 0 where every point
 * lies on the line
 */
export const pulls = (x, y, line, psi) => {
  const n = x.length, pull = new Float64Array(n), share = new Float64Array(n);
  let total = 0, worst = 0, scale = 1;
  for (let i = 0; i < n; i += 1) {
    const r = line.intercept + line.slope * x[i] - y[i];
    pull[i] = weight(r, psi) * r;
    total += Math.abs(pull[i]);
    worst = Math.max(worst, Math.abs(r));
    scale = Math.max(scale, 1 + Math.abs(y[i]));
  }
  // what rounding leaves of residuals on a perfect line is nobody's pull
  if (worst <= TOLERANCE * scale || !(total > 0 && total < Infinity)) return { pull: pull.fill(0), share };
  for (let i = 0; i < n; i += 1) share[i] = Math.abs(pull[i]) / total;
  return { pull, share };
};
