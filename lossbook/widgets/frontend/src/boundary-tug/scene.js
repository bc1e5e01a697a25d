/** The points of both classes, the boundaries, and the stray point, which can be dragged. */
import { createCurve, createHandle, h, percent, s, tick, uid } from "../kit/index.js";

/** @typedef {[number, number]} Place */
/** @typedef {import("./classifier.js").Triple} Triple */

const HELP = "Arrow keys move the stray point, with Shift ten steps at once; Home and End take it to the left and right edge.";
const STEP = 0.2, GRAIN = 0.05, SHORT = 1e-9;

/**
 * The part of a boundary that lies in the picture.
 * @param {Triple} b @param {Place[]} bounds  of x and of y
 * @returns {[Place, Place] | null} null where it lies outside, or there is none
 */
export const piece = ([c, wx, wy], bounds) => {
  const size = Math.hypot(wx, wy);
  if (size < SHORT) return null;
  const foot = [(-c * wx) / size ** 2, (-c * wy) / size ** 2], along = [-wy / size, wx / size];
  let low = -Infinity, high = Infinity;
  for (const k of [0, 1]) {
    const [near, far] = bounds[k];
    if (Math.abs(along[k]) < 1e-12) {
      if (foot[k] < near || foot[k] > far) return null;
      continue;
    }
    const ends = [(near - foot[k]) / along[k], (far - foot[k]) / along[k]].sort((p, q) => p - q);
    low = Math.max(low, ends[0]);
    high = Math.min(high, ends[1]);
  }
  if (!(low < high)) return null;
  const at = (/** @type {number} */ t) => /** @type {Place} */ ([foot[0] + t * along[0], foot[1] + t * along[1]]);
  return [at(low), at(high)];
};

const mark = (/** @type {number} */ sign) =>
  sign > 0 ? s("circle", { class: "lb-bt-circle", r: 5 }) : s("rect", { class: "lb-bt-square", x: -4.5, y: -4.5, width: 9, height: 9 });

/**
 * @param {import("../kit/plot.js").Plot} plot
 * @param {{points: [number, number, number][], losses: import("../kit/losses.js").Loss[], bounds: Place[], hint: boolean,
 *   signal: AbortSignal, get: () => Place, set: (x: number, y: number) => void}} options
 */
export const createScene = (plot, { points, losses, bounds, hint, signal, get, set }) => {
  const curves = new Map(losses.map((loss) => [loss.name, createCurve(plot, loss, { name: loss.name, width: 2.5 })]));
  const marks = points.map(([, , sign]) => mark(sign));
  const layer = s("g", { class: "lb-bt-points", "aria-hidden": "true" }, ...marks);
  plot.front.append(layer);
  const help = uid("help");
  plot.box.append(h("p", { id: help, class: "lb-sr" }, HELP));
  let told = "";
  const handle = createHandle({
    plot, signal, label: "Stray point", name: "stray", range: { x: bounds[0], y: bounds[1] }, step: STEP, grain: GRAIN,
    radius: 5.5, get, set, text: () => told,
  });
  handle.node.setAttribute("aria-describedby", help);
  handle.node.classList.add("lb-bt-stray");
  handle.node.append(s("rect", { class: "lb-bt-stray-square", x: -5.5, y: -5.5, width: 11, height: 11 }));
  const invite = s("g", { class: "lb-invite", "aria-hidden": "true" },
    s("path", { d: "M-5,-19L0,-25L5,-19" }), s("path", { d: "M-5,19L0,25L5,19" }), s("text", { y: 38, dy: "0.33em", "text-anchor": "middle" }, "drag me"));
  if (hint) plot.front.append(invite);
  return {
    /** The size of the picture may have changed. */
    layout() {
      points.forEach(([x, y], i) => marks[i].setAttribute("transform", `translate(${plot.x(x).toFixed(1)},${plot.y(y).toFixed(1)})`));
    },
    /** Make one boundary stand out; "": none. @param {string} name */
    point(name) {
      for (const [own, curve] of curves) curve.node.classList.toggle("lb-bt-faint", name !== "" && own !== name);
    },
    /** @param {import("./analysis.js").Analysis} analysis @param {boolean} untouched */
    update({ stray, label, results }, untouched) {
      for (const [name, curve] of curves) {
        const found = results.find((r) => r.loss.name === name);
        const line = found ? piece(found.b, bounds) : null;
        curve.show(line !== null);
        if (line) curve.update(line);
      }
      const turns = results.filter((r) => Number.isFinite(r.turn)).map((r) => `${r.loss.short} ${Math.round(r.turn)}\u00b0, ${percent(r.share)} of the gradient`);
      const kind = label === "out" ? "left out" : `a ${label}`;
      told = `x ${tick(stray[0])}, y ${tick(stray[1])}, ${kind}${label === "out" || !turns.length ? "" : `; it turns: ${turns.join("; ")}`}`;
      handle.node.classList.toggle("lb-bt-as-square", label === "square");
      handle.node.classList.toggle("lb-bt-as-none", label === "out");
      handle.update();
      invite.classList.toggle("lb-off", !untouched);
      invite.setAttribute("transform", `translate(${plot.x(stray[0]).toFixed(1)},${plot.y(stray[1]).toFixed(1)})`);
    },
  };
};
