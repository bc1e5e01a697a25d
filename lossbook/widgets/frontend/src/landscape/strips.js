/** Two plots of the loss above the least: over the steps, with the number shown to drag, and over the learning rate. */
import { attr, clamp, createCurve, createHandle, createPlot, number, s, stroke, tick } from "../kit/index.js";
import { edgeOf, lossAt, rose } from "./model.js";
import { LOOKS } from "./terrain.js";

/** @typedef {import("./model.js").Analysis} Analysis */

const DEPTH = /** @type {[number, number]} */ ([-5, 3]); // powers of ten
const RATES = 40;
const power = (/** @type {number} */ v) => (Number.isInteger(v) ? tick(Number(`1e${v}`)) : "");
const above = (/** @type {number} */ loss, /** @type {number} */ least) => clamp(Math.log10(Math.max(1e-9, loss - least)), DEPTH[0] - 0.5, DEPTH[1] + 0.5);
const tall = () => 210;

/**
 * @param {Element} parent @param {AbortSignal} signal @param {string} label
 * @param {{label: string, domain: [number, number], ticks?: number, format?: (x: number) => string}} x @param {() => void} onLayout
 */
const stripOf = (parent, signal, label, x, onLayout) =>
  createPlot({
    parent, signal, label, x, y: { label: "loss above the least", domain: DEPTH, ticks: 4, format: power },
    height: tall, zero: { x: false, y: false }, onLayout,
  });

/**
 * @param {Element} parent
 * @param {{rules: string[], signal: AbortSignal, most: number, get: () => number, set: (steps: number) => void, redraw: () => void}} options
 */
export const createTrace = (parent, { rules, signal, most, get, set, redraw }) => {
  const plot = stripOf(parent, signal, "Loss by step", { label: "step (thick: the loss rose)", domain: [0, most] }, redraw);
  const surface = s("rect", { class: "lb-surface" });
  const now = s("line", { class: "lb-landscape-now" });
  plot.back.append(surface, now);
  const curves = rules.map((name) => {
    const up = s("path", { class: "lb-landscape-up", stroke: stroke(LOOKS[name]) });
    plot.marks.append(up);
    return { name, up, curve: createCurve(plot, LOOKS[name], { name: `${name}.trace`, width: 1.6 }) };
  });
  const handle = createHandle({
    plot, signal, axis: "x", surface, get: () => [get(), DEPTH[0]], set: (x) => set(Math.round(x)), range: { x: [1, most] },
    step: 1, label: "Number of steps shown", name: "steps", text: () => `${get()} of ${most} steps`,
  });
  return (/** @type {Analysis} */ { runs, ground }) => {
    cover(plot, surface, now, get());
    for (const { name, curve, up } of curves) {
      const run = runs.find((r) => r.name === name);
      curve.show(run !== undefined);
      up.classList.toggle("lb-off", !run);
      if (!run) continue;
      const points = run.losses.map((loss, t) => /** @type {[number, number]} */ ([t, above(loss, ground.least)]));
      curve.update(points);
      const px = (/** @type {[number, number]} */ [t, v]) => `${plot.x(t).toFixed(1)},${plot.y(v).toFixed(1)}`;
      up.setAttribute("d", points.slice(1).map((p, t) => (rose(run.losses[t], run.losses[t + 1]) ? `M${px(points[t])}L${px(p)}` : "")).join(""));
    }
    handle.update();
  };
};

/**
 * @param {Element} parent
 * @param {{rules: string[], signal: AbortSignal, range: [number, number], get: () => number, set: (rate: number) => void, redraw: () => void}} options
 */
export const createRates = (parent, { rules, signal, range, get, set, redraw }) => {
  const ends = /** @type {[number, number]} */ (range.map(Math.log10));
  const x = { label: "learning rate", domain: ends, ticks: 5, format: power };
  const plot = stripOf(parent, signal, "Loss after the shown steps, by learning rate", x, redraw);
  const surface = s("rect", { class: "lb-surface" });
  const now = s("line", { class: "lb-landscape-now" });
  plot.back.append(surface, now);
  const curves = rules.map((name) => ({ name, curve: createCurve(plot, LOOKS[name], { name: `${name}.rates`, width: 1.6 }) }));
  const edges = ["gd", "momentum"].filter((name) => rules.includes(name)).map((name) => {
    const line = s("line", { class: "lb-landscape-edge", stroke: stroke(LOOKS[name]), "stroke-dasharray": LOOKS[name].dash || null });
    plot.marks.append(line);
    return { name, line };
  });
  const note = s("text", { class: "lb-landscape-note", "text-anchor": "end", "aria-hidden": "true" });
  plot.front.append(note);
  const handle = createHandle({
    plot, signal, axis: "x", surface, get: () => [Math.log10(get()), DEPTH[0]], range: { x: ends }, step: 0.02, grain: 0.01,
    set: (v) => set(clamp(Number((10 ** v).toPrecision(3)), ...range)), label: "Learning rate", name: "rate", text: () => number(get(), 3),
  });
  return (/** @type {Analysis} */ analysis) => {
    cover(plot, surface, now, Math.log10(get()));
    const { runs, ground, settings } = analysis;
    for (const { name, curve } of curves) {
      const on = runs.some((r) => r.name === name);
      curve.show(on);
      if (!on) continue;
      curve.update(Array.from({ length: RATES + 1 }, (_, k) => {
        const v = ends[0] + ((ends[1] - ends[0]) * k) / RATES;
        return [v, above(lossAt(analysis, name, 10 ** v), ground.least)];
      }));
    }
    let said = "";
    for (const { name, line } of edges) {
      const edge = edgeOf(ground, name === "momentum" ? settings.momentum : 0), at = plot.x(Math.log10(edge));
      const on = Number.isFinite(edge) && edge < range[1] && runs.some((r) => r.name === name);
      line.classList.toggle("lb-off", !on);
      if (!on) continue;
      attr(line, { x1: at, x2: at, y1: plot.inner.top, y2: plot.inner.bottom });
      if (said) continue;
      said = `edge ${number(edge, 3)}`;
      attr(note, { x: at - 5, y: plot.inner.top + 10 });
    }
    note.textContent = said;
    handle.update();
  };
};

/** The surface over the whole plot, and the line at the present value. @param {import("../kit/plot.js").Plot} plot
 * @param {Element} surface @param {Element} now @param {number} value */
const cover = (plot, surface, now, value) => {
  const { left, right, top, bottom } = plot.inner;
  attr(surface, { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) });
  attr(now, { x1: plot.x(value), x2: plot.x(value), y1: top, y2: bottom });
};
