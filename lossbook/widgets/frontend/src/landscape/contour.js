/** Level lines of a function on a square grid, by marching squares: pieces of line, cell by cell. */

/**
 * Heights on a grid of (n + 1) x (n + 1) places.
 * @param {(x: number, y: number) => number} f @param {[number, number]} reach of both axes @param {number} n
 */
export const gridOf = (f, [low, high], n) => {
  const at = (/** @type {number} */ i) => low + ((high - low) * i) / n;
  const z = Array.from({ length: n + 1 }, (_, j) => Float64Array.from({ length: n + 1 }, (_, i) => f(at(i), at(j))));
  return { z, at, n };
};

/** @typedef {ReturnType<typeof gridOf>} Grid */
/** @typedef {[number, number, number, number]} Piece  x1, y1, x2, y2 */

/** Ever farther apart: the cube roots of what lies above the least are even. @param {Grid} grid @param {number} least */
export const levelsOf = ({ z }, least, count = 12) => {
  const most = Math.max(...z.map((row) => Math.max(...row)));
  return Array.from({ length: count }, (_, k) => least + (most - least) * ((k + 1) / (count + 1)) ** 3);
};

/**
 * The pieces of one level line. A cell whose corners alternate is cut by the mean of its corners.
 * @param {Grid} grid @param {number} level @returns {Piece[]}
 */
export const piecesOf = ({ z, at, n }, level) => {
  /** @type {Piece[]} */
  const pieces = [];
  const part = (/** @type {number} */ a, /** @type {number} */ b) => (level - a) / (b - a);
  for (let j = 0; j < n; j += 1) {
    for (let i = 0; i < n; i += 1) {
      const [sw, se, nw, ne] = [z[j][i], z[j][i + 1], z[j + 1][i], z[j + 1][i + 1]];
      const x0 = at(i), y0 = at(j), dx = at(i + 1) - x0, dy = at(j + 1) - y0;
      /** @type {[number, number][]} */
      const cuts = [];
      if (sw < level !== se < level) cuts.push([x0 + dx * part(sw, se), y0]);
      if (se < level !== ne < level) cuts.push([x0 + dx, y0 + dy * part(se, ne)]);
      if (nw < level !== ne < level) cuts.push([x0 + dx * part(nw, ne), y0 + dy]);
      if (sw < level !== nw < level) cuts.push([x0, y0 + dy * part(sw, nw)]);
      if (cuts.length === 4 && (sw + se + nw + ne) / 4 < level === sw < level) cuts.push(/** @type {[number, number]} */ (cuts.shift()));
      for (let k = 0; k + 1 < cuts.length; k += 2) pieces.push([...cuts[k], ...cuts[k + 1]]);
    }
  }
  return pieces;
};
