/** The upper plot: a logit for each class, to drag; beside it, one arrow a loss: where a step would take it. */
import { clamp, createHandle, number, s, signed, stroke } from "../kit/index.js";
import { arrowPath } from "../loss-explorer/markers.js";
import { share } from "./analysis.js";

const LONGEST = 58; // px, an arrow of the steepest gradient; of 1, where that is steeper
const FIRST = 17, NEXT = 10; // px from the handle to the first arrow, and from one to the next

/**
 * @param {import("../kit/plot.js").Plot} plot
 * @param {{losses: import("./analysis.js").ClassLoss[], names: string[], reach: number, signal: AbortSignal,
 *   get: (k: number) => number, set: (k: number, z: number) => void, hint: boolean}} options
 */
export const createLevels = (plot, { losses, names, reach, signal, get, set, hint }) => {
  const stems = names.map(() => s("line", { class: "lb-stem" }));
  const base = s("line", { class: "lb-zero" });
  plot.back.append(base, ...stems);
  const arrows = names.map((_, k) => losses.map((loss) => {
    const node = s("g", { "data-arrow": `${loss.name}.${k}` },
      s("path", { class: "lb-arrow", fill: "none", stroke: stroke(loss), "stroke-dasharray": loss.dash || null }), s("circle", { r: 2.5, fill: stroke(loss) }));
    plot.front.append(node);
    return { loss, node };
  }));
  const texts = names.map(() => "");
  const handles = names.map((name, k) => createHandle({
    plot, signal, axis: "y", label: `Logit of ${name}`, name: `logit-${k}`, range: { y: [-reach, reach] }, step: 0.1, grain: 0.1, radius: 6,
    get: () => [k, get(k)], set: (_, z) => set(k, z), text: () => texts[k],
  }));
  const invite = s("g", { class: "lb-invite", "aria-hidden": "true" },
    s("path", { d: "M-5,-17L0,-23L5,-17" }), s("path", { d: "M-5,17L0,23L5,17" }), s("text", { x: 0, "text-anchor": "middle" }, "drag me"));
  if (hint) plot.front.append(invite);

  return {
    /** @param {import("./analysis.js").Analysis} analysis @param {boolean} untouched */
    update({ logits, label, p, results }, untouched) {
      const { top, bottom } = plot.inner;
      const steepest = Math.max(1, ...results.filter((r) => r.known).flatMap((r) => r.gradient.map(Math.abs)));
      const narrow = Math.min(1, (plot.x(1) - plot.x(0) - 14) / (FIRST + NEXT * (losses.length - 1) + 8));
      base.setAttribute("x1", String(plot.inner.left));
      base.setAttribute("x2", String(plot.inner.right));
      base.setAttribute("y1", plot.y(0).toFixed(1));
      base.setAttribute("y2", plot.y(0).toFixed(1));
      logits.forEach((z, k) => {
        const x = plot.x(k).toFixed(1);
        for (const [name, value] of Object.entries({ x1: x, x2: x, y1: plot.y(0).toFixed(1), y2: plot.y(z).toFixed(1) })) stems[k].setAttribute(name, value);
        stems[k].classList.toggle("lb-label", k === label);
        handles[k].node.classList.toggle("lb-label", k === label);
        let place = 0;
        arrows[k].forEach(({ loss, node }) => {
          const result = results.find((r) => r.loss === loss);
          node.classList.toggle("lb-off", !result?.known);
          if (!result) return;
          place += 1;
          if (!result.known) return;
          const length = (LONGEST * result.gradient[k]) / steepest; // px downward: the step goes against the gradient
          const at = plot.x(k) + narrow * (FIRST + NEXT * (place - 1));
          const from = clamp(plot.y(z), top + Math.max(0, -length), bottom - Math.max(0, length));
          node.firstElementChild?.setAttribute("d", arrowPath(at, from, at, from + length));
          node.lastElementChild?.setAttribute("cx", at.toFixed(1));
          node.lastElementChild?.setAttribute("cy", from.toFixed(1));
        });
        const pulls = results.filter((r) => r.known).map((r) => `${r.loss.short} pulls by ${signed(-r.gradient[k])}`).join(", ");
        texts[k] = `${number(z, 1)}, probability ${share(p[k])}${pulls ? `; ${pulls}` : ""}`;
        handles[k].update();
      });
      invite.classList.toggle("lb-off", !untouched);
      if (!untouched) return;
      const y = plot.y(logits[label]);
      invite.setAttribute("transform", `translate(${plot.x(label).toFixed(1)},${y.toFixed(1)})`);
      invite.lastElementChild?.setAttribute("dy", y + 42 < bottom ? "38" : "-29");
    },
  };
};
