/** The points of two classes, round and square: each can be dragged by mouse, pen, finger and keyboard. */
import { createHandle, h, number, s, tick, uid } from "../kit/index.js";
import { steps } from "../robust-fit/cloud.js";

/** @typedef {import("./fit.js").Point} Point */

const HELP =
  "Arrow keys move the point, with Shift ten steps at once; Home and End take it to the left and right edge; " +
  "Page Up and Page Down go to the previous and the next point.";

/**
 * @param {import("../kit/plot.js").Plot} plot
 * @param {{labels: number[], signal: AbortSignal, hint: boolean, range: {x: Point, y: Point},
 *   get: (i: number) => Point, set: (i: number, x: number, y: number) => void, activate: (i: number) => void}} options
 */
export const createCloud = (plot, { labels, signal, hint, range, get, set, activate }) => {
  const help = uid("help"), count = labels.length;
  const layer = s("g", { class: "lb-classes", role: "group", "aria-label": "Points" });
  plot.front.append(layer);
  plot.box.append(h("p", { id: help, class: "lb-sr" }, HELP));
  const [across, up] = [steps(range.x), steps(range.y)];
  const texts = labels.map(() => "");
  const handles = labels.map((label, i) => {
    const handle = createHandle({
      plot, signal, layer, range, radius: 5.5, label: `Point ${i + 1} of ${count}, class ${label > 0 ? "plus" : "minus"}`, name: `point-${i}`,
      step: [across.step, up.step], grain: [across.grain, up.grain],
      get: () => get(i), set: (x, y) => set(i, x, y), text: () => texts[i], onFocus: () => activate(i),
    });
    handle.node.setAttribute("aria-describedby", help);
    handle.node.classList.add(label > 0 ? "lb-plus" : "lb-minus");
    if (label < 0) {
      handle.node.querySelector(".lb-handle-dot")?.remove();
      handle.node.append(s("rect", { class: "lb-handle-dot", x: -5, y: -5, width: 10, height: 10 }));
    }
    handle.node.insertBefore(s("circle", { class: "lb-held", r: 14 }), handle.node.lastChild);
    return handle;
  });
  const invite = s("g", { class: "lb-invite", "aria-hidden": "true" },
    s("path", { d: "M-5,-21L0,-27L5,-21" }), s("path", { d: "M-5,21L0,27L5,21" }), s("text", { dy: "0.33em" }, "drag me"));
  if (hint) layer.append(invite);

  // A finger covers several points: the nearest takes the press, not the one that happens to lie on top.
  layer.addEventListener("pointerdown", (event) => {
    const at = plot.svg.getBoundingClientRect();
    const [px, py] = [event.clientX - at.left, event.clientY - at.top];
    const far = (/** @type {number} */ i) => Math.hypot(plot.x(get(i)[0]) - px, plot.y(get(i)[1]) - py);
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

  let marked = -1;
  return {
    /** @param {import("./analysis.js").Analysis} analysis @param {boolean} untouched */
    update({ points, active, focus, results }, untouched) {
      const chosen = results.find((r) => r.loss.name === focus);
      if (marked !== active) {
        marked = active;
        handles.forEach(({ node }, i) => {
          node.setAttribute("tabindex", i === active ? "0" : "-1");
          node.classList.toggle("lb-active", i === active);
        });
      }
      points.forEach(([x, y], i) => {
        const margins = results.map((r) => `${r.loss.short} ${number(r.fit.m[i])}`).join(", ");
        texts[i] = `x ${tick(x)}, y ${tick(y)}${margins ? `; margin: ${margins}` : ""}`;
        handles[i].node.classList.toggle("lb-pulls", Boolean(chosen?.fit.pulls[i]));
        handles[i].update();
      });
      invite.classList.toggle("lb-off", !untouched);
      if (!untouched) return;
      const [x, y] = [plot.x(points[active][0]), plot.y(points[active][1])];
      const left = x > plot.inner.right - 90;
      invite.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`);
      invite.lastElementChild?.setAttribute("x", left ? "-20" : "20");
      invite.lastElementChild?.setAttribute("text-anchor", left ? "end" : "start");
    },
  };
};
