/** One task's picture: what its losses lose over the distance of the bad points, and the handle that sets the distance. */
import { createCurve, createHandle, createLabels, createPlot, labelRoom, number, percent, s, stroke } from "../kit/index.js";

/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {Record<string, [number, number][]>} Curves */

const MOST = 1.05;

/**
 * @param {{parent: HTMLElement, signal: AbortSignal, losses: Loss[], names: string[], title: string, name: string, ends: [number, number], labels: boolean,
 *   get: () => number, set: (distance: number) => void, draw: () => void}} options
 *   names: of all losses, so that the pictures of both tasks are equally wide
 */
export const createPanel = ({ parent, signal, losses, names: all, title, name, ends, labels, get, set, draw }) => {
  const plot = createPlot({
    parent, signal, label: `${title}: skill lost over the distance of the bad points`,
    x: { label: "distance off (standard deviations)", domain: ends, ticks: 4 },
    y: { label: `${title}: skill lost`, domain: [0, MOST], ticks: 4, format: percent },
    height: (width) => Math.round(Math.min(270, Math.max(210, 0.6 * width))),
    margin: { left: 46, right: labels ? labelRoom(all) : 14 },
    onLayout: draw,
  });
  const surface = s("rect", { class: "lb-surface" });
  const guide = s("line", { class: "lb-guide" });
  plot.back.append(surface, guide);
  const curves = losses.map((loss) => createCurve(plot, loss, { name: loss.name }));
  const dots = losses.map((loss) => s("circle", { class: "lb-dot", r: 4.5, fill: stroke(loss), "data-dot": loss.name }));
  plot.front.append(...dots);
  const names = createLabels(plot);
  let told = "";
  const handle = createHandle({
    plot, signal, surface, axis: "x", label: `Distance of the bad points, ${title.toLowerCase()}`, name, range: { x: ends },
    step: 0.5, grain: 0.1, get: () => [get(), 0], set: (x) => set(x), text: () => told,
  });
  return {
    /** @param {Record<string, number>} lost  by loss, at the present distance @param {Curves} known @param {boolean} stale */
    update(lost, known, stale) {
      const { left, right, top, bottom } = plot.inner;
      for (const [k, v] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) surface.setAttribute(k, String(v));
      const x = plot.x(get());
      for (const [k, v] of Object.entries({ x1: x, x2: x, y1: top - 3, y2: bottom })) guide.setAttribute(k, v.toFixed(1));
      plot.marks.classList.toggle("lb-stale", stale);
      losses.forEach((loss, i) => {
        curves[i].update(known[loss.name] ?? []);
        const at = Math.min(bottom, Math.max(top - 3, plot.y(lost[loss.name])));
        dots[i].classList.toggle("lb-off", !Number.isFinite(at));
        dots[i].classList.toggle("lb-beyond", lost[loss.name] > MOST);
        if (!Number.isFinite(at)) return;
        dots[i].setAttribute("cx", x.toFixed(1));
        dots[i].setAttribute("cy", at.toFixed(1));
      });
      if (labels) {
        const end = (/** @type {Loss} */ loss) => known[loss.name]?.at(-1)?.[1] ?? lost[loss.name];
        names.update(losses.map((loss) => ({ text: loss.short, look: loss, y: Math.min(MOST, end(loss)) })));
      }
      told = `${number(get(), 1)} standard deviations; skill lost: ${losses.map((l) => `${l.short} ${percent(lost[l.name])}`).join(", ")}`;
      handle.update();
    },
  };
};
