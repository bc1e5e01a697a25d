/** The landscape: level lines, the lowest place, the paths, and the start to drag or to set by a click. */
import { attr, clamp, createHandle, number, roundTo, s, stroke } from "../kit/index.js";
import { gridOf, levelsOf, piecesOf } from "./contour.js";
import { height } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */
/** @typedef {import("./model.js").Place} Place */
/** @typedef {import("../kit/plot.js").Plot} Plot */

export const LOOKS = /** @type {Record<string, {color: number, dash: string}>} */ ({
  gd: { color: 1, dash: "" }, momentum: { color: 2, dash: "7 4" }, adam: { color: 3, dash: "2 3" },
});
const ENDS = /** @type {Record<string, string>} */ ({ gd: "M6,0A6,6 0 1 1 -6,0A6,6 0 1 1 6,0Z", momentum: "M-5.5,-5.5H5.5V5.5H-5.5Z", adam: "M0,-7L7,5.5H-7Z" });
const CELLS = 56;
const GRAIN = 0.05;

/**
 * @param {Plot} plot
 * @param {{rules: string[], reach: [number, number], signal: AbortSignal, hint: boolean, get: () => Place,
 *   set: (x: number, y: number) => void}} options
 */
export const createTerrain = (plot, { rules, reach, signal, hint, get, set }) => {
  const lines = s("path", { class: "lb-landscape-level" });
  const surface = s("rect", { class: "lb-landscape-surface", "data-surface": "start" });
  const lowest = s("path", { class: "lb-landscape-lowest", d: "M-7,0H7M0,-7V7" });
  plot.back.append(lines, surface);
  const runs = rules.map((name) => {
    const look = LOOKS[name];
    const path = s("path", { class: "lb-landscape-path", stroke: stroke(look), "stroke-dasharray": look.dash || null, "data-curve": name });
    const dots = s("path", { class: "lb-landscape-dots", stroke: stroke(look) });
    const end = s("path", { class: "lb-landscape-end", d: ENDS[name], fill: stroke(look) });
    const node = s("g", { "aria-hidden": "true" }, path, dots, end);
    plot.marks.append(node);
    return { name, node, path, dots, end };
  });
  plot.marks.append(lowest);
  let told = "";
  const handle = createHandle({
    plot, signal, get, set, range: { x: reach, y: reach }, step: GRAIN, grain: GRAIN,
    label: "Start of the paths: intercept and slope", name: "start", text: () => told,
  });
  const invite = s("text", { class: "lb-landscape-invite", "aria-hidden": "true", "text-anchor": "middle" }, "drag me");
  if (hint) plot.front.append(invite);
  surface.addEventListener("click", (event) => {
    const [x, y] = plot.locate(event).map((v) => clamp(roundTo(v, GRAIN), ...reach));
    set(x, y);
    handle.node.focus({ preventScroll: true });
  }, { signal });

  const far = (/** @type {number} */ px) => clamp(px, -2e4, 2e4); // browsers misdraw beyond about 1e6 px
  const pixel = (/** @type {Place} */ [a, b]) => `${far(plot.x(a)).toFixed(1)},${far(plot.y(b)).toFixed(1)}`;
  let drawn = "";
  const levels = (/** @type {Analysis} */ { loss, world, ground }) => {
    const { left, right, top, bottom } = plot.inner;
    const key = [loss.name, left, right, top, bottom].join();
    if (key === drawn) return;
    drawn = key;
    attr(surface, { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) });
    const grid = gridOf((a, b) => height(loss, world, [a, b]), reach, CELLS);
    const pieces = levelsOf(grid, ground.least).flatMap((level) => piecesOf(grid, level));
    lines.setAttribute("d", pieces.map(([x1, y1, x2, y2]) => `M${pixel([x1, y1])}L${pixel([x2, y2])}`).join(""));
  };

  return {
    handle,
    /** @param {Analysis} now @param {boolean} untouched */
    update(now, untouched) {
      levels(now);
      attr(lowest, { transform: `translate(${pixel(now.ground.lowest)})` });
      for (const { name, node, path, dots, end } of runs) {
        const run = now.runs.find((r) => r.name === name);
        node.classList.toggle("lb-off", !run);
        if (!run) continue;
        const shown = run.path.slice(0, now.steps + 1);
        path.setAttribute("d", `M${shown.map(pixel).join("L")}`);
        dots.setAttribute("d", shown.map((place) => `M${pixel(place)}h0`).join(""));
        attr(end, { transform: `translate(${pixel(run.end)})` });
      }
      const [a, b] = get();
      told = `intercept ${number(a)}, slope ${number(b)}, loss ${number(now.startLoss)}`;
      handle.update();
      const low = plot.inner.bottom - plot.y(b) > 40;
      attr(invite, { x: clamp(plot.x(a), plot.inner.left + 30, plot.inner.right - 30), y: plot.y(b) + (low ? 28 : -18) });
      invite.classList.toggle("lb-off", !untouched);
    },
  };
};
