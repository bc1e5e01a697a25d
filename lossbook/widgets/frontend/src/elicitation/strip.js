/** The targets as dots on a line: each can be dragged by mouse, pen, finger and keyboard; one Tab enters the row. */
import { createHandle, h, s, tick, uid } from "../kit/index.js";

const HELP =
  "Arrow keys move the target, with Shift ten steps at once; Home and End take it to the ends of the axis; " +
  "Page Up and Page Down go to the previous and the next target.";
const DOT = 11.5; // px from dot to dot
const FOOT = 9; // px below the lowest row
const TALL = 58; // px from the lowest to the highest row, at most

/**
 * On which row each dot stands, so that none covers another. The active one is placed last: the others stay while it moves.
 * @param {number[]} places in px @param {number} active
 * @returns {number[]}
 */
export const stack = (places, active) => {
  /** @type {number[]} */
  const rows = new Array(places.length).fill(-1);
  const order = [...places.keys()].sort((a, b) => Number(a === active) - Number(b === active) || places[a] - places[b] || a - b);
  for (const i of order) {
    const taken = new Set(order.filter((k) => rows[k] >= 0 && Math.abs(places[k] - places[i]) < DOT).map((k) => rows[k]));
    let row = 0;
    while (taken.has(row)) row += 1;
    rows[i] = row;
  }
  return rows;
};

/**
 * @param {import("../kit/plot.js").Plot} plot  its y axis counts px from the bottom
 * @param {{count: number, signal: AbortSignal, range: [number, number], step: number, grain: number,
 *   get: () => number[], set: (i: number, y: number) => void}} options
 */
export const createStrip = (plot, { count, signal, range, step, grain, get, set }) => {
  const help = uid("help");
  const layer = s("g", { class: "lb-cloud", role: "group", "aria-label": "Targets" });
  plot.front.append(layer);
  plot.box.append(h("p", { id: help, class: "lb-sr" }, HELP));
  let active = -1; // none until one is touched
  /** @type {number[]} */
  let rows = new Array(count).fill(0);
  let gap = DOT;
  const handles = Array.from({ length: count }, (_, i) => {
    const handle = createHandle({
      plot, signal, layer, range: { x: range }, radius: 5.5, axis: "x", label: `Target ${i + 1} of ${count}`, name: `point-${i}`,
      step, grain, get: () => [get()[i], FOOT + gap * rows[i]], set: (x) => set(i, x), text: () => tick(get()[i]),
      onFocus: () => { active = i; update(); },
    });
    handle.node.setAttribute("aria-describedby", help);
    return handle;
  });

  // A finger covers several dots: the nearest takes the press, not the one that happens to lie on top.
  layer.addEventListener("pointerdown", (event) => {
    const at = plot.svg.getBoundingClientRect();
    const [px, py] = [event.clientX - at.left, event.clientY - at.top];
    const far = (/** @type {number} */ i) => Math.hypot(plot.x(get()[i]) - px, plot.y(FOOT + gap * rows[i]) - py);
    const nearest = handles.reduce((best, _, i) => (far(i) < far(best) ? i : best), 0);
    const { node } = handles[nearest];
    if (node.contains(/** @type {Node} */ (event.target))) return;
    event.stopPropagation();
    event.preventDefault();
    node.dispatchEvent(new PointerEvent("pointerdown", event));
  }, { capture: true, signal });

  layer.addEventListener("keydown", (event) => {
    const by = { PageUp: -1, PageDown: 1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const now = handles.findIndex(({ node }) => node === event.target);
    handles[(now + by + count) % count].node.focus({ preventScroll: true });
  }, { capture: true, signal });

  const update = () => {
    rows = stack(get().map((y) => plot.x(y)), active);
    gap = Math.min(DOT, TALL / Math.max(1, ...rows));
    handles.forEach((handle, i) => {
      handle.node.setAttribute("tabindex", i === Math.max(0, active) ? "0" : "-1");
      handle.node.classList.toggle("lb-active", i === active);
      handle.update();
    });
  };
  return { update };
};
