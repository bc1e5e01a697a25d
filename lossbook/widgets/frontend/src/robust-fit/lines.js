/** The lines, their names at the right-hand edge, and the residuals of one of them. */
import { attr, createCurve, createLabels, s, stroke } from "../kit/index.js";

/** @typedef {[number, number]} Point */
/** @typedef {import("./irls.js").Line} Line */

/**
 * The piece of a line that lies in a box: so that a steep line is drawn with its true slope.
 * @param {Line} line @param {[number, number]} xs @param {[number, number]} ys
 * @returns {[Point, Point] | null} from left to right
 */
export const clip = ({ intercept, slope }, [x0, x1], [y0, y1]) => {
  let low = x0, high = x1;
  if (slope !== 0) {
    const ends = [(y0 - intercept) / slope, (y1 - intercept) / slope].sort((a, b) => a - b);
    low = Math.max(low, ends[0]);
    high = Math.min(high, ends[1]);
  } else if (intercept < y0 || intercept > y1) return null;
  if (!(low <= high)) return null;
  return [[low, intercept + slope * low], [high, intercept + slope * high]];
};

/**
 * @param {import("../kit/plot.js").Plot} plot
 * @param {{losses: import("../kit/losses.js").Loss[], count: number, labels: boolean}} options  count: how many points
 */
export const createLines = (plot, { losses, count, labels }) => {
  const springs = Array.from({ length: count }, () => s("line", { class: "lb-spring" }));
  plot.back.append(...springs);
  const curves = new Map(losses.map((loss) => [loss.name, createCurve(plot, loss, { name: loss.name, width: 2.5 })]));
  const names = labels ? createLabels(plot) : null;

  /** @param {import("./analysis.js").Analysis} analysis @param {string} residuals name of a loss, or "" for none */
  const update = ({ points, results }, residuals) => {
    const xs = /** @type {Point} */ (plot.x.domain()), ys = /** @type {Point} */ (plot.y.domain());
    const shown = new Set();
    for (const { loss, line } of results) {
      const piece = line && clip(line, xs, ys);
      if (!piece) continue;
      shown.add(loss.name);
      curves.get(loss.name)?.update(piece);
    }
    for (const [name, curve] of curves) curve.show(shown.has(name));
    // from top to bottom, so that names of lines that leave the plot above or below keep the order of the lines
    const ends = results.flatMap(({ loss, line }) => (line && shown.has(loss.name) ? [{ loss, y: line.intercept + line.slope * xs[1] }] : []));
    names?.update(ends.sort((a, b) => b.y - a.y).map(({ loss, y }) => ({ text: loss.short, y, look: loss, lead: y >= ys[0] && y <= ys[1] })));

    const chosen = results.find((r) => r.loss.name === residuals && r.line);
    points.forEach(([x, y], i) => {
      const spring = springs[i];
      spring.classList.toggle("lb-off", !chosen);
      if (!chosen?.line) return;
      const to = Math.min(ys[1], Math.max(ys[0], chosen.line.intercept + chosen.line.slope * x));
      attr(spring, { x1: plot.x(x), x2: plot.x(x), y1: plot.y(y), y2: plot.y(to), "stroke-width": 1 + 14 * chosen.share[i] });
      spring.style.stroke = stroke(chosen.loss);
    });
  };
  return { update };
};
