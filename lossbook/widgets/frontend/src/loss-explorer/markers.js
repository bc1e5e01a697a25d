/** What stands at the residual: a guide, a dot on each curve, and the pull of each loss as an arrow. */
import { number, s, setText, stroke } from "../kit/index.js";

const HEAD = 5.5;
const SHORT = 16; // letters; the name of a longer axis does not fit above the guide

/** An arrow from one point to another, px; nothing when it is too short to have a direction. */
export const arrowPath = (/** @type {number} */ x1, /** @type {number} */ y1, /** @type {number} */ x2, /** @type {number} */ y2) => {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (!(length >= 2)) return "";
  const head = Math.min(HEAD, length);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - head * ux, y2 - head * uy];
  const w = 0.62 * head;
  const f = (/** @type {number} */ v) => v.toFixed(1);
  return `M${f(x1)} ${f(y1)}L${f(x2)} ${f(y2)}M${f(bx - w * uy)} ${f(by + w * ux)}L${f(x2)} ${f(y2)}L${f(bx + w * uy)} ${f(by - w * ux)}`;
};

/**
 * @param {import("../kit/plot.js").Plot} plot
 * @param {import("../kit/losses.js").Loss[]} losses
 */
export const createMarkers = (plot, losses) => {
  const guide = s("line", { class: "lb-guide" });
  const where = s("text", { class: "lb-where", "text-anchor": "middle", "aria-hidden": "true", y: 12 });
  plot.back.append(guide);
  plot.front.append(where);
  const own = losses.map((loss) => {
    const arrow = s("path", { class: "lb-arrow", fill: "none", stroke: stroke(loss), "data-arrow": loss.name });
    const dot = s("circle", { class: "lb-dot", r: 4.5, fill: stroke(loss), "data-dot": loss.name });
    return { arrow, dot };
  });
  plot.front.append(...own.map((o) => o.arrow), ...own.map((o) => o.dot));

  return {
    /**
     * @param {{view: string, axis: string, residual: number, on: (name: string) => boolean, scale: number,
     *   here: {value: number, gradient: number, curvature: number}[]}} state   scale: px of arrow for each unit of gradient
     */
    update({ view, axis, residual, on, scale, here }) {
      const { left, right, top, bottom } = plot.inner;
      const x = plot.x(residual);
      for (const [k, v] of Object.entries({ x1: x, x2: x, y1: top - 3, y2: bottom })) guide.setAttribute(k, v.toFixed(1));
      setText(where, axis.length > SHORT ? number(residual) : `${axis} ${number(residual)}`);
      const half = 4 + 3.3 * (where.textContent ?? "").length;
      where.setAttribute("x", Math.min(right + 10 - half, Math.max(left + 44 + half, x)).toFixed(1));
      losses.forEach((loss, i) => {
        const { arrow, dot } = own[i];
        const y = /** @type {Record<string, number>} */ (here[i])[view];
        const seen = on(loss.name) && Number.isFinite(y);
        arrow.classList.toggle("lb-off", !seen || view === "curvature");
        dot.classList.toggle("lb-off", !seen);
        if (!seen) return;
        const at = plot.y(y);
        const py = Math.min(bottom, Math.max(top - 3, at));
        dot.classList.toggle("lb-beyond", Math.abs(py - at) > 0.5); // the curve has left the picture: an open dot at its edge
        dot.setAttribute("cx", x.toFixed(1));
        dot.setAttribute("cy", py.toFixed(1));
        const g = here[i].gradient;
        if (view === "value") {
          const length = Number.isFinite(g) ? Math.max(-0.45 * (right - left), Math.min(0.45 * (right - left), -g * scale)) : 0;
          arrow.setAttribute("d", arrowPath(x, py, Math.min(right, Math.max(left, x + length)), py));
        } else if (view === "gradient") {
          arrow.setAttribute("d", arrowPath(x, Math.min(bottom, Math.max(top, plot.y(0))), x, py));
        }
      });
    },
  };
};
