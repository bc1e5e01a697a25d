/** A responsive plot: an SVG in true pixels (so text keeps its size), two linear scales, thin axes, named layers. */
import { axisBottom, axisLeft } from "d3-axis";
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { attr, h, s, setText, uid } from "./dom.js";
import { tick } from "./format.js";

/**
 * @typedef {{top: number, right: number, bottom: number, left: number}} Sides
 * @typedef {{label: string, domain: [number, number], ticks?: number, format?: (x: number) => string}} Axis
 * @typedef {{parent: Element, signal: AbortSignal, label: string, x: Axis, y: Axis,
 *   height?: (width: number) => number, margin?: Partial<Sides> | ((width: number) => Partial<Sides>),
 *   onLayout?: () => void, zero?: {x?: boolean, y?: boolean}}} PlotOptions
 * @typedef {ReturnType<typeof createPlot>} Plot
 */

/**
 * The plot measures its parent: at once when it is on the page, and again whenever its width changes; then it redraws
 * its axes and calls `onLayout`. The height is set before anything is drawn, so the page does not jump.
 * Layers, from back to front: `back` and `marks` are clipped to the plot, `front` is not.
 * @param {PlotOptions} options
 */
export const createPlot = ({ parent, signal, label, x, y, height, margin = {}, onLayout, zero = {} }) => {
  const clip = uid("clip");
  const rect = s("rect");
  const grid = s("g", { class: "lb-axis lb-axis-y", "aria-hidden": "true" });
  const bottomAxis = s("g", { class: "lb-axis lb-axis-x", "aria-hidden": "true" });
  const zeroX = s("line", { class: "lb-zero" });
  const zeroY = s("line", { class: "lb-zero" });
  const back = s("g", { "clip-path": `url(#${clip})` });
  const marks = s("g", { "clip-path": `url(#${clip})` });
  const front = s("g");
  const xLabel = s("text", { class: "lb-axis-label", "text-anchor": "end", "aria-hidden": "true" });
  const yLabel = s("text", { class: "lb-axis-label", "aria-hidden": "true", x: 0, y: 12 });
  const middle = s("text", { class: "lb-axis-label", "text-anchor": "middle" });
  const svg = s("svg", { class: "lb-svg", role: "group", "aria-label": label });
  svg.append(s("defs", {}, s("clipPath", { id: clip }, rect)), grid, bottomAxis, zeroX, zeroY, back, marks, front, xLabel, yLabel, middle);
  const box = h("div", { class: "lb-plot" }, svg);
  parent.append(box);

  const tall = height ?? ((w) => Math.round(Math.min(400, Math.max(230, 0.56 * w))));
  let drawn = "";
  let wanted = 0; // the left margin that the longest tick label has needed so far
  const plot = {
    /** the element around the SVG */ box,
    svg, back, marks, front,
    x: scaleLinear().domain(x.domain),
    y: scaleLinear().domain(y.domain),
    width: 0,
    height: 0,
    /** edges of the plotting area, px in the SVG */
    inner: { left: 0, right: 0, top: 0, bottom: 0 },
    /** @param {{x?: [number, number], y?: [number, number]}} domains */
    domain(domains) {
      if (domains.x) plot.x.domain(domains.x);
      if (domains.y) plot.y.domain(domains.y);
      axes();
    },
    /** Name the axes or the plot anew. @param {{x?: string, y?: string, plot?: string}} names */
    name(names) {
      if (names.x !== undefined) setText(xLabel, names.x);
      if (names.y !== undefined) setText(yLabel, names.y);
      if (names.plot !== undefined) svg.setAttribute("aria-label", names.plot);
    },
    /** A pointer's place in data units. @param {{clientX: number, clientY: number}} event @returns {[number, number]} */
    locate(event) {
      const at = svg.getBoundingClientRect();
      return [plot.x.invert(event.clientX - at.left), plot.y.invert(event.clientY - at.top)];
    },
    /** Measure again; true when something changed. */
    layout() {
      const width = Math.round(box.clientWidth) || plot.width || 640;
      const wide = tall(width);
      if (width === plot.width && wide === plot.height) return false;
      const m = { top: 26, right: 14, bottom: 40, left: 40, ...(typeof margin === "function" ? margin(width) : margin) };
      Object.assign(plot, { width, height: wide });
      m.left = Math.max(m.left, wanted);
      plot.inner = { left: m.left, right: width - m.right, top: m.top, bottom: wide - m.bottom };
      plot.x.range([plot.inner.left, plot.inner.right]);
      plot.y.range([plot.inner.bottom, plot.inner.top]);
      box.style.height = `${wide}px`;
      attr(svg, { width, height: wide, viewBox: `0 0 ${width} ${wide}` });
      attr(rect, { x: m.left, y: m.top - 3, width: Math.max(0, width - m.left - m.right), height: Math.max(0, wide - m.top - m.bottom + 6) });
      attr(xLabel, { x: plot.inner.right, y: wide - 4 });
      axes();
      return true;
    },
    /** A line of text in the middle, for a plot with nothing to draw. @param {string} text */
    say(text) {
      const { left, right, top, bottom } = plot.inner;
      attr(middle, { x: (left + right) / 2, y: (top + bottom) / 2 });
      setText(middle, text);
    },
  };

  const axes = () => {
    if (!plot.width) return;
    const key = [plot.x.domain(), plot.y.domain(), plot.width, plot.height].join();
    if (key === drawn) return;
    drawn = key;
    const { left, right, top, bottom } = plot.inner;
    const xs = x.ticks ?? Math.max(3, Math.min(9, Math.floor((right - left) / 70)));
    const ys = y.ticks ?? Math.max(3, Math.min(6, Math.floor((bottom - top) / 48)));
    const xf = x.format ?? tick;
    const yf = y.format ?? tick;
    const need = 14 + Math.ceil(6.8 * Math.max(0, ...plot.y.ticks(ys).map((v) => yf(v).length)));
    if (need > left) {
      // once wider, it stays so: the plot does not shiver while numbers change
      wanted = need;
      drawn = "";
      plot.width = 0;
      plot.layout();
      return;
    }
    select(bottomAxis).attr("transform", `translate(0,${bottom})`)
      .call(axisBottom(plot.x).ticks(xs).tickFormat((v) => xf(Number(v))).tickSize(4).tickSizeOuter(0).tickPadding(6));
    select(grid).attr("transform", `translate(${left},0)`)
      .call(axisLeft(plot.y).ticks(ys).tickFormat((v) => yf(Number(v))).tickSize(left - right).tickSizeOuter(0).tickPadding(8));
    const inside = (/** @type {number[]} */ d) => Math.min(...d) < 0 && Math.max(...d) > 0;
    attr(zeroX, { x1: plot.x(0), x2: plot.x(0), y1: top, y2: bottom, visibility: zero.x !== false && inside(plot.x.domain()) ? null : "hidden" });
    attr(zeroY, { x1: left, x2: right, y1: plot.y(0), y2: plot.y(0), visibility: zero.y !== false && inside(plot.y.domain()) ? null : "hidden" });
  };

  plot.name({ x: x.label, y: y.label });
  plot.layout();
  const observer = new ResizeObserver(() => {
    if (plot.layout()) onLayout?.();
  });
  observer.observe(box);
  signal.addEventListener("abort", () => observer.disconnect());
  return plot;
};
