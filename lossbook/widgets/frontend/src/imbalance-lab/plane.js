/** The points in the plane, each as large as its pull, and the boundary where the model says one half. */
import { createCurve, s } from "../kit/index.js";

const MARK = ["lb-dot-common", "", "lb-dot-rare", "lb-dot-wrong"];
const circle = (/** @type {number} */ r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
const diamond = (/** @type {number} */ r) => `M0 ${-r}L${r} 0L0 ${r}L${-r} 0Z`;
const cross = (/** @type {number} */ r) => `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`;
const SHAPE = [circle, circle, diamond, cross];
const SIZE = [1, 1, 1.35, 1.05]; // shapes of about the same weight on paper

/** Radius in px of a point with this share: the area is in proportion, between what can be seen and what covers others.
 * @param {number} share @param {number} n */
export const radius = (share, n) => Math.min(13, Math.max(1.1, 3 * Math.sqrt(share * n)));

/** @param {import("../kit/plot.js").Plot} plot @param {number} most  how many points there can be */
export const createPlane = (plot, most) => {
  const dots = Array.from({ length: most }, () => s("path", { "aria-hidden": "true" }));
  plot.marks.append(...dots);
  const look = { color: 1, dash: "" };
  const branches = [createCurve(plot, look, { layer: plot.back }), createCurve(plot, look, { layer: plot.back })];
  for (const { node } of branches) node.classList.add("lb-half");
  return {
    /** @param {import("./model.js").Result} result @param {[import("./model.js").Point[], import("./model.js").Point[]]} lines */
    update({ sample, share }, lines) {
      dots.forEach((dot, i) => {
        const there = i < sample.n;
        dot.classList.toggle("lb-off", !there);
        if (!there) return;
        const [x, y] = sample.points[i], group = sample.group[i];
        dot.setAttribute("class", MARK[group]);
        dot.setAttribute("transform", `translate(${plot.x(x).toFixed(1)},${plot.y(y).toFixed(1)})`);
        dot.setAttribute("d", SHAPE[group](Number((SIZE[group] * radius(share ? share[i] : 0, sample.n)).toFixed(2))));
      });
      branches.forEach((branch, k) => branch.update(lines[k]));
    },
  };
};
