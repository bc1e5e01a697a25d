/** The points, each a handle with the shape of its class, their forces as arrows, and what the ringed one feels. */
import { attr, createHandle, h, number, s, uid } from "../kit/index.js";
import { REACH } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */
/** @typedef {import("../kit/plot.js").Plot} Plot */

export const COLORS = [1, 2, 3, 5];
export const LETTERS = "ABCD";
const SHAPES = ["M6.5,0A6.5,6.5 0 1 1 -6.5,0A6.5,6.5 0 1 1 6.5,0Z", "M-6,-6H6V6H-6Z", "M0,-8.5L8.5,0L0,8.5L-8.5,0Z", "M0,-8L8,6H-8Z"];
const LONGEST = 0.7; // an arrow, in units of the axes
const HELP = "Arrow keys move the point, with Shift ten steps at once; Page Up and Page Down go to the previous and the next point.";

/** A small piece of SVG with the mark of a class. @param {number} c */
export const badge = (c) =>
  s("svg", { class: "lb-embedding-badge", width: 18, height: 18, viewBox: "-10 -10 20 20", "aria-hidden": "true" },
    s("path", { d: SHAPES[c], fill: `var(--lb-${COLORS[c]})` }));

/**
 * @param {Plot} plot
 * @param {{classes: number[], signal: AbortSignal, hint: boolean, get: (i: number) => [number, number],
 *   set: (i: number, x: number, y: number) => void, activate: (i: number) => void, grasp: () => void}} options
 *   grasp: called when a reader takes hold of a point
 */
export const createCloud = (plot, { classes, signal, hint, get, set, activate, grasp }) => {
  const help = uid("help");
  plot.box.append(h("p", { id: help, class: "lb-sr" }, HELP));
  const ties = classes.map(() => s("line", { class: "lb-embedding-tie" }));
  const ring = s("circle", { class: "lb-embedding-margin" });
  const arrows = classes.map(() => s("g", { class: "lb-embedding-arrow" }, s("line"), s("path")));
  plot.back.append(ring, ...ties);
  const over = s("g", { "aria-hidden": "true" }, ...arrows);
  const layer = s("g", { class: "lb-embedding-cloud", role: "group", "aria-label": "Points" });
  plot.front.append(layer, over);
  const texts = classes.map(() => "");
  const handles = classes.map((c, i) => {
    const handle = createHandle({
      plot, signal, layer, radius: 6.5, range: { x: [-REACH, REACH], y: [-REACH, REACH] }, step: 0.05, grain: 0.01,
      label: `Point ${i + 1}, class ${LETTERS[c]}`, name: `point-${i}`,
      get: () => get(i), set: (x, y) => { grasp(); set(i, x, y); }, text: () => texts[i], onFocus: () => activate(i),
    });
    attr(handle.node, { "aria-describedby": help });
    const dot = handle.node.querySelector(".lb-handle-dot");
    dot?.replaceWith(s("path", { class: "lb-embedding-dot", d: SHAPES[c], fill: `var(--lb-${COLORS[c]})` }));
    handle.node.addEventListener("pointerdown", grasp, { signal });
    return handle;
  });
  const invite = s("text", { class: "lb-embedding-invite", "aria-hidden": "true", x: 20, dy: "0.33em" }, "drag me");
  if (hint) over.append(invite);

  // A finger covers several points: the nearest takes the press.
  layer.addEventListener("pointerdown", (event) => {
    const at = plot.svg.getBoundingClientRect();
    const [px, py] = [event.clientX - at.left, event.clientY - at.top];
    const far = (/** @type {number} */ i) => Math.hypot(plot.x(get(i)[0]) - px, plot.y(get(i)[1]) - py);
    const { node } = handles[handles.reduce((best, _, i) => (far(i) < far(best) ? i : best), 0)];
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
    handles[(now + by + handles.length) % handles.length].node.focus({ preventScroll: true });
  }, { capture: true, signal });

  const arrow = (/** @type {SVGElement} */ node, /** @type {[number, number]} */ [x, y], /** @type {[number, number]} */ [fx, fy]) => {
    const size = Math.hypot(fx, fy), cut = Math.min(1, LONGEST / Math.max(size, LONGEST));
    const [x0, y0, x1, y1] = [plot.x(x), plot.y(y), plot.x(x + cut * fx), plot.y(y + cut * fy)];
    const length = Math.hypot(x1 - x0, y1 - y0);
    node.classList.toggle("lb-off", length < 3);
    if (length < 3) return;
    attr(node.children[0], { x1: x0, y1: y0, x2: x1, y2: y1 });
    const turn = (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
    attr(node.children[1], { d: "M-6,-4L0,0L-6,4", transform: `translate(${x1.toFixed(2)},${y1.toFixed(2)}) rotate(${turn.toFixed(1)})` });
  };

  return {
    /** @param {Analysis} now @param {boolean} untouched */
    update({ points, active, felt, loss, settings }, untouched) {
      const [ax, ay] = points[active];
      const apart = points.map(([x, y]) => Math.hypot(x - ax, y - ay));
      const farthest = Math.max(...apart.filter((_, i) => classes[i] === classes[active]));
      const reach = loss.name === "contrastive" ? settings.margin : loss.name === "triplet" ? farthest + settings.margin : 0;
      const unit = plot.x(1) - plot.x(0), direction = loss.name === "info_nce"; // a circle of directions, about the origin
      attr(ring, { cx: plot.x(direction ? 0 : ax), cy: plot.y(direction ? 0 : ay), r: (direction ? 1 : reach) * unit });
      points.forEach(([x, y], i) => {
        const similar = classes[i] === classes[active];
        const dropped = loss.name === "contrastive" && settings.forces === (similar ? "push" : "pull");
        const idle = i === active || dropped || (!similar && !direction && apart[i] >= reach);
        const [fx, fy] = felt.force[i];
        attr(ties[i], { x1: plot.x(ax), y1: plot.y(ay), x2: plot.x(x), y2: plot.y(y), "stroke-dasharray": similar ? null : "3 4" });
        ties[i].classList.toggle("lb-off", idle);
        arrow(arrows[i], [x, y], [fx, fy]);
        texts[i] = `at ${number(x)}, ${number(y)}; force ${number(Math.hypot(fx, fy))}`;
        attr(handles[i].node, { tabindex: i === active ? "0" : "-1" });
        handles[i].node.classList.toggle("lb-active", i === active);
        handles[i].update();
      });
      invite.classList.toggle("lb-off", !untouched);
      attr(invite, { transform: `translate(${plot.x(ax).toFixed(1)},${(plot.y(ay) - 16).toFixed(1)})`, x: 0, "text-anchor": "middle" });
    },
  };
};
