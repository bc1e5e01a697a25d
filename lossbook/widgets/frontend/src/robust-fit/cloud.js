/** The points: each can be dragged by mouse, pen, finger and keyboard; one Tab enters the cloud. */
import { createHandle, h, percent, s, tick, uid } from "../kit/index.js";

/** @typedef {[number, number]} Point */

const HELP =
  "Arrow keys move the point, with Shift ten steps at once; Home and End take it to the left and right edge; " +
  "Page Up and Page Down go to the previous and the next point.";

/** A step for the keyboard (a hundredth of the range) and a grain for dragging (a five-hundredth), both round numbers.
 * @param {Point} domain */
export const steps = ([low, high]) => {
  const round = (/** @type {number} */ x) => 10 ** Math.floor(Math.log10(x));
  const span = high - low, decade = round(span / 100);
  const step = [5, 2, 1].map((k) => k * decade).find((k) => k <= span / 100) ?? decade;
  return { step, grain: round(span / 500) };
};

/**
 * @param {import("../kit/plot.js").Plot} plot
 * @param {{count: number, signal: AbortSignal, hint: boolean, range: {x: Point, y: Point},
 *   get: (i: number) => Point, set: (i: number, x: number, y: number) => void, activate: (i: number) => void}} options
 */
export const createCloud = (plot, { count, signal, hint, range, get, set, activate }) => {
  const help = uid("help");
  const layer = s("g", { class: "lb-cloud", role: "group", "aria-label": "Points" });
  plot.front.append(layer);
  plot.box.append(h("p", { id: help, class: "lb-sr" }, HELP));
  const [across, up] = [steps(range.x), steps(range.y)];

  /** @type {string[]} */
  const texts = Array.from({ length: count }, () => "");
  const handles = texts.map((_, i) => {
    const handle = createHandle({
      plot, signal, layer, range, radius: 5.5, label: `Point ${i + 1} of ${count}`, name: `point-${i}`,
      step: [across.step, up.step], grain: [across.grain, up.grain],
      get: () => get(i), set: (x, y) => set(i, x, y), text: () => texts[i], onFocus: () => activate(i),
    });
    handle.node.setAttribute("aria-describedby", help);
    return handle;
  });
  const invite = s("g", { class: "lb-invite", "aria-hidden": "true" },
    s("path", { d: "M-5,-19L0,-25L5,-19" }), s("path", { d: "M-5,19L0,25L5,19" }), s("text", { dy: "0.33em" }, "drag me"));
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

  let ringed = -1;
  return {
    /** @param {import("./analysis.js").Analysis} analysis @param {boolean} untouched */
    update({ points, active, results }, untouched) {
      if (ringed !== active) {
        ringed = active;
        handles.forEach(({ node }, i) => {
          node.setAttribute("tabindex", i === active ? "0" : "-1");
          node.classList.toggle("lb-active", i === active);
        });
      }
      points.forEach(([x, y], i) => {
        const shares = results.filter((r) => r.line).map((r) => `${r.loss.short} ${percent(r.share[i])}`).join(", ");
        texts[i] = `x ${tick(x)}, y ${tick(y)}${shares ? `; share of the gradient: ${shares}` : ""}`;
        handles[i].update();
      });
      invite.classList.toggle("lb-off", !untouched);
      if (!untouched) return;
      const [x, y] = [plot.x(points[active][0]), plot.y(points[active][1])];
      const left = x > plot.inner.right - 80;
      invite.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`);
      invite.lastElementChild?.setAttribute("x", left ? "-18" : "18");
      invite.lastElementChild?.setAttribute("text-anchor", left ? "end" : "start");
    },
  };
};
