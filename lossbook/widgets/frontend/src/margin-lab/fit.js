/**
 * The straight boundary w . x + b = 0 with the smallest mean loss plus penalty / 2 |w|^2, by the ellipsoid method: it
 * holds an ellipsoid that contains the best (w, b), cuts it in half through its middle along the gradient, and goes on
 * with the smallest ellipsoid around the better half. It takes no more than a gradient, so that a loss with a corner
 * (hinge) is as good as a smooth one. Python computes the same; a test holds the two together.
 */

/** @typedef {[number, number]} Point */
/** @typedef {(m: number) => number} Slope  the slope of the loss by its margin, label times score */
/** @typedef {{w: Point, b: number, norm: number, m: number[], pulls: boolean[], margin: number}} Boundary
 *   m: functional margins; pulls: whether the loss has a slope there; margin: geometric, NaN where the weights are 0 */

const STEPS = 1000, SMALL = 1e-10, LEVEL = 1e-24, ON_OFFSET = 1e-3, HUGE = 1e100, NUDGE = 1e-6;
/** weights shorter than this have no direction */
export const FLAT = 1e-7;
const SHRINK = 1 / 4, GROW = 3 / Math.sqrt(8), SQUEEZE = 1 - Math.sqrt(1 / 2);

/**
 * @param {Point[]} points
 * @param {number[]} labels  -1 or +1
 * @param {Slope} slope
 * @param {number} atZero  the loss at a margin of 0, which bounds how long the best weights can be
 * @param {number} penalty
 * @returns {Boundary}
 */
export const fit = (points, labels, slope, atZero, penalty) => {
  const n = points.length;
  const longest = Math.sqrt((2 * Math.max(atZero, 0.01)) / penalty);
  const reach = Math.max(...points.map((p) => Math.hypot(...p)));
  let u = 0, v = 0, b = 0; // the middle; the rows of the half-axes follow
  let h = [longest, 0, 0, 0, longest, 0, 0, 0, longest * reach + 10];
  for (let k = 0; k < STEPS; k += 1) {
    let gu = 0, gv = 0, gb = 0;
    for (let i = 0; i < n; i += 1) {
      const y = labels[i], x = points[i];
      const g = Math.max(-HUGE, Math.min(HUGE, slope(y * (u * x[0] + v * x[1] + b)))) * y;
      gu += g * x[0];
      gv += g * x[1];
      gb += g;
    }
    gu = gu / n + penalty * u;
    gv = gv / n + penalty * v;
    gb = gb / n + penalty * ON_OFFSET * b;
    let p = h[0] * gu + h[3] * gv + h[6] * gb, q = h[1] * gu + h[4] * gv + h[7] * gb, r = h[2] * gu + h[5] * gv + h[8] * gb;
    const length = Math.sqrt(p * p + q * q + r * r);
    if (length <= LEVEL) break;
    p /= length;
    q /= length;
    r /= length;
    const su = h[0] * p + h[1] * q + h[2] * r, sv = h[3] * p + h[4] * q + h[5] * r, sb = h[6] * p + h[7] * q + h[8] * r;
    u -= SHRINK * su;
    v -= SHRINK * sv;
    b -= SHRINK * sb;
    const by = [su, sv, sb], along = [p, q, r];
    let most = 0;
    h = h.map((x, i) => {
      const next = GROW * (x - SQUEEZE * by[Math.floor(i / 3)] * along[i % 3]);
      most = Math.max(most, Math.abs(next));
      return next;
    });
    if (most < SMALL) break;
  }
  const m = points.map((x, i) => labels[i] * (u * x[0] + v * x[1] + b)), norm = Math.hypot(u, v);
  return {
    w: [u, v], b, norm, m, pulls: m.map((at) => Math.abs(slope(at - NUDGE)) > 0), margin: norm > FLAT ? Math.min(...m) / norm : NaN,
  };
};

/**
 * The margin of the widest street between the classes: half the distance of their convex hulls.
 * @param {Point[]} points @param {number[]} labels
 * @returns {number} NaN where no straight line separates them
 */
export const widest = (points, labels) => {
  /** @type {Record<string, Point[]>} */
  const sides = { 1: points.filter((_, i) => labels[i] > 0), "-1": points.filter((_, i) => labels[i] < 0) };
  let best = Infinity;
  /** @type {Point} */
  let across = [0, 0];
  for (const y of [1, -1]) {
    const others = sides[-y];
    for (const [px, py] of sides[y])
      for (let i = 0; i < others.length; i += 1)
        for (let j = i; j < others.length; j += 1) {
          const [ax, ay] = others[i], ex = others[j][0] - ax, ey = others[j][1] - ay, size = ex * ex + ey * ey;
          const t = size > 0 ? Math.min(1, Math.max(0, ((px - ax) * ex + (py - ay) * ey) / size)) : 0;
          const gx = y * (px - ax - t * ex), gy = y * (py - ay - t * ey), gap = gx * gx + gy * gy;
          if (gap < best) {
            best = gap;
            across = [gx, gy];
          }
        }
  }
  if (best <= FLAT ** 2) return NaN;
  const along = (/** @type {Point} */ p) => p[0] * across[0] + p[1] * across[1];
  const ahead = Math.min(...sides[1].map(along)), behind = Math.max(...sides[-1].map(along));
  return ahead - behind > (1 - 1e-9) * best ? Math.sqrt(best) / 2 : NaN;
};
