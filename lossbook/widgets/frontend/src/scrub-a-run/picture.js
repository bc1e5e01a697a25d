/** The curves, bright until the check looked at and faint after it; the stop, the kept checkpoint, the scrubber. */
import { attr, createCurve, createLabels, s } from "../kit/index.js";

/** @typedef {import("./model.js").Analysis} Analysis */
/** @typedef {import("./model.js").Series} Series */

/** @type {{name: "train" | "validation" | "test", look: import("../kit/theme.js").Look}[]} */
const LINES = [
  { name: "train", look: { color: 8, dash: "" } },
  { name: "validation", look: { color: 1, dash: "7 4" } },
  { name: "test", look: { color: 2, dash: "2 3" } },
];
export const NAMES = LINES.map(({ name }) => name);

/** The series of a line, or none where the run has none. @param {typeof LINES[number]["name"]} name @param {boolean} accuracy */
const seriesOf = (name, accuracy) => /** @type {Series | undefined} */ (!accuracy ? name : name === "train" ? undefined : `${name}_accuracy`);

/** Top of the axis: above all but the steep first twentieth, which may leave the picture. @param {Analysis} now @param {boolean} accuracy */
export const top = ({ run }, accuracy) => {
  const late = (/** @type {number[]} */ values) => values.slice(Math.ceil(values.length / 20));
  return accuracy ? 1 : 1.1 * Math.max(...late(run.train), ...late(run.validation), ...late(run.test)) || 1;
};

/** @param {import("../kit/plot.js").Plot} plot @param {boolean} hint */
export const createPicture = (plot, hint) => {
  const lines = LINES.map(({ name, look }) => {
    const later = createCurve(plot, look, { width: 1.5 });
    later.node.classList.add("lb-scrub-later");
    return { name, look, later, seen: createCurve(plot, look, { name, width: 2.5 }) };
  });
  const stop = s("line", { class: "lb-scrub-stop" }), cursor = s("line", { class: "lb-scrub-cursor" });
  plot.back.append(stop, cursor);
  const word = s("text", { class: "lb-scrub-word", "aria-hidden": "true" }, "stop");
  const kept = s("path", { class: "lb-scrub-kept", d: "M0,-8L8,0L0,8L-8,0Z", "aria-hidden": "true" });
  const keeps = s("text", { class: "lb-scrub-word", "aria-hidden": "true" }, "kept");
  const invite = s("text", { class: "lb-scrub-word lb-scrub-invite", "aria-hidden": "true" }, "drag me");
  plot.front.append(word, kept, keeps, invite);
  const labels = createLabels(plot);
  return {
    /** @param {Analysis} a @param {boolean} untouched */
    update(a, untouched) {
      const { run, now, rule } = a, accuracy = rule === "val_accuracy", { left, right, top: high, bottom } = plot.inner;
      const names = [];
      for (const { name, look, later, seen } of lines) {
        const series = seriesOf(name, accuracy), points = (series ? run[series] : []).map((y, i) => /** @type {[number, number]} */ ([run.steps[i], y]));
        seen.update(points.slice(0, now + 1));
        later.update(points.slice(now));
        if (series) names.push({ text: name, y: points[points.length - 1][1], look });
      }
      labels.update(names);
      const at = a.stops[rule], x = plot.x(run.steps[at.stop]), here = plot.x(run.steps[now]);
      attr(stop, { x1: x, x2: x, y1: high, y2: bottom });
      attr(word, { x: Math.min(right - 16, Math.max(left + 16, x)), y: high - 6, "text-anchor": "middle" });
      const kx = plot.x(run.steps[at.kept]), ky = Math.max(high, plot.y(run[accuracy ? "test_accuracy" : "test"][at.kept]));
      attr(kept, { transform: `translate(${kx.toFixed(1)},${ky.toFixed(1)})` });
      attr(keeps, { x: Math.min(right - 18, Math.max(left + 18, kx)), y: ky > high + 34 ? ky - 14 : ky + 24, "text-anchor": "middle" });
      attr(cursor, { x1: here, x2: here, y1: high, y2: bottom });
      attr(invite, { x: Math.min(right - 4, here + 16), y: bottom - 12 });
      invite.classList.toggle("lb-off", !(hint && untouched));
    },
  };
};
