/** A point to drag: by mouse, pen or finger, and by the keyboard, where it is a slider with a name and a value. */
import { s } from "./dom.js";
import { clamp, roundTo } from "./format.js";

/**
 * @typedef {{
 *   plot: import("./plot.js").Plot, signal: AbortSignal, label: string,
 *   axis?: "x" | "y" | "xy", get: () => [number, number], set: (x: number, y: number) => void, text: () => string,
 *   range: {x?: [number, number], y?: [number, number]}, step: number | [number, number], grain?: number | [number, number],
 *   radius?: number, surface?: Element, layer?: SVGGElement, name?: string, onEnd?: () => void, onFocus?: () => void }} HandleOptions
 *   step: one arrow key (ten with Shift); grain: what a dragged value is rounded to; surface: an element on which a press
 *   anywhere moves the handle; name: goes to data-handle
 */

const KEYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], PageUp: [0, 10], PageDown: [0, -10],
});
const pair = (/** @type {number | [number, number]} */ v) => (typeof v === "number" ? /** @type {[number, number]} */ ([v, v]) : v);

/** @param {HandleOptions} options */
export const createHandle = (options) => {
  const { plot, signal, axis = "xy", get, set, text, range, surface, radius = 7, layer = plot.front } = options;
  const step = pair(options.step);
  const grain = pair(options.grain ?? options.step);
  const main = axis === "x" ? 0 : 1; // the coordinate that is announced
  const bounds = /** @type {[number, number][]} */ ([range.x ?? [-Infinity, Infinity], range.y ?? [-Infinity, Infinity]]);
  const node = s("g", {
    class: "lb-handle", role: "slider", tabindex: 0, "aria-label": options.label, "data-handle": options.name ?? options.label,
    "aria-orientation": axis === "x" ? "horizontal" : "vertical",
  });
  node.append(s("circle", { class: "lb-handle-target", r: 22 }), s("circle", { class: "lb-handle-ring", r: radius + 5 }),
    s("circle", { class: "lb-handle-dot", r: radius }));
  layer.append(node);

  const move = (/** @type {number} */ x, /** @type {number} */ y) => {
    const old = get();
    const next = /** @type {[number, number]} */ ([x, y].map((v, i) => clamp(v, ...bounds[i])));
    if (axis === "x") next[1] = old[1];
    if (axis === "y") next[0] = old[0];
    if (next[0] !== old[0] || next[1] !== old[1]) set(...next);
  };

  /** @type {[number, number] | null} */
  let grip = null; // from the pointer to the handle, in data units, so that the handle does not jump when grasped
  const start = (/** @type {PointerEvent} */ event, /** @type {Element} */ on, /** @type {boolean} */ jump) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    on.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
    node.classList.add("lb-dragging");
    const [x, y] = plot.locate(event);
    const [hx, hy] = get();
    grip = jump ? [0, 0] : [hx - x, hy - y];
    if (jump) move(roundTo(x, grain[0]), roundTo(y, grain[1]));
  };
  const end = () => {
    if (!grip) return;
    grip = null;
    node.classList.remove("lb-dragging");
    options.onEnd?.();
  };
  for (const on of surface ? [node, surface] : [node]) {
    const listen = (/** @type {string} */ name, /** @type {(event: any) => void} */ f) => on.addEventListener(name, f, { signal });
    listen("pointerdown", (event) => start(event, on, on !== node));
    listen("pointermove", (event) => {
      if (!grip) return;
      const [x, y] = plot.locate(event);
      move(roundTo(x + grip[0], grain[0]), roundTo(y + grip[1], grain[1]));
    });
    listen("pointerup", end);
    listen("pointercancel", end);
    listen("lostpointercapture", end);
  }
  node.addEventListener("focus", () => options.onFocus?.(), { signal });
  node.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const [x, y] = get();
    const [low, high] = bounds[axis === "y" ? 1 : 0];
    const [dx, dy] = KEYS[event.key] ?? [0, 0];
    if (event.key === "Home" || event.key === "End") {
      const edge = event.key === "Home" ? low : high;
      if (Number.isFinite(edge)) axis === "y" ? move(x, edge) : move(edge, y);
    } else if (dx || dy) {
      const big = event.shiftKey ? 10 : 1;
      const [a, b] = axis === "xy" ? [dx, dy] : [dx + dy, dx + dy]; // one-way handles answer to both pairs of arrows
      move(a ? roundTo(x + a * big * step[0], grain[0]) : x, b ? roundTo(y + b * big * step[1], grain[1]) : y);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    options.onEnd?.();
  }, { signal });

  let written = "";
  const handle = {
    node,
    /** Place it where `get` says, with its value for assistive technology. */
    update() {
      const at = get();
      node.setAttribute("transform", `translate(${plot.x(at[0]).toFixed(2)},${plot.y(at[1]).toFixed(2)})`);
      const said = text();
      const key = `${at[main]} ${said}`;
      if (key === written) return;
      written = key;
      node.setAttribute("aria-valuenow", String(at[main]));
      node.setAttribute("aria-valuetext", said);
      const [low, high] = bounds[main];
      if (Number.isFinite(low)) node.setAttribute("aria-valuemin", String(low));
      if (Number.isFinite(high)) node.setAttribute("aria-valuemax", String(high));
    },
    /** New limits, for example after the axis changed. @param {{x?: [number, number], y?: [number, number]}} next */
    limit(next) {
      if (next.x) bounds[0] = next.x;
      if (next.y) bounds[1] = next.y;
      written = "";
    },
    remove: () => node.remove(),
  };
  return handle;
};
