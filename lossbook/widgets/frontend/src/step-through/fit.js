/** The points, to drag, with what the network says for every x; and the two losses over the rounds. */
import { createCurve, createHandle, createLabels, createPlot, h, labelRoom, number, s, stroke, uid } from "../kit/index.js";
import { forward } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */
/** @typedef {[number, number]} Point */

export const X_ENDS = /** @type {Point} */ ([-2, 2]), Y_ENDS = /** @type {Point} */ ([-3, 3]);
const GRID = Array.from({ length: 101 }, (_, i) => -2.1 + (4.2 * i) / 100);
const HELP = "Arrow keys move the point, with Shift ten steps at once; Page Up and Page Down go to the previous and the next point.";

/**
 * @param {{parent: Element, signal: AbortSignal, count: number, validation: Point[], hint: boolean, grasp: () => void,
 *   get: (i: number) => Point, set: (i: number, x: number, y: number) => void, activate: (i: number) => void, onLayout: () => void}} options
 *   grasp: called when a reader takes hold of a point
 */
export const createFit = ({ parent, signal, count, validation, hint, grasp, get, set, activate, onLayout }) => {
  const plot = createPlot({
    parent, signal, label: "Points and the fitted curve", x: { label: "x", domain: [-2.1, 2.1], ticks: 5 }, y: { label: "y", domain: [-3.2, 3.2], ticks: 5 },
    height: (width) => Math.round(Math.min(300, Math.max(230, 0.68 * width))), onLayout, zero: { x: false, y: false },
  });
  const help = uid("help");
  plot.box.append(h("p", { id: help, class: "lb-sr" }, HELP));
  const curve = createCurve(plot, { color: 1, dash: "" }, { width: 2.5 });
  const next = createCurve(plot, { color: 1, dash: "4 4" }, { width: 1.5 });
  const gap = s("line", { class: "lb-through-gap" });
  const squares = validation.map(() => s("rect", { class: "lb-through-held", width: 8, height: 8 }));
  plot.marks.append(gap, ...squares);
  const layer = s("g", { class: "lb-through-cloud", role: "group", "aria-label": "Points to learn from" });
  plot.front.append(layer);
  const texts = Array.from({ length: count }, () => "");
  const handles = texts.map((_, i) => {
    const handle = createHandle({
      plot, signal, layer, radius: 5.5, range: { x: X_ENDS, y: Y_ENDS }, step: 0.1, grain: 0.05, label: `Point ${i + 1} of ${count}`, name: `point-${i}`,
      get: () => get(i), set: (x, y) => { grasp(); set(i, x, y); }, text: () => texts[i], onFocus: () => activate(i),
    });
    handle.node.setAttribute("aria-describedby", help);
    handle.node.addEventListener("pointerdown", grasp, { signal });
    return handle;
  });
  const invite = s("text", { class: "lb-through-invite", "aria-hidden": "true", "text-anchor": "middle" }, "drag me");
  if (hint) plot.front.append(invite);

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
    handles[(now + by + count) % count].node.focus({ preventScroll: true });
  }, { capture: true, signal });

  return {
    /** @param {Analysis} now @param {string} stage @param {boolean} untouched */
    update(now, stage, untouched) {
      for (const line of [curve, next]) line.node.style.stroke = stroke(now.loss);
      curve.update(GRID.map((x) => [x, forward(now.weights, x).prediction]));
      next.show(stage === "update");
      if (stage === "update") next.update(GRID.map((x) => [x, forward(now.next, x).prediction]));
      const [x, y] = now.points[now.active];
      gap.classList.toggle("lb-off", stage === "forward");
      for (const [name, value] of /** @type {[string, number][]} */ ([["x1", plot.x(x)], ["x2", plot.x(x)], ["y1", plot.y(y)], ["y2", Math.max(-1e4, Math.min(1e4, plot.y(now.prediction)))]]))
        gap.setAttribute(name, value.toFixed(1));
      squares.forEach((node, i) => {
        node.setAttribute("x", (plot.x(validation[i][0]) - 4).toFixed(1));
        node.setAttribute("y", (plot.y(validation[i][1]) - 4).toFixed(1));
      });
      handles.forEach((handle, i) => {
        const [px, py] = now.points[i];
        texts[i] = `x ${number(px)}, y ${number(py)}; the network says ${number(forward(now.weights, px).prediction)}`;
        handle.node.setAttribute("tabindex", i === now.active ? "0" : "-1");
        handle.node.classList.toggle("lb-active", i === now.active);
        handle.update();
      });
      invite.classList.toggle("lb-off", !untouched);
      invite.setAttribute("transform", `translate(${plot.x(x).toFixed(1)},${(plot.y(y) - 15).toFixed(1)})`);
    },
  };
};

/** @param {{parent: Element, signal: AbortSignal, onLayout: () => void}} options */
export const createHistory = ({ parent, signal, onLayout }) => {
  const names = ["training", "validation"];
  const plot = createPlot({
    parent, signal, label: "Training and validation loss over the rounds", x: { label: "round", domain: [0, 20] }, y: { label: "mean loss", domain: [0, 1] },
    height: (width) => Math.round(Math.min(300, Math.max(230, 0.68 * width))), margin: { right: labelRoom(names) }, onLayout,
  });
  const labels = createLabels(plot);
  const curves = [createCurve(plot, { color: 1, dash: "" }, { name: "training", width: 2.5 }), createCurve(plot, { color: 1, dash: "6 4" }, { name: "validation" })];
  const dots = curves.map(() => s("circle", { r: 3.5 }));
  plot.front.append(...dots);
  return {
    /** @param {Analysis} now @param {number[][]} history @param {number} rounds */
    update(now, history, rounds) {
      const rows = [...history, [rounds, now.mean, now.judged]].filter((row) => row.every(Number.isFinite));
      const tall = rows.flatMap((row) => row.slice(1)), start = Math.max(1e-3, ...(rows[0] ?? [0, 1, 1]).slice(1));
      const first = rows[0]?.[0] ?? 0;
      const top = Math.min(Math.max(...tall, 1e-3), 3 * start) * 1.1;
      plot.domain({ x: [first, Math.max(first + 20, rounds)], y: [0, top] });
      curves.forEach((curve, k) => {
        curve.node.style.stroke = stroke(now.loss);
        curve.update(rows.map((row) => [row[0], row[k + 1]]));
        const here = [now.mean, now.judged][k];
        dots[k].classList.toggle("lb-off", !Number.isFinite(here));
        dots[k].style.fill = stroke(now.loss);
        dots[k].setAttribute("cx", plot.x(rounds).toFixed(1));
        dots[k].setAttribute("cy", (plot.y(Math.min(here, top)) || 0).toFixed(1));
      });
      plot.say(rows.length > 1 ? "" : "Run, and two curves grow here.");
      const at = [now.mean, now.judged].map((v) => Math.min(v, top));
      labels.update(names.map((text, k) => ({ text, y: at[k], look: now.loss, lead: false })));
    },
  };
};
